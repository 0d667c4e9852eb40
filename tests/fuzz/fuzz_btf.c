// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BTF: everything that can be asked of it is asked. The input is two u32 in little-endian order,
 * the sizes of a base and of a distilled base, then these two and the rest, which is split from
 * them; with both sizes 0 there is one BTF alone.
 */
#include "types/btf.h"

#include <stdlib.h>

/* Enough for every kind; each is looked at in full. */
#define MAX_ASKED 2000

static struct type_source *make(const uint8_t *data, size_t size, struct type_source *base,
				const uint8_t *distilled, size_t distilled_size)
{
	void *copy = malloc(size ? size : 1);
	struct type_source *source;
	struct error *err;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	err = btf_create(copy, size, base, distilled, distilled_size, 8, "fuzz", &source);
	return error_dropped(err) ? NULL : source;
}

static void ask_type(const struct type *type)
{
	const struct type_enumerator *values;
	const struct type_parameter *parameters;
	const struct type_member *members;
	const struct type *stripped = type_strip(type), *made;
	struct type_place place;
	auto_text text = { 0 };

	type_spell(type, "name", &text);
	error_free(type_define(type, true, &text));
	error_free(types_pointer_to(type, &made));
	error_free(types_array_of(type, 3, &made));
	if (type->kind == TYPE_ENUM)
		error_free(type_enumerators(type, &values));
	if (type->kind == TYPE_FUNCTION)
		error_free(type_parameters(type, &parameters));
	if (stripped->kind != TYPE_STRUCT && stripped->kind != TYPE_UNION)
		return;
	error_free(type_find_member(stripped, "next", &place));
	error_free(type_find_member(stripped, "a[3].b.c", &place));
	if (error_dropped(type_members(stripped, &members)))
		return;
	for (uint64_t i = 0; i < stripped->count && i < 16; i++) {
		if (members[i].name)
			error_free(type_find_member(stripped, members[i].name, &place));
	}
}

struct asked {
	struct types *types;
	unsigned int names;
};

static bool ask_name(void *context, enum type_kind kind, const char *name)
{
	struct asked *asked = context;
	struct types *types = asked->types;
	const struct type *type;

	if (!error_dropped(types_find_kind(types, kind, name, &type)))
		ask_type(type);
	error_free(types_find(types, name, &type));
	return asked->names++ < MAX_ASKED;
}

static void told(void *context, uint64_t offset, const char *text)
{
	if (!*text)
		abort();
}

static void ask(struct types *types, struct type_source *source)
{
	struct btf *btf = (struct btf *)source;
	struct asked asked = { .types = types };
	const struct type *type;
	int64_t value;
	uint64_t checked;

	btf_check(source, told, NULL, &checked);
	for (uint32_t id = 0; id < btf->first_id + btf->count && id < MAX_ASKED; id++) {
		if (!error_dropped(btf_type(btf, id, &type)))
			ask_type(type);
	}
	error_free(types_each(types, ask_name, &asked));
	error_free(types_find_variable(types, "jiffies", &type));
	error_free(types_find_function(types, "panic", &type));
	error_free(types_find_enumerator(types, "RED", &value, &type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct type_source *base = NULL, *source;
	uint32_t base_size, distilled_size;
	struct types types;

	if (size < 8)
		return 0;
	base_size = btf_u32(data);
	distilled_size = btf_u32(data + 4);
	data += 8;
	size -= 8;
	if (base_size > size || distilled_size > size - base_size)
		return 0;
	types_init(&types);
	if (base_size) {
		base = make(data, base_size, NULL, NULL, 0);
		if (!base)
			return 0;
		types_add(&types, base, false);
	}
	source = make(data + base_size + distilled_size, size - base_size - distilled_size, base,
		      distilled_size ? data + base_size : NULL, distilled_size);
	if (source) {
		types_add(&types, source, true);
		ask(&types, source);
	}
	types_deinit(&types);
	return 0;
}
