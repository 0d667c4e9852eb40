// SPDX-License-Identifier: GPL-2.0-or-later
/* The block cache: chained hash over slot numbers, second-chance replacement. */
#include "dumpfmt/cache.h"

#include <stdlib.h>
#include <string.h>

struct cache_slot {
	uint64_t key;
	uint8_t *block;
	uint32_t next; /* in its bucket, slot number + 1 */
	bool used, referenced;
};

void cache_init(struct cache *cache, size_t block_size, uint32_t nr_slots)
{
	*cache = (struct cache){ .block_size = block_size, .nr_slots = nr_slots };
}

void cache_deinit(struct cache *cache)
{
	for (uint32_t i = 0; cache->slots && i < cache->nr_slots; i++)
		free(cache->slots[i].block);
	free(cache->slots);
	free(cache->buckets);
	cache->slots = NULL;
	cache->buckets = NULL;
}

static struct error *fill_in(struct cache *cache)
{
	uint32_t nr_buckets = 1;

	while (nr_buckets < cache->nr_slots)
		nr_buckets *= 2;
	cache->nr_buckets = nr_buckets;
	cache->slots = calloc(cache->nr_slots, sizeof(*cache->slots));
	cache->buckets = calloc(nr_buckets, sizeof(*cache->buckets));
	if (!cache->slots || !cache->buckets) {
		cache_deinit(cache);
		return error_nomem();
	}
	return NULL;
}

static uint32_t *bucket_of(struct cache *cache, uint64_t key)
{
	uint64_t mixed = key * 0x9e3779b97f4a7c15u;

	return &cache->buckets[(mixed >> 32) & (cache->nr_buckets - 1)];
}

void *cache_find(struct cache *cache, uint64_t key)
{
	if (!cache->slots)
		return NULL;
	for (uint32_t i = *bucket_of(cache, key); i; i = cache->slots[i - 1].next) {
		struct cache_slot *slot = &cache->slots[i - 1];

		if (slot->key == key) {
			slot->referenced = true;
			return slot->block;
		}
	}
	return NULL;
}

static void unlink_slot(struct cache *cache, uint32_t number)
{
	uint32_t *link = bucket_of(cache, cache->slots[number].key);

	while (*link != number + 1)
		link = &cache->slots[*link - 1].next;
	*link = cache->slots[number].next;
	cache->slots[number].used = false;
}

struct error *cache_claim(struct cache *cache, void *ret)
{
	struct cache_slot *slot;
	uint32_t number;

	if (!cache->slots)
		TRY(fill_in(cache));
	for (;;) {
		number = cache->hand;
		cache->hand = (cache->hand + 1) % cache->nr_slots;
		if (!cache->slots[number].referenced)
			break;
		cache->slots[number].referenced = false;
	}
	slot = &cache->slots[number];
	if (slot->used)
		unlink_slot(cache, number);
	if (!slot->block)
		slot->block = malloc(cache->block_size);
	if (!slot->block)
		return error_nomem();
	cache->claimed = number;
	*(void **)ret = slot->block;
	return NULL;
}

void cache_commit(struct cache *cache, uint64_t key)
{
	struct cache_slot *slot = &cache->slots[cache->claimed];
	uint32_t *bucket = bucket_of(cache, key);

	slot->key = key;
	slot->used = true;
	slot->referenced = false; /* until it is asked for again */
	slot->next = *bucket;
	*bucket = cache->claimed + 1;
}
