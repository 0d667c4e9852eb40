// SPDX-License-Identifier: GPL-2.0-or-later
/* From a type to what is in it: aliases taken off, members found by path. */
#include "types/set.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Anonymous structs in anonymous structs; the kernel's deepest have 6 levels. */
#define MAX_NESTING 16
/* Members looked at for one name: more than the largest struct with all it contains. */
#define MAX_LOOKED_AT (1U << 20)

static const struct type *definition_of(const struct type *declared)
{
	struct types *types = declared->source->owner;
	struct type *type = (struct type *)declared; /* its memory is this room's */
	const struct type *found;

	if (!types || !declared->name)
		return declared;
	if (!type->definition || type->definition_asked != types->changes) {
		struct error *err = types_find_kind(types, type->kind, type->name, &found);

		/* Not found, or unreadable: then the declaration is all there is. */
		type->definition = error_dropped(err) || found->is_incomplete ? type : found;
		type->definition_asked = types->changes;
	}
	return type->definition;
}

const struct type *type_strip(const struct type *type)
{
	while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED)
		type = type->target;
	return type->is_incomplete ? definition_of(type) : type;
}

/* Found: *@ret is set. Returns false with no error when the name is not there. */
static struct error *search(const struct type *type, const char *name, size_t len,
			    uint64_t bit_offset, unsigned int depth, unsigned int *looked_at,
			    struct type_place *ret, bool *found)
{
	const struct type_member *members;

	if (depth > MAX_NESTING)
		return error_create(ERROR_BAD_DATA, "structs are nested too deeply");
	TRY(type_members(type, &members));
	for (uint64_t i = 0; i < type->count; i++) {
		const struct type_member *m = &members[i];

		if (++*looked_at > MAX_LOOKED_AT)
			return error_create(ERROR_BAD_DATA, "structs hold too many members");
		if (m->name) {
			if (strncmp(m->name, name, len) != 0 || m->name[len])
				continue;
			*ret = (struct type_place){ m->type, bit_offset + m->bit_offset,
						    m->bit_size };
			*found = true;
			return NULL;
		}
		if (!type_is_compound(m->type))
			continue;
		TRY(search(type_strip(m->type), name, len, bit_offset + m->bit_offset, depth + 1,
			   looked_at, ret, found));
		if (*found)
			return NULL;
	}
	return NULL;
}

static struct error *find_one(const struct type *type, const char *name, size_t len,
			      struct type_place *place)
{
	const struct type *stripped = type_strip(type);
	unsigned int looked_at = 0;
	auto_text spelled = { 0 };
	bool found = false;

	if (stripped->kind == TYPE_STRUCT || stripped->kind == TYPE_UNION) {
		TRY(search(stripped, name, len, place->bit_offset, 0, &looked_at, place, &found));
		if (found)
			return NULL;
	}
	type_spell(type, NULL, &spelled);
	if (stripped->is_incomplete)
		return error_create(ERROR_NOT_FOUND, "%s is not defined: no member %.*s",
				    text_string(&spelled), (int)len, name);
	return error_create(ERROR_NOT_FOUND, "%s has no member %.*s", text_string(&spelled),
			    (int)len, name);
}

/* "[12]" or "[0x1f]" of the array at @place. */
static struct error *index_into(const char **path, struct type_place *place)
{
	const struct type *array = type_strip(place->type);
	char *end;
	uint64_t nth, bits;

	if (!isdigit((unsigned char)(*path)[1]))
		return error_create(ERROR_USAGE, "an index is a number: %s", *path);
	nth = strtoull(*path + 1, &end, 0);
	if (*end != ']')
		return error_create(ERROR_USAGE, "an index ends with ]: %s", *path);
	if (array->kind != TYPE_ARRAY) {
		auto_text spelled = { 0 };

		type_spell(place->type, NULL, &spelled);
		return error_create(ERROR_USAGE, "%s is not an array", text_string(&spelled));
	}
	if (__builtin_mul_overflow(nth, array->target->size, &bits) ||
	    __builtin_mul_overflow(bits, (uint64_t)8, &bits) ||
	    __builtin_add_overflow(place->bit_offset, bits, &place->bit_offset))
		return error_create(ERROR_USAGE, "the index is too large: %s", *path);
	place->type = array->target;
	place->bit_size = 0;
	*path = end + 1;
	return NULL;
}

struct error *type_find_member(const struct type *type, const char *path, struct type_place *ret)
{
	struct type_place place = { .type = type };
	const char *at = path;

	if (!*at)
		return error_create(ERROR_USAGE, "no member named");
	while (*at) {
		size_t len;

		if (*at == '[') {
			TRY(index_into(&at, &place));
			continue;
		}
		if (*at == '.' && at > path)
			at++;
		for (len = 0; isalnum((unsigned char)at[len]) || at[len] == '_'; len++)
			;
		if (!len || (at[len] && at[len] != '.' && at[len] != '['))
			return error_create(ERROR_USAGE, "no member can be named so: %s", at);
		if (at > path && at[-1] == ']')
			return error_create(ERROR_USAGE, "a dot is missing before %s", at);
		TRY(find_one(place.type, at, len, &place));
		at += len;
	}
	*ret = place;
	return NULL;
}
