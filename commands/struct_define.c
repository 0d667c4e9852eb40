// SPDX-License-Identifier: GPL-2.0-or-later
/* Definitions of structs and unions, as C has them, with offsets or addresses of members. */
#include "commands/struct.h"

#include <inttypes.h>
#include <string.h>

#define MAX_DEPTH  16	      /* of anonymous structs */
#define MAX_LENGTH (4u << 20) /* they may multiply at each depth */

enum { NAME, SIZE, BASE, MEMBERS, DEFINITION };

static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, .summary = "of the type, as C spells it" },
	[SIZE] = { "size", COLUMN_INT, .summary = "bytes" },
	[BASE] = { "address", COLUMN_ADDRESS, .summary = "given with -o; else null" },
	[MEMBERS] = { "members", COLUMN_TREE,
		      .summary =
			      "name, type, offset and size in bytes; bit_offset from there and "
			      "bit_size of bitfields. Members of unnamed structs are among them" },
	[DEFINITION] = { "definition", COLUMN_TEXT, .summary = "in C" },
};

const struct table struct_definition_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{definition}\nSIZE: {size}\n",
};

struct definition {
	struct output *out;
	struct text *text;
	unsigned int *left; /* of what may be spelled */
	bool hex;
	const uint64_t *base; /* NULL: offsets */
};

static void add_member_json(struct output *out, const char *name, const char *type,
			    const struct type_place *place)
{
	output_tree_open(out, MEMBERS, NULL, TREE_OBJECT);
	output_tree_text(out, MEMBERS, "name", name, NULL);
	output_tree_text(out, MEMBERS, "type", type, NULL);
	output_tree_uint(out, MEMBERS, "offset", place->bit_offset / 8, NULL);
	output_tree_uint(out, MEMBERS, "size", type_strip(place->type)->size, NULL);
	if (place->bit_size) {
		output_tree_uint(out, MEMBERS, "bit_offset", place->bit_offset % 8, NULL);
		output_tree_uint(out, MEMBERS, "bit_size", place->bit_size, NULL);
	}
	output_tree_close(out, MEMBERS);
}

static void add_place(const struct definition *d, uint64_t bit_offset, unsigned int depth)
{
	uint64_t offset = bit_offset / 8;

	text_addf(d->text, "%*s[", 2 + 4 * (int)depth, "");
	if (d->base)
		text_addf(d->text, "%" PRIx64, *d->base + offset);
	else if (d->hex)
		text_addf(d->text, "0x%" PRIx64, offset);
	else
		text_addf(d->text, "%" PRIu64, offset);
	text_adds(d->text, "] ");
}

static void add_member(const struct definition *d, const char *name, const struct type_place *place,
		       unsigned int depth)
{
	auto_text declaration = { 0 }, type = { 0 };

	type_spell_within(place->type, name, d->left, &declaration);
	type_spell_within(place->type, NULL, d->left, &type);
	add_member_json(d->out, name, text_string(&type), place);
	add_place(d, place->bit_offset, depth);
	text_adds(d->text, text_string(&declaration));
	if (place->bit_size)
		text_addf(d->text, " : %" PRIu32, place->bit_size);
	text_adds(d->text, ";\n");
}

static struct error *add_members(const struct definition *d, const struct type *type,
				 uint64_t bit_offset, unsigned int depth)
{
	const struct type_member *members;

	type = type_strip(type);
	if (depth > MAX_DEPTH)
		return error_create(ERROR_BAD_DATA, "unnamed structs are nested too deeply");
	TRY(type_members(type, &members));
	for (uint64_t i = 0; i < type->count; i++) {
		const struct type_member *m = &members[i];
		struct type_place place = { m->type, bit_offset + m->bit_offset, m->bit_size };

		if (d->text->len > MAX_LENGTH)
			return error_create(ERROR_BAD_DATA, "it holds too many members");
		if (m->name) {
			add_member(d, m->name, &place, depth);
			continue;
		}
		if (!type_is_compound(m->type))
			continue; /* padding */
		text_addf(d->text, "%*s%s {\n", 6 + 4 * (int)depth, "",
			  type_strip(m->type)->kind == TYPE_UNION ? "union" : "struct");
		TRY(add_members(d, m->type, place.bit_offset, depth + 1));
		text_addf(d->text, "%*s};\n", 6 + 4 * (int)depth, "");
	}
	return NULL;
}

static struct error *add_paths(const struct definition *d, const struct selection *s)
{
	for (unsigned int i = 0; i < s->nr_paths; i++) {
		struct type_place place;

		TRY(type_find_member(s->type, s->paths[i], &place));
		add_member(d, s->paths[i], &place, 0);
	}
	return NULL;
}

struct error *struct_define(struct context *context, const struct selection *selection,
			    bool offsets, const uint64_t *address, bool hex)
{
	struct output *out = context->out;
	const struct type *type = type_strip(selection->type);
	auto_text text = { 0 }, plain = { 0 };
	unsigned int left = TYPE_SPELL_LAYERS;
	struct definition d = {
		.out = out, .text = &text, .left = &left, .hex = hex, .base = address
	};
	struct error *err;

	if (type->is_incomplete)
		return error_create(ERROR_NOT_FOUND, "%s is declared, and defined nowhere",
				    selection->name);
	output_begin(out, &struct_definition_table);
	output_text(out, NAME, selection->name);
	output_uint(out, SIZE, type->size);
	if (address)
		output_uint(out, BASE, *address);
	output_tree_open(out, MEMBERS, NULL, TREE_ARRAY);
	text_addf(&text, "%s {\n", selection->name);
	err = selection->nr_paths ? add_paths(&d, selection) : add_members(&d, type, 0, 0);
	output_tree_close(out, MEMBERS);
	TRY(err);
	text_adds(&text, "}");
	if (!offsets)
		TRY(type_define(type, false, &plain));
	/* Without their final line end, which the row has itself. */
	while (plain.len && plain.data[plain.len - 1] == '\n')
		plain.data[--plain.len] = 0;
	output_text(out, DEFINITION, text_string(offsets ? &text : &plain));
	output_row(out);
	return NULL;
}
