// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of a dump that was saved, in rows: for convert and capture. */
#include "commands/save_report.h"

enum {
	FILE_NAME,
	FORMAT,
	CODEC,
	LEVEL,
	THREADS,
	PAGE_SIZE,
	DESCRIBED,
	DUMPED,
	SAVED,
	ZERO,
	LOST,
	PADDED,
	MEMORY_BYTES,
	DATA_BYTES,
	FILE_BYTES,
	FILTER_TIME,
	TIME,
	INCOMPLETE,
};

static const struct column summary_columns[] = {
	[FILE_NAME] = { "file", COLUMN_LIST, .summary = "the files that were written" },
	[FORMAT] = { "format", COLUMN_TEXT, .summary = "kdump or elf" },
	[CODEC] = { "codec", COLUMN_TEXT, .summary = "how pages are compressed" },
	[LEVEL] = { "dump_level", COLUMN_INT, .heading = "LEVEL",
		    .summary = "as makedumpfile's -d would be" },
	[THREADS] = { "threads", COLUMN_INT, .summary = "that read and compressed" },
	[PAGE_SIZE] = { "page_size", COLUMN_INT, .summary = "in bytes", .json_only = true },
	[DESCRIBED] = { "described_pages", COLUMN_INT, .heading = "MEMORY",
			.summary = "pages of memory that the source describes" },
	[DUMPED] = { "dumped_pages", COLUMN_INT, .heading = "DUMPED",
		     .summary = "of them in the source" },
	[SAVED] = { "saved_pages", COLUMN_INT, .heading = "SAVED",
		    .summary = "of them in what was written" },
	[ZERO] = { "zero_pages", COLUMN_INT, .heading = "ZERO",
		   .summary = "of zeros: kdump keeps one for all of them; in elf level 1 leaves "
			      "them out, and they are holes without it" },
	[LOST] = { "lost_pages", COLUMN_INT, .heading = "LOST",
		   .summary = "that could not be read" },
	[PADDED] = { "padded_pages", COLUMN_INT, .heading = "PADDED",
		     .summary = "that the source has in part; kdump pads them with zeros" },
	[MEMORY_BYTES] = { "memory_bytes", COLUMN_INT, .heading = "BYTES",
			   .summary = "of the saved pages" },
	[DATA_BYTES] = { "data_bytes", COLUMN_INT, .heading = "STORED",
			 .summary = "that these became, without the headers" },
	[FILE_BYTES] = { "file_bytes", COLUMN_INT, .heading = "SIZE",
			 .summary = "of the files, bytes" },
	[FILTER_TIME] = { "filter_time", COLUMN_TIME, .heading = "FILTER",
			  .summary = "that deciding took" },
	[TIME] = { "time", COLUMN_TIME, .heading = "SECONDS", .summary = "that all of it took" },
	[INCOMPLETE] = { "incomplete", COLUMN_BOOL,
			 .summary =
				 "the dump is marked so: pages are lost, or were in the source" },
};
const struct table save_summary_table = { TABLE_COLUMNS(summary_columns), LOOK_RECORD };

enum { KIND, KIND_PAGES, KIND_BYTES, KIND_KEPT };
static const struct column kind_columns[] = {
	[KIND] = { "kind", COLUMN_TEXT, -14, .summary = "what the pages were used for" },
	[KIND_PAGES] = { "pages", COLUMN_INT, 12, .summary = "of this kind in the source" },
	[KIND_BYTES] = { "bytes", COLUMN_INT, 16, .summary = "of them" },
	[KIND_KEPT] = { "kept", COLUMN_BOOL, 6, .summary = "whether they are saved" },
};
const struct table save_kind_table = { TABLE_COLUMNS(kind_columns), LOOK_TABLE };

enum { ERASED, ERASED_AT, ERASED_BYTES, ERASED_MISSING };
static const struct column erased_columns[] = {
	[ERASED] = { "erased", COLUMN_TEXT, -32,
		     .summary = "the expression, or what a rule found" },
	[ERASED_AT] = { "address", COLUMN_ADDRESS, 16, .summary = "of it, virtual" },
	[ERASED_BYTES] = { "bytes", COLUMN_INT, 10, .summary = "that are written over" },
	[ERASED_MISSING] = { "missing", COLUMN_INT, 10,
			     .summary = "of them, that lie in no page of the source" },
};
const struct table save_erased_table = { TABLE_COLUMNS(erased_columns), LOOK_TABLE };

static void show_kinds(struct output *out, const struct save_report *report)
{
	output_begin(out, &save_kind_table);
	for (unsigned int kind = 0; kind < PAGE_KINDS; kind++) {
		if (!report->kinds[kind])
			continue;
		output_text(out, KIND, page_kind_name(kind));
		output_uint(out, KIND_PAGES, report->kinds[kind]);
		output_uint(out, KIND_BYTES, report->kinds[kind] * report->page_size);
		output_bool(out, KIND_KEPT, !report->left_out[kind]);
		output_row(out);
	}
}

static void show_erased(struct output *out, const struct erase *erase)
{
	output_begin(out, &save_erased_table);
	for (size_t i = 0; i < erase->nr_entries; i++) {
		const struct erase_entry *entry = &erase->entries[i];

		output_text(out, ERASED, entry->what);
		output_uint(out, ERASED_AT, entry->address);
		output_uint(out, ERASED_BYTES, entry->bytes);
		output_uint(out, ERASED_MISSING, entry->missing);
		output_row(out);
	}
}

static void show_notes(struct output *out, const struct save_report *report, const char *partial)
{
	for (size_t i = 0; i < report->nr_unsure; i++)
		output_note(out, "kept what is not understood: %s", report->unsure[i]);
	for (size_t i = 0; i < report->erase.nr_notes; i++)
		output_note(out, "not erased: %s", report->erase.notes[i]);
	if (partial)
		output_note(out, "the source is not whole: %s", partial);
	for (size_t i = 0; i < report->nr_errors; i++)
		output_note(out, "lost: %s", report->errors[i]);
	if (report->lost > report->nr_errors)
		output_note(out, "lost: %llu pages in all", (unsigned long long)report->lost);
}

void save_report_show(struct output *out, const struct save_options *options,
		      const struct save_report *report, const char *partial, bool kinds)
{
	bool elf = options->format == KXDUMP_WRITE_ELF;

	output_begin(out, &save_summary_table);
	for (size_t i = 0; !options->dry_run && i < options->nr_paths; i++)
		output_list(out, FILE_NAME, options->paths[i]);
	output_text(out, FORMAT, elf ? "elf" : "kdump");
	if (!elf)
		output_text(out, CODEC, options->codec);
	output_uint(out, LEVEL, save_dump_level(&options->rules));
	output_uint(out, THREADS, report->threads);
	output_uint(out, PAGE_SIZE, report->page_size);
	output_uint(out, DESCRIBED, report->described);
	output_uint(out, DUMPED, report->dumped);
	output_uint(out, SAVED, report->kept);
	output_uint(out, ZERO, report->zero);
	output_uint(out, LOST, report->lost);
	output_uint(out, PADDED, report->padded);
	output_uint(out, MEMORY_BYTES, report->kept * report->page_size);
	output_uint(out, DATA_BYTES, report->written.data_bytes);
	output_uint(out, FILE_BYTES, report->written.file_bytes);
	output_uint(out, FILTER_TIME, (uint64_t)(report->filter_seconds * 1e9));
	output_uint(out, TIME, (uint64_t)(report->seconds * 1e9));
	output_bool(out, INCOMPLETE, report->incomplete);
	output_row(out);
	if (kinds)
		show_kinds(out, report);
	if (report->erase.nr_entries)
		show_erased(out, &report->erase);
	show_notes(out, report, partial);
}

struct error *save_report_run(struct output *out, const struct save_options *options,
			      const char *const *paths, size_t count, bool kinds)
{
	const struct image_options none = { 0 };
	struct save_report report = { 0 };
	struct kxdump *dump;
	struct image *image;
	struct error *err;

	TRY(kxdump_open(paths, count, &dump));
	TRY(image_open(dump, &none, &image));
	err = save_run(image, options, &report);
	if (!err)
		save_report_show(out, options, &report, kxdump_info(image_dump(image))->partial_why,
				 kinds);
	save_report_deinit(&report);
	image_close(image);
	return err;
}
