// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing what was armed with what is there now. */
#include "kexec/status.h"

#include "kexec/fingerprint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARM_AGAIN "kx-crash arm"

static void problem(struct status *status, const char *what, const char *advice, const char *fmt,
		    ...) printf_like(4, 5);

static void problem(struct status *status, const char *what, const char *advice, const char *fmt,
		    ...)
{
	struct status_problem *p;
	va_list ap;

	if (status->nr_problems == ARRAY_SIZE(status->problems))
		return;
	p = &status->problems[status->nr_problems++];
	p->what = what;
	snprintf(p->advice, sizeof(p->advice), "%s", advice);
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

/* The record, when there is one of this boot. */
static struct error *read_record(const char *folder, struct status *status)
{
	struct state_arming arming;
	struct error *err;
	char boot_id[40];

	TRY(state_boot_id(boot_id));
	err = state_arming_read(folder, &arming);
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	if (err && err->code == ERROR_BAD_DATA) {
		problem(status, "record", ARM_AGAIN, "the record of the arming is damaged: %s",
			err->message);
		error_free(err);
		return NULL;
	}
	TRY(err);
	if (strcmp(arming.boot_id, boot_id)) {
		state_arming_deinit(&arming);
		return NULL;
	}
	status->arming = arming;
	status->has_arming = true;
	return NULL;
}

static struct error *compare_file(struct status *status, const char *what,
				  const struct state_file *file)
{
	struct error *err = state_file_check(file);

	if (!err)
		return NULL;
	if (err->code != ERROR_NOT_FOUND && err->code != ERROR_BAD_DATA && err->code != ERROR_OS)
		return err;
	problem(status, what, ARM_AGAIN, "%s (what is armed is the file as it was)", err->message);
	error_free(err);
	return NULL;
}

static void compare_region(struct status *status, const struct machine *machine)
{
	const struct state_arming *arming = &status->arming;

	if (machine->crash_size != arming->crash_size)
		problem(status, "crash_size", ARM_AGAIN,
			"%llu bytes are reserved now, it was armed with %llu",
			(unsigned long long)machine->crash_size,
			(unsigned long long)arming->crash_size);
	/* Unprivileged readers see no addresses. */
	if (machine->has_crash_region && arming->crash_end &&
	    (machine->crash_region.start != arming->crash_start ||
	     machine->crash_region.end != arming->crash_end))
		problem(status, "crash_region", ARM_AGAIN,
			"the crash region is 0x%llx-0x%llx now, it was armed with 0x%llx-0x%llx",
			(unsigned long long)machine->crash_region.start,
			(unsigned long long)machine->crash_region.end,
			(unsigned long long)arming->crash_start,
			(unsigned long long)arming->crash_end);
}

/* Another tool may have loaded something since: the kernel says only that something is there. */
static struct error *compare_content(struct status *status, const struct machine *machine)
{
	char now[17];
	struct error *err;

	/* A region that was shrunk or moved is told already. */
	if (!status->armed || !status->arming.fingerprint[0] || status->nr_problems)
		return NULL;
	err = fingerprint_make(machine, now);
	if (err && (err->code == ERROR_NOMEM || err->code == ERROR_INTERRUPTED))
		return err;
	if (error_dropped(err))
		return NULL;
	status->content_compared = true;
	if (strcmp(now, status->arming.fingerprint))
		problem(status, "content", ARM_AGAIN,
			"what lies in the crash region is not what kx-crash loaded: another "
			"program has loaded a crash kernel since");
	return NULL;
}

static struct error *compare(struct status *status, const struct machine *machine)
{
	const struct state_arming *arming = &status->arming;

	if (!status->armed && status->has_arming)
		problem(status, "not_loaded", ARM_AGAIN,
			"no crash kernel is loaded: it was, and something has unloaded it");
	else if (!status->armed)
		problem(status, "not_loaded", ARM_AGAIN, "no crash kernel is loaded");
	if (status->armed && !status->has_arming)
		problem(status, "record", ARM_AGAIN,
			"a crash kernel is loaded, but not by kx-crash: what it is cannot be told");
	if (!status->has_arming)
		return NULL;
	TRY(compare_file(status, "kernel", &arming->kernel));
	if (arming->initrd.path)
		TRY(compare_file(status, "initrd", &arming->initrd));
	if (strcmp(arming->release, machine->release))
		problem(status, "release", ARM_AGAIN, "%s runs, it was armed under %s",
			machine->release, arming->release);
	compare_region(status, machine);
	return compare_content(status, machine);
}

static void differs(struct status *status, const char *what)
{
	size_t len = strlen(status->test_differs);

	snprintf(status->test_differs + len, sizeof(status->test_differs) - len, "%s%s",
		 len ? ", " : "", what);
}

/* What of @test's setup is another one than what is armed. */
static void compare_test(struct status *status, const struct state_selftest *test)
{
	const struct state_arming *arming = &status->arming;
	char command_line[65];

	status->selftest = *test;
	status->test_differs[0] = 0;
	state_sha256(arming->command_line, strlen(arming->command_line), command_line);
	if (strcmp(test->initrd_sha256, arming->initrd.sha256))
		differs(status, "initramfs");
	if (strcmp(test->command_line_sha256, command_line))
		differs(status, "command line");
	if (strcmp(test->system_call, arming->system_call))
		differs(status, "system call");
	if (test->crash_size != arming->crash_size)
		differs(status, "crashkernel size");
	if (strcmp(test->release, arming->release))
		differs(status, "running kernel");
	status->test = status->test_differs[0] ? STATUS_OTHER : STATUS_APPLIES;
}

static struct error *find_test(struct status *status, const char *folder)
{
	struct state_selftest *tests;
	size_t count;

	if (!status->has_arming)
		return NULL;
	TRY(state_selftests_read(folder, &tests, &count));
	/* The newest first; one that applies is better than a newer one that does not. */
	for (size_t i = count; i-- && status->test != STATUS_APPLIES;) {
		if (!strcmp(tests[i].kernel_sha256, status->arming.kernel.sha256))
			compare_test(status, &tests[i]);
	}
	free(tests);
	return NULL;
}

struct error *status_make(const struct machine *machine, const char *run_folder,
			  const char *lib_folder, struct status *ret)
{
	struct status status = { .armed = machine->crash_loaded };
	struct error *err;

	err = read_record(run_folder, &status);
	if (!err)
		err = compare(&status, machine);
	if (!err)
		err = find_test(&status, lib_folder);
	if (err) {
		status_deinit(&status);
		return err;
	}
	status.as_armed = status.armed && status.has_arming && !status.nr_problems;
	*ret = status;
	return NULL;
}

void status_deinit(struct status *status)
{
	state_arming_deinit(&status->arming);
}
