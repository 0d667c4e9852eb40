/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The places where an x86 kernel changes its own text and constants, at boot and while it runs. By
 * the tables that tell the kernel itself: what they name is not held against vmlinux. Where a table
 * also says what may be there (jump labels, static calls, returns), and it is not, the place is
 * none.
 */
#ifndef VALIDATE_TEXT_PATCHES_H
#define VALIDATE_TEXT_PATCHES_H

#include "symbols/debug_info.h"
#include "validate/validate.h"

/* A bit for each byte of [@start, @start + @size), addresses as linked. */
struct text_patches {
	uint64_t start, size;
	uint8_t *bits;
	uint64_t count; /* places that were named */
};

/* Reads the tables of @file, whose sections @sections are. */
must_check struct error *text_patches_read(struct image *image, struct debug_file *file,
					   const struct debug_section *sections, size_t count,
					   struct text_patches *ret);
/* The kprobes that the dump has. After an error those before it are added. */
must_check struct error *text_patches_add_kprobes(struct text_patches *patches, struct image *image,
						  struct debug_file *file);
void text_patches_deinit(struct text_patches *patches);

static inline bool text_patches_has(const struct text_patches *p, uint64_t address)
{
	uint64_t at = address - p->start;

	return at < p->size && p->bits[at / 8] >> at % 8 & 1;
}

#endif
