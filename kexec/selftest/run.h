/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test under way. Private to run*.c. */
#ifndef SELFTEST_RUN_H
#define SELFTEST_RUN_H

#include "base/progress.h"
#include "base/text.h"
#include "selftest/cause.h"
#include "selftest/compare.h"
#include "selftest/console.h"
#include "selftest/qemu.h"
#include "selftest/selftest.h"

struct run {
	const struct selftest_options *options;
	struct selftest_report *report;
	struct progress progress;
	const char *step; /* under way */

	char directory[512]; /* our own, removed at the end */
	char kernel[4096];   /* absolute */
	char modules[4096];  /* the directory of the kernel's modules */

	struct qemu qemu;
	struct console console;
	size_t mark;	  /* the line that was waited for last */
	size_t death;	  /* where the first kernel's last words begin */
	bool ended;	  /* the machine ended while it was waited for */
	uint64_t started; /* ns: the machine */

	struct truth *truth;
	struct dump dump;
	struct evidence evidence;
};

/* ns on a clock that only goes forward. */
uint64_t run_now(void);

/* The steps: what they found goes to @detail. */
struct error *run_kernel(struct run *run, struct text *detail);
struct error *run_initramfs(struct run *run, struct text *detail);
struct error *run_boot(struct run *run, struct text *detail);
struct error *run_arm(struct run *run, struct text *detail);
struct error *run_truth(struct run *run, struct text *detail);
struct error *run_crash(struct run *run, struct text *detail);
struct error *run_capture(struct run *run, struct text *detail);
struct error *run_dump(struct run *run, struct text *detail);

/*
 * Waits until one of @needles (NULL-terminated) is on the console at or behind the mark; its line's
 * place in *@ret, and the mark is there then. The guest's own word that it failed, the end of the
 * machine, @seconds passing and Ctrl-C are errors.
 */
must_check struct error *run_wait(struct run *run, const char *const *needles, unsigned int seconds,
				  size_t *ret);
/* @seconds under KVM; more where the machine is emulated. */
unsigned int run_slow(const struct run *run, unsigned int seconds);
/* A file's path in the directory. */
void run_path(const struct run *run, const char *name, char *buf, size_t size);
/* The console's part that is the capture kernel's (or purgatory's). */
size_t run_capture_start(const struct run *run);

#endif
