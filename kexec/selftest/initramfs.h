/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs: a cpio archive in the format "newc", compressed by gzip, which every kernel that
 * has an initramfs at all can unpack.
 */
#ifndef SELFTEST_INITRAMFS_H
#define SELFTEST_INITRAMFS_H

#include "base/error.h"

#include <stddef.h>

struct initramfs;

/* Begins the file @path. */
must_check struct error *initramfs_create(const char *path, struct initramfs **ret);
void initramfs_destroy(struct initramfs *initramfs);
/* Names have no "/" in front; directories come before what is in them. */
must_check struct error *initramfs_add_directory(struct initramfs *initramfs, const char *name);
must_check struct error *initramfs_add_device(struct initramfs *initramfs, const char *name,
					      unsigned int major, unsigned int minor);
must_check struct error *initramfs_add(struct initramfs *initramfs, const char *name,
				       unsigned int mode, const void *data, size_t size);
/* The file @path; of .ko.xz and the like what is in it, when @unpack. */
must_check struct error *initramfs_add_file(struct initramfs *initramfs, const char *name,
					    unsigned int mode, const char *path, bool unpack);
/* Ends it: the file is whole. */
must_check struct error *initramfs_finish(struct initramfs *initramfs);

#endif
