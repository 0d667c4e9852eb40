/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the machine armed, and as it was armed? The record of the arming against what is there now. */
#ifndef KEXEC_STATUS_H
#define KEXEC_STATUS_H

#include "kexec/machine.h"
#include "kexec/state.h"

struct status_problem {
	const char *what; /* short and stable: "not_loaded", "kernel", "crash_region"… */
	char text[400], advice[200];
};

enum status_test {
	STATUS_NEVER,	/* no self-test of this kernel image is known */
	STATUS_OTHER,	/* one is, of another setup: @test_differs */
	STATUS_APPLIES, /* of just this one */
};

struct status {
	bool armed;    /* a crash kernel is loaded */
	bool as_armed; /* and it is what the record tells of: no problems */
	bool has_arming;
	bool content_compared; /* what lies in the crash region, too: needs root and /proc/kcore */
	struct state_arming arming; /* of this boot */
	struct status_problem problems[12];
	size_t nr_problems;
	enum status_test test;
	struct state_selftest selftest; /* unless STATUS_NEVER */
	char test_differs[120];		/* "initramfs, command line" */
};

/* @run_folder, @lib_folder: where the records are. */
must_check struct error *status_make(const struct machine *machine, const char *run_folder,
				     const char *lib_folder, struct status *ret);
void status_deinit(struct status *status);

#endif
