// SPDX-License-Identifier: GPL-2.0-or-later
/* Values: the numbers that objects in the dump hold, and the members of structs. */
#include "types/value.h"

#include "base/bytes.h"
#include "types/expression.h"

const struct type *value_complete(struct types *types, const struct type *type)
{
	const struct type *found;

	type = type_strip(type);
	if (!type->is_incomplete || !type->name)
		return type;
	if (error_dropped(types_find_kind(types, type->kind, type->name, &found)))
		return type;
	return found;
}

uint64_t value_bits(const uint8_t *raw, size_t size, unsigned int shift, unsigned int bits,
		    bool big_endian)
{
	unsigned __int128 v = 0;

	/* Bit 0 is the lowest of the first byte, or, on big-endian machines, its highest. */
	for (size_t i = 0; i < size; i++) {
		if (big_endian)
			v = v << 8 | raw[i];
		else
			v |= (unsigned __int128)raw[i] << (8 * i);
	}
	v >>= big_endian ? 8 * size - shift - bits : shift;
	return bits < 64 ? (uint64_t)v & ((UINT64_C(1) << bits) - 1) : (uint64_t)v;
}

static struct error *read_bitfield(const struct value_env *env, const struct value *value,
				   const struct type *type, uint64_t *ret)
{
	uint64_t address = value->address + value->bit_offset / 8;
	unsigned int shift = value->bit_offset % 8;
	size_t size = (shift + value->bit_size + 7) / 8;
	uint8_t raw[16];

	if (value->bit_size > 64)
		return error_create(ERROR_BAD_DATA, "a bitfield of %u bits", value->bit_size);
	TRY(memory_read(env->memory, address, raw, size));
	*ret = value_bits(raw, size, shift, value->bit_size, env->memory->big_endian);
	if (type->is_signed)
		*ret = sign_extend(*ret, value->bit_size);
	return NULL;
}

struct error *value_number(const struct value_env *env, const struct value *value, uint64_t *ret)
{
	const struct type *type = type_strip(value->type);

	if (!value->is_object) {
		*ret = value->number;
		return NULL;
	}
	switch (type->kind) {
	case TYPE_ARRAY:
	case TYPE_FUNCTION:
		*ret = value->address;
		return NULL;
	case TYPE_INT:
	case TYPE_ENUM:
	case TYPE_POINTER:
		if (value->bit_size)
			return read_bitfield(env, value, type, ret);
		if (!type->size || type->size > 8)
			return error_create(ERROR_UNSUPPORTED,
					    "numbers of %llu bytes can be shown, not computed with",
					    (unsigned long long)type->size);
		TRY(memory_read_number(env->memory, value->address, type->size, ret));
		if (type->is_signed)
			*ret = sign_extend(*ret, 8 * (unsigned int)type->size);
		return NULL;
	default: {
		auto_text spelled = { 0 };

		type_spell(value->type, NULL, &spelled);
		return error_create(ERROR_USAGE, "'%s' is not a number", text_string(&spelled));
	}
	}
}

struct error *value_member(const struct value_env *env, const struct value *value, const char *path,
			   struct value *ret)
{
	const struct type *type = value_complete(env->types, value->type);
	struct type_place place;

	if (!value->is_object || !type_is_compound(type)) {
		auto_text spelled = { 0 };

		type_spell(value->type, NULL, &spelled);
		return error_create(ERROR_USAGE, "'%s' has no members", text_string(&spelled));
	}
	TRY(type_find_member(type, path, &place));
	*ret = (struct value){
		.type = place.type,
		.is_object = true,
		.address = value->address + place.bit_offset / 8,
		.bit_offset = place.bit_offset % 8,
		.bit_size = place.bit_size,
	};
	return NULL;
}
