// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec: the list of a loaded image's pages, kimage.head and what it leads to. */
#include "commands/kexec.h"

enum { E_KIND, E_IMAGE, E_AT, E_TYPE, E_PAGE, E_DESTINATION };
static const struct column entry_columns[] = {
	[E_KIND] = { "kind", COLUMN_TEXT, .summary = "\"entry\"", .json_only = true },
	[E_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[E_AT] = { "entry", COLUMN_ADDRESS,
		   .summary = "its physical address; null: it is kimage.head" },
	[E_TYPE] = { "type", COLUMN_TEXT, -11,
		     .summary = "destination, indirection, source or done" },
	[E_PAGE] = { "page", COLUMN_ADDRESS, .summary = "physical: its own" },
	[E_DESTINATION] = { "destination", COLUMN_ADDRESS,
			    .summary = "of a source: where it will be copied to" },
};
const struct table kexec_entry_table = {
	TABLE_COLUMNS(entry_columns),
	.look = LOOK_TABLE,
	.group = "{image} image: list of pages",
};

enum { P_KIND, P_IMAGE, P_SOURCE, P_DESTINATION, P_SIZE };
static const struct column pages_columns[] = {
	[P_KIND] = { "kind", COLUMN_TEXT, .summary = "\"pages\"", .json_only = true },
	[P_IMAGE] = { "image", COLUMN_TEXT, .summary = "crash or normal", .json_only = true },
	[P_SOURCE] = { "source", COLUMN_ADDRESS, .summary = "physical, where they are now" },
	[P_DESTINATION] = { "destination", COLUMN_ADDRESS,
			    .summary = "physical, where they will be copied to" },
	[P_SIZE] = { "size", COLUMN_HEX, 10, .summary = "in bytes" },
};
const struct table kexec_pages_table = {
	TABLE_COLUMNS(pages_columns),
	.look = LOOK_TABLE,
	.group = "{image} image: pages to copy",
};

static const char *entry_type(unsigned int kind)
{
	switch (kind) {
	case KEXEC_IND_DESTINATION:
		return "destination";
	case KEXEC_IND_INDIRECTION:
		return "indirection";
	case KEXEC_IND_DONE:
		return "done";
	default:
		return "source";
	}
}

struct entries {
	struct output *out;
	const char *image;
};

static struct error *show_entry(void *context, const struct kexec_entry *entry)
{
	struct entries *entries = context;
	struct output *out = entries->out;

	output_text(out, E_KIND, "entry");
	output_text(out, E_IMAGE, entries->image);
	if (entry->at)
		output_uint(out, E_AT, entry->at);
	output_text(out, E_TYPE, entry_type(entry->kind));
	if (entry->kind != KEXEC_IND_DONE)
		output_uint(out, E_PAGE, entry->page);
	if (entry->kind == KEXEC_IND_SOURCE)
		output_uint(out, E_DESTINATION, entry->destination);
	output_row(out);
	return NULL;
}

static struct error *show_runs(struct context *context, const struct kexec_shown *shown)
{
	const struct kexec_runs *runs = &shown->runs;
	struct output *out = context->out;

	for (size_t i = 0; i < runs->count && i < KEXEC_SHOWN; i++) {
		TRY(interrupt_check());
		output_text(out, P_KIND, "pages");
		output_text(out, P_IMAGE, shown->kexec.name);
		output_uint(out, P_SOURCE, runs->list[i].source);
		output_uint(out, P_DESTINATION, runs->list[i].destination);
		output_uint(out, P_SIZE, runs->list[i].size);
		output_row(out);
	}
	if (runs->count > KEXEC_SHOWN)
		output_note(out, "%s image: %zu more ranges of pages to copy; kexec -v shows all",
			    shown->kexec.name, runs->count - KEXEC_SHOWN);
	return NULL;
}

struct error *kexec_show_entries(struct context *context, struct kexec_shown *shown)
{
	const struct kexec_image *kexec = &shown->kexec;
	struct entries entries = { context->out, kexec->name };
	struct error *err;

	/* A crash image is in place: its head is IND_DONE and nothing else. */
	if (!kexec->has[KEXEC_HEAD] || (kexec->is_crash && !shown->runs.count && !shown->verbose))
		return NULL;
	output_begin(context->out, shown->verbose ? &kexec_entry_table : &kexec_pages_table);
	if (!shown->verbose)
		return show_runs(context, shown);
	err = kexec_entries_walk(image_physical(context->image), kexec->value[KEXEC_HEAD],
				 show_entry, &entries);
	/* The same walk has told of it already. */
	if (err && err->code == ERROR_INTERRUPTED)
		return err;
	error_free(err);
	return NULL;
}
