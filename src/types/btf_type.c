// SPDX-License-Identifier: GPL-2.0-or-later
/* Types made from BTF records, each when first asked for, with what it points to. */
#include "types/btf.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>

/* Pointers to arrays of pointers…: C programs stay far below. Ends circles too. */
#define MAX_DEPTH 64

struct btf_node {
	struct type type;
	const void *parts; /* members, enumerators or parameters, once asked for */
};

static struct error *make(struct btf *btf, uint32_t id, unsigned int depth,
			  const struct type **ret);

int64_t btf_enum_value(const struct btf *btf, uint32_t local, uint32_t nth, bool is_signed)
{
	struct btf_record r = btf_record_at(btf, local);
	const uint8_t *part = btf_parts_at(btf, local);
	uint32_t low;

	if (btf_record_kind(&r) == BTF_ENUM64) {
		part += nth * (size_t)12;
		return (int64_t)(btf_u32(part + 4) | (uint64_t)btf_u32(part + 8) << 32);
	}
	low = btf_u32(part + nth * (size_t)8 + 4);
	return is_signed ? (int64_t)(int32_t)low : (int64_t)low;
}

/*
 * kind_flag says so since pahole 1.24 (Linux 6.0). Before, nothing does: where the flag is used
 * nowhere, a value that looks like a small negative one makes its enum signed.
 */
bool btf_enum_is_signed(const struct btf *btf, uint32_t local)
{
	struct btf_record r = btf_record_at(btf, local);

	if (btf_record_flag(&r))
		return true;
	if (btf->has_signed_enums || btf_record_kind(&r) != BTF_ENUM)
		return false;
	for (uint32_t i = 0; i < btf_record_count(&r); i++) {
		if (btf_enum_value(btf, local, i, false) >= (int64_t)UINT32_MAX - 4095)
			return true;
	}
	return false;
}

static struct error *fill_int(struct btf *btf, uint32_t local, const struct btf_record *r,
			      struct type *type)
{
	uint32_t info = btf_u32(btf_parts_at(btf, local));

	if (r->size > 16)
		return error_create(ERROR_BAD_DATA, "%s: an integer of %u bytes",
				    btf->source.origin, r->size);
	type->kind = TYPE_INT;
	type->size = r->size;
	type->is_signed = info >> 24 & 1;
	type->is_bool = info >> 24 & 4;
	/* pahole sets the CHAR encoding (2) nowhere; the name tells, and u8 is no text. */
	type->is_char = type->name && strcmp(type->name, "char") == 0;
	return NULL;
}

static struct error *fill_array(struct btf *btf, uint32_t local, unsigned int depth,
				struct type *type)
{
	const uint8_t *part = btf_parts_at(btf, local);

	type->kind = TYPE_ARRAY;
	type->count = btf_u32(part + 8);
	TRY(make(btf, btf_u32(part), depth + 1, &type->target));
	if (__builtin_mul_overflow(type->count, type->target->size, &type->size) ||
	    type->size > INT64_MAX / 8)
		return error_create(ERROR_BAD_DATA, "%s: array type %" PRIu64 " is too large",
				    btf->source.origin, type->id);
	return NULL;
}

static struct error *fill_reference(struct btf *btf, const struct btf_record *r, unsigned int depth,
				    struct type *type)
{
	TRY(make(btf, r->size, depth + 1, &type->target));
	type->size = type->target->size;
	switch (btf_record_kind(r)) {
	case BTF_PTR:
		type->kind = TYPE_POINTER;
		type->size = btf->source.word_size;
		break;
	case BTF_TYPEDEF:
		type->kind = TYPE_TYPEDEF;
		break;
	case BTF_FUNC_PROTO:
		type->kind = TYPE_FUNCTION;
		type->size = 0;
		break;
	default:
		type->kind = TYPE_QUALIFIED;
		type->qualifier = btf_record_kind(r) == BTF_CONST      ? 'c'
				  : btf_record_kind(r) == BTF_VOLATILE ? 'v'
								       : 'r';
	}
	if (type->kind == TYPE_POINTER || type->kind == TYPE_QUALIFIED ||
	    type->kind == TYPE_FUNCTION)
		type->name = NULL;
	return NULL;
}

/* A parameter of no name and no type, at the end, is C's "...". */
static void fill_parameters(struct btf *btf, uint32_t local, struct type *type)
{
	const uint8_t *part = btf_parts_at(btf, local);

	if (type->count && !btf_u32(part + (type->count - 1) * 8) &&
	    !btf_u32(part + (type->count - 1) * 8 + 4)) {
		type->count--;
		type->is_variadic = true;
	}
}

static struct error *fill(struct btf *btf, uint32_t local, const struct btf_record *r,
			  unsigned int depth, struct type *type)
{
	type->name = btf_name(btf, r->name);
	type->source = &btf->source;
	type->id = btf->first_id + local;
	switch (btf_record_kind(r)) {
	case BTF_INT:
		return fill_int(btf, local, r, type);
	case BTF_FLOAT:
		type->kind = TYPE_FLOAT;
		type->size = r->size;
		return NULL;
	case BTF_ARRAY:
		type->name = NULL;
		return fill_array(btf, local, depth, type);
	case BTF_STRUCT:
	case BTF_UNION:
		type->kind = btf_record_kind(r) == BTF_STRUCT ? TYPE_STRUCT : TYPE_UNION;
		type->size = r->size;
		type->count = btf_record_count(r);
		return NULL;
	case BTF_FWD:
		type->kind = btf_record_flag(r) ? TYPE_UNION : TYPE_STRUCT;
		type->is_incomplete = true;
		return NULL;
	case BTF_ENUM:
	case BTF_ENUM64:
		type->kind = TYPE_ENUM;
		type->size = r->size;
		if (type->size > 8)
			return error_create(ERROR_BAD_DATA, "%s: an enum of %u bytes",
					    btf->source.origin, r->size);
		type->count = btf_record_count(r);
		type->is_incomplete = !type->count && type->name;
		type->is_signed = btf_enum_is_signed(btf, local);
		return NULL;
	case BTF_FUNC_PROTO:
		type->count = btf_record_count(r);
		fill_parameters(btf, local, type);
		return fill_reference(btf, r, depth, type);
	case BTF_PTR:
	case BTF_TYPEDEF:
	case BTF_VOLATILE:
	case BTF_CONST:
	case BTF_RESTRICT:
		return fill_reference(btf, r, depth, type);
	}
	return error_create(ERROR_BAD_DATA, "%s: id %" PRIu64 " (kind %u) is not a type",
			    btf->source.origin, type->id, btf_record_kind(r));
}

/* An id of the base that this BTF is split from. */
static struct error *make_in_base(struct btf *btf, uint32_t id, unsigned int depth,
				  const struct type **ret)
{
	struct error *err;

	if (!btf->distilled)
		return make(btf->base, id, depth, ret);
	if (btf->base_ids[id])
		return make(btf->base, btf->base_ids[id], depth, ret);
	err = make(btf->distilled, id, depth, ret);
	/* Not in this kernel as the module knew it: its members are nowhere told. */
	if (!err && (*ret)->source == &btf->distilled->source)
		((struct type *)*ret)->is_incomplete =
			(*ret)->kind != TYPE_INT && (*ret)->kind != TYPE_FLOAT;
	return err;
}

static struct error *make(struct btf *btf, uint32_t id, unsigned int depth, const struct type **ret)
{
	struct btf_node filled = { 0 }, *node;
	struct btf_record r;
	uint32_t local;

	if (!id) {
		*ret = &btf->source.void_type;
		return NULL;
	}
	if (depth > MAX_DEPTH)
		return error_create(ERROR_BAD_DATA, "%s: type %u refers to itself",
				    btf->source.origin, id);
	if (id < btf->first_id)
		return make_in_base(btf, id, depth, ret);
	local = id - btf->first_id;
	if (local >= btf->count)
		return error_create(ERROR_BAD_DATA, "%s: there is no type %u", btf->source.origin,
				    id);
	if (btf->made[local]) {
		*ret = btf->made[local];
		return NULL;
	}
	r = btf_record_at(btf, local);
	if (btf_record_kind(&r) == BTF_TYPE_TAG) {
		TRY(make(btf, r.size, depth + 1, &btf->made[local]));
	} else {
		TRY(fill(btf, local, &r, depth, &filled.type));
		node = arena_alloc(&btf->source.arena, sizeof(*node));
		if (!node)
			return error_nomem();
		*node = filled;
		btf->made[local] = &node->type;
	}
	*ret = btf->made[local];
	return NULL;
}

struct error *btf_type(struct btf *btf, uint32_t id, const struct type **ret)
{
	return make(btf, id, 0, ret);
}

/*
 * A bitfield in a struct without kind_flag is of an integer type that has fewer bits than bytes, or
 * begins within them.
 */
static void old_bitfield(const struct type *type, struct type_member *member)
{
	const struct btf *btf;
	uint32_t info, bits;

	while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED)
		type = type->target;
	if (type->kind != TYPE_INT || type->source->ops != &btf_ops)
		return;
	btf = (const struct btf *)type->source;
	info = btf_u32(btf_parts_at(btf, (uint32_t)type->id - btf->first_id));
	bits = info & 0xff;
	if (bits == type->size * 8 || !bits)
		return;
	member->bit_size = bits;
	member->bit_offset += info >> 16 & 0xff;
}

/* Only what came out well is kept, or asking again and again would eat memory. */
static struct error *keep(struct btf_node *node, const void *parts, size_t size)
{
	void *kept = arena_alloc(&node->type.source->arena, size);

	if (!kept)
		return error_nomem();
	memcpy(kept, parts, size);
	node->parts = kept;
	return NULL;
}

struct error *btf_members(struct type_source *source, const struct type *type,
			  const struct type_member **ret)
{
	struct btf *btf = (struct btf *)source;
	struct btf_node *node = (struct btf_node *)type;
	uint32_t local = (uint32_t)type->id - btf->first_id;
	struct btf_record r = btf_record_at(btf, local);
	const uint8_t *part = btf_parts_at(btf, local);
	auto_free struct type_member *members = NULL;

	if (node->parts || !type->count) {
		*ret = node->parts;
		return NULL;
	}
	members = calloc(type->count, sizeof(*members));
	if (!members)
		return error_nomem();
	for (uint64_t i = 0; i < type->count; i++, part += 12) {
		struct type_member *m = &members[i];
		uint32_t offset = btf_u32(part + 8);

		m->name = btf_name(btf, btf_u32(part));
		TRY(btf_type(btf, btf_u32(part + 4), &m->type));
		m->bit_offset = btf_record_flag(&r) ? offset & 0xffffff : offset;
		if (btf_record_flag(&r))
			m->bit_size = offset >> 24;
		else
			old_bitfield(m->type, m);
		if (m->bit_size > 64 || m->bit_size > m->type->size * 8)
			return error_create(ERROR_BAD_DATA,
					    "%s: member %s of type %" PRIu64
					    " has %u bits of %" PRIu64,
					    source->origin, m->name ? m->name : "(unnamed)",
					    type->id, m->bit_size, m->type->size * 8);
	}
	TRY(keep(node, members, type->count * sizeof(*members)));
	*ret = node->parts;
	return NULL;
}

struct error *btf_enumerators(struct type_source *source, const struct type *type,
			      const struct type_enumerator **ret)
{
	struct btf *btf = (struct btf *)source;
	struct btf_node *node = (struct btf_node *)type;
	uint32_t local = (uint32_t)type->id - btf->first_id;
	struct btf_record r = btf_record_at(btf, local);
	size_t each = btf_record_kind(&r) == BTF_ENUM64 ? 12 : 8;
	struct type_enumerator *values;

	if (node->parts || !type->count) {
		*ret = node->parts;
		return NULL;
	}
	values = arena_alloc(&source->arena, type->count * sizeof(*values));
	if (!values)
		return error_nomem();
	for (uint32_t i = 0; i < type->count; i++) {
		const char *name = btf_name(btf, btf_u32(btf_parts_at(btf, local) + i * each));

		values[i].name = name ? name : "";
		values[i].value = btf_enum_value(btf, local, i, type->is_signed);
	}
	node->parts = values;
	*ret = values;
	return NULL;
}

struct error *btf_parameters(struct type_source *source, const struct type *type,
			     const struct type_parameter **ret)
{
	struct btf *btf = (struct btf *)source;
	struct btf_node *node = (struct btf_node *)type;
	const uint8_t *part = btf_parts_at(btf, (uint32_t)type->id - btf->first_id);
	auto_free struct type_parameter *parameters = NULL;

	if (node->parts || !type->count) {
		*ret = node->parts;
		return NULL;
	}
	parameters = calloc(type->count, sizeof(*parameters));
	if (!parameters)
		return error_nomem();
	for (uint64_t i = 0; i < type->count; i++, part += 8) {
		parameters[i].name = btf_name(btf, btf_u32(part));
		TRY(btf_type(btf, btf_u32(part + 4), &parameters[i].type));
	}
	TRY(keep(node, parameters, type->count * sizeof(*parameters)));
	*ret = node->parts;
	return NULL;
}
