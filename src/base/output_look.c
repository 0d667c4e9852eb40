// SPDX-License-Identifier: GPL-2.0-or-later
/* How rows look as text: tables, records, templates, groups. */
#include "base/output_state.h"

#include "base/json.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static int width_of(const struct column *column)
{
	int width = column->width;

	if (!width && column->type == COLUMN_ADDRESS)
		width = 16;
	return width;
}

static void add_heading(const struct column *column, struct text *t)
{
	if (column->heading) {
		text_adds(t, column->heading);
		return;
	}
	for (const char *c = column->name; *c; c++)
		text_addc(t, *c == '_' ? ' ' : (char)toupper((unsigned char)*c));
}

/* Takes the spaces at the end away and ends the line. */
static void end_line(struct text *t)
{
	while (t->len && t->data[t->len - 1] == ' ')
		t->data[--t->len] = 0;
	text_addc(t, '\n');
}

static void add_bold(struct output *out, size_t start)
{
	struct text *t = &out->row;
	size_t len = t->len - start;

	if (!out->colour || t->failed || !len)
		return;
	text_adds(t, BOLD PLAIN);
	if (t->failed)
		return;
	memmove(t->data + start + strlen(BOLD), t->data + start, len);
	memcpy(t->data + start, BOLD, strlen(BOLD));
	memcpy(t->data + start + strlen(BOLD) + len, PLAIN, strlen(PLAIN));
}

static void add_table_line(struct output *out, bool headings)
{
	struct text *t = &out->row;
	size_t line = t->len;

	for (size_t i = 0; i < out->table->nr_columns; i++) {
		const struct column *column = &out->table->columns[i];
		size_t start;

		if (column->json_only)
			continue;
		if (t->len > line)
			text_add(t, "  ", 2);
		start = t->len;
		if (headings)
			add_heading(column, t);
		else if (out->cells[i].kind == CELL_UNSET)
			text_addc(t, '-');
		else
			cell_add_text(&out->cells[i], column->type, t);
		cell_pad(t, start, width_of(column));
	}
	if (headings) {
		/* Bold must not hide the spaces that end_line takes away. */
		while (t->len > line && t->data[t->len - 1] == ' ')
			t->len--;
		add_bold(out, line);
	}
	end_line(t);
}

static void add_record(struct output *out)
{
	const struct table *table = out->table;
	struct text *t = &out->row;
	size_t widest = 0;

	for (size_t i = 0; i < table->nr_columns; i++) {
		size_t start = t->len;

		if (table->columns[i].json_only || out->cells[i].kind == CELL_UNSET)
			continue;
		add_heading(&table->columns[i], t);
		widest = max(widest, utf8_columns(text_string(t) + start, t->len - start));
		t->len = start;
	}
	for (size_t i = 0; i < table->nr_columns; i++) {
		size_t start = t->len;

		if (table->columns[i].json_only || out->cells[i].kind == CELL_UNSET)
			continue;
		add_heading(&table->columns[i], t);
		cell_pad(t, start, (int)widest);
		add_bold(out, start);
		text_add(t, ": ", 2);
		cell_add_text(&out->cells[i], table->columns[i].type, t);
		end_line(t);
	}
}

/* The group's line, when it is another than the last row's. */
static void add_group(struct output *out)
{
	struct text *t = &out->row;
	size_t start = t->len, len;

	template_render(&out->group, out->cells, t);
	len = t->len - start;
	if (t->failed)
		return;
	if (out->last_group.data && out->last_group.len == len &&
	    !memcmp(out->last_group.data, t->data + start, len)) {
		t->len = start;
		return;
	}
	text_clear(&out->last_group);
	text_add(&out->last_group, t->data + start, len);
	t->len = start;
	if (out->nr_rows)
		text_addc(t, '\n');
	start = t->len;
	text_add(t, text_string(&out->last_group), len);
	add_bold(out, start);
	end_line(t);
	out->headed = false;
}

void look_add_row(struct output *out)
{
	const struct table *table = out->table;

	if (table->group)
		add_group(out);
	if (out->use_line || table->look == LOOK_LINE) {
		template_render(&out->line, out->cells, &out->row);
		end_line(&out->row);
		return;
	}
	if (table->look == LOOK_RECORD) {
		if (out->nr_rows && !table->group)
			text_addc(&out->row, '\n');
		add_record(out);
		return;
	}
	if (!out->headed) {
		if (out->nr_rows && !table->group)
			text_addc(&out->row, '\n');
		add_table_line(out, true);
		out->headed = true;
	}
	add_table_line(out, false);
}
