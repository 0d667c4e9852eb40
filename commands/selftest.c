// SPDX-License-Identifier: GPL-2.0-or-later
/* kx-crash selftest: does a crash of this kernel end in a dump that can be read? */
#include "commands/program.h"

#include "kexec/command_line.h"
#include "kexec/defaults.h"
#include "kexec/state.h"
#include "selftest/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define DEFAULT_MEMORY	    "1024"
#define DEFAULT_CRASHKERNEL "128M"
/* --find-minimum: MiB. Below the least, no kernel of today even starts. */
#define MINIMUM_LOW  16u
#define MINIMUM_HIGH 256u
#define MINIMUM_STEP 2u

enum { STEP, RESULT, SECONDS, DETAIL, CAUSE, CONSOLE };
static const struct column columns[] = {
	[STEP] = { "step", COLUMN_TEXT, -10, .summary = "what was done or compared" },
	[RESULT] = { "result", COLUMN_TEXT, -8, .summary = "passed or failed" },
	[SECONDS] = { "duration_ns", COLUMN_TIME, 11, "SECONDS", "it took" },
	[DETAIL] = { "detail", COLUMN_TEXT, 0,
		     .summary = "what was found; of a failure, what was wrong" },
	[CAUSE] = { "cause", COLUMN_TEXT, 0, .summary = "of a failure: the likely cause",
		    .json_only = true },
	[CONSOLE] = { "console", COLUMN_TEXT, 0,
		      .summary = "of a failure: the last lines of the guest's console",
		      .json_only = true },
};
static const struct table table = { TABLE_COLUMNS(columns), LOOK_TABLE };
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 0, "kernel", "IMAGE", "the kernel to test; else the running machine's" },
	{ 0, "modules", "DIR", "its modules; else /lib/modules/RELEASE" },
	{ 0, "vmlinux", "FILE", "opened beside the dump" },
	{ 0, "memory", "MIB", "of the virtual machine; else " DEFAULT_MEMORY },
	{ 0, "crashkernel", "SIZE",
	  "reserved for the capture kernel (96M; 128M,high); else as here, or " DEFAULT_CRASHKERNEL },
	{ 0, "cpus", "N", "CPUs of the virtual machine; else 2" },
	{ 0, "syscall", "CALL", "auto, load or file: how to arm; else auto" },
	{ 0, "panic", "HOW", "sysrq, oops or nmi: how the kernel dies; else sysrq" },
	{ 0, "firmware", "NAME", "bios or uefi; else bios" },
	{ 0, "append", "WORDS", "more for the kernels' command lines" },
	{ 0, "keep", "DIR", "keep the dump, the console and what the guest wrote down there" },
	{ 0, "junit", "FILE", "write the results as JUnit's XML" },
	{ 0, "find-minimum", NULL, "bisect the smallest crashkernel= that works" },
	{ 0 },
};

struct selftest {
	struct selftest_options options;
	char *kernel;	      /* owned */
	char crashkernel[64]; /* the running machine's */
	struct program_run *run;
};

static void show_step(void *context, const struct selftest_step *step)
{
	static const char *const results[] = { "passed", "failed", "skipped" };
	const struct selftest *self = context;
	struct output *out = self->run->out;

	output_text(out, STEP, step->name);
	output_text(out, RESULT, results[step->result]);
	if (step->result != SELFTEST_SKIPPED)
		output_uint(out, SECONDS, step->ns);
	output_text(out, DETAIL, step->detail);
	output_text(out, CAUSE, step->cause);
	output_text(out, CONSOLE, step->console);
	output_row(out);
	fflush(output_stream(out));
}

static struct error *number(const struct arguments *arguments, const char *name,
			    const char *otherwise, uint64_t low, uint64_t high, unsigned int *ret)
{
	const char *text = arguments_value_name(arguments, name);
	uint64_t value;

	TRY(parse_number(text ? text : otherwise, false, name, &value));
	if (value < low || value > high)
		return error_create(ERROR_USAGE, "--%s is %llu, not between %llu and %llu", name,
				    (unsigned long long)value, (unsigned long long)low,
				    (unsigned long long)high);
	*ret = (unsigned int)value;
	return NULL;
}

/* One of @words (NULL-terminated), the first of which is the default. */
static struct error *word(const struct arguments *arguments, const char *name,
			  const char *const *words, const char **ret)
{
	const char *text = arguments_value_name(arguments, name);

	*ret = words[0];
	if (!text)
		return NULL;
	for (size_t i = 0; words[i]; i++) {
		*ret = words[i];
		if (!strcmp(text, words[i]))
			return NULL;
	}
	return error_create(ERROR_USAGE, "--%s %s: %s, %s%s%s is expected", name, text, words[0],
			    words[1], words[2] ? ", " : "", words[2] ? words[2] : "");
}

/* What the running machine would have a test of. */
static struct error *take_from_machine(struct selftest *self)
{
	struct utsname uts;
	struct host *host;
	char *line = NULL;
	struct error *err;
	size_t size;

	if (uname(&uts))
		return NULL;
	TRY(host_open(NULL, &host));
	if (error_dropped(host_read(host, "/proc/cmdline", 65536, &line, &size)))
		line = NULL;
	err = self->options.kernel ? NULL : defaults_kernel(host, uts.release, line, &self->kernel);
	if (self->kernel)
		self->options.kernel = self->kernel;
	if (line && !self->options.crashkernel &&
	    command_line_value(line, "crashkernel", self->crashkernel, sizeof(self->crashkernel)) &&
	    *self->crashkernel)
		self->options.crashkernel = self->crashkernel;
	if (!self->options.crashkernel)
		self->options.crashkernel = DEFAULT_CRASHKERNEL;
	free(line);
	host_close(host);
	return error_wrap(err, "name the kernel to test by --kernel");
}

/* What has no meaning for many runs. */
static struct error *check_minimum(const struct arguments *arguments)
{
	static const char *const names[] = { "crashkernel", "keep", "junit" };

	if (!arguments_has_name(arguments, "find-minimum"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (arguments_has_name(arguments, names[i]))
			return error_create(ERROR_USAGE, "--find-minimum does not go with --%s",
					    names[i]);
	}
	return NULL;
}

static struct error *take_options(struct selftest *self, const struct arguments *arguments)
{
	static const char *const syscalls[] = { "auto", "load", "file", NULL };
	static const char *const panics[] = { "sysrq", "oops", "nmi", NULL };
	static const char *const firmwares[] = { "bios", "uefi", NULL };
	struct selftest_options *o = &self->options;
	const char *firmware;

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "\"%s\" is not expected", arguments->operands[0]);
	o->kernel = arguments_value_name(arguments, "kernel");
	o->modules = arguments_value_name(arguments, "modules");
	o->vmlinux = arguments_value_name(arguments, "vmlinux");
	o->append = arguments_value_name(arguments, "append");
	o->keep = arguments_value_name(arguments, "keep");
	o->crashkernel = arguments_value_name(arguments, "crashkernel");
	TRY(check_minimum(arguments));
	TRY(number(arguments, "memory", DEFAULT_MEMORY, 256, 1u << 20, &o->memory_mb));
	TRY(number(arguments, "cpus", "2", 1, 64, &o->cpus));
	TRY(word(arguments, "syscall", syscalls, &o->syscall));
	TRY(word(arguments, "panic", panics, &o->panic));
	TRY(word(arguments, "firmware", firmwares, &firmware));
	o->uefi = !strcmp(firmware, "uefi");
	return take_from_machine(self);
}

static struct error *find_minimum(struct selftest *self)
{
	unsigned int high = min(MINIMUM_HIGH, self->options.memory_mb / 2), least;

	TRY(selftest_minimum(&self->options, MINIMUM_LOW, high, MINIMUM_STEP, show_step, self,
			     &least));
	self->run->status = !least;
	if (least)
		output_note(self->run->out, "the least that works: crashkernel=%uM", least);
	else
		output_note(self->run->out, "not even crashkernel=%uM works", high);
	return NULL;
}

/* The console's last lines and the likely cause, for people. In JSON they are in the row. */
static void explain(struct output *out, const struct selftest_report *report)
{
	for (size_t i = 0; i < report->nr_steps; i++) {
		const struct selftest_step *step = &report->steps[i];

		if (step->result != SELFTEST_FAILED)
			continue;
		if (step->console)
			output_note(out, "%s failed; the console's last lines:\n%s", step->name,
				    step->console);
		if (step->cause)
			output_note(out, "%s failed, in all likelihood since %s", step->name,
				    step->cause);
	}
}

/*
 * For `kx-crash status`, which tells when what is armed was last tested. Of another kernel than the
 * running one it has no use for that.
 */
static void record(const struct selftest *self, const struct selftest_report *report)
{
	const struct state_arming *arming = &report->arming;
	struct state_selftest test = {
		.passed = report->passed,
		.crash_size = report->crash_size,
		.time = (uint64_t)time(NULL),
		.duration_ms = report->ns / 1000000,
	};
	struct utsname uts;
	struct error *err;

	if (!report->armed || uname(&uts) || strcmp(uts.release, report->release))
		return;
	snprintf(test.release, sizeof(test.release), "%s", report->release);
	snprintf(test.kernel_sha256, sizeof(test.kernel_sha256), "%s", arming->kernel.sha256);
	state_sha256(arming->command_line, strlen(arming->command_line), test.command_line_sha256);
	snprintf(test.system_call, sizeof(test.system_call), "%s", report->system_call);
	snprintf(test.failed_step, sizeof(test.failed_step), "%s",
		 report->failed_step ? report->failed_step : "");
	snprintf(test.version, sizeof(test.version), "%s", KX_VERSION);
	err = state_selftest_write(STATE_LIB_FOLDER, &test);
	if (err)
		output_note(self->run->out, "`kx-crash status` will not know of this test: %s",
			    err->message);
	error_free(err);
}

static struct error *test(struct selftest *self, const char *junit)
{
	struct selftest_report report;
	struct error *err = selftest_run(&self->options, show_step, self, &report);

	if (!err) {
		self->run->status = !report.passed;
		if (output_format(self->run->out) == OUTPUT_TEXT)
			explain(self->run->out, &report);
		record(self, &report);
	}
	if (!err && junit)
		err = selftest_write_junit(junit, &report);
	selftest_report_deinit(&report);
	return err;
}

static struct error *run(struct program_run *run)
{
	struct selftest self = { .run = run };
	struct error *err = take_options(&self, run->arguments);

	if (!err) {
		output_begin(run->out, &table);
		err = arguments_has_name(run->arguments, "find-minimum")
			      ? find_minimum(&self)
			      : test(&self, arguments_value_name(run->arguments, "junit"));
	}
	free(self.kernel);
	return err;
}

const struct program selftest_program = {
	.name = "selftest",
	.summary = "crash this kernel in a virtual machine, and check its dump",
	.usage = "[--kernel IMAGE] [--modules DIR] [--vmlinux FILE] [--memory MIB] "
		 "[--crashkernel SIZE] [--cpus N] [--syscall auto|load|file] "
		 "[--panic sysrq|oops|nmi] [--firmware bios|uefi] [--append WORDS] [--keep DIR] "
		 "[--junit FILE] [--find-minimum] [--json]",
	.help = "In QEMU, the kernel boots with an initramfs that is made for it, is armed as by\n"
		"`kx-crash arm`, crashes, and is captured by its capture kernel. The dump is then\n"
		"opened, and compared with what the kernel said of itself before it died: its\n"
		"backtrace, log, tasks, CPUs, memory, build-id. Needs no privileges and changes\n"
		"nothing; KVM is used where it works. A run takes half a minute, or a few minutes\n"
		"where the machine is emulated.\n"
		"\n"
		"Exit status: 0 all passed, 1 something failed.\n"
		"\n"
		"  kx-crash selftest                           the running machine's kernel\n"
		"  kx-crash selftest --crashkernel 64M --syscall load --firmware uefi\n"
		"  kx-crash selftest --find-minimum            how small may crashkernel= be?\n",
	.options = options,
	.tables = tables,
	.run = run,
};
