// SPDX-License-Identifier: GPL-2.0-or-later
/* dump: the file itself. Works on any dump, whether or not a kernel is found in it. */
#include "base/alloc.h"
#include "commands/command.h"

#include <ctype.h>
#include <string.h>

/* ---- the summary ---- */

enum {
	PATH,
	FORMAT,
	DETAIL,
	FILES,
	FILE_SIZE,
	FLATTENED,
	LIVE,
	MACHINE,
	WORD_SIZE,
	BYTE_ORDER_BIG,
	PAGE_SIZE,
	MAX_PFN,
	DUMP_LEVEL,
	PHYS_BASE,
	TIME,
	NODENAME,
	RELEASE,
	CPUS,
	DESCRIBED,
	PRESENT,
	EXCLUDED,
	ABSENT,
	REGIONS,
	NOTES,
	VMCOREINFO,
	PARTIAL,
};

static const struct column summary_columns[] = {
	[PATH] = { "path", COLUMN_LIST, .heading = "FILE", .summary = "the files of the dump" },
	[FORMAT] = { "format", COLUMN_TEXT, .summary = "elf, kdump or kcore" },
	[DETAIL] = { "detail", COLUMN_TEXT, .summary = "the format in words" },
	[FILES] = { "files", COLUMN_INT, .summary = "how many", .json_only = true },
	[FILE_SIZE] = { "file_size", COLUMN_INT, .summary = "of all files, in bytes" },
	[FLATTENED] = { "flattened", COLUMN_BOOL, .summary = "is it in makedumpfile's flat form" },
	[LIVE] = { "live", COLUMN_BOOL, .summary = "is it the running system" },
	[MACHINE] = { "machine", COLUMN_TEXT, .summary = "the architecture" },
	[WORD_SIZE] = { "word_size", COLUMN_INT, .summary = "bytes in a pointer" },
	[BYTE_ORDER_BIG] = { "big_endian", COLUMN_BOOL, .summary = "its byte order" },
	[PAGE_SIZE] = { "page_size", COLUMN_INT, .summary = "in bytes" },
	[MAX_PFN] = { "max_pfn", COLUMN_INT, .summary = "one above the last page described" },
	[DUMP_LEVEL] = { "dump_level", COLUMN_INT, .summary = "makedumpfile's -d" },
	[PHYS_BASE] = { "phys_base", COLUMN_HEX, .summary = "where the kernel's image was loaded" },
	[TIME] = { "time", COLUMN_INT, .summary = "by the header, ns since 1970" },
	[NODENAME] = { "nodename", COLUMN_TEXT, .summary = "by the header" },
	[RELEASE] = { "release", COLUMN_TEXT, .summary = "the kernel's, by the header" },
	[CPUS] = { "cpus", COLUMN_INT, .summary = "by the header" },
	[DESCRIBED] = { "described_pages", COLUMN_INT, .summary = "pages of memory" },
	[PRESENT] = { "present_pages", COLUMN_INT, .summary = "of them in the dump" },
	[EXCLUDED] = { "excluded_pages", COLUMN_INT, .summary = "of them left out" },
	[ABSENT] = { "absent_pages", COLUMN_INT,
		     .summary = "below max_pfn and never in it: not memory, or not known of" },
	[REGIONS] = { "regions", COLUMN_INT, .summary = "how many; dump -r lists them" },
	[NOTES] = { "notes", COLUMN_INT, .summary = "how many; dump -n lists them" },
	[VMCOREINFO] = { "vmcoreinfo", COLUMN_TEXT, .summary = "where it was found; dump -v" },
	[PARTIAL] = { "partial", COLUMN_TEXT, .summary = "why the dump is not whole" },
};
static const struct table summary_table = { TABLE_COLUMNS(summary_columns), LOOK_RECORD };

static void show_file(struct output *out, struct context *context, const struct kxdump_info *info)
{
	for (const char *const *path = context->dump_paths; path && *path; path++)
		output_list(out, PATH, *path);
	output_text(out, FORMAT, info->format);
	output_text(out, DETAIL, info->detail);
	output_uint(out, FILES, info->nr_files);
	output_uint(out, FILE_SIZE, info->file_size);
	output_bool(out, FLATTENED, info->flattened);
	output_bool(out, LIVE, info->live);
	output_text(out, PARTIAL, info->partial_why);
}

static void show_machine(struct output *out, const struct kxdump_info *info)
{
	output_text(out, MACHINE,
		    info->machine ? info->machine : kxdump_machine_name(info->elf_machine));
	if (info->word_size) {
		output_uint(out, WORD_SIZE, info->word_size);
		output_bool(out, BYTE_ORDER_BIG, info->big_endian);
	}
	if (info->page_size)
		output_uint(out, PAGE_SIZE, info->page_size);
	if (info->max_pfn)
		output_uint(out, MAX_PFN, info->max_pfn);
	if (info->dump_level >= 0)
		output_int(out, DUMP_LEVEL, info->dump_level);
	if (info->has_phys_base)
		output_uint(out, PHYS_BASE, (uint64_t)info->phys_base);
	if (info->has_time)
		output_int(out, TIME, info->time * 1000000000);
	output_text(out, NODENAME, info->nodename);
	output_text(out, RELEASE, info->release);
	if (info->nr_cpus)
		output_uint(out, CPUS, info->nr_cpus);
}

/* The image's, which may come from memory; else the container's own, which needs no known machine.
 */
static const char *find_vmcoreinfo(struct context *context, size_t *size, const char **origin)
{
	const char *text = image_vmcoreinfo(context->image, size);

	if (text) {
		*origin = image_vmcoreinfo_origin(context->image);
		return text;
	}
	*origin = "the dump's note";
	return kxdump_vmcoreinfo(image_dump(context->image), size);
}

static struct error *show_summary(struct context *context)
{
	struct kxdump *dump = image_dump(context->image);
	const struct kxdump_info *info = kxdump_info(dump);
	struct output *out = context->out;
	struct kxdump_totals totals;
	const char *origin;
	struct error *err;
	size_t size;

	output_begin(out, &summary_table);
	show_file(out, context, info);
	show_machine(out, info);
	err = kxdump_totals(dump, &totals);
	if (err) {
		output_incomplete(out, error_wrap(err, "counting pages"));
	} else {
		output_uint(out, DESCRIBED, totals.described);
		output_uint(out, PRESENT, totals.present);
		output_uint(out, EXCLUDED, totals.excluded);
		if (info->max_pfn >= totals.described && totals.described)
			output_uint(out, ABSENT, info->max_pfn - totals.described);
	}
	output_uint(out, REGIONS, kxdump_nr_regions(dump));
	output_uint(out, NOTES, kxdump_nr_notes(dump));
	if (find_vmcoreinfo(context, &size, &origin))
		output_text(out, VMCOREINFO, origin);
	output_row(out);
	return NULL;
}

/* ---- -h: header fields ---- */

static const struct column header_columns[] = {
	{ "name", COLUMN_TEXT, .summary = "of the header's field" },
	{ "value", COLUMN_TEXT, .summary = "as text" },
};
static const struct table header_table = {
	TABLE_COLUMNS(header_columns),
	.look = LOOK_LINE,
	.line = "{name:-28} {value}",
};

static void emit_header(void *context, const char *name, const char *value)
{
	struct output *out = context;

	output_text(out, 0, name);
	output_text(out, 1, value);
	output_row(out);
}

/* ---- -r: regions ---- */

enum { R_START, R_SIZE, R_VIRTUAL, R_OFFSET, R_IN_FILE, R_PRESENT, R_EXCLUDED, R_FLAGS };
static const struct column region_columns[] = {
	[R_START] = { "physical", COLUMN_ADDRESS, .summary = "where it starts; null: nowhere" },
	[R_SIZE] = { "size", COLUMN_INT, 14, .summary = "in bytes" },
	[R_VIRTUAL] = { "virtual", COLUMN_ADDRESS, .summary = "as the container has it" },
	[R_OFFSET] = { "file_offset", COLUMN_HEX, 12, "OFFSET", "of its bytes in the file" },
	[R_IN_FILE] = { "file_size", COLUMN_INT, 14, "IN FILE", "bytes of it, uncompressed" },
	[R_PRESENT] = { "present_pages", COLUMN_INT, 10, "PRESENT", "pages in the dump" },
	[R_EXCLUDED] = { "excluded_pages", COLUMN_INT, 10, "EXCLUDED", "pages left out" },
	[R_FLAGS] = { "flags", COLUMN_HEX, 5, .summary = "ELF's p_flags" },
};
static const struct table region_table = { TABLE_COLUMNS(region_columns), LOOK_TABLE };

static struct error *show_regions(struct context *context)
{
	struct kxdump *dump = image_dump(context->image);
	struct output *out = context->out;
	size_t n = kxdump_nr_regions(dump);

	output_begin(out, &region_table);
	for (size_t i = 0; i < n; i++) {
		struct kxdump_region region;

		TRY(interrupt_check());
		TRY(kxdump_region(dump, i, &region));
		if (region.phys != UINT64_MAX)
			output_uint(out, R_START, region.phys);
		output_uint(out, R_SIZE, region.size);
		if (region.has_virt)
			output_uint(out, R_VIRTUAL, region.virt);
		if (region.file_offset) {
			output_uint(out, R_OFFSET, region.file_offset);
			output_uint(out, R_IN_FILE, region.file_size);
		}
		output_uint(out, R_PRESENT, region.present);
		output_uint(out, R_EXCLUDED, region.excluded);
		output_uint(out, R_FLAGS, region.flags);
		output_row(out);
	}
	return NULL;
}

/* ---- -n: notes, -x: the bytes of one ---- */

enum { N_INDEX, N_NAME, N_TYPE, N_SIZE };
static const struct column note_columns[] = {
	[N_INDEX] = { "index", COLUMN_INT, 5, .summary = "for -x" },
	[N_NAME] = { "name", COLUMN_TEXT, -12, .summary = "of its owner" },
	[N_TYPE] = { "type", COLUMN_HEX, 10, .summary = "n_type" },
	[N_SIZE] = { "size", COLUMN_INT, 8, .summary = "of its description, in bytes" },
};
static const struct table note_table = { TABLE_COLUMNS(note_columns), LOOK_TABLE };

static struct error *show_notes(struct context *context)
{
	struct kxdump *dump = image_dump(context->image);
	struct output *out = context->out;

	output_begin(out, &note_table);
	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);

		TRY(interrupt_check());
		output_uint(out, N_INDEX, i);
		output_text(out, N_NAME, note->name);
		output_uint(out, N_TYPE, note->type);
		output_uint(out, N_SIZE, note->size);
		output_row(out);
	}
	return NULL;
}

enum { X_OFFSET, X_BYTES, X_ASCII };
static const struct column bytes_columns[] = {
	[X_OFFSET] = { "offset", COLUMN_INT, 6, .summary = "of the line's first byte" },
	[X_BYTES] = { "bytes", COLUMN_TEXT, .summary = "16 bytes in hex" },
	[X_ASCII] = { "ascii", COLUMN_TEXT, .summary = "the same as text" },
};
static const struct table bytes_table = {
	TABLE_COLUMNS(bytes_columns),
	.look = LOOK_LINE,
	.line = "{offset:6}  {bytes:-48} {ascii}",
};

static void show_bytes(struct output *out, size_t offset, const uint8_t *data, size_t size)
{
	char hex[16 * 3 + 1] = "", ascii[17] = "";

	for (size_t i = 0; i < size; i++) {
		snprintf(hex + 3 * i, 4, "%02x ", data[i]);
		ascii[i] = isascii(data[i]) && isprint(data[i]) ? (char)data[i] : '.';
	}
	hex[3 * size - 1] = 0;
	output_uint(out, X_OFFSET, offset);
	output_text(out, X_BYTES, hex);
	output_text(out, X_ASCII, ascii);
	output_row(out);
}

static struct error *show_note(struct context *context, const char *index)
{
	struct kxdump *dump = image_dump(context->image);
	const struct kxdump_note *note;
	uint64_t i;

	TRY(parse_number(index, false, "a note's index", &i));
	if (i >= kxdump_nr_notes(dump))
		return error_create(ERROR_NOT_FOUND, "no note %llu: the dump has %zu",
				    (unsigned long long)i, kxdump_nr_notes(dump));
	note = kxdump_note(dump, i);
	output_begin(context->out, &bytes_table);
	for (size_t at = 0; at < note->size; at += 16) {
		TRY(interrupt_check());
		show_bytes(context->out, at, (const uint8_t *)note->data + at,
			   min(note->size - at, (size_t)16));
	}
	return NULL;
}

/* ---- -v: VMCOREINFO ---- */

static const struct column vmcoreinfo_columns[] = {
	{ "key", COLUMN_TEXT, .summary = "such as OSRELEASE, SYMBOL(init_uts_ns)" },
	{ "value", COLUMN_TEXT, .summary = "as it is written there" },
};
static const struct table vmcoreinfo_table = {
	TABLE_COLUMNS(vmcoreinfo_columns),
	.look = LOOK_LINE,
	.line = "{key}(?={value})",
};

static struct error *show_vmcoreinfo(struct context *context)
{
	struct output *out = context->out;
	const char *text, *end, *origin;
	size_t size = 0;

	text = find_vmcoreinfo(context, &size, &origin);
	if (!text)
		return error_create(ERROR_NOT_FOUND, "the dump has no VMCOREINFO");
	output_begin(out, &vmcoreinfo_table);
	for (end = text + size; text < end && *text;) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text)), *equals;

		TRY(interrupt_check());
		line_end = line_end ? line_end : text + strnlen(text, (size_t)(end - text));
		equals = memchr(text, '=', (size_t)(line_end - text));
		output_textf(out, 0, "%.*s", (int)((equals ? equals : line_end) - text), text);
		if (equals)
			output_textf(out, 1, "%.*s", (int)(line_end - equals - 1), equals + 1);
		output_row(out);
		text = line_end + 1;
	}
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	if (arguments_has(arguments, 'x'))
		return show_note(context, arguments_value(arguments, 'x'));
	if (!arguments->nr_options)
		return show_summary(context);
	if (arguments_has(arguments, 'h')) {
		output_begin(context->out, &header_table);
		kxdump_header(image_dump(context->image), emit_header, context->out);
	}
	if (arguments_has(arguments, 'r'))
		TRY(show_regions(context));
	if (arguments_has(arguments, 'n'))
		TRY(show_notes(context));
	if (arguments_has(arguments, 'v'))
		TRY(show_vmcoreinfo(context));
	return NULL;
}

static const struct option_spec options[] = {
	{ 'h', "header", NULL, "the fields of the container's header" },
	{ 'r', "regions", NULL, "the runs of physical memory that it describes" },
	{ 'n', "notes", NULL, "its ELF notes" },
	{ 'x', "hex", "INDEX", "the bytes of note INDEX" },
	{ 'v', "vmcoreinfo", NULL, "VMCOREINFO as text" },
	{ 0 },
};
static const struct table *const tables[] = {
	&summary_table, &header_table,	   &region_table, &note_table,
	&bytes_table,	&vmcoreinfo_table, NULL
};

const struct command dump_command = {
	.name = "dump",
	.summary = "the dump file itself: format, header, regions, pages, notes",
	.usage = "[-h] [-r] [-n] [-x INDEX] [-v]",
	.help = "Without options, a summary. Works on every dump that opens, also when no kernel\n"
		"was found in it. A page is one of three things: present, excluded (a filter left\n"
		"it out), or absent (the dump never had it).\n",
	.options = options,
	.tables = tables,
	.works_on_dump = true,
	.run = run,
};
