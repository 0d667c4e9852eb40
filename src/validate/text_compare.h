/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text and constants of a dump against those of a file, byte by byte: but for what KASLR moves and
 * what the kernel changes itself (text_patches.h). A difference is damage, or someone else's code.
 */
#ifndef VALIDATE_TEXT_COMPARE_H
#define VALIDATE_TEXT_COMPARE_H

#include "validate/text_patches.h"

#define SHOWN 8 /* bytes of a difference */

struct text_difference {
	uint64_t first, last; /* as linked; of bytes that differ */
	uint64_t bytes;	      /* 0: there is none */
	uint8_t is[SHOWN], was[SHOWN];
	size_t shown;
};

/* As linked. */
struct span {
	uint64_t start, end;
};

struct text_comparison {
	struct validation *v;
	struct image *image;
	const char *with; /* what it is compared with, for people */
	struct text_patches patches;
	uint64_t offset;   /* where it is in the dump, less where as linked */
	struct span moved; /* where @offset is not 0: addresses in it are moved */
	struct text_difference difference;
	uint64_t unread, first_unread; /* bytes that the dump does not have */
	enum error_code why_unread;
};

/* Tells each difference as a fault, in its place; what the dump does not have is counted. */
must_check struct error *text_compare_section(struct text_comparison *c,
					      const struct debug_section *section);
/* Tells what the dump did not have (@whose: "the kernel's"), and frees what is owned. */
void text_compare_end(struct text_comparison *c, const char *whose);

#endif
