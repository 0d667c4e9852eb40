// SPDX-License-Identifier: GPL-2.0-or-later
/* What struct, list, tree, p and rd have in common. */
#include "commands/values.h"

#include "image/view.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

DEFINE_VIEW(mm_view, "mm_struct", FIELD("pgd"));

/* ---- struct.member,member ---- */

static struct error *find_type(struct context *context, const char *name, enum type_kind kind,
			       const struct type **ret)
{
	const enum type_kind kinds[] = { kind, kind == TYPE_UNION ? TYPE_STRUCT : TYPE_UNION,
					 TYPE_TYPEDEF };
	struct error *err = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		error_free(err);
		err = types_find_kind(image_types(context->image), kinds[i], name, ret);
		if (!err && !type_is_compound(*ret))
			return error_create(ERROR_USAGE, "%s is neither a struct nor a union",
					    name);
		if (!err || err->code != ERROR_NOT_FOUND)
			return err;
	}
	error_free(err);
	return error_create(ERROR_NOT_FOUND, "no struct, union or typedef is named %s", name);
}

struct error *selection_parse(struct context *context, const char *text, enum type_kind kind,
			      struct selection *ret)
{
	struct selection s = { 0 };
	struct type_place place;
	auto_text spelled = { 0 };
	char *name, *next;

	name = arena_copy(&context->arena, text, strlen(text));
	if (!name)
		return error_nomem();
	next = strchr(name, '.');
	if (next)
		*next++ = 0;
	TRY(find_type(context, name, kind, &s.type));
	while (next) {
		char *path = next;

		next = strchr(path, ',');
		if (next)
			*next++ = 0;
		if (s.nr_paths == SELECTION_MAX)
			return error_create(ERROR_USAGE, "at most %d members can be named",
					    SELECTION_MAX);
		TRY(type_find_member(s.type, path, &place));
		s.paths[s.nr_paths++] = path;
	}
	type_spell(s.type, NULL, &spelled);
	s.name = arena_copy(&context->arena, text_string(&spelled), spelled.len);
	if (!s.name)
		return error_nomem();
	*ret = s;
	return NULL;
}

struct error *selection_show(struct context *context, const struct value_env *env,
			     const struct selection *selection, uint64_t address,
			     const struct value_format *format, size_t column)
{
	struct value object = { .type = selection->type, .is_object = true, .address = address };
	struct output *out = context->out;
	struct error *err = NULL;

	if (!selection->nr_paths)
		return value_show(env, &object, format, out, column, NULL);
	output_tree_open(out, column, NULL, TREE_OBJECT);
	for (unsigned int i = 0; !err && i < selection->nr_paths; i++) {
		struct value member;

		err = value_member(env, &object, selection->paths[i], &member);
		if (!err)
			err = value_show(env, &member, format, out, column, selection->paths[i]);
	}
	output_tree_close(out, column);
	return err;
}

/* ---- what is not there ---- */

struct error *values_check_there(const struct value_env *env, const struct value *value)
{
	const struct type *type = type_strip(value->type);
	struct error *err;
	uint64_t number;
	uint8_t byte;

	if (!value->is_object || type->kind == TYPE_FUNCTION || !type->size)
		return NULL;
	if (type->kind != TYPE_STRUCT && type->kind != TYPE_UNION && type->kind != TYPE_ARRAY)
		return type->size <= 8 && type->kind != TYPE_FLOAT
			       ? value_number(env, value, &number)
			       : memory_read(env->memory, value->address, &byte, 1);
	err = memory_read(env->memory, value->address, &byte, 1);
	if (!err ||
	    !error_dropped(memory_read(env->memory, value->address + type->size - 1, &byte, 1))) {
		error_free(err);
		return NULL;
	}
	return err;
}

struct error *selection_check_there(const struct value_env *env, const struct selection *selection,
				    uint64_t address)
{
	struct value object = { .type = selection->type, .is_object = true, .address = address };
	struct error *first = NULL;

	if (!selection->nr_paths)
		return values_check_there(env, &object);
	for (unsigned int i = 0; i < selection->nr_paths; i++) {
		struct value member;
		struct error *err = value_member(env, &object, selection->paths[i], &member);

		if (!err)
			err = values_check_there(env, &member);
		if (!err) {
			error_free(first);
			return NULL;
		}
		if (first)
			error_free(err);
		else
			first = err;
	}
	return first;
}

/* ---- offsets, formats ---- */

bool values_is_offset(const char *text)
{
	if (isdigit((unsigned char)*text))
		return strlen(text) < 8;
	return strchr(text, '.') && !strpbrk(text, "&()>");
}

struct error *values_offset(struct context *context, const char *text, uint64_t *ret)
{
	struct selection s;
	struct type_place place;

	if (isdigit((unsigned char)*text))
		return parse_number(text, false, "the offset", ret);
	TRY(selection_parse(context, text, TYPE_STRUCT, &s));
	if (s.nr_paths != 1)
		return error_create(ERROR_USAGE, "\"%s\": an offset is a number or struct.member",
				    text);
	TRY(type_find_member(s.type, s.paths[0], &place));
	*ret = place.bit_offset / 8;
	return NULL;
}

struct value_format values_format(struct context *context, const struct arguments *arguments)
{
	struct value_format format = context->format;

	for (size_t i = 0; i < arguments->nr_options; i++) {
		char letter = arguments->options[i].spec->letter;

		if (letter == 'x' || letter == 'd') {
			format.hex = letter == 'x';
			format.decimal = letter == 'd';
		}
	}
	return format;
}

bool values_split_cpus(struct context *context, const char *text, const char **symbol,
		       const char **cpus)
{
	const char *colon = strrchr(text, ':');
	char *copy;

	if (!colon || colon == text || !colon[1] ||
	    (strcmp(colon + 1, "a") && strcmp(colon + 1, "all") &&
	     colon[1 + strspn(colon + 1, "0123456789,-")]))
		return false;
	copy = arena_copy(&context->arena, text, strlen(text));
	if (!copy)
		return false;
	copy[colon - text] = 0;
	*symbol = copy;
	*cpus = copy + (colon - text) + 1;
	return true;
}

static int open_parentheses(const char *text)
{
	int open = 0;

	for (; *text; text++)
		open += (*text == '(') - (*text == ')');
	return open;
}

struct error *values_join_operands(struct context *context, const struct arguments *arguments,
				   struct arguments *ret)
{
	char **joined =
		arena_alloc(&context->arena, (arguments->nr_operands + 1) * sizeof(*joined));
	size_t n = 0;
	int open = 0;

	if (!joined)
		return error_nomem();
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		char *word = arguments->operands[i];

		if (open > 0) {
			word = arena_printf(&context->arena, "%s %s", joined[n - 1], word);
			if (!word)
				return error_nomem();
			joined[n - 1] = word;
		} else {
			joined[n++] = word;
		}
		open += open_parentheses(arguments->operands[i]);
	}
	*ret = *arguments;
	ret->operands = joined;
	ret->nr_operands = n;
	return NULL;
}

/* ---- user memory ---- */

static struct error *read_user(void *context, uint64_t address, void *buf, size_t size)
{
	const struct user_memory *user = context;

	/* On every 64-bit architecture the kernel has the upper half. */
	if (address >> 63)
		return memory_read(image_memory(user->image), address, buf, size);
	return image_read_user(user->image, user->pgd, address, buf, size);
}

struct error *user_memory_init(struct context *context, struct user_memory *ret)
{
	struct task task;
	uint64_t pgd;

	TRY(command_current_task(context, &task));
	if (!task.mm)
		return error_create(ERROR_USAGE,
				    "task %" PRId32
				    " (%s) is a kernel thread: it has no user memory",
				    task.pid, task.comm);
	TRY(view_read(context->image, &mm_view, 0, task.mm, &pgd));
	*ret = (struct user_memory){
		.memory = *image_memory(context->image),
		.image = context->image,
		.pgd = pgd,
	};
	ret->memory.read = read_user;
	ret->memory.context = ret;
	return NULL;
}
