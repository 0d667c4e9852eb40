/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is checked before anything is loaded, since a load that fails takes away what was armed. A
 * check is a row of checks.def; it looks at what was gathered and says whether a load can work, why
 * not, and what to do.
 */
#ifndef KEXEC_CHECK_H
#define KEXEC_CHECK_H

#include "kexec/errno_meaning.h"
#include "kexec/plan.h"

enum check_state {
	CHECK_SKIPPED, /* not asked here: of the other system call, or not a crash kernel */
	CHECK_OK,
	CHECK_WARNING, /* it will load, but… */
	CHECK_FAILED,
};

struct check_input {
	const struct machine *machine;
	bool crash, hotplug;
	enum load_call call; /* KEXEC_LOAD or KEXEC_FILE_LOAD */

	const char *kernel_path;
	const struct kernel_image *image; /* NULL: @image_error tells why */
	const struct error *image_error;
	bool no_initrd;		 /* none is wanted */
	const char *initrd_path; /* NULL: none */
	const uint8_t *initrd;
	size_t initrd_size;
	const struct error *initrd_error;  /* NULL: read, or none wanted */
	const struct error *measure_error; /* why it could not be unpacked for the estimate; NULL */
	const char *command_line;	   /* NULL: @command_line_error tells why */
	const struct error *command_line_error;
	/* Made for kexec_load alone: there the kernel is handed all of it. */
	const struct plan *plan; /* NULL: @plan_error, or an error above, tells why */
	const struct error *plan_error;

	uint64_t needed;    /* bytes the capture kernel needs, by estimate.h; 0: not estimated */
	bool has_last_good; /* what is armed now can be armed again */
};

struct check;
struct check_result {
	const struct check *check;
	enum check_state state;
	char why[400];
	char advice[300]; /* "" when all is well */
};

struct check {
	const char *name;    /* short and stable */
	const char *summary; /* what is asked, as a question without its mark */
	void (*run)(const struct check_input *input, struct check_result *ret);
};

/* All checks, NULL-terminated. */
extern const struct check *const checks[];
#define CHECK_MAX 32

/* Runs all; the number of results in *@count. True when none failed. */
bool check_all(const struct check_input *input, struct check_result ret[CHECK_MAX], size_t *count);
/* "ok", "warning", "failed", "skipped" */
const char *check_state_name(enum check_state state);

/* Does the memory map that kexec_file_load hands to a capture kernel hold all of it? Where not,
 * that kernel is left without RAM: the kernel adds the crash region last, and ignores that it is
 * full. */
bool check_file_load_map(const struct machine *machine);

/* For the checks themselves: sets the state, and why. */
void check_say(struct check_result *ret, enum check_state state, const char *fmt, ...)
	printf_like(3, 4);
void check_advise(struct check_result *ret, const char *fmt, ...) printf_like(2, 3);

#endif
