/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF written word by word, as Documentation/bpf/btf.rst of Linux lays it out, for tests of what
 * reads it: in both byte orders, split, and damaged.
 */
#ifndef SUPPORT_RAW_BTF_H
#define SUPPORT_RAW_BTF_H

#include "base/text.h"

#include <stdint.h>

struct raw_btf {
	struct text types, strings;
	bool big_endian;
	uint32_t next_id;      /* 0: 1; behind its base for split BTF */
	uint32_t first_string; /* where its strings begin: behind those of its base */
	uint32_t layout_size;  /* appends a layout section with what @layout says of each kind */
	uint8_t layout[128];   /* 4 bytes a kind: fixed size, element's size, flags */
};

/* The same numbers as the kernel's BTF_KIND_*. */
enum {
	RAW_INT = 1,
	RAW_PTR,
	RAW_ARRAY,
	RAW_STRUCT,
	RAW_UNION,
	RAW_ENUM,
	RAW_FWD,
	RAW_TYPEDEF,
	RAW_VOLATILE,
	RAW_CONST,
	RAW_RESTRICT,
	RAW_FUNC,
	RAW_FUNC_PROTO,
	RAW_VAR,
	RAW_DATASEC,
	RAW_FLOAT,
	RAW_DECL_TAG,
	RAW_TYPE_TAG,
	RAW_ENUM64,
};
#define RAW_FLAG (1U << 31) /* or'ed to the kind: kind_flag */

/* The offset of a string; NULL: 0, the empty one. */
uint32_t raw_string(struct raw_btf *b, const char *s);
void raw_word(struct raw_btf *b, uint32_t word);
/* struct btf_type; its id. What belongs behind it follows by raw_word. */
uint32_t raw_type(struct raw_btf *b, uint32_t kind, const char *name, uint32_t count,
		  uint32_t size_or_type);
uint32_t raw_int(struct raw_btf *b, const char *name, uint32_t size, uint32_t encoding,
		 uint32_t offset, uint32_t bits);
/* struct btf_member, btf_param (no @third: RAW_NONE), btf_enum. */
#define RAW_NONE UINT32_MAX
void raw_part(struct raw_btf *b, const char *name, uint32_t second, uint32_t third);
/* Header, types, strings: malloc'ed. Empties @b. */
uint8_t *raw_finish(struct raw_btf *b, size_t *size);

#endif
