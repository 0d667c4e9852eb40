// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion of members, of types and of what an expression gives. */
#include "shell/complete_member.h"

#include <ctype.h>
#include <string.h>

#define MAX_NESTING   16
#define MAX_LOOKED_AT 65536 /* members: a damaged dump's structs may hold themselves, twice */

static void add_nested(struct completion *c, const struct type *type, unsigned int depth,
		       unsigned int *looked_at)
{
	const struct type_member *members;

	type = type_strip(type);
	if (!type_is_compound(type) || depth > MAX_NESTING ||
	    error_dropped(type_members(type, &members)))
		return;
	for (uint64_t i = 0; i < type->count && ++*looked_at <= MAX_LOOKED_AT; i++) {
		if (members[i].name && *members[i].name)
			completion_add(c, members[i].name);
		else
			add_nested(c, members[i].type, depth + 1, looked_at);
	}
}

/* The members of @type and of its anonymous parts. */
static void add_members(struct completion *c, const struct type *type)
{
	unsigned int looked_at = 0;

	add_nested(c, type, 0, &looked_at);
}

/* The struct behind pointers and arrays. */
static const struct type *pointed(const struct type *type)
{
	type = type_strip(type);
	for (int i = 0; i < 4 && (type->kind == TYPE_POINTER || type->kind == TYPE_ARRAY); i++)
		type = type_strip(type->target);
	return type;
}

/* Splits the word at its last '.': what is before it stays. */
static void split_typed(struct completion *c)
{
	const char *dot = strrchr(c->typed, '.');

	if (!dot)
		return;
	c->before = arena_copy(c->arena, c->typed, (size_t)(dot + 1 - c->typed));
	if (!c->before)
		c->before = "";
	c->typed = dot + 1;
}

/* "type.path.prefix" and "type.member,path.prefix": the token that the word ends. */
static bool member_of_type(struct completion *c)
{
	const char *end = c->line + c->end, *token = end, *dot, *item, *last;
	const struct type *type;
	struct type_place place;
	char *name, *path;

	while (token > c->line && !strchr(" \t*(", token[-1]))
		token--;
	dot = memchr(token, '.', (size_t)(end - token));
	if (!dot)
		return false;
	name = arena_copy(c->arena, token, (size_t)(dot - token));
	if (!name || error_dropped(types_find(image_types(c->context->image), name, &type)))
		return false;
	for (item = end; item > dot + 1 && item[-1] != ',';)
		item--;
	for (last = end; last > item && last[-1] != '.';)
		last--;
	if (last > item) {
		path = arena_copy(c->arena, item, (size_t)(last - 1 - item));
		if (!path || error_dropped(type_find_member(type, path, &place)))
			return true;
		type = place.type;
	}
	split_typed(c);
	add_members(c, type);
	return true;
}

/* From the bracket that ends at @end back to the one that opens it; NULL: there is none. */
static const char *open_bracket(const char *line, const char *end)
{
	unsigned int depth = 0;

	while (end > line) {
		end--;
		if (strchr(")]", *end))
			depth++;
		else if (strchr("([", *end) && !--depth)
			return end;
	}
	return NULL;
}

/* The start of the postfix expression that ends at @end: names, members, brackets. */
static const char *expression_start(const char *line, const char *end)
{
	const char *s = end;

	while (s > line) {
		char last = s[-1];

		if (strchr(")]", last)) {
			const char *open = open_bracket(line, s);

			/* "(type)name": a cast binds less than what follows. */
			if (!open || isalnum((unsigned char)*s) || *s == '_')
				return s;
			s = open;
		} else if (isalnum((unsigned char)last) || strchr("_.:$", last)) {
			s--;
		} else if (last == '>' && s - 1 > line && s[-2] == '-') {
			s -= 2;
		} else {
			break;
		}
	}
	return s;
}

/* "expression.prefix" or "expression->prefix". */
static bool member_of_expression(struct completion *c)
{
	const char *end = c->line + c->end, *member = end, *start;
	const struct type *type;
	struct value value;
	char *text;

	while (member > c->line && (isalnum((unsigned char)member[-1]) || member[-1] == '_'))
		member--;
	if (member > c->line && member[-1] == '.')
		end = member - 1;
	else if (member > c->line + 1 && member[-1] == '>' && member[-2] == '-')
		end = member - 2;
	else
		return false;
	start = expression_start(c->line, end);
	text = arena_copy(c->arena, start, (size_t)(end - start));
	if (!text)
		return true;
	split_typed(c);
	if (!error_dropped(expression_evaluate(command_values(c->context), text, &value)))
		add_members(c, pointed(value.type));
	else if (!error_dropped(types_find_variable(image_types(c->context->image), text, &type)))
		add_members(c, pointed(type)); /* per-CPU: no value without its CPU */
	return true;
}

bool complete_member(struct completion *c, bool types, bool expressions)
{
	if (!image_has_kernel(c->context->image))
		return false;
	return (types && member_of_type(c)) || (expressions && member_of_expression(c));
}
