/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of value_show. Not for other rooms; see value.h. */
#ifndef TYPES_SHOW_H
#define TYPES_SHOW_H

#include "types/expression.h"

#define SHOW_PAGE 4096

struct show {
	const struct value_env *env;
	const struct value_format *format;
	struct output *out;
	size_t column;
	unsigned int depth, max_depth, max_elements;
	unsigned int left;   /* values that may still be shown */
	struct error *first; /* why something is missing */
	/* The object, and the page of it that was read last: @size bytes from @from on. */
	uint64_t start, end;
	bool page_known;
	uint64_t page, from;
	size_t size;
	uint8_t bytes[SHOW_PAGE];
};

/* ---- show_scalar.c ---- */
bool show_is_scalar(const struct type *type);
/* Plain char, as C's strings are made of: not u8, not s8. */
bool show_is_char(const struct type *type);
/*
 * Shows the scalar of stripped @type in the @size bytes @raw (bit-field: as @value says). @repeats:
 * that many elements of an array hold it.
 */
must_check struct error *show_scalar(struct show *s, const char *name, const struct type *type,
				     const uint8_t *raw, size_t size, const struct value *value,
				     uint64_t repeats);
void show_text(struct show *s, const char *name, const char *text);
void show_function(struct show *s, const char *name, const struct value *value);

#endif
