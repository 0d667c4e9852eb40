// SPDX-License-Identifier: GPL-2.0-or-later
/* estimate: how much memory crashkernel= should reserve. */
#include "kexec/estimate.h"
#include "commands/load_options.h"

#define MIB (1ULL << 20)

enum { PART, BYTES, MEASURED, HOW, SIZE };
static const struct column columns[] = {
	[PART] = { "part", COLUMN_TEXT, .summary = "what takes memory; \"total\" for all of it" },
	[BYTES] = { "bytes", COLUMN_INT, .summary = "how much" },
	[MEASURED] = { "measured", COLUMN_BOOL,
		       .summary = "on this kernel, initramfs or machine; false: an allowance" },
	[HOW] = { "how", COLUMN_TEXT, .summary = "what it is, and how it was found out" },
	[SIZE] = { "size", COLUMN_TEXT, .summary = "the bytes in MiB, for people",
		   .text_only = true },
};
static const struct table parts_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{size:10}  {part:-19} {how}",
};

enum { CRASHKERNEL, CRASHKERNEL_HIGH, TOTAL, RESERVED, ENOUGH };
static const struct column result_columns[] = {
	[CRASHKERNEL] = { "crashkernel", COLUMN_TEXT, .heading = "COMMAND LINE",
			  .summary = "what to add to the kernel's command line" },
	[CRASHKERNEL_HIGH] = { "crashkernel_high", COLUMN_TEXT, .heading = "OR ABOVE 4 GIB",
			       .summary = "the same where memory below 4 GiB is scarce" },
	[TOTAL] = { "total_bytes", COLUMN_INT, .json_only = true,
		    .summary = "the sum of the parts" },
	[RESERVED] = { "reserved_bytes", COLUMN_INT, .heading = "RESERVED NOW",
		       .summary = "bytes reserved in the running kernel; null: unknown" },
	[ENOUGH] = { "enough", COLUMN_BOOL, .heading = "IS THAT ENOUGH",
		     .summary = "are the reserved ones enough, by estimate" },
};
static const struct table result_table = { TABLE_COLUMNS(result_columns), .look = LOOK_RECORD };
static const struct table *const tables[] = { &parts_table, &result_table, NULL };

static void show_parts(struct output *out, const struct estimate *e)
{
	output_begin(out, &parts_table);
	for (size_t i = 0; i < e->nr_parts; i++) {
		const struct estimate_part *part = &e->parts[i];

		output_textf(out, SIZE, "%.1f MiB", (double)part->bytes / MIB);
		output_text(out, PART, part->name);
		output_uint(out, BYTES, part->bytes);
		output_bool(out, MEASURED, part->measured);
		output_text(out, HOW, part->how);
		output_row(out);
	}
	output_textf(out, SIZE, "%.1f MiB", (double)e->total / MIB);
	output_text(out, PART, "total");
	output_uint(out, BYTES, e->total);
	output_bool(out, MEASURED, false);
	output_text(out, HOW, "of all that");
	output_row(out);
}

static void show_result(struct output *out, const struct machine *machine, const struct estimate *e)
{
	output_begin(out, &result_table);
	output_textf(out, CRASHKERNEL, "crashkernel=%lluM", (unsigned long long)(e->size / MIB));
	output_textf(out, CRASHKERNEL_HIGH, "crashkernel=%lluM,high crashkernel=%lluM,low",
		     (unsigned long long)(e->size / MIB), (unsigned long long)(e->low / MIB));
	output_uint(out, TOTAL, e->total);
	if (!machine_problem(machine, "crash_size")) {
		output_uint(out, RESERVED, machine->crash_size);
		output_bool(out, ENOUGH, machine->crash_size >= e->total);
	}
	output_row(out);
	if (e->cryptsetup)
		output_note(out,
			    "the initramfs holds cryptsetup: to unlock a LUKS2 disk it needs up to "
			    "1 GiB more (cryptsetup luksDump tells the memory of its key slots)");
}

static struct error *estimate(struct program_run *run, struct arm *arm)
{
	struct estimate e;
	struct error *err = NULL;

	if (arm->image_error || arm->initrd_error) {
		struct error **slot = arm->image_error ? &arm->image_error : &arm->initrd_error;

		err = *slot;
		*slot = NULL;
		return err;
	}
	TRY(estimate_make(&arm->machine, &arm->image, arm->initrd, arm->initrd_size,
			  arm->command_line, &e));
	show_parts(run->out, &e);
	show_result(run->out, &arm->machine, &e);
	return NULL;
}

static struct error *run(struct program_run *run)
{
	struct arm_options options;
	struct error *err;
	struct arm arm;

	TRY(load_options(run->arguments, true, &options));
	/* kexec_file_load: no plan is made, which would need a crash region. */
	options.choice = ARM_KEXEC_FILE_LOAD;
	err = arm_prepare(&options, &arm);
	if (!err) {
		err = estimate(run, &arm);
		arm_deinit(&arm);
	}
	load_options_deinit(&options);
	return err;
}

static const struct option_spec options[] = {
	LOAD_OPTIONS_FILES,
	LOAD_OPTIONS_CAPTURE,
	LOAD_OPTIONS_LINE,
	{ 0 },
};

const struct program estimate_program = {
	.name = "estimate",
	.summary = "how much memory crashkernel= should reserve",
	.usage =
		"[--kernel IMAGE] [--initrd FILE | --no-initrd | --capture CONFIG] "
		"[[--reuse-cmdline] [--remove NAME]… | --command-line LINE] [--append WORDS] [--json]",
	.help = "Adds up what the capture kernel will need, most of it measured on the kernel image and\n"
		"the initramfs that arm would load. It is an estimate: kx-crash selftest proves a\n"
		"size, and finds the smallest one.\n\n"
		"Needs no privileges but to read the two files.\n",
	.options = options,
	.tables = tables,
	.run = run,
};
