// SPDX-License-Identifier: GPL-2.0-or-later
/* The sources of types of one kernel, asked in order, and what they have in common. */
#include "types/types.h"

#include "types/set.h"

#include <stdlib.h>
#include <string.h>

struct error *type_source_init(struct type_source *source, const struct type_source_ops *ops,
			       const char *origin, uint8_t word_size, bool big_endian)
{
	*source = (struct type_source){
		.ops = ops,
		.word_size = word_size,
		.big_endian = big_endian,
		.void_type = { .kind = TYPE_VOID, .source = source },
	};
	source->origin = strdup(origin);
	return source->origin ? NULL : error_nomem();
}

void type_source_destroy(struct type_source *source)
{
	if (!source)
		return;
	arena_deinit(&source->arena);
	free(source->origin);
	free(source->problem);
	source->ops->destroy(source);
}

void types_init(struct types *types)
{
	*types = (struct types){ 0 };
}

void types_deinit(struct types *types)
{
	while (types->sources) {
		struct type_source *source = types->sources;

		types->sources = source->next;
		type_source_destroy(source);
	}
	type_source_destroy(types->builtin);
	*types = (struct types){ 0 };
}

void types_add(struct types *types, struct type_source *source, bool first)
{
	struct type_source **at = &types->sources;

	while (!first && *at)
		at = &(*at)->next;
	source->next = *at;
	source->owner = types;
	*at = source;
	types->changes++;
}

/* What one source is asked; NOT_FOUND sends the question to the next one. */
struct question {
	struct error *(*ask)(struct type_source *source, const struct question *question);
	const char *name;
	int64_t *value;
	const struct type **ret;
};

static struct error *ask_sources(struct types *types, const struct question *question)
{
	for (struct type_source *source = types->sources; source; source = source->next) {
		struct error *err = question->ask(source, question);

		if (!err || err->code != ERROR_NOT_FOUND)
			return err;
		error_free(err);
	}
	return error_create(ERROR_NOT_FOUND, "%s", question->name);
}

bool types_more(struct types *types)
{
	bool (*more)(void *context) = types->more;

	types->more = NULL;
	return more && more(types->more_context);
}

static struct error *ask_all(struct types *types, const struct question *question, const char *what)
{
	struct error *err = ask_sources(types, question);

	if (err && err->code == ERROR_NOT_FOUND && types_more(types)) {
		error_free(err);
		err = ask_sources(types, question);
	}
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		err = error_create(ERROR_NOT_FOUND, "no %s named %s", what, question->name);
	}
	return err;
}

struct error *types_find_loaded(struct types *types, enum type_kind kind, const char *name,
				const struct type **ret)
{
	const struct type *found = NULL;

	/* A definition in a later source goes before a declaration in an earlier one. */
	for (struct type_source *source = types->sources; source; source = source->next) {
		const struct type *type;
		struct error *err = source->ops->find(source, kind, name, strlen(name), &type);

		if (!err && !type->is_incomplete) {
			*ret = type;
			return NULL;
		}
		if (!err && !found)
			found = type;
		if (err && err->code != ERROR_NOT_FOUND)
			return err;
		error_free(err);
	}
	if (!found)
		return error_create(ERROR_NOT_FOUND, "no type named %s", name);
	*ret = found;
	return NULL;
}

struct error *types_find_kind(struct types *types, enum type_kind kind, const char *name,
			      const struct type **ret)
{
	const struct type *type;
	struct error *err = types_find_loaded(types, kind, name, &type);

	if ((err ? err->code == ERROR_NOT_FOUND : type->is_incomplete) && types_more(types)) {
		error_free(err);
		err = types_find_loaded(types, kind, name, &type);
	}
	if (err && err->code == ERROR_NOT_FOUND && (kind == TYPE_INT || kind == TYPE_FLOAT)) {
		error_free(err);
		err = builtin_find(types, name, &type);
	}
	if (err && err->code == ERROR_NOT_FOUND) {
		const char *tag = kind == TYPE_STRUCT  ? "struct "
				  : kind == TYPE_UNION ? "union "
				  : kind == TYPE_ENUM  ? "enum "
						       : "type ";

		error_free(err);
		err = error_create(ERROR_NOT_FOUND, "no %s%s%s", tag,
				   kind == TYPE_TYPEDEF || kind == TYPE_INT ? "named " : "", name);
	}
	if (!err)
		*ret = type;
	return err;
}

static struct error *ask_variable(struct type_source *source, const struct question *question)
{
	return source->ops->find_variable(source, question->name, question->ret);
}

struct error *types_find_variable(struct types *types, const char *name, const struct type **ret)
{
	struct question question = { .ask = ask_variable, .name = name, .ret = ret };

	return ask_all(types, &question, "typed variable");
}

static struct error *ask_function(struct type_source *source, const struct question *question)
{
	return source->ops->find_function(source, question->name, question->ret);
}

struct error *types_find_function(struct types *types, const char *name, const struct type **ret)
{
	struct question question = { .ask = ask_function, .name = name, .ret = ret };

	return ask_all(types, &question, "typed function");
}

static struct error *ask_enumerator(struct type_source *source, const struct question *question)
{
	return source->ops->find_enumerator(source, question->name, question->value, question->ret);
}

struct error *types_find_enumerator(struct types *types, const char *name, int64_t *value,
				    const struct type **ret)
{
	struct question question = {
		.ask = ask_enumerator, .name = name, .value = value, .ret = ret
	};

	return ask_all(types, &question, "enumerator");
}

struct each_context {
	bool (*each)(void *context, enum type_kind kind, const char *name);
	void *context;
	bool stopped;
};

static bool each_one(void *context, enum type_kind kind, const char *name)
{
	struct each_context *each = context;

	each->stopped = !each->each(each->context, kind, name);
	return !each->stopped;
}

struct error *types_each(struct types *types,
			 bool (*each)(void *context, enum type_kind kind, const char *name),
			 void *context)
{
	struct each_context stoppable = { each, context, false };
	bool any_fast = false;

	types_more(types);
	for (struct type_source *source = types->sources; source; source = source->next)
		any_fast |= !source->ops->each_is_slow;
	for (struct type_source *source = types->sources; source && !stoppable.stopped;
	     source = source->next) {
		if (!source->ops->each_is_slow || !any_fast)
			TRY(source->ops->each(source, each_one, &stoppable));
	}
	return NULL;
}

struct error *type_members(const struct type *type, const struct type_member **ret)
{
	if (type->kind != TYPE_STRUCT && type->kind != TYPE_UNION)
		return error_create(ERROR_USAGE, "only structs and unions have members");
	return type->source->ops->members(type->source, type, ret);
}

struct error *type_enumerators(const struct type *type, const struct type_enumerator **ret)
{
	if (type->kind != TYPE_ENUM)
		return error_create(ERROR_USAGE, "only enums have enumerators");
	return type->source->ops->enumerators(type->source, type, ret);
}

struct error *type_parameters(const struct type *type, const struct type_parameter **ret)
{
	if (type->kind != TYPE_FUNCTION)
		return error_create(ERROR_USAGE, "only functions have parameters");
	return type->source->ops->parameters(type->source, type, ret);
}

/* ---- types that no source has, made from ones that it has ---- */

struct type_derived {
	struct type type;
	struct type_derived *next;
};

static struct error *derive(const struct type *target, enum type_kind kind, uint64_t count,
			    uint64_t size, const struct type **ret)
{
	struct type_source *source = target->source;
	size_t slot = ((uintptr_t)target >> 4 ^ count) % ARRAY_SIZE(source->derived);
	struct type_derived *derived = source->derived[slot];

	for (; derived; derived = derived->next) {
		if (derived->type.target == target && derived->type.kind == kind &&
		    derived->type.count == count)
			break;
	}
	if (!derived) {
		derived = arena_alloc(&source->arena, sizeof(*derived));
		if (!derived)
			return error_nomem();
		derived->type = (struct type){
			.kind = kind,
			.size = size,
			.target = target,
			.count = count,
			.source = source,
			.id = UINT64_MAX,
		};
		derived->next = source->derived[slot];
		source->derived[slot] = derived;
	}
	*ret = &derived->type;
	return NULL;
}

struct error *types_pointer_to(const struct type *target, const struct type **ret)
{
	return derive(target, TYPE_POINTER, 0, target->source->word_size, ret);
}

struct error *types_array_of(const struct type *element, uint64_t count, const struct type **ret)
{
	uint64_t size;

	if (__builtin_mul_overflow(count, element->size, &size) || size > INT64_MAX / 8)
		return error_create(ERROR_BAD_DATA, "an array of %llu elements is too large",
				    (unsigned long long)count);
	return derive(element, TYPE_ARRAY, count, size, ret);
}
