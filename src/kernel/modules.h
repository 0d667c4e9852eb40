/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loaded modules with what lsmod shows. */
#ifndef KERNEL_MODULES_H
#define KERNEL_MODULES_H

#include "image/image.h"

#define MODULE_MAX_USERS 256

struct module {
	const struct image_module *image;
	int64_t refcount;  /* as /proc/modules: less the base reference */
	const char *state; /* "Live", "Loading", "Unloading"; "?" unknown */
	char taints[40];   /* letters, "" none */
	const char *used_by[MODULE_MAX_USERS];
	unsigned int nr_used_by;
	bool used_by_known; /* @used_by is whole */
	/* Why not, "" when it is. */
	enum error_code why_code;
	char why[200];
};

/* Fails only when interrupted: what cannot be read stays unknown. */
must_check struct error *module_describe(struct image *image, const struct image_module *from,
					 struct module *ret);

#endif
