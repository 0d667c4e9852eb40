/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounted filesystems of a mount namespace: struct mount of fs/mount.h of Linux. */
#ifndef KERNEL_MOUNTS_H
#define KERNEL_MOUNTS_H

#include "base/text.h"
#include "image/image.h"

struct mount {
	uint64_t address;     /* of the struct mount */
	uint64_t super_block; /* address */
	char type[64];	      /* of the filesystem */
	char device[256];     /* as it was named when mounting; "none" where there was none */
	const char *path;     /* from the namespace's root; owned by the walk */
	bool read_only;
	/* Why @path is not whole, NULL when it is: what is known of it begins with "…". */
	const struct error *path_problem;
};

typedef struct error *(*mount_each)(void *context, const struct mount *mount);

/*
 * Every mount of the namespace that the task at @task is in. A mount that cannot be read ends the
 * walk with an error, after those before it.
 */
must_check struct error *mounts_each(struct image *image, uint64_t task, mount_each each,
				     void *context);

/* ---- what it is made of ---- */
struct mounts_layout {
	bool is_tree;  /* a red-black tree, else a list */
	uint64_t root; /* of it, or the list's head, in a struct mnt_namespace: bytes */
	uint64_t node; /* of it in a struct mount */
};

must_check struct error *mounts_layout_init(struct image *image, struct mounts_layout *ret);
/* The struct mnt_namespace that the task at @task is in. NOT_FOUND: it has left it. */
must_check struct error *mounts_namespace(struct image *image, uint64_t task, uint64_t *ret);

#endif
