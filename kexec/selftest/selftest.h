/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The self-test: in a virtual machine, a kernel is armed, crashes, is captured, and its dump is
 * compared with what the kernel said of itself before.
 */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include "kexec/state.h"

#include <stddef.h>

struct selftest_options {
	const char *kernel;	 /* an image's path */
	const char *modules;	 /* the directory of its modules; NULL: /lib/modules/RELEASE */
	const char *vmlinux;	 /* given to kx-crash beside the dump; NULL: none */
	const char *append;	 /* more for both kernels' command lines; NULL: nothing */
	const char *crashkernel; /* as on a command line: "128M", "64M,high" */
	const char *syscall;	 /* "auto", "load", "file" */
	const char *panic;	 /* "sysrq", "oops", "nmi" */
	unsigned int memory_mb, cpus;
	bool uefi;
	const char *keep; /* a directory for the dump, the console, the truth; NULL */
};

enum selftest_result { SELFTEST_PASSED, SELFTEST_FAILED, SELFTEST_SKIPPED };

struct selftest_step {
	const char *name;
	enum selftest_result result;
	uint64_t ns;	   /* it took */
	char *detail;	   /* what was found; of a failure, why; NULL */
	const char *cause; /* of a failure: the likely cause and what to do; NULL */
	char *console;	   /* of a failure: the guest's last lines; NULL */
};

#define SELFTEST_MAX_STEPS 24

struct selftest_report {
	struct selftest_step steps[SELFTEST_MAX_STEPS];
	size_t nr_steps;
	bool passed;
	const char *failed_step; /* NULL when it passed */
	bool kvm;
	struct state_arming arming; /* as the guest was armed; @armed: it is there */
	bool armed;
	char release[128];    /* of the kernel */
	char system_call[20]; /* that it was armed by; "" when it was not */
	uint64_t crash_size;  /* bytes reserved, as the guest's kernel says; 0: unknown */
	uint64_t capture_memory, capture_available; /* of the capture kernel, bytes; 0: unknown */
	bool capture_short; /* the failure may be the capture kernel's want of memory */
	uint64_t ns;
};

/* Told of each step as it ends. */
typedef void (*selftest_listener)(void *context, const struct selftest_step *step);

/*
 * Runs the test. A test that fails is no error; an error is what kept it from being run:
 * INTERRUPTED, NOMEM, OS. @ret is filled in either way, and freed by selftest_report_deinit().
 */
must_check struct error *selftest_run(const struct selftest_options *options,
				      selftest_listener listener, void *context,
				      struct selftest_report *ret);
void selftest_report_deinit(struct selftest_report *report);

/*
 * Bisects crashkernel=: the least in steps of @step_mb with which the test passes twice, in *@ret
 * (MiB); 0: not even with @high_mb. @listener is told of one step a run. Runs that fail for another
 * reason than want of memory are tried once more.
 */
must_check struct error *selftest_minimum(const struct selftest_options *options,
					  unsigned int low_mb, unsigned int high_mb,
					  unsigned int step_mb, selftest_listener listener,
					  void *context, unsigned int *ret);

/* The report as JUnit's XML, as far as CI systems agree on it. */
must_check struct error *selftest_write_junit(const char *path,
					      const struct selftest_report *report);

#endif
