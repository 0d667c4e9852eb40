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
#include "symbols/module_file.h"
#include "validate/validate.h"

/* What a dump's text is compared with: vmlinux, or the file of a module. All is borrowed. */
struct text_file {
	const struct debug_section *sections;
	size_t nr_sections;
	uint64_t offset;		  /* where they are in the dump, less where as linked */
	const struct module_file *module; /* NULL: it is vmlinux */
};

/* A bit for each byte of a section's [@start, @start + @size), addresses as linked. */
struct patched_area {
	uint64_t start, size;
	uint8_t *bits;
};

struct text_patches {
	struct patched_area *areas; /* one for each section with bytes */
	size_t nr_areas;
	size_t last;	/* the area that was looked up last: mostly it is the next one, too */
	uint64_t count; /* places that were named */
};

/* Reads the tables of @file. */
must_check struct error *text_patches_read(struct image *image, const struct text_file *file,
					   struct text_patches *ret);
/* The kprobes that the dump has. After an error those before it are added. */
must_check struct error *text_patches_add_kprobes(struct text_patches *patches, struct image *image,
						  const struct text_file *file);
/* Is the byte at @address, as linked, of a place that is patched? */
bool text_patches_has(struct text_patches *patches, uint64_t address);
void text_patches_deinit(struct text_patches *patches);

#endif
