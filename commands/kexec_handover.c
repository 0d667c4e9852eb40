// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: Kexec HandOver, what this kernel means to hand on and what it was handed. */
#include "commands/kexec.h"

#include "kernel/kho.h"

enum {
	K_KIND,
	K_ENABLED,
	K_OUT_FDT,
	K_COMPATIBLE,
	K_MAP,
	K_PRESERVED,
	K_IN_FDT,
	K_IN_COMPATIBLE,
	K_IN_SCRATCH,
	K_PREVIOUS,
	K_COUNT,
	K_SCRATCH
};
static const struct column kho_columns[] = {
	[K_KIND] = { "kind", COLUMN_TEXT, .summary = "\"kho\"", .json_only = true },
	[K_ENABLED] = { "enabled", COLUMN_BOOL, .heading = "KEXEC HANDOVER",
			.summary = "kho= on the command line" },
	[K_OUT_FDT] = { "out_fdt", COLUMN_ADDRESS, .summary = "physical, of the tree to hand on" },
	[K_COMPATIBLE] = { "compatible", COLUMN_TEXT, .summary = "its version, \"kho-v4\"" },
	[K_MAP] = { "preserved_map", COLUMN_ADDRESS,
		    .summary = "physical, of the map of preserved memory" },
	[K_PRESERVED] = { "preserved_bytes", COLUMN_INT, .summary = "in all" },
	[K_IN_FDT] = { "in_fdt", COLUMN_ADDRESS,
		       .summary = "physical, of the tree that this kernel was handed" },
	[K_IN_COMPATIBLE] = { "in_compatible", COLUMN_TEXT, .summary = "that tree's version" },
	[K_IN_SCRATCH] = { "in_scratch", COLUMN_ADDRESS,
			   .summary = "physical, of the scratch areas it was handed" },
	[K_PREVIOUS] = { "previous_release", COLUMN_TEXT, .summary = "of the kernel before" },
	[K_COUNT] = { "kexec_count", COLUMN_INT, .summary = "kexecs since the machine started" },
	[K_SCRATCH] = { "scratch_areas", COLUMN_INT, .summary = "how many" },
};
const struct table kexec_kho_table = { TABLE_COLUMNS(kho_columns), LOOK_RECORD };

enum { S_KIND, S_INDEX, S_START, S_END, S_SIZE };
static const struct column scratch_columns[] = {
	[S_KIND] = { "kind", COLUMN_TEXT, .summary = "\"scratch\"", .json_only = true },
	[S_INDEX] = { "index", COLUMN_INT, 5, .summary = "low memory, any memory, then nodes" },
	[S_START] = { "start", COLUMN_ADDRESS, .summary = "physical" },
	[S_END] = { "end", COLUMN_ADDRESS, .summary = "the last byte" },
	[S_SIZE] = { "size", COLUMN_INT, 12, .summary = "in bytes" },
};
const struct table kexec_scratch_table = {
	TABLE_COLUMNS(scratch_columns),
	.look = LOOK_TABLE,
	.group = "kexec handover: scratch areas",
};

enum { F_KIND, F_TREE, F_PATH, F_PROPERTY, F_VALUE, F_NUMBER, F_SIZE };
static const struct column fdt_columns[] = {
	[F_KIND] = { "kind", COLUMN_TEXT, .summary = "\"fdt\"", .json_only = true },
	[F_TREE] = { "tree", COLUMN_TEXT, .summary = "out or in", .json_only = true },
	[F_PATH] = { "path", COLUMN_TEXT, -20, .summary = "of the node" },
	[F_PROPERTY] = { "property", COLUMN_TEXT, -22, .summary = "its name" },
	[F_VALUE] = { "value", COLUMN_TEXT, .summary = "as text" },
	[F_NUMBER] = { "number", COLUMN_HEX, .summary = "of 8 or 4 bytes", .json_only = true },
	[F_SIZE] = { "size", COLUMN_INT, .summary = "in bytes", .json_only = true },
};
const struct table kexec_fdt_table = {
	TABLE_COLUMNS(fdt_columns),
	.look = LOOK_TABLE,
	.group = "kexec handover: tree ({tree})",
};

enum { P_KIND, P_START, P_END, P_SIZE };
static const struct column preserved_columns[] = {
	[P_KIND] = { "kind", COLUMN_TEXT, .summary = "\"preserved\"", .json_only = true },
	[P_START] = { "start", COLUMN_ADDRESS, .summary = "physical" },
	[P_END] = { "end", COLUMN_ADDRESS, .summary = "the last byte" },
	[P_SIZE] = { "size", COLUMN_INT, 12, .summary = "in bytes" },
};
const struct table kexec_preserved_table = {
	TABLE_COLUMNS(preserved_columns),
	.look = LOOK_TABLE,
	.group = "kexec handover: preserved memory",
};

static void show_areas(struct output *out, const struct kho *kho)
{
	output_begin(out, &kexec_scratch_table);
	for (size_t i = 0; i < kho->nr_scratch; i++) {
		output_text(out, S_KIND, "scratch");
		output_uint(out, S_INDEX, i);
		output_uint(out, S_START, kho->scratch[i].start);
		output_uint(out, S_END, kho->scratch[i].start + kho->scratch[i].size - 1);
		output_uint(out, S_SIZE, kho->scratch[i].size);
		output_row(out);
	}
}

struct properties {
	struct output *out;
	const char *tree;
};

static struct error *show_property(void *context, const struct kho_property *property)
{
	struct properties *p = context;
	struct output *out = p->out;

	output_text(out, F_KIND, "fdt");
	output_text(out, F_TREE, p->tree);
	output_text(out, F_PATH, property->path);
	output_text(out, F_PROPERTY, property->name);
	output_text(out, F_VALUE, property->text);
	if (property->type == KHO_NUMBER)
		output_uint(out, F_NUMBER, property->number);
	output_uint(out, F_SIZE, property->size);
	output_row(out);
	return NULL;
}

static struct error *no_property(void *context, const struct kho_property *property)
{
	return NULL;
}

/* The tree's own facts, before its rows: they belong into the record. */
static void glance(struct image *image, uint64_t address, struct kho_fdt *ret)
{
	*ret = (struct kho_fdt){ 0 };
	if (address)
		error_free(kho_fdt_walk(image_physical(image), address, no_property, NULL, ret));
}

static struct error *show_tree(struct context *context, const char *name, uint64_t address)
{
	struct properties p = { context->out, name };
	struct kho_fdt fdt;

	if (!address)
		return NULL;
	output_begin(context->out, &kexec_fdt_table);
	return kexec_carry_on(context, error_wrap(kho_fdt_walk(image_physical(context->image),
							       address, show_property, &p, &fdt),
						  "kexec handover, tree (%s)", name));
}

static void show_record(struct output *out, const struct kho *kho, const struct kho_fdt *made,
			const struct kho_fdt *given, const struct kho_pages *pages)
{
	output_begin(out, &kexec_kho_table);
	output_text(out, K_KIND, "kho");
	if (kho->has_enabled)
		output_bool(out, K_ENABLED, kho->enabled);
	if (kho->out_fdt)
		output_uint(out, K_OUT_FDT, kho->out_fdt);
	if (made->compatible[0])
		output_text(out, K_COMPATIBLE, made->compatible);
	if (made->preserved_map) {
		output_uint(out, K_MAP, made->preserved_map);
		output_uint(out, K_PRESERVED, pages->bytes);
	}
	if (kho->in_fdt)
		output_uint(out, K_IN_FDT, kho->in_fdt);
	if (given->compatible[0])
		output_text(out, K_IN_COMPATIBLE, given->compatible);
	if (kho->in_scratch)
		output_uint(out, K_IN_SCRATCH, kho->in_scratch);
	if (kho->previous_release[0])
		output_text(out, K_PREVIOUS, kho->previous_release);
	if (kho->has_kexec_count)
		output_uint(out, K_COUNT, kho->kexec_count);
	output_uint(out, K_SCRATCH, kho->nr_scratch);
	output_row(out);
}

static struct error *show_pages(struct context *context, const struct kho_pages *pages,
				bool verbose)
{
	struct output *out = context->out;

	output_begin(out, &kexec_preserved_table);
	for (size_t i = 0; i < pages->count && (verbose || i < KEXEC_SHOWN); i++) {
		TRY(interrupt_check());
		output_text(out, P_KIND, "preserved");
		output_uint(out, P_START, pages->list[i].start);
		output_uint(out, P_END, pages->list[i].start + pages->list[i].size - 1);
		output_uint(out, P_SIZE, pages->list[i].size);
		output_row(out);
	}
	if (!verbose && pages->count > KEXEC_SHOWN)
		output_note(out, "%zu more ranges of preserved memory; kexec -v shows all",
			    pages->count - KEXEC_SHOWN);
	return NULL;
}

static struct error *show(struct context *context, struct kho *kho, struct kho_pages *pages,
			  bool verbose)
{
	struct kho_fdt made, given;

	glance(context->image, kho->out_fdt, &made);
	glance(context->image, kho->in_fdt, &given);
	if (!made.preserved_map)
		made.preserved_map = kho->out_map;
	if (made.preserved_map)
		TRY(kexec_carry_on(context,
				   kho_pages_collect(image_physical(context->image),
						     made.preserved_map, made.compatible, pages)));
	show_record(context->out, kho, &made, &given, pages);
	show_areas(context->out, kho);
	TRY(show_tree(context, "out", kho->out_fdt));
	TRY(show_tree(context, "in", kho->in_fdt));
	TRY(show_pages(context, pages, verbose));
	return NULL;
}

struct error *kexec_show_handover(struct context *context, bool verbose)
{
	struct kho_pages pages = { 0 };
	struct error *err;
	struct kho kho;

	err = kho_read(context->image, &kho);
	/* A kernel without it has nothing to say. */
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	if (err)
		return kexec_carry_on(context, err);
	err = show(context, &kho, &pages, verbose);
	if (!err && kho.problem) {
		output_incomplete(context->out, kho.problem);
		kho.problem = NULL;
	}
	kho_pages_deinit(&pages);
	kho_deinit(&kho);
	return err;
}
