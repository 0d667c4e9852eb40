/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel modules that an initramfs needs, as libkmod finds them. */
#ifndef INITRAMFS_MODULE_FILES_H
#define INITRAMFS_MODULE_FILES_H

#include "base/error.h"

#include <stddef.h>

struct module_wish {
	const char *name; /* or an alias: "pci:v00001AF4d…", "fs-ext4" */
	const char *why;  /* for people */
	bool optional;	  /* no word when there is none of that name */
};

struct module_file {
	char *name, *path;
	char *why; /* the wish's, or "ext4 needs it" */
};

struct module_files {
	struct module_file *files; /* in the order to load them */
	size_t count;
	/* Names that neither the modules nor the list of what is built in have, "a, b": that list
	 * is often kept apart, so they may be built in all the same. */
	char unknown[256];
};

/*
 * The modules of the wishes, with all that they depend on, hard and soft, below @directory
 * ("/lib/modules/RELEASE"). What is built into the kernel is left out. NOT_FOUND: there is no such
 * directory.
 */
must_check struct error *module_files_pick(const char *directory, const struct module_wish *wishes,
					   size_t nr_wishes, struct module_files *ret);
/* The firmware that they may ask for, as far as this machine has it. */
struct contents;
must_check struct error *module_firmware_add(const struct module_files *modules,
					     struct contents *contents);
void module_files_deinit(struct module_files *modules);

#endif
