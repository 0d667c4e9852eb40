/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An initramfs: a cpio archive in the format "newc", compressed by gzip, which every kernel that
 * has an initramfs at all can unpack.
 */
#ifndef INITRAMFS_INITRAMFS_H
#define INITRAMFS_INITRAMFS_H

#include "base/error.h"

#include <stddef.h>

struct initramfs;
struct module_files;

/* FAST: of what is compressed already, a kernel mostly, nothing becomes smaller. */
enum initramfs_effort { INITRAMFS_FAST, INITRAMFS_SMALL };

/* Begins the file @path; one that is there keeps its permissions. */
must_check struct error *initramfs_create(const char *path, enum initramfs_effort effort,
					  struct initramfs **ret);
void initramfs_destroy(struct initramfs *initramfs);
/* Names have no "/" in front; directories come before what is in them. */
must_check struct error *initramfs_add_directory(struct initramfs *initramfs, const char *name);
must_check struct error *initramfs_add_device(struct initramfs *initramfs, const char *name,
					      unsigned int major, unsigned int minor);
must_check struct error *initramfs_add_link(struct initramfs *initramfs, const char *name,
					    const char *target);
must_check struct error *initramfs_add(struct initramfs *initramfs, const char *name,
				       unsigned int mode, const void *data, size_t size);
/* The file @path; of .ko.xz and the like what is in it, when @unpack. */
must_check struct error *initramfs_add_file(struct initramfs *initramfs, const char *name,
					    unsigned int mode, const char *path, bool unpack);
/* The modules and their list, where process1.h's modules_load() expects them. */
must_check struct error *initramfs_add_modules(struct initramfs *initramfs,
					       const struct module_files *modules);
/* Ends it: the file is whole. */
must_check struct error *initramfs_finish(struct initramfs *initramfs);

/* The static program @name of ours: beside our own binary, or where it is installed. NOT_FOUND. */
must_check struct error *initramfs_own_program(const char *name, char *buf, size_t size);

#endif
