/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates of text rows, compiled once: see output.h for what they look like. */
#ifndef BASE_OUTPUT_TEMPLATE_H
#define BASE_OUTPUT_TEMPLATE_H

#include "base/output_value.h"

struct template_part;

struct template
{
	char *copy; /* of the source; the parts point into it */
	const struct column *columns;
	struct template_part *parts;
	size_t nr_parts, room;
};

/*
 * Compiles @source (NULL: the empty template), unless that is what @template holds already. A name
 * that is no column stays as it is, so that the mistake shows.
 */
must_check struct error *template_compile(struct template *template, const char *source,
					  const struct table *table);
void template_deinit(struct template *template);
void template_render(const struct template *template, const struct value_cell *cells,
		     struct text *ret);

#endif
