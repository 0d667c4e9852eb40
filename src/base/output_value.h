/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of one row while it is made, and how each looks. Private to output*.c. */
#ifndef BASE_OUTPUT_VALUE_H
#define BASE_OUTPUT_VALUE_H

#include "base/output.h"
#include "base/text.h"

enum cell_kind {
	CELL_UNSET,
	CELL_TEXT,
	CELL_INT,
	CELL_UINT,
	CELL_BOOL,
	CELL_LIST, /* @text: the strings, each with its NUL */
	CELL_TREE, /* @text: rendered already, in the output's format */
};

#define TREE_MAX_DEPTH 64

/* Where a tree is while it is written. */
struct tree_state {
	unsigned int depth; /* of open objects and arrays; counts on beyond TREE_MAX_DEPTH */
	struct tree_level {
		enum tree_kind kind;
		bool empty;   /* nothing in it yet */
		bool inlined; /* an array of scalars, on one line: text */
		bool merged;  /* an unnamed object in an object: its members are the parent's: JSON
			       */
	} levels[TREE_MAX_DEPTH];
	size_t line_start; /* in the cell's text */
};

struct value_cell {
	enum cell_kind kind;
	union {
		int64_t i;
		uint64_t u;
		bool b;
	};
	struct text text;
	struct tree_state tree;
};

/* Adds the cell as people read it. */
void cell_add_text(const struct value_cell *cell, enum column_type type, struct text *ret);
/* Adds the cell as a JSON value; null when unset. */
void cell_add_json(const struct value_cell *cell, enum column_type type, struct text *ret);
/* Pads what was added to @t since @start to |@width| columns; negative: the value is to the left.
 */
void cell_pad(struct text *t, size_t start, int width);

#endif
