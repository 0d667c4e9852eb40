// SPDX-License-Identifier: GPL-2.0-or-later
/* A chained hash over numbers. */
#include "symbols/name_index.h"
#include "base/alloc.h"

struct error *name_index_init(struct name_index *index, uint32_t count)
{
	unsigned int bits = 4;

	while (bits < 24 && (UINT32_C(1) << bits) < count)
		bits++;
	index->heads = calloc((size_t)1 << bits, sizeof(*index->heads));
	index->next = calloc(count ? count : 1, sizeof(*index->next));
	index->bits = bits;
	if (!index->heads || !index->next) {
		name_index_deinit(index);
		return error_nomem();
	}
	return NULL;
}

void name_index_deinit(struct name_index *index)
{
	free(index->heads);
	free(index->next);
	*index = (struct name_index){ 0 };
}

static uint32_t *head_of(const struct name_index *index, uint64_t hash)
{
	/* The polynomial's low bits know only the last letters: mix before taking the top ones. */
	hash ^= hash >> 32;
	return &index->heads[(hash * NAME_HASH_FACTOR) >> (64 - index->bits)];
}

void name_index_add(struct name_index *index, uint64_t hash, uint32_t number)
{
	uint32_t *head = head_of(index, hash);

	index->next[number] = *head;
	*head = number + 1;
}

uint32_t name_index_first(const struct name_index *index, uint64_t hash)
{
	return *head_of(index, hash);
}
