/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of equally large blocks under 64-bit keys: a hash to find them and a clock hand to choose
 * which one goes. Fixed in size; a block's memory is taken when it is first filled.
 */
#ifndef DUMPFMT_CACHE_H
#define DUMPFMT_CACHE_H

#include "base/error.h"

struct cache {
	size_t block_size;
	uint32_t nr_slots, hand, claimed;
	struct cache_slot *slots;
	uint32_t *buckets; /* slot number + 1 */
	uint32_t nr_buckets;
};

/* Takes no memory yet. @nr_slots is at least 1. */
void cache_init(struct cache *cache, size_t block_size, uint32_t nr_slots);
void cache_deinit(struct cache *cache);

/* The block under @key, or NULL. Stays valid until the next cache_claim(). */
void *cache_find(struct cache *cache, uint64_t key);
/* A block to fill, taken from whoever held it. It is under no key until cache_commit(). */
must_check struct error *cache_claim(struct cache *cache, void *ret);
/* Puts the block that was claimed last under @key, which must not be there yet. */
void cache_commit(struct cache *cache, uint64_t key);

#endif
