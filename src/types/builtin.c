// SPDX-License-Identifier: GPL-2.0-or-later
/* C's own types, for when a kernel's types lack one, or there are no types at all. */
#include "types/set.h"

#include <stdlib.h>
#include <string.h>

struct builtin {
	struct type_source source;
	struct type types[16];
};

/* Sizes in bytes; 0: a word. */
static const struct {
	const char *name;
	uint8_t size;
	bool is_signed;
	enum type_kind kind;
} base_types[] = {
	{ "char", 1, true, TYPE_INT },
	{ "signed char", 1, true, TYPE_INT },
	{ "unsigned char", 1, false, TYPE_INT },
	{ "short int", 2, true, TYPE_INT },
	{ "short unsigned int", 2, false, TYPE_INT },
	{ "int", 4, true, TYPE_INT },
	{ "unsigned int", 4, false, TYPE_INT },
	{ "long int", 0, true, TYPE_INT },
	{ "long unsigned int", 0, false, TYPE_INT },
	{ "long long int", 8, true, TYPE_INT },
	{ "long long unsigned int", 8, false, TYPE_INT },
	{ "__int128", 16, true, TYPE_INT },
	{ "__int128 unsigned", 16, false, TYPE_INT },
	{ "_Bool", 1, false, TYPE_INT },
	{ "float", 4, true, TYPE_FLOAT },
	{ "double", 8, true, TYPE_FLOAT },
};

static struct error *find(struct type_source *source, enum type_kind kind, const char *name,
			  size_t name_len, const struct type **ret)
{
	struct builtin *builtin = (struct builtin *)source;

	for (size_t i = 0; i < ARRAY_SIZE(base_types); i++) {
		struct type *type = &builtin->types[i];

		if (strlen(base_types[i].name) != name_len ||
		    memcmp(base_types[i].name, name, name_len) != 0)
			continue;
		if (!type->name)
			*type = (struct type){
				.kind = base_types[i].kind,
				.name = base_types[i].name,
				.size = base_types[i].size ? base_types[i].size : source->word_size,
				.is_signed = base_types[i].is_signed,
				.is_char = i == 0,
				.is_bool = strcmp(base_types[i].name, "_Bool") == 0,
				.source = source,
				.id = i,
			};
		*ret = type;
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no type named %.*s", (int)name_len, name);
}

static void destroy(struct type_source *source)
{
	free(source);
}

static const struct type_source_ops builtin_ops = {
	.name = "builtin",
	.find = find,
	.destroy = destroy,
};

static struct error *source_of(struct types *types, struct type_source **ret)
{
	struct builtin *builtin;
	struct error *err;

	if (!types->builtin) {
		builtin = calloc(1, sizeof(*builtin));
		if (!builtin)
			return error_nomem();
		err = type_source_init(&builtin->source, &builtin_ops, "C",
				       types->sources ? types->sources->word_size : 8,
				       types->sources && types->sources->big_endian);
		if (err) {
			free(builtin);
			return err;
		}
		builtin->source.owner = types;
		types->builtin = &builtin->source;
	}
	*ret = types->builtin;
	return NULL;
}

struct error *builtin_find(struct types *types, const char *name, const struct type **ret)
{
	struct type_source *source;

	TRY(source_of(types, &source));
	return find(source, TYPE_INT, name, strlen(name), ret);
}

struct error *builtin_void(struct types *types, const struct type **ret)
{
	struct type_source *source;

	TRY(source_of(types, &source));
	*ret = &source->void_type;
	return NULL;
}
