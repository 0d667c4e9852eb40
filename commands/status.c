// SPDX-License-Identifier: GPL-2.0-or-later
/* status: is the machine armed, and as it was armed? */
#include "kexec/status.h"

#include "commands/load_options.h"

enum {
	ARMED,
	AS_ARMED,
	KERNEL,
	KERNEL_SHA256,
	INITRD,
	INITRD_SHA256,
	COMMAND_LINE,
	SYSTEM_CALL,
	CONTENT,
	HOTPLUG,
	REGION,
	CRASH_START,
	CRASH_END,
	CRASH_SIZE,
	SINCE,
	TIME,
	TEST,
	TEST_TIME,
	TEST_PASSED,
	TEST_APPLIES,
	TEST_DIFFERS,
};
static const struct column columns[] = {
	[ARMED] = { "armed", COLUMN_BOOL, .summary = "is a crash kernel loaded" },
	[AS_ARMED] = { "as_armed", COLUMN_BOOL, .heading = "AS IT WAS ARMED",
		       .summary = "and is all still as when kx-crash loaded it" },
	[KERNEL] = { "kernel", COLUMN_TEXT, .summary = "the image that is loaded" },
	[KERNEL_SHA256] = { "kernel_sha256", COLUMN_TEXT, .json_only = true,
			    .summary = "its SHA-256 when it was loaded" },
	[INITRD] = { "initrd", COLUMN_TEXT, .summary = "its initramfs" },
	[INITRD_SHA256] = { "initrd_sha256", COLUMN_TEXT, .json_only = true,
			    .summary = "SHA-256 of that" },
	[COMMAND_LINE] = { "command_line", COLUMN_TEXT, .heading = "COMMAND LINE",
			   .summary = "what it is told" },
	[SYSTEM_CALL] = { "system_call", COLUMN_TEXT, .heading = "SYSTEM CALL",
			  .summary = "kexec_load or kexec_file_load" },
	[CONTENT] = { "content_compared", COLUMN_BOOL, .json_only = true,
		      .summary = "was what lies in the crash region compared, too (needs root)" },
	[HOTPLUG] = { "hotplug", COLUMN_BOOL, .json_only = true,
		      .summary = "was it armed with --hotplug" },
	[REGION] = { "region", COLUMN_TEXT, .heading = "CRASH REGION",
		     .summary = "the memory reserved, in words" },
	[CRASH_START] = { "crash_start", COLUMN_HEX, .json_only = true,
			  .summary = "its first byte when it was armed, physical" },
	[CRASH_END] = { "crash_end", COLUMN_HEX, .json_only = true, .summary = "its last byte" },
	[CRASH_SIZE] = { "crash_size", COLUMN_INT, .json_only = true,
			 .summary = "bytes reserved now, low and high" },
	[SINCE] = { "since", COLUMN_TEXT, .summary = "when it was armed" },
	[TIME] = { "time", COLUMN_INT, .json_only = true, .summary = "the same, s since 1970" },
	[TEST] = { "selftest", COLUMN_TEXT, .heading = "SELF-TEST",
		   .summary = "the last one of this kernel image, in words" },
	[TEST_TIME] = { "selftest_time", COLUMN_INT, .json_only = true, .summary = "s since 1970" },
	[TEST_PASSED] = { "selftest_passed", COLUMN_BOOL, .json_only = true,
			  .summary = "null: there was none" },
	[TEST_APPLIES] = { "selftest_applies", COLUMN_BOOL, .json_only = true,
			   .summary = "was it of just this setup" },
	[TEST_DIFFERS] = { "selftest_differs", COLUMN_TEXT, .json_only = true,
			   .summary = "what was another one in that test" },
};
static const struct table status_table = { TABLE_COLUMNS(columns), .look = LOOK_RECORD };

enum { PROBLEM, TEXT, ADVICE };
static const struct column problem_columns[] = {
	[PROBLEM] = { "problem", COLUMN_TEXT, .summary = "short and stable: not_loaded, kernel…" },
	[TEXT] = { "text", COLUMN_TEXT, .summary = "what is not as it should be" },
	[ADVICE] = { "advice", COLUMN_TEXT, .summary = "the command that helps" },
};
static const struct table problem_table = {
	TABLE_COLUMNS(problem_columns),
	.look = LOOK_LINE,
	.line = "PROBLEM: {text}; try: {advice}",
};
static const struct table *const tables[] = { &status_table, &problem_table, NULL };

static void show_arming(struct output *out, const struct state_arming *arming)
{
	char when[64];

	output_text(out, KERNEL, arming->kernel.path);
	output_text(out, KERNEL_SHA256, arming->kernel.sha256);
	output_text(out, INITRD, arming->initrd.path);
	if (arming->initrd.path)
		output_text(out, INITRD_SHA256, arming->initrd.sha256);
	output_text(out, COMMAND_LINE, arming->command_line);
	output_text(out, SYSTEM_CALL, arming->system_call);
	output_bool(out, HOTPLUG, arming->hotplug);
	if (arming->crash_end) {
		output_textf(
			out, REGION, "0x%llx-0x%llx, %llu MiB",
			(unsigned long long)arming->crash_start,
			(unsigned long long)arming->crash_end,
			(unsigned long long)((arming->crash_end - arming->crash_start + 1) >> 20));
		output_uint(out, CRASH_START, arming->crash_start);
		output_uint(out, CRASH_END, arming->crash_end);
	}
	load_time_text(arming->time, when, sizeof(when));
	output_text(out, SINCE, when);
	output_uint(out, TIME, arming->time);
}

static void show_test(struct output *out, const struct status *status)
{
	const struct state_selftest *test = &status->selftest;
	char when[64];

	if (!status->has_arming)
		return;
	if (status->test == STATUS_NEVER) {
		output_text(out, TEST, "never: kx-crash selftest tries it in a virtual machine");
		return;
	}
	load_time_text(test->time, when, sizeof(when));
	if (status->test == STATUS_APPLIES)
		output_textf(out, TEST, "%s on %s", test->passed ? "passed" : "FAILED", when);
	else
		output_textf(out, TEST, "%s on %s, with another setup (%s)",
			     test->passed ? "passed" : "failed", when, status->test_differs);
	output_uint(out, TEST_TIME, test->time);
	output_bool(out, TEST_PASSED, test->passed);
	output_bool(out, TEST_APPLIES, status->test == STATUS_APPLIES);
	if (status->test == STATUS_OTHER)
		output_text(out, TEST_DIFFERS, status->test_differs);
}

static void show(struct output *out, const struct machine *machine, const struct status *status)
{
	output_begin(out, &status_table);
	output_bool(out, ARMED, status->armed);
	output_bool(out, AS_ARMED, status->as_armed);
	if (status->has_arming)
		output_bool(out, CONTENT, status->content_compared);
	if (status->has_arming)
		show_arming(out, &status->arming);
	if (!machine_problem(machine, "crash_size"))
		output_uint(out, CRASH_SIZE, machine->crash_size);
	show_test(out, status);
	output_row(out);
	if (!status->nr_problems)
		return;
	output_begin(out, &problem_table);
	for (size_t i = 0; i < status->nr_problems; i++) {
		output_text(out, PROBLEM, status->problems[i].what);
		output_text(out, TEXT, status->problems[i].text);
		output_text(out, ADVICE, status->problems[i].advice);
		output_row(out);
	}
}

static struct error *status(struct program_run *run, const struct machine *machine)
{
	const struct error *why = machine_problem(machine, "crash_loaded");
	struct status status;

	if (why)
		return error_create(why->code, "whether a crash kernel is loaded: %s",
				    why->message);
	TRY(status_make(machine, STATE_RUN_FOLDER, STATE_LIB_FOLDER, &status));
	show(run->out, machine, &status);
	run->status = !status.as_armed;
	status_deinit(&status);
	return NULL;
}

static struct error *run(struct program_run *run)
{
	struct machine machine;
	struct host *host;
	struct error *err;

	if (run->arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	TRY(host_open(NULL, &host));
	err = machine_gather(host, &machine);
	if (!err) {
		err = status(run, &machine);
		machine_deinit(&machine);
	}
	host_close(host);
	return err;
}

const struct program status_program = {
	.name = "status",
	.summary = "is the machine armed, and as it was armed",
	.usage = "[--json]",
	.help = "Exit status 0 only when a crash kernel is loaded and all is as when kx-crash arm loaded\n"
		"it: kernel image and initramfs by their hashes, the running kernel, the reserved\n"
		"memory. Also tells the last self-test of that kernel image, and whether it was of\n"
		"the same initramfs, command line, system call and size.\n\n"
		"Examples:\n"
		"  kx-crash status || kx-crash arm\n"
		"  kx-crash status --json | jq '.rows[0].armed'\n",
	.tables = tables,
	.run = run,
};
