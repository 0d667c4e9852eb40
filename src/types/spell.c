// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * C's spelling of types. A declarator is read from the inside out, so a type is spelled by wrapping
 * what is declared: "*" before it for a pointer, "[4]" behind it for an array, parentheses where a
 * pointer meets an array or a function.
 */
#include "types/spell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Types come from a dump: they may nest without end. */
#define MAX_DEPTH  24
#define MAX_LENGTH 65536
#define MAX_LAYERS 4096u /* of one type, in all: parameters may multiply at each depth */

/* One type with all that is named in it. */
struct spelling {
	unsigned int depth;
	unsigned int left; /* layers of declarators */
};

static void spell(struct spelling *s, const struct type *type, const char *declarator,
		  struct text *ret);

static const char *qualifier_word(const struct type *type)
{
	return type->qualifier == 'c' ? "const" : type->qualifier == 'v' ? "volatile" : "restrict";
}

void spell_specifier(const struct type *type, struct text *ret)
{
	switch (type->kind) {
	case TYPE_VOID:
		text_adds(ret, "void");
		return;
	case TYPE_STRUCT:
		text_adds(ret, "struct");
		break;
	case TYPE_UNION:
		text_adds(ret, "union");
		break;
	case TYPE_ENUM:
		text_adds(ret, "enum");
		break;
	default:
		text_adds(ret, type->name ? type->name : "<unnamed>");
		return;
	}
	if (type->name)
		text_addf(ret, " %s", type->name);
	else
		text_adds(ret, " {...}");
}

/* The parameters of @type in parentheses, behind what is declared. */
static void spell_parameters(struct spelling *s, const struct type *type, struct text *ret)
{
	const struct type_parameter *parameters;

	text_addc(ret, '(');
	if (error_dropped(type_parameters(type, &parameters))) {
		text_adds(ret, "<corrupt>)");
		return;
	}
	for (uint64_t i = 0; i < type->count; i++) {
		if (i)
			text_adds(ret, ", ");
		if (ret->len > MAX_LENGTH || !s->left) {
			text_adds(ret, "<too long>)");
			return;
		}
		s->depth++;
		spell(s, parameters[i].type, NULL, ret);
		s->depth--;
	}
	if (type->is_variadic)
		text_adds(ret, type->count ? ", ..." : "...");
	else if (!type->count)
		text_adds(ret, "void");
	text_addc(ret, ')');
}

/* Where a pointer's declarator is wrapped by an array or a function, it needs parentheses. */
static bool starts_with_pointer(const struct text *inner)
{
	return inner->len && inner->data[0] == '*';
}

static void parenthesise(struct text *inner)
{
	auto_text wrapped = { 0 };

	if (!starts_with_pointer(inner))
		return;
	text_addf(&wrapped, "(%s)", inner->data);
	text_clear(inner);
	text_adds(inner, text_string(&wrapped));
}

static void prepend(struct text *inner, const char *what)
{
	auto_text whole = { 0 };

	text_adds(&whole, what);
	text_adds(&whole, text_string(inner));
	text_clear(inner);
	text_adds(inner, text_string(&whole));
}

/*
 * One layer of the declarator. Qualifiers of a pointer stand behind its star; those of anything
 * else before the specifier, collected in @qualifiers.
 */
static void add_layer(struct spelling *s, const struct type *type, struct text *inner,
		      struct text *qualifiers)
{
	const struct type *target = type->target;
	unsigned int depth = s->depth;

	switch (type->kind) {
	case TYPE_POINTER:
		prepend(inner, "*");
		break;
	case TYPE_ARRAY:
		parenthesise(inner);
		text_addf(inner, type->count ? "[%" PRIu64 "]" : "[]", type->count);
		break;
	case TYPE_FUNCTION:
		parenthesise(inner);
		spell_parameters(s, type, inner);
		break;
	default: /* a qualifier; those of one type are together */
		while (target->kind == TYPE_QUALIFIED && depth++ < MAX_DEPTH)
			target = target->target;
		if (target->kind == TYPE_POINTER) {
			if (inner->len)
				prepend(inner, " ");
			prepend(inner, qualifier_word(type));
			/* The star that comes before makes it "* const". */
			prepend(inner, " ");
		} else if (!strstr(text_string(qualifiers), qualifier_word(type))) {
			text_addf(qualifiers, "%s ", qualifier_word(type));
		}
	}
}

static void spell(struct spelling *s, const struct type *type, const char *declarator,
		  struct text *ret)
{
	auto_text inner = { 0 }, qualifiers = { 0 };
	unsigned int layers = 0;

	if (s->depth > MAX_DEPTH || ret->len > MAX_LENGTH) {
		text_adds(ret, "<nested too deeply>");
		return;
	}
	if (declarator)
		text_adds(&inner, declarator);
	while (type->kind == TYPE_POINTER || type->kind == TYPE_ARRAY ||
	       type->kind == TYPE_FUNCTION || type->kind == TYPE_QUALIFIED) {
		if (++layers > 4 * MAX_DEPTH || !s->left || inner.len > MAX_LENGTH) {
			text_adds(ret, "<nested too deeply>");
			return;
		}
		s->left--;
		add_layer(s, type, &inner, &qualifiers);
		type = type->target;
	}
	text_adds(ret, text_string(&qualifiers));
	spell_specifier(type, ret);
	if (inner.len) {
		if (inner.data[0] != '[' && inner.data[0] != ' ')
			text_addc(ret, ' ');
		text_adds(ret, inner.data);
	}
}

void type_spell_within(const struct type *type, const char *declarator, unsigned int *left,
		       struct text *ret)
{
	unsigned int most = min(*left, MAX_LAYERS);
	struct spelling s = { .left = most };

	spell(&s, type, declarator && *declarator ? declarator : NULL, ret);
	*left -= most - s.left;
}

void type_spell(const struct type *type, const char *declarator, struct text *ret)
{
	unsigned int left = MAX_LAYERS;

	type_spell_within(type, declarator, &left, ret);
}
