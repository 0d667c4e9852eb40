// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nested values, rendered as they come: JSON, or text that looks like C's initialisers. What is
 * nested deeper than TREE_MAX_DEPTH is left out, with a mark where it was.
 */
#include "base/output_state.h"

#include "base/json.h"
#include "base/utf8.h"

#include <string.h>

#define INDENT	     2
#define LINE_COLUMNS 96 /* where a line of scalars is broken */

static struct value_cell *tree_cell(struct output *out, size_t column)
{
	if (column < out->nr_cells && out->cells[column].kind == CELL_TREE)
		return &out->cells[column];
	return output_cell(out, column, CELL_TREE);
}

static struct tree_level *top(struct value_cell *cell)
{
	unsigned int depth = cell->tree.depth;

	return depth ? &cell->tree.levels[min(depth, (unsigned int)TREE_MAX_DEPTH) - 1] : NULL;
}

static void new_line(struct value_cell *cell, unsigned int depth)
{
	text_addc(&cell->text, '\n');
	cell->tree.line_start = cell->text.len;
	for (unsigned int i = 0; i < depth * INDENT; i++)
		text_addc(&cell->text, ' ');
}

/* What stands between two values, and a value's name, as text. */
static void begin_text(struct value_cell *cell, const char *name, bool is_scalar)
{
	struct tree_level *level = top(cell);
	struct text *t = &cell->text;

	if (level) {
		if (level->empty)
			level->inlined = is_scalar && level->kind == TREE_ARRAY;
		else
			text_addc(t, ',');
		if (!level->inlined || t->len - cell->tree.line_start > LINE_COLUMNS)
			new_line(cell, cell->tree.depth);
		else if (!level->empty)
			text_addc(t, ' ');
		level->empty = false;
	} else if (t->len) {
		new_line(cell, 0);
	}
	if (name) {
		utf8_add_printable(t, name, strlen(name));
		text_adds(t, " = ");
	}
}

static void begin_json(struct value_cell *cell, const char *name)
{
	struct tree_level *level = top(cell);

	if (!level) {
		/* A second root would spoil the document: the last one stays. */
		text_clear(&cell->text);
		return;
	}
	if (!level->empty)
		text_addc(&cell->text, ',');
	level->empty = false;
	if (level->kind == TREE_OBJECT) {
		json_add_string(&cell->text, name ? name : "", name ? strlen(name) : 0);
		text_addc(&cell->text, ':');
	}
}

/* The cell to add a scalar to, at the place of its value; NULL when it is nested too deep. */
static struct value_cell *begin_scalar(struct output *out, size_t column, const char *name)
{
	struct value_cell *cell = tree_cell(out, column);

	if (!cell || cell->tree.depth > TREE_MAX_DEPTH)
		return NULL;
	if (out->format == OUTPUT_JSON)
		begin_json(cell, name);
	else
		begin_text(cell, name, true);
	return cell;
}

/* Adds @shown where text is wanted and it was given: true when done. */
static bool add_shown(struct output *out, struct value_cell *cell, const char *shown)
{
	if (out->format == OUTPUT_JSON || !shown)
		return false;
	utf8_add_printable(&cell->text, shown, strlen(shown));
	return true;
}

void output_tree_open(struct output *out, size_t column, const char *name, enum tree_kind kind)
{
	struct value_cell *cell = tree_cell(out, column);
	struct tree_level *level, *parent;
	bool merged;

	if (!cell)
		return;
	if (cell->tree.depth >= TREE_MAX_DEPTH) {
		if (cell->tree.depth == TREE_MAX_DEPTH)
			output_tree_null(out, column, name, "{…}");
		cell->tree.depth++;
		return;
	}
	parent = top(cell);
	merged = out->format == OUTPUT_JSON && !name && kind == TREE_OBJECT && parent &&
		 parent->kind == TREE_OBJECT;
	level = &cell->tree.levels[cell->tree.depth];
	*level = (struct tree_level){ .kind = kind, .empty = true };
	if (merged) {
		level->merged = true;
		level->empty = parent->empty;
	} else if (out->format == OUTPUT_JSON) {
		begin_json(cell, name);
		text_addc(&cell->text, kind == TREE_OBJECT ? '{' : '[');
	} else {
		begin_text(cell, name, false);
		text_addc(&cell->text, '{');
	}
	cell->tree.depth++;
}

void output_tree_close(struct output *out, size_t column)
{
	struct value_cell *cell = tree_cell(out, column);
	struct tree_level level;

	if (!cell || !cell->tree.depth)
		return;
	if (cell->tree.depth-- > TREE_MAX_DEPTH)
		return;
	level = cell->tree.levels[cell->tree.depth];
	if (level.merged) {
		top(cell)->empty = level.empty;
	} else if (out->format == OUTPUT_JSON) {
		text_addc(&cell->text, level.kind == TREE_OBJECT ? '}' : ']');
	} else {
		if (!level.empty && !level.inlined)
			new_line(cell, cell->tree.depth);
		text_addc(&cell->text, '}');
	}
}

void output_tree_int(struct output *out, size_t column, const char *name, int64_t value,
		     const char *shown)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (cell && !add_shown(out, cell, shown))
		json_add_int(&cell->text, value);
}

void output_tree_uint(struct output *out, size_t column, const char *name, uint64_t value,
		      const char *shown)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (cell && !add_shown(out, cell, shown))
		json_add_uint(&cell->text, value);
}

void output_tree_hex(struct output *out, size_t column, const char *name, uint64_t value,
		     const char *shown)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (!cell || add_shown(out, cell, shown))
		return;
	if (out->format == OUTPUT_JSON) {
		json_add_hex(&cell->text, value);
	} else {
		text_adds(&cell->text, "0x");
		digits_add_hex(&cell->text, value, 1);
	}
}

void output_tree_bool(struct output *out, size_t column, const char *name, bool value)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (cell)
		text_adds(&cell->text, value ? "true" : "false");
}

void output_tree_text(struct output *out, size_t column, const char *name, const char *value,
		      const char *shown)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (!cell || add_shown(out, cell, shown))
		return;
	if (out->format == OUTPUT_JSON)
		json_add_string(&cell->text, value, strlen(value));
	else
		utf8_add_printable(&cell->text, value, strlen(value));
}

void output_tree_null(struct output *out, size_t column, const char *name, const char *shown)
{
	struct value_cell *cell = begin_scalar(out, column, name);

	if (cell && !add_shown(out, cell, shown))
		text_adds(&cell->text, "null");
}
