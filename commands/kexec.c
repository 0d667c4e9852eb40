// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: the kernels that are loaded to be started next, and the memory kept for them. */
#include "commands/kexec.h"

#include "commands/memory_picture.h"

/* ---- segments ---- */

enum {
	S_KIND,
	S_IMAGE,
	S_INDEX,
	S_WHAT,
	S_START,
	S_END,
	S_SIZE,
	S_BUFFER_SIZE,
	S_BUFFER,
	S_CMA,
	S_IN_DUMP,
	S_BYTES
};
static const struct column segment_columns[] = {
	[S_KIND] = { "kind", COLUMN_TEXT, .summary = "\"segment\"", .json_only = true },
	[S_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[S_INDEX] = { "index", COLUMN_INT, 5, .summary = "in kimage.segment" },
	[S_WHAT] = { "what", COLUMN_TEXT, -13,
		     .summary = "elfcorehdr, purgatory, boot_params, kernel, initrd, setup_data, "
				"kho_scratch, dm_crypt_keys or backup; null: not known" },
	[S_START] = { "start", COLUMN_ADDRESS, .summary = "physical" },
	[S_END] = { "end", COLUMN_ADDRESS, .summary = "the last byte" },
	[S_SIZE] = { "memory_size", COLUMN_HEX, 11, "MEMSZ", "in bytes" },
	[S_BUFFER_SIZE] = { "buffer_size", COLUMN_HEX, 11, "BUFSZ",
			    "bytes that were given; zeros follow" },
	[S_BUFFER] = { "buffer", COLUMN_ADDRESS, .json_only = true,
		       .summary = "where they were, in the loader or the kernel" },
	[S_CMA] = { "in_place", COLUMN_BOOL, .json_only = true,
		    .summary = "its memory holds it already; else its pages are copied" },
	[S_IN_DUMP] = { "in_dump", COLUMN_TEXT, .summary = "present, partly, excluded or absent" },
	[S_BYTES] = { "in_dump_bytes", COLUMN_INT, .json_only = true,
		      .summary = "of it that the dump holds" },
};
static const struct table segment_table = {
	TABLE_COLUMNS(segment_columns),
	.look = LOOK_TABLE,
	.group = "{image} image: segments",
};

static void show_segment(struct context *context, const struct kexec_shown *shown,
			 unsigned int index)
{
	static const char *const words[] = { "present", "partly", "excluded", "absent" };
	const struct kexec_segment *segment = &shown->kexec.segments[index];
	struct output *out = context->out;
	enum kexec_presence presence;
	uint64_t bytes;

	presence = kexec_content_presence(context->image, &shown->content, index, &bytes);
	output_text(out, S_KIND, "segment");
	output_text(out, S_IMAGE, shown->kexec.name);
	output_uint(out, S_INDEX, index);
	output_text(out, S_WHAT, kexec_what_name(shown->recognised.what[index]));
	output_uint(out, S_START, segment->address);
	output_uint(out, S_END, segment->address + segment->memory_size - 1);
	output_uint(out, S_SIZE, segment->memory_size);
	output_uint(out, S_BUFFER_SIZE, segment->buffer_size);
	output_uint(out, S_BUFFER, segment->buffer);
	output_bool(out, S_CMA, shown->kexec.is_crash || segment->cma);
	output_text(out, S_IN_DUMP, words[presence]);
	output_uint(out, S_BYTES, bytes);
	output_row(out);
}

/* ---- what crashkernel= reserved ---- */

enum { R_KIND, R_NAME, R_START, R_END, R_SIZE };
static const struct column resource_columns[] = {
	[R_KIND] = { "kind", COLUMN_TEXT, .summary = "\"resource\"", .json_only = true },
	[R_NAME] = { "name", COLUMN_TEXT, -20, "RESERVED",
		     "crashk_res, crashk_low_res or crashk_cma_ranges[…]" },
	[R_START] = { "start", COLUMN_ADDRESS, .summary = "physical" },
	[R_END] = { "end", COLUMN_ADDRESS, .summary = "the last byte" },
	[R_SIZE] = { "size", COLUMN_INT, 12, .summary = "in bytes" },
};
static const struct table resource_table = { TABLE_COLUMNS(resource_columns), LOOK_TABLE };

struct resources {
	struct output *out;
	size_t count;
};

static struct error *show_resource(void *context, const struct kexec_resource *resource)
{
	struct resources *resources = context;
	struct output *out = resources->out;

	output_text(out, R_KIND, "resource");
	output_text(out, R_NAME, resource->name);
	output_uint(out, R_START, resource->start);
	output_uint(out, R_END, resource->end);
	output_uint(out, R_SIZE, resource->end - resource->start + 1);
	output_row(out);
	resources->count++;
	return NULL;
}

static struct error *show_resources(struct context *context)
{
	struct resources resources = { .out = context->out };
	struct error *err;

	output_begin(context->out, &resource_table);
	err = kexec_resources_each(context->image, show_resource, &resources);
	if (!err && !resources.count)
		output_note(context->out, "no memory is reserved for a crash kernel");
	return kexec_carry_on(context, err);
}

/* ---- all of it ---- */

struct error *kexec_carry_on(struct context *context, struct error *err)
{
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	if (err)
		output_incomplete(context->out, err);
	return NULL;
}

/* Finds out what there is to show of a loaded image. */
static struct error *prepare(struct context *context, struct kexec_shown *shown)
{
	const struct memory *physical = image_physical(context->image);
	struct kexec_image *kexec = &shown->kexec;

	if (kexec->has[KEXEC_HEAD])
		TRY(kexec_carry_on(context,
				   error_wrap(kexec_runs_collect(physical, kexec->value[KEXEC_HEAD],
								 &shown->runs),
					      "%s image: list of pages", kexec->name)));
	TRY(kexec_content_init(physical, kexec, &shown->runs, &shown->content));
	return kexec_recognise(kexec, &shown->content.memory, &shown->recognised);
}

static struct error *show_loaded(struct context *context, struct kexec_shown *shown,
				 struct kexec_picture *picture)
{
	TRY(prepare(context, shown));
	TRY(kexec_picture_add(context, picture, shown));
	output_begin(context->out, &segment_table);
	for (unsigned int i = 0; i < shown->kexec.nr_segments; i++) {
		TRY(interrupt_check());
		show_segment(context, shown, i);
	}
	TRY(kexec_show_entries(context, shown));
	TRY(kexec_show_contents(context, shown));
	return kexec_show_purgatory(context, shown);
}

static struct error *show_kexec(struct context *context, bool crash, bool verbose,
				struct kexec_picture *picture)
{
	struct kexec_shown shown = { .verbose = verbose };
	struct error *err = NULL;

	TRY(kexec_image_read(context->image, crash, &shown.kexec));
	kexec_show_image(context, &shown.kexec);
	if (shown.kexec.address)
		err = show_loaded(context, &shown, picture);
	if (!err && shown.kexec.problem) {
		output_incomplete(context->out, shown.kexec.problem);
		shown.kexec.problem = NULL;
	}
	kexec_content_deinit(&shown.content);
	kexec_runs_deinit(&shown.runs);
	kexec_image_deinit(&shown.kexec);
	return err;
}

static struct error *show_all(struct context *context, bool verbose, struct kexec_picture *picture)
{
	uint64_t address;

	/* Without CONFIG_CRASH_DUMP there is no image for a crash (v6.9). */
	if (!error_dropped(image_symbol(context->image, "kexec_crash_image", &address)))
		TRY(kexec_carry_on(context, show_kexec(context, true, verbose, picture)));
	TRY(kexec_carry_on(context, show_kexec(context, false, verbose, picture)));
	TRY(show_resources(context));
	TRY(kexec_carry_on(context, kexec_picture_draw(context, picture)));
	return kexec_show_handover(context, verbose);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct kexec_picture *picture;
	uint64_t address;
	struct error *err;

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	if (error_dropped(image_symbol(context->image, "kexec_image", &address)))
		return error_create(ERROR_NOT_FOUND,
				    "the kernel has no kexec (CONFIG_KEXEC_CORE): no kexec_image");
	TRY(kexec_picture_create(&picture));
	err = show_all(context, arguments_has(arguments, 'v'), picture);
	kexec_picture_destroy(picture);
	return err;
}

static const struct option_spec options[] = {
	{ 'v', "verbose", NULL, "each entry of the list of pages, each range of preserved memory" },
	{ 0 },
};
static const struct table *const tables[] = {
	&kexec_image_table, &segment_table,	     &kexec_pages_table,
	&kexec_entry_table, &kexec_elfcorehdr_table, &kexec_boot_params_table,
	&kexec_e820_table,  &kexec_digest_table,     &memory_picture_table,
	&resource_table,    &kexec_kho_table,	     &kexec_scratch_table,
	&kexec_fdt_table,   &kexec_preserved_table,  NULL
};

const struct command kexec_command = {
	.name = "kexec",
	.summary = "the loaded crash and normal kernels, and the memory kept for them",
	.usage = "[-v]",
	.help = "Shows struct kimage of the kernel loaded for a crash (kexec -p, kx-crash arm) and\n"
		"of the one to start at a reboot (kexec -l): segments, the list of pages to copy,\n"
		"elfcorehdr, boot_params, and whether the SHA-256 in purgatory fits the segments;\n"
		"what crashkernel= reserved; and Kexec HandOver where the kernel has it.\n\n"
		"A dump that the crash kernel itself made does not hold the crash region: its\n"
		"segments are absent then. In a dump made by a hypervisor they are decoded too.\n",
	.options = options,
	.tables = tables,
	.run = run,
};
