/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF as btf*.c share it. The format: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of
 * Linux.
 */
#ifndef TYPES_BTF_H
#define TYPES_BTF_H

#include "types/types.h"

#include <string.h>

enum btf_kind {
	BTF_INT = 1,
	BTF_PTR,
	BTF_ARRAY,
	BTF_STRUCT,
	BTF_UNION,
	BTF_ENUM,
	BTF_FWD,
	BTF_TYPEDEF,
	BTF_VOLATILE,
	BTF_CONST,
	BTF_RESTRICT,
	BTF_FUNC,
	BTF_FUNC_PROTO,
	BTF_VAR,
	BTF_DATASEC,
	BTF_FLOAT,
	BTF_DECL_TAG,
	BTF_TYPE_TAG,
	BTF_ENUM64,
	BTF_NR_KINDS,
};

#define BTF_HEADER_SIZE 24 /* up to str_len */
#define BTF_TYPE_SIZE	12

/* A struct btf_type in host order. */
struct btf_record {
	uint32_t name, info, size; /* size: or the id of another type */
};

static inline unsigned int btf_record_kind(const struct btf_record *r)
{
	return r->info >> 24 & 0x7f;
}

/* 24 bits since Linux widened it; the upper ones were zero before. */
static inline uint32_t btf_record_count(const struct btf_record *r)
{
	return r->info & 0xffffff;
}

static inline bool btf_record_flag(const struct btf_record *r)
{
	return r->info >> 31;
}

/* Names to types: chains of entries with equal hashes, in the order of ids. */
struct btf_index {
	bool built;
	uint32_t *slots; /* entry + 1 */
	uint32_t mask;
	struct btf_entry {
		uint32_t hash, type; /* type: local, from 0 */
		uint32_t next;	     /* entry + 1 */
	} * entries;
};

struct btf {
	struct type_source source;
	uint8_t *data;
	const uint8_t *types; /* in host order */
	const char *strings;  /* ends with a NUL */
	uint32_t types_size, strings_size;

	/* Split BTF goes on counting ids and string offsets where its base ends. */
	struct btf *base;
	uint32_t first_id, first_string;
	/* A distilled base that stands between: its own BTF, and base's id (0: none) of each of
	 * its. */
	struct btf *distilled;
	uint32_t *base_ids;

	uint32_t known;	   /* bytes of @types that are: all of them, unless there is a problem */
	uint32_t count;	   /* of types here: ids [first_id, first_id + count) */
	uint32_t *offsets; /* of each in @types */
	const struct type **made;
	uint32_t nr_tagged;    /* named types of the first index, at most */
	uint32_t nr_code;      /* functions and variables */
	bool has_signed_enums; /* a kind_flag on an enum was seen */
	struct btf_index tagged, code;
};

extern const struct type_source_ops btf_ops;

static inline uint32_t btf_u32(const uint8_t *from)
{
	uint32_t v;

	memcpy(&v, from, sizeof(v));
	return v;
}

static inline struct btf_record btf_record_at(const struct btf *btf, uint32_t local)
{
	struct btf_record r;

	memcpy(&r, btf->types + btf->offsets[local], sizeof(r));
	return r;
}

/* What follows the record. */
static inline const uint8_t *btf_parts_at(const struct btf *btf, uint32_t local)
{
	return btf->types + btf->offsets[local] + BTF_TYPE_SIZE;
}

/* NULL when @offset is outside of the strings, or the string is empty. */
const char *btf_name(const struct btf *btf, uint32_t offset);

/* ---- btf_index.c ---- */
must_check struct error *btf_index_tagged(struct btf *btf);
must_check struct error *btf_index_code(struct btf *btf);
/* The first entry for the name, and the next after @entry: entry + 1, or 0. */
uint32_t btf_index_first(const struct btf *btf, const struct btf_index *index, const char *name,
			 size_t len);
uint32_t btf_index_next(const struct btf *btf, const struct btf_index *index, uint32_t entry);
/* The first type that is a definition of @kind, else the first declaration; -1: none. @bytes: of
 * that size only, unless 0. */
int64_t btf_index_find(const struct btf *btf, enum type_kind kind, const char *name, size_t len,
		       uint64_t bytes);

/* ---- btf_type.c ---- */
/* Type @id as @btf counts. */
must_check struct error *btf_type(struct btf *btf, uint32_t id, const struct type **ret);
must_check struct error *btf_members(struct type_source *source, const struct type *type,
				     const struct type_member **ret);
must_check struct error *btf_enumerators(struct type_source *source, const struct type *type,
					 const struct type_enumerator **ret);
must_check struct error *btf_parameters(struct type_source *source, const struct type *type,
					const struct type_parameter **ret);
int64_t btf_enum_value(const struct btf *btf, uint32_t local, uint32_t nth, bool is_signed);
bool btf_enum_is_signed(const struct btf *btf, uint32_t local);

#endif
