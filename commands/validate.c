// SPDX-License-Identifier: GPL-2.0-or-later
/* validate: is a dump whole, and can it be trusted? */
#include "commands/program.h"

#include "validate/validate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define THREADS_MAX	256
#define STATUS_UNUSABLE 2

/* ---- the report ---- */

enum { VERDICT, DUMP, FORMAT, FAULTS, NOTES, CHECKS, SKIPPED, BYTES, TIME, RATE, LIVE };
static const struct column verdict_columns[] = {
	[VERDICT] = { "verdict", COLUMN_TEXT,
		      .summary = "whole, faults (usable, with these), or "
				 "unusable" },
	[DUMP] = { "dump", COLUMN_LIST, .summary = "the files" },
	[FORMAT] = { "format", COLUMN_TEXT, .summary = "what it is" },
	[FAULTS] = { "faults", COLUMN_INT, .summary = "that were found" },
	[NOTES] = { "notes", COLUMN_INT, .summary = "what is worth telling, and no fault" },
	[CHECKS] = { "checks", COLUMN_INT, .summary = "that were made" },
	[SKIPPED] = { "skipped", COLUMN_INT, .summary = "checks that do not apply" },
	[BYTES] = { "bytes", COLUMN_INT, .summary = "of the files that were read through" },
	[TIME] = { "time", COLUMN_TIME, .heading = "SECONDS", .summary = "that it took" },
	[RATE] = { "bytes_per_second", COLUMN_INT, .heading = "RATE", .summary = "bytes a second" },
	[LIVE] = { "live", COLUMN_BOOL, .summary = "the running kernel", .json_only = true },
};
static const struct table verdict_table = { TABLE_COLUMNS(verdict_columns), LOOK_RECORD };

enum { NAME, FAMILY, OUTCOME, LOOKED_AT, FINDINGS, DURATION, WHY };
static const struct column check_columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -20, "CHECK", "its name" },
	[FAMILY] = { "family", COLUMN_TEXT, -12, .summary = "what it looks at" },
	[OUTCOME] = { "outcome", COLUMN_TEXT, -8, .summary = "passed, notes, faults, or skipped" },
	[LOOKED_AT] = { "looked_at", COLUMN_INT, 12, "LOOKED AT",
			"things that were checked: pages, entries…" },
	[FINDINGS] = { "findings", COLUMN_INT, 9, .summary = "faults and notes" },
	[DURATION] = { "duration_ns", COLUMN_TIME, 11, "SECONDS", "it took" },
	[WHY] = { "why", COLUMN_TEXT, 0, .summary = "of what was skipped: why" },
};
static const struct table check_table = { TABLE_COLUMNS(check_columns), LOOK_TABLE };

enum { SEVERITY, CAUSE, CHECK, TEXT, FILE_NAME, OFFSET, PHYSICAL, VIRTUAL, SIZE, SYMBOL };
static const struct column finding_columns[] = {
	[SEVERITY] = { "severity", COLUMN_TEXT, .summary = "note, fault or unusable" },
	[CAUSE] = { "cause", COLUMN_TEXT,
		    .summary = "corrupt, excluded, absent, race (it changed while it was saved), "
			       "or crashed (the kernel's doing)" },
	[CHECK] = { "check", COLUMN_TEXT, .summary = "that found it" },
	[TEXT] = { "text", COLUMN_TEXT, .summary = "what is wrong" },
	[FILE_NAME] = { "file", COLUMN_TEXT, .summary = "where: the file" },
	[OFFSET] = { "file_offset", COLUMN_HEX, .summary = "in it" },
	[PHYSICAL] = { "physical", COLUMN_HEX, .summary = "where: a physical address" },
	[VIRTUAL] = { "virtual", COLUMN_HEX, .summary = "where: a virtual address" },
	[SIZE] = { "size", COLUMN_INT, .summary = "of the place, bytes" },
	[SYMBOL] = { "symbol", COLUMN_TEXT, .summary = "at the virtual address" },
};
static const struct table finding_table = {
	TABLE_COLUMNS(finding_columns),
	LOOK_LINE,
	.line = "{severity}, {cause}: {check}: {text}(? [{file} {file_offset}])"
		"(? [physical {physical}])(? [{virtual}(? {symbol})])",
};

static const struct table *const tables[] = { &verdict_table, &check_table, &finding_table, NULL };

static const struct option_spec options[] = {
	{ 'q', "quick", NULL, "the tables and what names the kernel alone; no page is read" },
	{ 'j', "num-threads", "N", "threads; default: as many as CPUs may be used" },
	{ 0, "junit", "FILE", "write the results as JUnit's XML" },
	{ 0, "manifest", "FILE", "write a digest of each page, to compare with later" },
	{ 0, "check-manifest", "FILE",
	  "compare each page with such digests: of this dump before, or of the one it was made from" },
	{ 0 },
};

/* What is validated. */
struct subject {
	const char *const *paths;
	size_t nr_paths;
	const char *vmlinux;
	struct image *image; /* NULL: it did not open */
};

static void show_verdict(struct output *out, const struct subject *subject,
			 const struct validate_report *report)
{
	uint64_t faults = 0, notes = 0, skipped = 0;

	for (size_t i = 0; i < report->nr_results; i++) {
		faults += report->results[i].faults;
		notes += report->results[i].notes;
		skipped += report->results[i].outcome == OUTCOME_SKIPPED;
	}
	output_begin(out, &verdict_table);
	output_text(out, VERDICT, verdict_name(report->verdict));
	for (size_t i = 0; i < subject->nr_paths; i++)
		output_list(out, DUMP, subject->paths[i]);
	if (subject->image)
		output_text(out, FORMAT, kxdump_info(image_dump(subject->image))->detail);
	output_uint(out, FAULTS, faults);
	output_uint(out, NOTES, notes);
	output_uint(out, CHECKS, report->nr_results - skipped);
	output_uint(out, SKIPPED, skipped);
	output_uint(out, BYTES, report->bytes);
	output_uint(out, TIME, report->ns);
	if (report->bytes && report->ns)
		output_uint(out, RATE,
			    (uint64_t)((double)report->bytes * 1e9 / (double)report->ns));
	output_bool(out, LIVE, report->live);
	output_row(out);
}

static void show_checks(struct output *out, const struct validate_report *report)
{
	output_begin(out, &check_table);
	for (size_t i = 0; i < report->nr_results; i++) {
		const struct validate_result *result = &report->results[i];

		output_text(out, NAME, result->check->name);
		output_text(out, FAMILY, result->check->family);
		output_text(out, OUTCOME, check_outcome_name(result->outcome));
		output_uint(out, LOOKED_AT, result->looked_at);
		output_uint(out, FINDINGS, result->faults + result->notes);
		output_uint(out, DURATION, result->ns);
		output_text(out, WHY, result->why_skipped);
		output_row(out);
	}
}

static void show_place(struct output *out, const struct subject *subject, const struct place *place)
{
	auto_text symbol = { 0 };

	if (place->kind == PLACE_FILE) {
		if (place->file < subject->nr_paths)
			output_text(out, FILE_NAME, subject->paths[place->file]);
		output_uint(out, OFFSET, place->at);
	} else if (place->kind == PLACE_PHYSICAL) {
		output_uint(out, PHYSICAL, place->at);
	} else if (place->kind == PLACE_VIRTUAL) {
		output_uint(out, VIRTUAL, place->at);
		if (subject->image && image_symbolise(subject->image, place->at, &symbol))
			output_text(out, SYMBOL, text_string(&symbol));
	}
	if (place->kind != PLACE_NONE && place->size)
		output_uint(out, SIZE, place->size);
}

static void show_finding(struct output *out, const struct subject *subject, const char *check,
			 const struct finding *finding)
{
	output_text(out, SEVERITY, finding_severity_name(finding->severity));
	output_text(out, CAUSE, finding_cause_name(finding->cause));
	output_text(out, CHECK, check);
	output_text(out, TEXT, finding->text);
	show_place(out, subject, &finding->place);
	output_row(out);
}

static void show_findings(struct output *out, const struct subject *subject,
			  const struct validate_report *report)
{
	output_begin(out, &finding_table);
	for (size_t i = 0; i < report->nr_results; i++) {
		const struct validate_result *result = &report->results[i];

		for (size_t k = 0; k < result->nr_findings; k++)
			show_finding(out, subject, result->check->name, &result->findings[k]);
	}
}

static void note_unkept(struct output *out, const struct validate_report *report)
{
	uint64_t unkept = 0;

	for (size_t i = 0; i < report->nr_results; i++) {
		const struct validate_result *result = &report->results[i];

		unkept += result->faults + result->notes - result->nr_findings;
	}
	if (unkept)
		output_note(out, "%llu findings are counted, and not shown",
			    (unsigned long long)unkept);
}

/* ---- the command line ---- */

/* The last of several files is a vmlinux when it is an ELF file, and none that may be a dump. */
static bool is_vmlinux(const char *path)
{
	char magic[4] = "";
	FILE *file = kxdump_probe(path) ? NULL : fopen(path, "re");
	bool found = file && fread(magic, sizeof(magic), 1, file) == 1 &&
		     !memcmp(magic, "\177ELF", sizeof(magic));

	if (file)
		fclose(file);
	return found;
}

static struct error *read_options(const struct arguments *a, struct validate_options *ret)
{
	const char *threads = arguments_value(a, 'j');
	uint64_t number;

	ret->quick = arguments_has(a, 'q');
	ret->manifest = arguments_value_name(a, "manifest");
	ret->check_manifest = arguments_value_name(a, "check-manifest");
	if (ret->quick && (ret->manifest || ret->check_manifest))
		return error_create(ERROR_USAGE, "a manifest is of all pages, which --quick does "
						 "not read");
	if (!threads)
		return NULL;
	TRY(parse_number(threads, false, "a number of threads", &number));
	if (!number || number > THREADS_MAX)
		return error_create(ERROR_USAGE, "-j is 1 to %d, not %s", THREADS_MAX, threads);
	ret->threads = (unsigned int)number;
	return NULL;
}

/* A vmlinux of another build is for the checks to find. */
static struct error *open_image(struct subject *subject)
{
	const struct image_options with = { .vmlinux = subject->vmlinux,
					    .want_debug = true,
					    .force = true };
	struct kxdump *dump;

	TRY(kxdump_open(subject->paths, subject->nr_paths, &dump));
	return image_open(dump, &with, &subject->image);
}

static struct error *make_report(struct subject *subject, const struct validate_options *options,
				 struct validate_report *ret)
{
	struct error *err = open_image(subject);

	if (!err)
		return validate_run(subject->image, options, ret);
	if (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	return validate_unopened(err, ret);
}

static struct error *show(struct program_run *run, const struct subject *subject,
			  const struct validate_report *report)
{
	const char *junit = arguments_value_name(run->arguments, "junit");

	show_verdict(run->out, subject, report);
	show_checks(run->out, report);
	show_findings(run->out, subject, report);
	note_unkept(run->out, report);
	run->status = (int)report->verdict; /* in the order of the exit statuses */
	return junit ? validate_write_junit(junit, subject->paths[0], report) : NULL;
}

static struct error *run(struct program_run *run)
{
	const struct arguments *a = run->arguments;
	struct subject subject = { .paths = (const char *const *)a->operands,
				   .nr_paths = a->nr_operands };
	struct validate_options options = { 0 };
	struct validate_report report = { 0 };
	struct error *err;

	run->status = STATUS_UNUSABLE; /* whatever it is that fails */
	if (!a->nr_operands)
		return error_create(ERROR_USAGE, "expected DUMP…: what to look at");
	TRY(read_options(a, &options));
	if (a->nr_operands > 1 && is_vmlinux(a->operands[a->nr_operands - 1]))
		subject.vmlinux = a->operands[--subject.nr_paths];
	err = make_report(&subject, &options, &report);
	if (!err)
		err = show(run, &subject, &report);
	validate_report_deinit(&report);
	image_close(subject.image);
	return err;
}

const struct program validate_program = {
	.name = "validate",
	.summary = "tell whether a dump is whole and can be trusted",
	.usage = "[OPTION…] DUMP… [VMLINUX]",
	.help = "Reads all of a dump, in any format that kx-crash opens, and tells every fault that "
		"it finds, with its place. Several DUMPs are one split set.\n"
		"\n"
		"Exit status: 0 the dump is whole; 1 it is usable, with faults; 2 it is not usable, "
		"or could not be looked at.\n"
		"\n"
		"What is found is corrupt (it is there, and wrong), excluded (a filter left it "
		"out), absent (the dump never had it, or was cut off), a race (it changed while it "
		"was saved), or crashed (wrong in the crashed kernel, not in the dump).\n"
		"\n"
		"A manifest holds a digest of each page, by its number, and one of each file: a dump "
		"that was converted since can be compared with its source by its pages, and the same "
		"files must be the same to the byte.\n"
		"\n"
		"    kx-crash validate --quick vmcore\n"
		"    kx-crash validate --manifest vmcore.digests vmcore\n"
		"    kx-crash validate --check-manifest vmcore.digests vmcore.kdump\n",
	.options = options,
	.tables = tables,
	.run = run,
};
