// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BTF as a source of types: the header, the walk that finds where each type begins, and lookups.
 * The format: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of Linux.
 */
#include "types/btf.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

static void destroy(struct type_source *source)
{
	struct btf *btf = (struct btf *)source;

	type_source_destroy(btf->distilled ? &btf->distilled->source : NULL);
	free(btf->base_ids);
	free(btf->tagged.slots);
	free(btf->tagged.entries);
	free(btf->code.slots);
	free(btf->code.entries);
	free(btf->offsets);
	free(btf->made);
	free(btf->data);
	free(btf);
}

const char *btf_name(const struct btf *btf, uint32_t offset)
{
	while (offset < btf->first_string)
		btf = btf->distilled ? btf->distilled : btf->base;
	offset -= btf->first_string;
	if (offset >= btf->strings_size || !btf->strings[offset])
		return NULL;
	return btf->strings + offset;
}

/* What an unknown kind takes, by the layout section (v7.1): u8 fixed part, u8 each element. */
struct layout {
	const uint8_t *data;
	uint32_t size;
};

/* Bytes after the record; UINT64_MAX when nobody knows. */
static uint64_t parts_size(const struct btf_record *r, const struct layout *layout)
{
	static const uint8_t fixed[BTF_NR_KINDS] = {
		[BTF_INT] = 4,
		[BTF_ARRAY] = 12,
		[BTF_VAR] = 4,
		[BTF_DECL_TAG] = 4,
	};
	static const uint8_t each[BTF_NR_KINDS] = {
		[BTF_STRUCT] = 12,    [BTF_UNION] = 12,	  [BTF_ENUM] = 8,
		[BTF_FUNC_PROTO] = 8, [BTF_DATASEC] = 12, [BTF_ENUM64] = 12,
	};
	unsigned int kind = btf_record_kind(r);

	if (kind > 0 && kind < BTF_NR_KINDS)
		return fixed[kind] + (uint64_t)each[kind] * btf_record_count(r);
	if (kind && kind * 4 + 4 <= layout->size)
		return layout->data[kind * 4] +
		       (uint64_t)layout->data[kind * 4 + 1] * btf_record_count(r);
	return UINT64_MAX;
}

static void count_kind(struct btf *btf, const struct btf_record *r)
{
	switch (btf_record_kind(r)) {
	case BTF_ENUM:
	case BTF_ENUM64:
		btf->has_signed_enums |= btf_record_flag(r);
		btf->nr_tagged++;
		break;
	case BTF_INT:
	case BTF_FLOAT:
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_FWD:
	case BTF_TYPEDEF:
		btf->nr_tagged++;
		break;
	case BTF_FUNC:
	case BTF_VAR:
		btf->nr_code++;
		break;
	}
}

static struct error *set_problem(struct btf *btf, uint64_t kind, uint32_t offset)
{
	const char *why = kind ? "is of a kind that nothing is known of" : "runs over the end";
	char *text = NULL;

	if (asprintf(&text,
		     "%s: the type at offset %" PRIu32 " of %" PRIu32 " (kind %" PRIu64
		     ") %s; only the %" PRIu32 " types before it are known",
		     btf->source.origin, offset, btf->types_size, kind, why, btf->count) < 0)
		return error_nomem();
	btf->source.problem = text;
	return NULL;
}

static struct error *find_types(struct btf *btf, const struct layout *layout)
{
	uint32_t at = 0, max = btf->types_size / BTF_TYPE_SIZE;
	uint32_t *shrunk;

	/* More than there are: memory that is never touched costs nothing. */
	btf->offsets = malloc(((size_t)max + 1) * sizeof(*btf->offsets));
	if (!btf->offsets)
		return error_nomem();
	while (at < btf->types_size) {
		struct btf_record r;
		uint64_t parts;

		if (btf->types_size - at < sizeof(r)) {
			TRY(set_problem(btf, 0, at));
			break;
		}
		memcpy(&r, btf->types + at, sizeof(r));
		parts = parts_size(&r, layout);
		if (parts == UINT64_MAX || parts > btf->types_size - at - sizeof(r)) {
			TRY(set_problem(btf, parts == UINT64_MAX ? btf_record_kind(&r) : 0, at));
			break;
		}
		count_kind(btf, &r);
		btf->offsets[btf->count++] = at;
		at += (uint32_t)(sizeof(r) + parts);
	}
	btf->known = at;
	shrunk = realloc(btf->offsets, ((size_t)btf->count + 1) * sizeof(*btf->offsets));
	if (shrunk)
		btf->offsets = shrunk;
	btf->made = calloc((size_t)btf->count + 1, sizeof(*btf->made));
	return btf->made ? NULL : error_nomem();
}

/* Everything in the section of types is a u32. */
static void swap_words(uint8_t *data, size_t size)
{
	uint32_t word;

	for (size_t at = 0; size - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, data + at, sizeof(word));
		word = __builtin_bswap32(word);
		memcpy(data + at, &word, sizeof(word));
	}
}

static bool within(uint64_t offset, uint64_t size, uint64_t room)
{
	return offset <= room && size <= room - offset;
}

static struct error *parse(struct btf *btf, size_t size)
{
	struct bytes b = bytes_of(btf->data, size, btf->source.big_endian);
	bool host_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	uint32_t header, types, types_size, strings, strings_size;
	struct layout layout = { 0 };

	bytes_skip(&b, 4);
	header = bytes_u32(&b);
	types = bytes_u32(&b);
	types_size = bytes_u32(&b);
	strings = bytes_u32(&b);
	strings_size = bytes_u32(&b);
	if (b.failed || header < BTF_HEADER_SIZE || header > size)
		return error_create(ERROR_BAD_DATA, "%s: BTF header of %u bytes in %zu",
				    btf->source.origin, header, size);
	if (!within(types, types_size, size - header) ||
	    !within(strings, strings_size, size - header))
		return error_create(ERROR_BAD_DATA, "%s: BTF sections lie outside of its %zu bytes",
				    btf->source.origin, size);
	if (strings < (uint64_t)types + types_size && types < (uint64_t)strings + strings_size &&
	    types_size && strings_size)
		return error_create(ERROR_BAD_DATA, "%s: BTF types and strings overlap",
				    btf->source.origin);
	btf->types = btf->data + header + types;
	btf->types_size = types_size;
	btf->strings = (const char *)btf->data + header + strings;
	btf->strings_size = strings_size;
	if (strings_size && btf->strings[strings_size - 1])
		return error_create(ERROR_BAD_DATA, "%s: the last BTF string has no end",
				    btf->source.origin);
	if (header >= BTF_HEADER_SIZE + 8) {
		uint32_t offset = bytes_u32(&b), bytes = bytes_u32(&b);

		if (!b.failed && within(offset, bytes, size - header))
			layout = (struct layout){ btf->data + header + offset, bytes };
	}
	if (btf->source.big_endian != host_big)
		swap_words(btf->data + header + types, types_size);
	return find_types(btf, &layout);
}

/* The byte order, by the magic number. */
static struct error *probe(const uint8_t *data, size_t size, const char *origin, bool *big_endian)
{
	if (size >= BTF_HEADER_SIZE && data[0] == 0x9f && data[1] == 0xeb)
		*big_endian = false;
	else if (size >= BTF_HEADER_SIZE && data[0] == 0xeb && data[1] == 0x9f)
		*big_endian = true;
	else
		return error_create(ERROR_BAD_DATA, "%s: no BTF (%zu bytes)", origin, size);
	if (data[2] != 1)
		return error_create(ERROR_UNSUPPORTED, "%s: BTF version %u", origin, data[2]);
	return NULL;
}

static struct error *create(uint8_t *data, size_t size, struct btf *base, struct btf *distilled,
			    uint8_t word_size, const char *origin, struct btf **ret)
{
	struct btf *btf = calloc(1, sizeof(*btf)), *before = distilled ? distilled : base;
	struct error *err = btf ? NULL : error_nomem();
	bool big_endian = false;

	if (!err)
		err = probe(data, size, origin, &big_endian);
	if (!err)
		err = type_source_init(&btf->source, &btf_ops, origin, word_size, big_endian);
	if (err) {
		free(btf);
		free(data);
		return err;
	}
	btf->data = data;
	btf->base = base;
	btf->first_id = before ? before->first_id + before->count : 1;
	btf->first_string = before ? before->first_string + before->strings_size : 0;
	err = parse(btf, size);
	if (!err && (btf->first_id > INT32_MAX || btf->first_string > INT32_MAX ||
		     btf->count > INT32_MAX || btf->strings_size > INT32_MAX))
		err = error_create(ERROR_BAD_DATA, "%s: too much BTF", origin);
	if (err) {
		type_source_destroy(&btf->source);
		return err;
	}
	*ret = btf;
	return NULL;
}

/* To each type of the distilled base the one of the base that has its name, kind and size. */
static struct error *match_base(struct btf *btf)
{
	struct btf *from = btf->distilled;

	TRY(btf_index_tagged(btf->base));
	btf->base_ids = calloc((size_t)from->count + 1, sizeof(*btf->base_ids));
	if (!btf->base_ids)
		return error_nomem();
	for (uint32_t local = 0; local < from->count; local++) {
		struct btf_record r = btf_record_at(from, local);
		const char *name = btf_name(from, r.name);
		enum type_kind kind;
		uint64_t size = r.size;
		int64_t found;

		switch (btf_record_kind(&r)) {
		case BTF_INT:
		case BTF_FLOAT:
			kind = TYPE_INT;
			break;
		case BTF_STRUCT:
		case BTF_UNION:
			kind = btf_record_kind(&r) == BTF_STRUCT ? TYPE_STRUCT : TYPE_UNION;
			break;
		case BTF_FWD:
			kind = btf_record_flag(&r) ? TYPE_UNION : TYPE_STRUCT;
			size = 0;
			break;
		case BTF_ENUM:
		case BTF_ENUM64:
			kind = TYPE_ENUM;
			break;
		default:
			continue;
		}
		if (!name)
			continue;
		found = btf_index_find(btf->base, kind, name, strlen(name), size);
		if (found >= 0)
			btf->base_ids[from->first_id + local] =
				btf->base->first_id + (uint32_t)found;
	}
	return NULL;
}

struct error *btf_create(void *data, size_t size, struct type_source *base, const void *base_data,
			 size_t base_size, uint8_t word_size, const char *origin,
			 struct type_source **ret)
{
	struct btf *distilled = NULL, *btf;
	struct error *err;

	if (base && base->ops != &btf_ops) {
		free(data);
		return error_create(ERROR_USAGE, "%s: its base is not BTF", origin);
	}
	if (base && base_data) {
		uint8_t *copy = malloc(base_size ? base_size : 1);

		if (!copy) {
			free(data);
			return error_nomem();
		}
		memcpy(copy, base_data, base_size);
		err = create(copy, base_size, NULL, NULL, word_size, origin, &distilled);
		if (err) {
			free(data);
			return error_wrap(err, "distilled base");
		}
	}
	err = create(data, size, (struct btf *)base, distilled, word_size, origin, &btf);
	if (err) {
		type_source_destroy(distilled ? &distilled->source : NULL);
		return err;
	}
	btf->distilled = distilled;
	if (distilled)
		err = match_base(btf);
	if (err) {
		type_source_destroy(&btf->source);
		return err;
	}
	*ret = &btf->source;
	return NULL;
}

static struct error *find(struct type_source *source, enum type_kind kind, const char *name,
			  size_t name_len, const struct type **ret)
{
	struct btf *btf = (struct btf *)source;
	int64_t local;

	TRY(btf_index_tagged(btf));
	local = btf_index_find(btf, kind, name, name_len, 0);
	if (local < 0)
		return error_create(ERROR_NOT_FOUND, "no type named %.*s", (int)name_len, name);
	return btf_type(btf, btf->first_id + (uint32_t)local, ret);
}

static struct error *find_code(struct type_source *source, enum btf_kind kind, const char *name,
			       const struct type **ret)
{
	struct btf *btf = (struct btf *)source;
	uint32_t entry;

	TRY(btf_index_code(btf));
	entry = btf_index_first(btf, &btf->code, name, strlen(name));
	for (; entry; entry = btf_index_next(btf, &btf->code, entry)) {
		struct btf_record r = btf_record_at(btf, btf->code.entries[entry - 1].type);

		if (btf_record_kind(&r) == kind)
			return btf_type(btf, r.size, ret);
	}
	return error_create(ERROR_NOT_FOUND, "no %s named %s",
			    kind == BTF_VAR ? "variable" : "function", name);
}

static struct error *find_variable(struct type_source *source, const char *name,
				   const struct type **ret)
{
	return find_code(source, BTF_VAR, name, ret);
}

static struct error *find_function(struct type_source *source, const char *name,
				   const struct type **ret)
{
	return find_code(source, BTF_FUNC, name, ret);
}

/* By a walk over all enums: some 30,000 names, asked for a few times in a session. */
static struct error *find_enumerator(struct type_source *source, const char *name, int64_t *value,
				     const struct type **ret)
{
	struct btf *btf = (struct btf *)source;

	for (uint32_t local = 0; local < btf->count; local++) {
		struct btf_record r = btf_record_at(btf, local);
		const uint8_t *part = btf_parts_at(btf, local);
		unsigned int kind = btf_record_kind(&r);

		if (kind != BTF_ENUM && kind != BTF_ENUM64)
			continue;
		for (uint32_t i = 0; i < btf_record_count(&r); i++) {
			size_t each = kind == BTF_ENUM ? 8 : 12;
			const char *given = btf_name(btf, btf_u32(part + i * each));
			const struct type *type;

			if (!given || given[0] != name[0] || strcmp(given, name) != 0)
				continue;
			TRY(btf_type(btf, btf->first_id + local, &type));
			*value = btf_enum_value(btf, local, i, type->is_signed);
			*ret = type;
			return NULL;
		}
	}
	return error_create(ERROR_NOT_FOUND, "no enumerator named %s", name);
}

static struct error *each_type(struct type_source *source,
			       bool (*each)(void *context, enum type_kind kind, const char *name),
			       void *context)
{
	static const uint8_t kinds[BTF_NR_KINDS] = {
		[BTF_INT] = TYPE_INT,	      [BTF_FLOAT] = TYPE_INT, [BTF_STRUCT] = TYPE_STRUCT,
		[BTF_UNION] = TYPE_UNION,     [BTF_ENUM] = TYPE_ENUM, [BTF_ENUM64] = TYPE_ENUM,
		[BTF_TYPEDEF] = TYPE_TYPEDEF,
	};
	struct btf *btf = (struct btf *)source;

	for (uint32_t local = 0; local < btf->count; local++) {
		struct btf_record r = btf_record_at(btf, local);
		unsigned int kind = btf_record_kind(&r);
		const char *name;

		if (kind >= BTF_NR_KINDS || !kinds[kind])
			continue;
		name = btf_name(btf, r.name);
		if (name && !each(context, kinds[kind], name))
			break;
	}
	return NULL;
}

const struct type_source_ops btf_ops = {
	.name = "btf",
	.find = find,
	.find_variable = find_variable,
	.find_function = find_function,
	.find_enumerator = find_enumerator,
	.members = btf_members,
	.enumerators = btf_enumerators,
	.parameters = btf_parameters,
	.each = each_type,
	.destroy = destroy,
};
