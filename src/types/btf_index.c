// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names in BTF: one index of structs, unions, enums, typedefs and base types, another one, three
 * times as large and seldom needed, of functions and variables. Built when first asked.
 */
#include "types/btf.h"

#include "types/hash.h"

#include <stdlib.h>

#define BIT(n) (1U << (n))
#define TAGGED                                                                                     \
	(BIT(BTF_INT) | BIT(BTF_FLOAT) | BIT(BTF_STRUCT) | BIT(BTF_UNION) | BIT(BTF_ENUM) |        \
	 BIT(BTF_ENUM64) | BIT(BTF_FWD) | BIT(BTF_TYPEDEF))
#define CODE (BIT(BTF_FUNC) | BIT(BTF_VAR))

static struct error *build(struct btf *btf, struct btf_index *index, uint32_t kinds, uint32_t room)
{
	uint32_t nr_slots = 16, nr = 0;

	while (nr_slots < room)
		nr_slots *= 2;
	index->slots = calloc(nr_slots, sizeof(*index->slots));
	index->entries = malloc(((size_t)room + 1) * sizeof(*index->entries));
	if (!index->slots || !index->entries) {
		free(index->slots);
		free(index->entries);
		*index = (struct btf_index){ 0 };
		return error_nomem();
	}
	index->mask = nr_slots - 1;
	/* Backwards, because the last one put in heads its chain. */
	for (uint32_t local = btf->count; local-- > 0;) {
		struct btf_record r = btf_record_at(btf, local);
		unsigned int kind = btf_record_kind(&r);
		const char *name;
		uint32_t hash, *slot;

		if (kind >= 32 || !(kinds & BIT(kind)))
			continue;
		name = btf_name(btf, r.name);
		if (!name)
			continue;
		hash = hash_name(name, strlen(name));
		slot = &index->slots[hash & index->mask];
		index->entries[nr] = (struct btf_entry){ hash, local, *slot };
		*slot = ++nr;
	}
	index->built = true;
	return NULL;
}

struct error *btf_index_tagged(struct btf *btf)
{
	return btf->tagged.built ? NULL : build(btf, &btf->tagged, TAGGED, btf->nr_tagged);
}

struct error *btf_index_code(struct btf *btf)
{
	return btf->code.built ? NULL : build(btf, &btf->code, CODE, btf->nr_code);
}

static bool named(const struct btf *btf, const struct btf_entry *e, uint32_t hash, const char *name,
		  size_t len)
{
	struct btf_record r;
	const char *given;

	if (e->hash != hash)
		return false;
	r = btf_record_at(btf, e->type);
	given = btf_name(btf, r.name);
	return given && strncmp(given, name, len) == 0 && !given[len];
}

uint32_t btf_index_first(const struct btf *btf, const struct btf_index *index, const char *name,
			 size_t len)
{
	uint32_t hash = hash_name(name, len), at = index->slots[hash & index->mask];

	while (at && !named(btf, &index->entries[at - 1], hash, name, len))
		at = index->entries[at - 1].next;
	return at;
}

uint32_t btf_index_next(const struct btf *btf, const struct btf_index *index, uint32_t entry)
{
	const struct btf_entry *e = &index->entries[entry - 1];
	struct btf_record r = btf_record_at(btf, e->type);
	const char *name = btf_name(btf, r.name);
	size_t len = strlen(name);
	uint32_t hash = e->hash, at = e->next;

	while (at && !named(btf, &index->entries[at - 1], hash, name, len))
		at = index->entries[at - 1].next;
	return at;
}

static bool is_declaration(const struct btf_record *r)
{
	unsigned int kind = btf_record_kind(r);

	return kind == BTF_FWD ||
	       ((kind == BTF_ENUM || kind == BTF_ENUM64) && !btf_record_count(r));
}

static bool is_of_kind(const struct btf_record *r, enum type_kind kind)
{
	switch (btf_record_kind(r)) {
	case BTF_INT:
	case BTF_FLOAT:
		return kind == TYPE_INT || kind == TYPE_FLOAT;
	case BTF_STRUCT:
		return kind == TYPE_STRUCT;
	case BTF_UNION:
		return kind == TYPE_UNION;
	case BTF_FWD:
		return kind == (btf_record_flag(r) ? TYPE_UNION : TYPE_STRUCT);
	case BTF_ENUM:
	case BTF_ENUM64:
		return kind == TYPE_ENUM;
	case BTF_TYPEDEF:
		return kind == TYPE_TYPEDEF;
	}
	return false;
}

int64_t btf_index_find(const struct btf *btf, enum type_kind kind, const char *name, size_t len,
		       uint64_t bytes)
{
	int64_t declaration = -1;
	uint32_t at = btf_index_first(btf, &btf->tagged, name, len);

	for (; at; at = btf_index_next(btf, &btf->tagged, at)) {
		uint32_t local = btf->tagged.entries[at - 1].type;
		struct btf_record r = btf_record_at(btf, local);

		if (!is_of_kind(&r, kind))
			continue;
		if (!is_declaration(&r) && (!bytes || r.size == bytes))
			return local;
		if (is_declaration(&r) && declaration < 0)
			declaration = local;
	}
	return declaration;
}
