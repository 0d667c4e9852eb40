/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the kallsyms tables of a pretended kernel, as scripts/kallsyms.c of Linux has laid them out
 * through the ages.
 */
#ifndef TESTS_SUPPORT_KALLSYMS_IMAGE_H
#define TESTS_SUPPORT_KALLSYMS_IMAGE_H

#include "symbols/symbols.h"

enum kallsyms_order {
	ORDER_4_20, /* offsets, base, number, names, markers, tokens, index */
	ORDER_6_2,  /* the same with the order of names before the tokens */
	ORDER_6_4,  /* number, names, markers, tokens, index, offsets, base, order of names */
	ORDER_7_0,  /* the same without a base, and aligned to four bytes */
};

enum kallsyms_values {
	VALUES_PERCPU,	/* absolute per-CPU symbols, others below the base */
	VALUES_BASE,	/* all above the base */
	VALUES_PLACE,	/* from each offset's own place */
	VALUES_WORDS,	/* whole addresses */
	VALUES_NUMBERS, /* 32-bit addresses as they are */
};

struct kallsyms_shape {
	enum kallsyms_order order;
	enum kallsyms_values values;
	uint8_t word_size;
	bool big_endian;
	uint64_t base; /* of the image: _stext, and the first byte of the data below */
	size_t before; /* bytes of the image before the tables */
	bool by_stem;  /* names are ordered up to their '.', as with clang's LTO */
};

struct made_symbol {
	uint64_t address;
	char type;
	const char *name;
};

struct kallsyms_image {
	uint8_t *data; /* freed by the caller */
	size_t size;
	struct kallsyms_tables tables; /* all that the shape has, markers and seqs too */
};

/* @symbols are in address order. */
void kallsyms_image_make(const struct kallsyms_shape *shape, const struct made_symbol *symbols,
			 uint32_t count, struct kallsyms_image *ret);

#endif
