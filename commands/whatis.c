// SPDX-License-Identifier: GPL-2.0-or-later
/* whatis: what a name or an expression is: the declaration of a symbol, the definition of a type.
 */
#include "commands/values.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { NAME, KIND, TYPE, SIZE, ADDRESS, DECLARATION };

static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, .summary = "as it was asked for" },
	[KIND] = { "kind", COLUMN_TEXT,
		   .summary = "type, member, variable, function, enumerator or expression" },
	[TYPE] = { "type", COLUMN_TEXT, .summary = "as C spells it" },
	[SIZE] = { "size", COLUMN_INT, .summary = "bytes; null where there is none" },
	[ADDRESS] = { "address", COLUMN_ADDRESS,
		      .summary = "of a variable or function; else null" },
	[DECLARATION] = { "declaration", COLUMN_TEXT, .summary = "in C" },
};
static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{declaration}(?\nSIZE: {size})",
};
static const struct table *const tables[] = { &table, NULL };

static struct error *show(struct context *context, const char *name, const char *kind,
			  const struct type *type, struct text *declaration)
{
	struct output *out = context->out;
	auto_text spelled = { 0 };
	const struct type *bare = type_strip(type);

	while (declaration->len && declaration->data[declaration->len - 1] == '\n')
		declaration->data[--declaration->len] = 0;
	type_spell(type, NULL, &spelled);
	output_text(out, NAME, name);
	output_text(out, KIND, kind);
	output_text(out, TYPE, text_string(&spelled));
	if (bare->size)
		output_uint(out, SIZE, bare->size);
	output_text(out, DECLARATION, text_string(declaration));
	output_row(out);
	return NULL;
}

static struct error *show_type(struct context *context, const char *name, const struct type *type)
{
	auto_text definition = { 0 };

	if ((type_is_compound(type) || type->kind == TYPE_ENUM) && type->kind != TYPE_TYPEDEF &&
	    !type->is_incomplete) {
		TRY(type_define(type, false, &definition));
	} else if (type->kind == TYPE_TYPEDEF) {
		text_adds(&definition, "typedef ");
		type_spell(type->target, type->name, &definition);
		text_addc(&definition, ';');
	} else {
		type_spell(type, NULL, &definition);
		text_addc(&definition, ';');
	}
	return show(context, name, "type", type, &definition);
}

static struct error *show_enumerator(struct context *context, const char *name,
				     const struct type *type, int64_t value)
{
	auto_text declaration = { 0 };

	type_spell(type, NULL, &declaration);
	text_addf(&declaration, " { %s = %" PRId64 " }", name, value);
	return show(context, name, "enumerator", type, &declaration);
}

/* A name's own declaration: "struct task_struct init_task;"; of an expression its type. */
static struct error *show_value(struct context *context, const char *text,
				const struct value *value)
{
	bool is_name = !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_")];
	const struct type *bare = type_strip(value->type);
	auto_text declaration = { 0 };
	const char *kind = "expression";

	if (is_name && value->is_object)
		kind = bare->kind == TYPE_FUNCTION ? "function" : "variable";
	type_spell(value->type, is_name && value->is_object ? text : NULL, &declaration);
	if (value->bit_size)
		text_addf(&declaration, " : %" PRIu32, value->bit_size);
	text_addc(&declaration, ';');
	if (value->is_object)
		output_uint(context->out, ADDRESS, value->address);
	return show(context, text, kind, value->type, &declaration);
}

static struct error *show_per_cpu(struct context *context, const char *name)
{
	const struct value_env *env = command_values(context);
	const struct type *type;
	auto_text declaration = { 0 };
	struct error *err = types_find_variable(env->types, name, &type);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		err = well_known_type(env->types, name, &type);
	}
	TRY(err);
	type_spell(type, name, &declaration);
	text_adds(&declaration, "; /* per CPU */");
	return show(context, name, "variable", type, &declaration);
}

static struct error *show_expression(struct context *context, const char *text)
{
	struct value value;
	const struct type *type;
	int64_t number;

	if (image_is_per_cpu(context->image, text))
		return show_per_cpu(context, text);
	TRY(expression_evaluate(command_values(context), text, &value));
	if (!value.is_object && !error_dropped(types_find_enumerator(image_types(context->image),
								     text, &number, &type)))
		return show_enumerator(context, text, type, number);
	return show_value(context, text, &value);
}

/* "task_struct.mm": a member of a type, when it is no symbol that stands before the dot. */
static struct error *show_member(struct context *context, const char *text, bool *shown)
{
	struct type_place place;
	auto_text declaration = { 0 };
	struct selection s;
	uint64_t address;
	bool is_type = !strncmp(text, "struct ", 7) || !strncmp(text, "union ", 6);
	const char *type = is_type ? strchr(text, ' ') + 1 : text, *path = strchr(type, '.');
	char *name;

	*shown = false;
	if (!path)
		return NULL;
	name = arena_copy(&context->arena, type, (size_t)(path - type));
	if (!name)
		return error_nomem();
	if ((!is_type && !error_dropped(image_symbol(context->image, name, &address))) ||
	    error_dropped(selection_parse(context, name, TYPE_STRUCT, &s)))
		return NULL;
	*shown = true;
	TRY(type_find_member(s.type, path + 1, &place));
	type_spell(place.type, strrchr(path, '.') + 1, &declaration);
	if (place.bit_size)
		text_addf(&declaration, " : %" PRIu32, place.bit_size);
	text_addc(&declaration, ';');
	return show(context, text, "member", place.type, &declaration);
}

/* A type by that name, and a symbol too where both are there (struct module and such). */
static struct error *show_all(struct context *context, const char *text)
{
	const struct type *type;
	uint64_t address;
	struct error *err;
	bool shown;

	TRY(show_member(context, text, &shown));
	if (shown)
		return NULL;
	err = types_find(image_types(context->image), text, &type);
	if (err) {
		if ((err->code != ERROR_NOT_FOUND && err->code != ERROR_USAGE) ||
		    !strncmp(text, "struct ", 7) || !strncmp(text, "union ", 6) ||
		    !strncmp(text, "enum ", 5))
			return err;
		error_free(err);
		return show_expression(context, text);
	}
	TRY(show_type(context, text, type));
	if (!error_dropped(image_symbol(context->image, text, &address)))
		return show_expression(context, text);
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	size_t len = arguments->rest ? strlen(arguments->rest) : 0;
	char *text;

	while (len && (isspace((unsigned char)arguments->rest[len - 1]) ||
		       arguments->rest[len - 1] == ';'))
		len--;
	if (!len)
		return error_create(ERROR_USAGE, "what is what?");
	text = arena_copy(&context->arena, arguments->rest, len);
	if (!text)
		return error_nomem();
	output_begin(context->out, &table);
	return show_all(context, text);
}

const struct command whatis_command = {
	.name = "whatis",
	.summary =
		"the declaration of a symbol, the definition of a type, the type of an expression",
	.usage = "NAME | TYPE[.MEMBER] | EXPRESSION",
	.help = "  whatis task_struct          the definition of a struct, union or enum\n"
		"  whatis task_struct.mm       a member's declaration\n"
		"  whatis pid_t                what a typedef stands for\n"
		"  whatis schedule             a function's prototype\n"
		"  whatis init_task            a variable's declaration\n"
		"  whatis PIDTYPE_PID          an enumerator and its enum\n"
		"  whatis init_task.mm->pgd    the type of an expression",
	.tables = tables,
	.completes = COMPLETES_SYMBOL | COMPLETES_TYPE,
	.raw = true,
	.run = run,
};
