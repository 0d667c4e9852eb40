// SPDX-License-Identifier: GPL-2.0-or-later
/* Templates: a flat list of parts; an optional part knows where it ends. */
#include "base/output_template.h"

#include "base/alloc.h"

#include <string.h>

enum part_kind { PART_LITERAL, PART_VALUE, PART_OPTIONAL };

struct template_part {
	enum part_kind kind;
	const char *text; /* LITERAL */
	size_t len;	  /* LITERAL: bytes; OPTIONAL: parts that belong to it */
	size_t column;	  /* VALUE */
	int width;	  /* VALUE */
};

#define MAX_NESTING 8

/* What is being compiled. */
struct compiler {
	struct template *template;
	const struct table *table;
	const char *at;
	size_t open[MAX_NESTING];	 /* the OPTIONAL parts that are open */
	unsigned int paren[MAX_NESTING]; /* literal parentheses that are open in each */
	unsigned int depth;
};

void template_deinit(struct template *template)
{
	free(template->parts);
	free(template->copy);
	*template = (struct template){ 0 };
}

static struct error *add_part(struct template *template, struct template_part part)
{
	TRY(alloc_grow(&template->parts, &template->room, template->nr_parts + 1, sizeof(part)));
	template->parts[template->nr_parts++] = part;
	return NULL;
}

/* Adds @len bytes at @text to the literal before, or as a literal of their own. */
static struct error *add_literal(struct template *template, const char *text, size_t len)
{
	struct template_part *last =
		template->nr_parts ? &template->parts[template->nr_parts - 1] : NULL;

	if (last && last->kind == PART_LITERAL && last->text + last->len == text) {
		last->len += len;
		return NULL;
	}
	return add_part(template, (struct template_part){ PART_LITERAL, text, len, 0, 0 });
}

/* At "{name}" or "{name:width}": the part it stands for, or false. */
static bool parse_value(struct compiler *c, struct template_part *part)
{
	const char *name = c->at + 1, *end = strchr(name, '}'), *colon;
	size_t len;

	if (!end)
		return false;
	colon = memchr(name, ':', (size_t)(end - name));
	len = (size_t)((colon ? colon : end) - name);
	for (size_t i = 0; i < c->table->nr_columns; i++) {
		const char *column = c->table->columns[i].name;

		if (strlen(column) != len || strncmp(column, name, len))
			continue;
		*part = (struct template_part){
			.kind = PART_VALUE,
			.column = i,
			.width = colon ? atoi(colon + 1) : 0,
		};
		c->at = end + 1;
		return true;
	}
	return false;
}

/* A ')' that closes an optional part. Its predecessors in that part are counted. */
static bool close_optional(struct compiler *c)
{
	struct template *template = c->template;
	size_t open;

	if (!c->depth)
		return false;
	if (c->paren[c->depth - 1]) {
		c->paren[c->depth - 1]--;
		return false;
	}
	open = c->open[--c->depth];
	template->parts[open].len = template->nr_parts - open - 1;
	c->at++;
	return true;
}

static struct error *compile_step(struct compiler *c)
{
	struct template_part part;

	if (!strncmp(c->at, "(?", 2) && c->depth < MAX_NESTING) {
		c->open[c->depth] = c->template->nr_parts;
		c->paren[c->depth++] = 0;
		c->at += 2;
		return add_part(c->template, (struct template_part){ .kind = PART_OPTIONAL });
	}
	if (*c->at == '{' && parse_value(c, &part))
		return add_part(c->template, part);
	if (*c->at == ')' && close_optional(c))
		return NULL;
	if (*c->at == '(' && c->depth)
		c->paren[c->depth - 1]++;
	return add_literal(c->template, c->at++, 1);
}

struct error *template_compile(struct template *template, const char *source,
			       const struct table *table)
{
	struct compiler c = { .template = template, .table = table };

	source = source ? source : "";
	if (template->copy && template->columns == table->columns &&
	    !strcmp(template->copy, source))
		return NULL;
	template_deinit(template);
	template->copy = strdup(source);
	if (!template->copy)
		return error_nomem();
	template->columns = table->columns;
	for (c.at = template->copy; *c.at;)
		TRY(compile_step(&c));
	while (c.depth) {
		size_t open = c.open[--c.depth];

		template->parts[open].len = template->nr_parts - open - 1;
	}
	return NULL;
}

/* Are all values of the optional part at @i set? What nested parts hold does not matter. */
static bool is_complete(const struct template *template, const struct value_cell *cells, size_t i)
{
	size_t end = i + template->parts[i].len;

	for (i++; i <= end; i++) {
		const struct template_part *part = &template->parts[i];

		if (part->kind == PART_OPTIONAL)
			i += part->len;
		else if (part->kind == PART_VALUE && cells[part->column].kind == CELL_UNSET)
			return false;
	}
	return true;
}

void template_render(const struct template *template, const struct value_cell *cells,
		     struct text *ret)
{
	for (size_t i = 0; i < template->nr_parts; i++) {
		const struct template_part *part = &template->parts[i];
		size_t start = ret->len;

		switch (part->kind) {
		case PART_LITERAL:
			text_add(ret, part->text, part->len);
			break;
		case PART_OPTIONAL:
			if (!is_complete(template, cells, i))
				i += part->len;
			break;
		case PART_VALUE:
			cell_add_text(&cells[part->column], template->columns[part->column].type,
				      ret);
			cell_pad(ret, start, part->width);
			break;
		}
	}
}
