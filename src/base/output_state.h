/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct output itself. Private to output*.c. */
#ifndef BASE_OUTPUT_STATE_H
#define BASE_OUTPUT_STATE_H

#include "base/output_template.h"
#include "base/output_value.h"

struct output {
	FILE *stream, *errors;
	enum output_format format;
	bool colour;

	const char *command;
	char *command_copy;
	bool opened; /* JSON: the document's first part is written */
	bool complete;
	size_t nr_rows;	   /* of this command */
	struct text notes; /* each with its NUL; see nr_notes */
	size_t nr_notes, nr_notes_left_off;
	int write_error;       /* errno of the first failed write of this command; 0: none */
	bool raised_interrupt; /* by a failed write, to end the command soon */

	const struct table *table; /* NULL: none begun; rows are dropped then */
	bool headed;		   /* LOOK_TABLE: the headings stand */
	bool use_line;		   /* output_set_line asked for a template */
	struct template group, line;
	struct text last_group;

	struct value_cell *cells;
	size_t nr_cells;
	struct text row; /* being rendered */
};

/* The cell of @column, cleared and of kind @kind; NULL when there is no such column. */
struct value_cell *output_cell(struct output *out, size_t column, enum cell_kind kind);
/* Writes and remembers the first failure. */
void output_write(struct output *out, const char *data, size_t len);

/* output_look.c: adds the row that the cells make to @out->row, with all that stands before it. */
void look_add_row(struct output *out);

#endif
