/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/iomem as a tree. Format: kernel/resource.c of Linux, r_show(). */
#ifndef KEXEC_IOMEM_H
#define KEXEC_IOMEM_H

#include "kexec/ranges.h"

struct iomem_entry {
	uint64_t start, end; /* bytes, @end in it */
	const char *name;    /* "System RAM"; owned by the iomem */
	unsigned int depth;  /* 0: top level */
	int parent;	     /* index, -1 */
};

struct iomem {
	struct iomem_entry *entries; /* in the file's order */
	size_t count;
	char *text;    /* names point into it */
	bool all_zero; /* addresses were hidden from an unprivileged reader */
};

/* @text is copied. BAD_DATA names the line; its number is the error's address. */
must_check struct error *iomem_parse(const char *text, size_t size, struct iomem *ret);
void iomem_deinit(struct iomem *iomem);
/* All entries called @name, at any depth, added to @ret. */
must_check struct error *iomem_ranges(const struct iomem *iomem, const char *name,
				      struct ranges *ret);
/*
 * All RAM of the running kernel: "System RAM", and what drivers added to it, which is called
 * "System RAM (DRIVER)": add_memory_driver_managed() of Linux wants it so.
 */
must_check struct error *iomem_ram(const struct iomem *iomem, struct ranges *ret);
/* The first entry called @name; NULL. */
const struct iomem_entry *iomem_find(const struct iomem *iomem, const char *name);

#endif
