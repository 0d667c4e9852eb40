/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds numbered things by name: a chained hash over numbers 0…count-1 that holds no names itself.
 * The hash is a polynomial, so that a name made of parts can be hashed part by part.
 */
#ifndef SYMBOLS_NAME_INDEX_H
#define SYMBOLS_NAME_INDEX_H

#include "base/error.h"

#include <stddef.h>

#define NAME_HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t name_hash(const char *name, size_t len)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash = hash * NAME_HASH_FACTOR + (uint8_t)name[i];
	return hash;
}

struct name_index {
	uint32_t *heads, *next; /* number + 1; 0 ends a chain */
	unsigned int bits;
};

must_check struct error *name_index_init(struct name_index *index, uint32_t count);
void name_index_deinit(struct name_index *index);
/* Numbers come out of a chain in the reverse of the order they were added in. */
void name_index_add(struct name_index *index, uint64_t hash, uint32_t number);
/* For (n = first(); n; n = next[n - 1]) the candidates are n - 1: compare their names. */
uint32_t name_index_first(const struct name_index *index, uint64_t hash);

#endif
