// SPDX-License-Identifier: GPL-2.0-or-later
/* The steps, one after the other: what each took, why one failed, and what is kept. */
#include "selftest/run.h"

#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TAIL_LINES 12

static const struct {
	const char *name;
	struct error *(*run)(struct run *run, struct text *detail);
	enum cause_phase phase; /* 0: the console has nothing to say */
} steps[] = {
	{ "kernel", run_kernel, 0 },
	{ "initramfs", run_initramfs, 0 },
	{ "boot", run_boot, CAUSE_BOOT },
	{ "arm", run_arm, CAUSE_ARM },
	{ "truth", run_truth, CAUSE_CRASH },
	{ "crash", run_crash, CAUSE_CRASH },
	{ "capture", run_capture, CAUSE_CAPTURE },
	{ "dump", run_dump, 0 },
};

uint64_t run_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void run_path(const struct run *run, const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", run->directory, name);
}

static struct selftest_step *add_step(struct run *run, const char *name)
{
	struct selftest_step *step = &run->report->steps[run->report->nr_steps++];

	*step = (struct selftest_step){ .name = name, .result = SELFTEST_SKIPPED };
	return step;
}

/* The console's last lines as a terminal may have them. */
static char *console_lines(const struct run *run, size_t from)
{
	const char *tail = console_tail(&run->console, from, TAIL_LINES);
	auto_text lines = { 0 };

	utf8_add_printable(&lines, tail, strlen(tail));
	return strdup(text_string(&lines));
}

static void explain(struct run *run, struct selftest_step *step, enum cause_phase phase)
{
	size_t from = phase == CAUSE_CAPTURE ? run_capture_start(run) : run->mark;
	const struct cause *cause;

	if (!phase || !run->console.path)
		return;
	cause = cause_find(phase, text_string(&run->console.text) + from, run->ended);
	if (cause) {
		step->cause = cause->text;
		run->report->capture_short = cause->memory;
	}
	step->console = console_lines(run, 0);
}

/* Takes over @err. What is not the test's own result is passed on. */
static struct error *end_step(struct run *run, struct selftest_step *step, struct error *err,
			      struct text *detail)
{
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	step->result = err ? SELFTEST_FAILED : SELFTEST_PASSED;
	step->detail = strdup(err ? err->message : text_string(detail));
	if (err && !run->report->failed_step)
		run->report->failed_step = step->name;
	error_free(err);
	return step->detail ? NULL : error_nomem();
}

static struct error *run_step(struct run *run, size_t i, selftest_listener listener, void *context)
{
	struct selftest_step *step = add_step(run, steps[i].name);
	auto_text detail = { 0 };
	uint64_t start = run_now();
	struct error *err;

	run->step = steps[i].name;
	if (run->report->failed_step)
		return NULL;
	progress_begin(&run->progress, steps[i].name, NULL, 0);
	err = steps[i].run(run, &detail);
	progress_end(&run->progress);
	step->ns = run_now() - start;
	TRY(end_step(run, step, err, &detail));
	if (step->result == SELFTEST_FAILED)
		explain(run, step, steps[i].phase);
	listener(context, step);
	return NULL;
}

static struct error *run_check(struct run *run, const struct compare_check *check,
			       selftest_listener listener, void *context)
{
	struct selftest_step *step = add_step(run, check->name);
	auto_text detail = { 0 };
	uint64_t start = run_now();
	struct error *err;

	if (!run->truth || !run->dump.rows[0])
		return NULL;
	err = check->run(&run->evidence, &detail);
	step->ns = run_now() - start;
	TRY(end_step(run, step, err, &detail));
	listener(context, step);
	return NULL;
}

static struct error *run_all(struct run *run, selftest_listener listener, void *context)
{
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		TRY(run_step(run, i, listener, context));
	for (size_t i = 0; compare_checks[i].name; i++)
		TRY(run_check(run, &compare_checks[i], listener, context));
	run->report->passed = !run->report->failed_step;
	return NULL;
}

/* Disks are as large as the machine's memory: not for a /tmp that is memory itself. */
static struct error *make_directory(struct run *run)
{
	const char *base = getenv("TMPDIR");

	snprintf(run->directory, sizeof(run->directory), "%s/kx-selftest-XXXXXX",
		 base && *base ? base : "/var/tmp");
	if (mkdtemp(run->directory))
		return NULL;
	run->directory[0] = 0;
	return error_os(errno, "a directory in %s", base && *base ? base : "/var/tmp");
}

/* Only files that we or QEMU have made are in it. */
static void remove_directory(const struct run *run)
{
	DIR *dir = *run->directory ? opendir(run->directory) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir) {
		closedir(dir);
		rmdir(run->directory);
	}
}

/* Moves a file, or copies it to another file system with its holes. */
static struct error *keep_file(const struct run *run, const char *name)
{
	static char buf[1u << 16];
	char from[1024], to[4096 + 64];
	struct error *err = NULL;
	int in, out;
	off_t at = 0, end;
	ssize_t n;

	run_path(run, name, from, sizeof(from));
	snprintf(to, sizeof(to), "%s/%s", run->options->keep, name);
	if (!rename(from, to) || errno == ENOENT)
		return NULL;
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (in < 0 || out < 0)
		err = error_os(errno, "%s", to);
	while (!err && (at = lseek(in, at, SEEK_DATA)) >= 0) {
		end = lseek(in, at, SEEK_HOLE);
		for (; !err && at < end; at += n) {
			n = pread(in, buf, min(sizeof(buf), (size_t)(end - at)), at);
			if (n <= 0 || pwrite(out, buf, (size_t)n, at) != n)
				err = error_os(errno, "%s", to);
		}
	}
	if (!err && ftruncate(out, lseek(in, 0, SEEK_END)))
		err = error_os(errno, "%s", to);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return err;
}

static struct error *keep(const struct run *run)
{
	static const char *const names[] = { QEMU_VMCORE, QEMU_SERIAL, QEMU_MESSAGES, QEMU_TRUTH };

	if (!run->options->keep)
		return NULL;
	if (mkdir(run->options->keep, 0755) && errno != EEXIST)
		return error_os(errno, "%s", run->options->keep);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		TRY(keep_file(run, names[i]));
	return NULL;
}

struct error *selftest_run(const struct selftest_options *options, selftest_listener listener,
			   void *context, struct selftest_report *ret)
{
	struct run run = { .options = options, .report = ret, .console.fd = -1 };
	uint64_t start = run_now();
	struct error *err, *kept;

	*ret = (struct selftest_report){ 0 };
	err = make_directory(&run);
	if (!err)
		err = run_all(&run, listener, context);
	progress_end(&run.progress);
	qemu_stop(&run.qemu);
	kept = *run.directory ? keep(&run) : NULL;
	if (err)
		error_free(kept);
	else
		err = kept;
	truth_close(run.truth);
	dump_deinit(&run.dump);
	console_close(&run.console);
	remove_directory(&run);
	ret->ns = run_now() - start;
	return err;
}

void selftest_report_deinit(struct selftest_report *report)
{
	for (size_t i = 0; i < report->nr_steps; i++) {
		free(report->steps[i].detail);
		free(report->steps[i].console);
	}
	if (report->armed)
		state_arming_deinit(&report->arming);
	*report = (struct selftest_report){ 0 };
}
