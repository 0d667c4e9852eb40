/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a kernel, whole: find the files, choose the system call, check everything, load, read the
 * state back, and when the load failed, load again what was armed before.
 */
#ifndef KEXEC_ARM_H
#define KEXEC_ARM_H

#include "kexec/check.h"
#include "kexec/command_line.h"
#include "kexec/state.h"

enum arm_choice { ARM_AUTO, ARM_KEXEC_LOAD, ARM_KEXEC_FILE_LOAD };

struct arm_options {
	bool crash; /* a crash kernel, else one for `exec` */
	/* NULL: those of the running machine; see defaults.h. */
	const char *kernel, *initrd;
	bool no_initrd;
	/* Instead of @initrd: makes it, of the configuration @capture, for the release of the
	 * kernel that is to be loaded; its path is the caller's to free. NULL: none is made. */
	struct error *(*make_initrd)(const char *capture, const char *release, char **ret);
	const char *capture;
	struct command_line_options command_line; /* its @crash is set from ours */
	enum arm_choice choice;
	bool hotplug;
	const char *run_folder; /* where the record is kept; NULL: STATE_RUN_FOLDER */
	/*
	 * To look at alone, never to be loaded: the plan is made whatever system call is chosen,
	 * the same one each time. @root: a snapshot's directory, NULL: this machine. @crashkernel:
	 * pretend.h, or NULL.
	 */
	bool simulate;
	const char *root, *crashkernel;
};

/* All that a load needs, gathered. What could not be had is told by an error of its own, which the
 * checks show. */
struct arm {
	struct arm_options options; /* strings borrowed */
	struct host *host;
	struct machine machine;
	char *kernel_path, *initrd_path; /* owned; NULL: none found, or none wanted */
	struct kernel_image image;
	bool has_image;
	struct error *image_error;
	const uint8_t *initrd; /* mapped */
	size_t initrd_size;
	bool initrd_mapped;
	struct error *initrd_error;
	char *command_line;
	struct error *command_line_error;
	enum load_call call;
	char why[200]; /* why that system call */
	struct plan plan;
	bool has_plan;
	struct error *plan_error;
	struct state_arming last_good; /* of this boot, and loaded now; @has_last_good */
	bool has_last_good;
	/* Of arm_measure(): bytes, or why not. */
	uint64_t needed;
	struct error *measure_error;

	struct check_result checks[CHECK_MAX];
	size_t nr_checks;
	bool all_well; /* no check failed */
};

/* Fails only when memory is short, the host cannot be read at all, or options contradict. */
must_check struct error *arm_prepare(const struct arm_options *options, struct arm *ret);
void arm_deinit(struct arm *arm);
/* Estimates what the capture kernel will need: unpacks the initramfs, which takes a moment. */
must_check struct error *arm_measure(struct arm *arm);
/* Fills in @checks and @all_well. Touches nothing. */
void arm_check(struct arm *arm);
/*
 * Loads, and keeps the record of it. The error says what the kernel's errno means, and whether what
 * was armed before is armed again. After arm_check(), with @all_well.
 */
must_check struct error *arm_load(struct arm *arm);

/* Loads again what @arming tells of, and keeps the record of that. NOT_FOUND, BAD_DATA: a file is
 * gone, or another one. */
must_check struct error *arm_again(const struct state_arming *arming, const char *run_folder);

#endif
