/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/self/mountinfo: proc(5). */
#ifndef MKINITRD_MOUNTINFO_H
#define MKINITRD_MOUNTINFO_H

#include "base/error.h"

struct mount_line {
	unsigned int major, minor;
	char *root;   /* the folder of the file system that is mounted */
	char *point;  /* where */
	char *type;   /* "ext4" */
	char *source; /* "/dev/sda1", "server:/export" */
};

/* The mount that @path (absolute, without links) lies on. NOT_FOUND, BAD_DATA with the line. */
must_check struct error *mountinfo_find(const char *text, const char *path, struct mount_line *ret);
void mount_line_deinit(struct mount_line *mount);
/* @path below the root of the mount's file system. Owned by the caller. */
must_check struct error *mount_line_inside(const struct mount_line *mount, const char *path,
					   char **ret);

#endif
