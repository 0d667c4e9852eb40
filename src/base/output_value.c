// SPDX-License-Identifier: GPL-2.0-or-later
/* Single values as text and as JSON. */
#include "base/output_value.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_time(struct text *t, uint64_t ns)
{
	uint64_t us = ns / 1000 % 1000000;

	digits_add(t, ns / 1000000000);
	text_addf(t, ".%06u", (unsigned int)us);
}

static void add_number(const struct value_cell *cell, enum column_type type, struct text *t)
{
	switch (type) {
	case COLUMN_HEX:
		text_add(t, "0x", 2);
		digits_add_hex(t, cell->u, 1);
		break;
	case COLUMN_ADDRESS:
		digits_add_hex(t, cell->u, 16);
		break;
	case COLUMN_TIME:
		add_time(t, cell->u);
		break;
	default:
		if (cell->kind == CELL_INT)
			json_add_int(t, cell->i);
		else
			digits_add(t, cell->u);
	}
}

/* Calls for each string of a LIST cell; @i counts them. */
#define for_each_string(s, i, cell)                                                                \
	for (const char *s = (cell)->text.data, *i = s;                                            \
	     s && s < (cell)->text.data + (cell)->text.len; s += strlen(s) + 1)

void cell_add_text(const struct value_cell *cell, enum column_type type, struct text *t)
{
	switch (cell->kind) {
	case CELL_UNSET:
		break;
	case CELL_TEXT:
		utf8_add_printable(t, text_string(&cell->text), cell->text.len);
		break;
	case CELL_INT:
	case CELL_UINT:
		add_number(cell, type, t);
		break;
	case CELL_BOOL:
		text_adds(t, cell->b ? "yes" : "no");
		break;
	case CELL_LIST:
		for_each_string(s, first, cell)
		{
			if (s != first)
				text_addc(t, ',');
			utf8_add_printable(t, s, strlen(s));
		}
		break;
	case CELL_TREE:
		text_add(t, text_string(&cell->text), cell->text.len);
		break;
	}
}

void cell_add_json(const struct value_cell *cell, enum column_type type, struct text *t)
{
	switch (cell->kind) {
	case CELL_UNSET:
		text_add(t, "null", 4);
		break;
	case CELL_TEXT:
		json_add_string(t, text_string(&cell->text), cell->text.len);
		break;
	case CELL_INT:
	case CELL_UINT:
		if (type == COLUMN_HEX || type == COLUMN_ADDRESS)
			json_add_hex(t, cell->u);
		else if (cell->kind == CELL_INT)
			json_add_int(t, cell->i);
		else
			json_add_uint(t, cell->u);
		break;
	case CELL_BOOL:
		text_adds(t, cell->b ? "true" : "false");
		break;
	case CELL_LIST:
		text_addc(t, '[');
		for_each_string(s, first, cell)
		{
			if (s != first)
				text_addc(t, ',');
			json_add_string(t, s, strlen(s));
		}
		text_addc(t, ']');
		break;
	case CELL_TREE:
		if (cell->text.len)
			text_add(t, cell->text.data, cell->text.len);
		else
			text_add(t, "null", 4);
		break;
	}
}

static void add_spaces(struct text *t, size_t n)
{
	static const char spaces[] = "                                ";

	for (; n > sizeof(spaces) - 1; n -= sizeof(spaces) - 1)
		text_add(t, spaces, sizeof(spaces) - 1);
	text_add(t, spaces, n);
}

void cell_pad(struct text *t, size_t start, int width)
{
	size_t wanted = (size_t)abs(width), len = t->len - start, have, missing;

	if (!width || t->failed || !wanted)
		return;
	have = utf8_columns(text_string(t) + start, len);
	if (have >= wanted)
		return;
	missing = wanted - have;
	add_spaces(t, missing);
	if (width > 0 && !t->failed) {
		memmove(t->data + start + missing, t->data + start, len);
		memset(t->data + start, ' ', missing);
	}
}
