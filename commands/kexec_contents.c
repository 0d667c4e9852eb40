// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: what is in a loaded image's segments, elfcorehdr and boot_params. */
#include "commands/kexec.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/* ---- elfcorehdr ---- */

enum { H_KIND, H_IMAGE, H_FROM, H_INDEX, H_TYPE, H_WHAT, H_OFFSET, H_VIRTUAL, H_PHYSICAL, H_SIZE };
static const struct column elfcorehdr_columns[] = {
	[H_KIND] = { "kind", COLUMN_TEXT, .summary = "\"elfcorehdr\"", .json_only = true },
	[H_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[H_FROM] = { "from", COLUMN_TEXT, .summary = "where it was read", .json_only = true },
	[H_INDEX] = { "index", COLUMN_INT, 5, .summary = "of the program header" },
	[H_TYPE] = { "type", COLUMN_TEXT, -4, .summary = "NOTE, LOAD, or a number" },
	[H_WHAT] = { "what", COLUMN_TEXT, -12,
		     .summary = "notes of a CPU, vmcoreinfo, kernel text or RAM, by the "
				"kernel's own addresses" },
	[H_OFFSET] = { "offset", COLUMN_ADDRESS, .summary = "p_offset: physical address" },
	[H_VIRTUAL] = { "virtual", COLUMN_ADDRESS, .summary = "p_vaddr" },
	[H_PHYSICAL] = { "physical", COLUMN_ADDRESS, .summary = "p_paddr" },
	[H_SIZE] = { "size", COLUMN_HEX, 10, .summary = "p_memsz, in bytes" },
};
const struct table kexec_elfcorehdr_table = {
	TABLE_COLUMNS(elfcorehdr_columns),
	.look = LOOK_TABLE,
	.group = "{image} image: elfcorehdr ({from})",
};

struct headers {
	struct context *context;
	const char *image, *from;
	uint64_t vmcoreinfo; /* physical, of the kernel's note; 0: not known */
};

/* The CPU whose crash notes are at physical @phys, or -1. */
static int cpu_of_notes(struct image *image, uint64_t phys)
{
	uint64_t pointer, virt, at;

	if (error_dropped(image_read_global(image, "crash_notes", 0, &pointer)))
		return -1;
	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++) {
		if (image_cpu_possible(image, cpu) &&
		    !error_dropped(image_per_cpu_pointer(image, pointer, cpu, &virt)) &&
		    !error_dropped(image_translate(image, virt, &at)) && at == phys)
			return (int)cpu;
	}
	return -1;
}

static void set_what(struct headers *h, const struct elfcorehdr_header *header)
{
	struct output *out = h->context->out;
	int cpu;

	if (header->type == PT_LOAD) {
		uint64_t text = 0;

		error_free(image_symbol(h->context->image, "_text", &text));
		output_text(out, H_WHAT,
			    text && text >= header->virt &&
					    text - header->virt < header->memory_size
				    ? "kernel text"
				    : "RAM");
	} else if (header->type == PT_NOTE) {
		cpu = cpu_of_notes(h->context->image, header->phys);
		if (cpu >= 0)
			output_textf(out, H_WHAT, "cpu %d notes", cpu);
		else if (h->vmcoreinfo && header->phys == h->vmcoreinfo)
			output_text(out, H_WHAT, "vmcoreinfo");
	}
}

static struct error *show_header(void *context, const struct elfcorehdr_header *header,
				 unsigned int index, unsigned int count)
{
	struct headers *h = context;
	struct output *out = h->context->out;

	output_text(out, H_KIND, "elfcorehdr");
	output_text(out, H_IMAGE, h->image);
	output_text(out, H_FROM, h->from);
	output_uint(out, H_INDEX, index);
	if (header->type == PT_NOTE || header->type == PT_LOAD)
		output_text(out, H_TYPE, header->type == PT_NOTE ? "NOTE" : "LOAD");
	else
		output_textf(out, H_TYPE, "%" PRIx32, header->type);
	set_what(h, header);
	output_uint(out, H_OFFSET, header->offset);
	output_uint(out, H_VIRTUAL, header->virt);
	output_uint(out, H_PHYSICAL, header->phys);
	output_uint(out, H_SIZE, header->memory_size);
	output_row(out);
	return NULL;
}

static struct error *show_elfcorehdr(struct context *context, const struct kexec_shown *shown,
				     unsigned int index)
{
	const struct kexec_segment *segment = &shown->kexec.segments[index];
	struct headers h = { .context = context, .image = shown->kexec.name };
	char from[32];
	uint64_t note;

	snprintf(from, sizeof(from), "segment %u", index);
	h.from = from;
	if (!error_dropped(image_read_global(context->image, "vmcoreinfo_note", 0, &note)))
		error_free(image_translate(context->image, note, &h.vmcoreinfo));
	output_begin(context->out, &kexec_elfcorehdr_table);
	return error_wrap(elfcorehdr_decode(&shown->content.memory, segment->address,
					    segment->memory_size, show_header, &h),
			  "%s image: elfcorehdr", shown->kexec.name);
}

/* The kernel's own copy, where it keeps one: until v5.18 on x86. */
static struct error *show_kept_elfcorehdr(struct context *context, const struct kexec_shown *shown)
{
	const struct kexec_image *kexec = &shown->kexec;
	struct headers h = { .context = context, .image = kexec->name, .from = "elf_headers" };
	uint64_t note;

	if (!error_dropped(image_read_global(context->image, "vmcoreinfo_note", 0, &note)))
		error_free(image_translate(context->image, note, &h.vmcoreinfo));
	output_begin(context->out, &kexec_elfcorehdr_table);
	return error_wrap(elfcorehdr_decode(image_memory(context->image),
					    kexec->value[KEXEC_ELF_HEADERS],
					    kexec->value[KEXEC_ELF_HEADERS_SIZE], show_header, &h),
			  "%s image: elf_headers", kexec->name);
}

/* ---- boot_params ---- */

enum {
	B_KIND,
	B_IMAGE,
	B_SEGMENT,
	B_PROTOCOL,
	B_LOADER,
	B_COMMAND_LINE,
	B_INITRD,
	B_INITRD_SIZE,
	B_INIT_SIZE,
	B_ACPI_RSDP,
	B_SETUP_DATA,
	B_E820
};
static const struct column boot_params_columns[] = {
	[B_KIND] = { "kind", COLUMN_TEXT, .summary = "\"boot_params\"", .json_only = true },
	[B_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[B_SEGMENT] = { "segment", COLUMN_INT, .summary = "that it is in" },
	[B_PROTOCOL] = { "protocol", COLUMN_TEXT, .summary = "version of the boot protocol" },
	[B_LOADER] = { "loader", COLUMN_HEX, .summary = "type_of_loader" },
	[B_COMMAND_LINE] = { "command_line", COLUMN_TEXT, .summary = "of the loaded kernel" },
	[B_INITRD] = { "initrd", COLUMN_ADDRESS, .summary = "physical" },
	[B_INITRD_SIZE] = { "initrd_size", COLUMN_INT, .summary = "in bytes" },
	[B_INIT_SIZE] = { "init_size", COLUMN_INT,
			  .summary = "bytes that the kernel needs at its start" },
	[B_ACPI_RSDP] = { "acpi_rsdp", COLUMN_ADDRESS, .summary = "physical; null: not told" },
	[B_SETUP_DATA] = { "setup_data", COLUMN_ADDRESS, .summary = "physical; null: none" },
	[B_E820] = { "e820_entries", COLUMN_INT, .summary = "in the memory map" },
};
const struct table kexec_boot_params_table = {
	TABLE_COLUMNS(boot_params_columns),
	.look = LOOK_RECORD,
	.group = "{image} image: boot_params",
};

enum { M_KIND, M_IMAGE, M_START, M_END, M_TYPE };
static const struct column e820_columns[] = {
	[M_KIND] = { "kind", COLUMN_TEXT, .summary = "\"e820\"", .json_only = true },
	[M_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[M_START] = { "start", COLUMN_ADDRESS, .summary = "physical" },
	[M_END] = { "end", COLUMN_ADDRESS, .summary = "the last byte" },
	[M_TYPE] = { "type", COLUMN_TEXT, .summary = "RAM, reserved, ACPI, NVS… or a number" },
};
const struct table kexec_e820_table = {
	TABLE_COLUMNS(e820_columns),
	.look = LOOK_TABLE,
	.group = "{image} image: memory map it will be told",
};

static const char *e820_name(uint32_t type)
{
	static const char *const names[] = {
		[1] = "RAM",	  [2] = "reserved", [3] = "ACPI",  [4] = "NVS",
		[5] = "unusable", [7] = "pmem",	    [12] = "pram",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static struct error *show_boot_params(struct context *context, const struct kexec_shown *shown)
{
	const struct boot_params *boot = &shown->recognised.boot_params;
	struct output *out = context->out;

	output_begin(out, &kexec_boot_params_table);
	output_text(out, B_KIND, "boot_params");
	output_text(out, B_IMAGE, shown->kexec.name);
	output_int(out, B_SEGMENT, shown->recognised.boot_params_segment);
	output_textf(out, B_PROTOCOL, "%u.%02u", boot->version >> 8, boot->version & 0xff);
	output_uint(out, B_LOADER, boot->loader);
	if (boot->has_command_line)
		output_text(out, B_COMMAND_LINE, boot->command_line_text);
	if (boot->initrd_size) {
		output_uint(out, B_INITRD, boot->initrd);
		output_uint(out, B_INITRD_SIZE, boot->initrd_size);
	}
	output_uint(out, B_INIT_SIZE, boot->init_size);
	if (boot->acpi_rsdp)
		output_uint(out, B_ACPI_RSDP, boot->acpi_rsdp);
	if (boot->setup_data)
		output_uint(out, B_SETUP_DATA, boot->setup_data);
	output_uint(out, B_E820, boot->nr_e820);
	output_row(out);

	output_begin(out, &kexec_e820_table);
	for (unsigned int i = 0; i < boot->nr_e820; i++) {
		const struct boot_params_e820 *entry = &boot->e820[i];

		output_text(out, M_KIND, "e820");
		output_text(out, M_IMAGE, shown->kexec.name);
		output_uint(out, M_START, entry->start);
		output_uint(out, M_END, entry->start + entry->size - 1);
		if (e820_name(entry->type))
			output_text(out, M_TYPE, e820_name(entry->type));
		else
			output_textf(out, M_TYPE, "%" PRIu32, entry->type);
		output_row(out);
	}
	return NULL;
}

struct error *kexec_show_contents(struct context *context, struct kexec_shown *shown)
{
	const struct kexec_image *kexec = &shown->kexec;

	if (kexec->value[KEXEC_ELF_HEADERS])
		TRY(kexec_carry_on(context, show_kept_elfcorehdr(context, shown)));
	for (unsigned int i = 0; i < kexec->nr_segments; i++) {
		uint64_t bytes;

		/* What is not in the dump at all, the segments' table has said. */
		if (shown->recognised.what[i] == KEXEC_IS_ELFCOREHDR &&
		    kexec_content_presence(context->image, &shown->content, i, &bytes) <=
			    KEXEC_PARTLY)
			TRY(kexec_carry_on(context, show_elfcorehdr(context, shown, i)));
	}
	if (shown->recognised.boot_params_segment >= 0)
		TRY(show_boot_params(context, shown));
	return NULL;
}
