/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel modules that a guest needs, as libkmod finds them. */
#ifndef SELFTEST_MODULE_FILES_H
#define SELFTEST_MODULE_FILES_H

#include "base/error.h"

#include <stddef.h>

struct module_files {
	char **paths; /* in the order to load them */
	size_t count;
	/* Names that neither the modules nor the list of what is built in have, "a, b": that list
	 * is often kept apart, so they may be built in all the same. */
	char unknown[128];
};

/*
 * The modules @names (NULL-terminated), with all that they depend on, hard and soft, below
 * @directory ("/lib/modules/RELEASE"). What is built into the kernel is left out. NOT_FOUND: there
 * is no such directory.
 */
must_check struct error *module_files_pick(const char *directory, const char *const *names,
					   struct module_files *ret);
void module_files_deinit(struct module_files *modules);

#endif
