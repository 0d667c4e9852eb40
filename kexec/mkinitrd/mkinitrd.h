/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the initramfs of a capture kernel: a static program, the modules and programs that the
 * configuration's targets need, and the configuration.
 */
#ifndef MKINITRD_MKINITRD_H
#define MKINITRD_MKINITRD_H

#include "initramfs/contents.h"
#include "initramfs/module_files.h"

struct mkinitrd_options {
	const char *config;	/* a file */
	const char *out;	/* the initramfs */
	const char *release;	/* of the kernel; NULL: the running one's */
	const char *modules;	/* their folder; NULL: /lib/modules/RELEASE */
	const char *const *add; /* more modules, by name */
	size_t nr_add;
};

#define MKINITRD_NOTES 16

struct mkinitrd_report {
	struct contents contents;
	struct module_files modules;
	char *notes[MKINITRD_NOTES]; /* sentences about what may go wrong */
	size_t nr_notes;
	char modules_folder[512];
	uint64_t packed, unpacked; /* bytes: the file; what is in it */
};

/* @out appears when it is whole, readable for its owner alone. USAGE: what is wrong with the
 * configuration; UNSUPPORTED: what a target lies on that cannot be put together there. */
must_check struct error *mkinitrd_make(const struct mkinitrd_options *options,
				       struct mkinitrd_report *ret);
void mkinitrd_report_deinit(struct mkinitrd_report *report);

#endif
