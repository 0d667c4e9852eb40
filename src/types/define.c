// SPDX-License-Identifier: GPL-2.0-or-later
/* Definitions of types as C has them, one level deep: anonymous members are opened. */
#include "types/spell.h"

#include <inttypes.h>

#define MAX_NESTING 16
#define MAX_LENGTH  (4U << 20)

struct definition {
	struct text *text;
	bool offsets;
	unsigned int *left; /* of what may be spelled */
};

static void indent(struct text *text, unsigned int depth)
{
	for (unsigned int i = 0; i < depth; i++)
		text_adds(text, "    ");
}

static struct error *body(const struct definition *d, const struct type *type, uint64_t bit_offset,
			  unsigned int depth);

/* "struct foo {…}" up to the closing brace, at @depth. */
static struct error *braced(const struct definition *d, const struct type *type,
			    uint64_t bit_offset, unsigned int depth)
{
	text_adds(d->text, type->kind == TYPE_STRUCT ? "struct " : "union ");
	if (type->name)
		text_addf(d->text, "%s ", type->name);
	text_adds(d->text, "{\n");
	TRY(body(d, type, bit_offset, depth + 1));
	indent(d->text, depth);
	text_addc(d->text, '}');
	return NULL;
}

static void add_offset(const struct definition *d, const struct type_member *m, uint64_t bit_offset,
		       unsigned int depth)
{
	uint64_t at = bit_offset + m->bit_offset;

	if (!d->offsets) {
		indent(d->text, depth);
		return;
	}
	indent(d->text, depth - 1);
	text_addf(d->text, "   [%" PRIu64, at / 8);
	if (m->bit_size)
		text_addf(d->text, ":%" PRIu64, at % 8);
	text_adds(d->text, "] ");
}

static struct error *body(const struct definition *d, const struct type *type, uint64_t bit_offset,
			  unsigned int depth)
{
	const struct type_member *members;

	if (depth > MAX_NESTING)
		return error_create(ERROR_BAD_DATA, "structs are nested too deeply");
	TRY(type_members(type, &members));
	for (uint64_t i = 0; i < type->count; i++) {
		const struct type_member *m = &members[i];
		const struct type *inner = type_strip(m->type);

		if (d->text->len > MAX_LENGTH)
			return error_create(ERROR_BAD_DATA, "structs hold too many members");

		if (!m->name && !m->bit_size && !inner->is_incomplete &&
		    (inner->kind == TYPE_STRUCT || inner->kind == TYPE_UNION)) {
			indent(d->text, depth);
			TRY(braced(d, inner, bit_offset + m->bit_offset, depth));
		} else {
			add_offset(d, m, bit_offset, depth);
			type_spell_within(m->type, m->name, d->left, d->text);
			if (m->bit_size)
				text_addf(d->text, " : %u", m->bit_size);
		}
		text_adds(d->text, ";\n");
	}
	return NULL;
}

static struct error *enumeration(const struct type *type, struct text *text)
{
	const struct type_enumerator *values;

	TRY(type_enumerators(type, &values));
	spell_specifier(type, text);
	/* An unnamed one is spelled with dots in the place of its body. */
	if (!type->name)
		text->data[text->len -= sizeof("{...}")] = 0;
	text_adds(text, " {\n");
	for (uint64_t i = 0; i < type->count; i++) {
		text_addf(text, "    %s = ", values[i].name);
		if (type->is_signed)
			text_addf(text, "%" PRId64, values[i].value);
		else
			text_addf(text, "%" PRIu64, (uint64_t)values[i].value);
		text_adds(text, i + 1 < type->count ? ",\n" : "\n");
	}
	text_addc(text, '}');
	return NULL;
}

static struct error *tagged(const struct type *type, bool offsets, struct text *text)
{
	unsigned int left = TYPE_SPELL_LAYERS;
	struct definition d = { .text = text, .offsets = offsets, .left = &left };

	return type->kind == TYPE_ENUM ? enumeration(type, text) : braced(&d, type, 0, 0);
}

static bool has_body(const struct type *type)
{
	return (type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ENUM) &&
	       !type->is_incomplete;
}

struct error *type_define(const struct type *type, bool offsets, struct text *ret)
{
	const struct type *defined = type->is_incomplete ? type_strip(type) : type;
	const struct type *target = type->target;

	if (has_body(defined))
		return tagged(defined, offsets, ret);
	if (type->kind != TYPE_TYPEDEF) {
		type_spell(type, NULL, ret);
		return NULL;
	}
	text_adds(ret, "typedef ");
	if (!has_body(target) || target->name) {
		type_spell(target, type->name, ret);
	} else {
		TRY(tagged(target, offsets, ret));
		text_addf(ret, " %s", type->name);
	}
	text_addc(ret, ';');
	return NULL;
}
