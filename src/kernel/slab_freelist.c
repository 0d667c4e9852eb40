// SPDX-License-Identifier: GPL-2.0-or-later
/* Free objects: each holds a pointer to the next, plain or mixed with its own address. */
#include "kernel/slab_freelist.h"

#include "image/view.h"

enum { SIZE, PAD, POINTER, RANDOM };
DEFINE_VIEW(cache_view, "kmem_cache", [SIZE] = FIELD("size"), [PAD] = FIELD("red_left_pad"),
	    [POINTER] = FIELD("offset"), [RANDOM] = FIELD("random"));

struct error *slab_objects_read(struct image *image, uint64_t cache, struct slab_objects *ret)
{
	struct slab_objects o = { .hardened = view_has(image, &cache_view, RANDOM) };

	TRY(view_read(image, &cache_view, SIZE, cache, &o.size));
	if (!o.size)
		return error_at(ERROR_BAD_DATA, cache, "the cache's objects have no size");
	if (view_has(image, &cache_view, PAD)) /* with CONFIG_SLUB_DEBUG */
		TRY(view_read(image, &cache_view, PAD, cache, &o.pad));
	TRY(view_read(image, &cache_view, POINTER, cache, &o.pointer));
	if (o.hardened)
		TRY(view_read(image, &cache_view, RANDOM, cache, &o.random));
	*ret = o;
	return NULL;
}

bool slab_object_begins(const struct slab_objects *objects, uint64_t base, uint64_t count,
			uint64_t address)
{
	uint64_t offset = address - base - objects->pad;

	return address >= base + objects->pad && !(offset % objects->size) &&
	       offset / objects->size < count;
}

/* @swap: the address is mixed in with its bytes turned round, since 1ad53d9fa3f6 (v5.7). */
static struct error *next_free(struct image *image, const struct slab_objects *o, uint64_t at,
			       bool swap, uint64_t *ret)
{
	const struct memory *memory = image_memory(image);
	uint64_t mixed =
		memory->word_size == 8 ? __builtin_bswap64(at) : __builtin_bswap32((uint32_t)at);

	TRY(memory_read_word(memory, at, ret));
	if (o->hardened)
		*ret ^= o->random ^ (swap ? mixed : at);
	return NULL;
}

static struct error *follow(struct image *image, const struct slab_objects *o, uint64_t base,
			    uint64_t count, bool swap, struct slab_freelist *list)
{
	list->objects = 0;
	list->wrong = NULL;
	while (list->value) {
		if (!slab_object_begins(o, base, count, list->value)) {
			list->wrong = "no object of its slab";
			return NULL;
		}
		/* All objects of a slab are no more than these: one was met before. */
		if (list->objects++ == count) {
			list->wrong = "part of a circle";
			return NULL;
		}
		list->at = list->value + o->pointer;
		TRY(next_free(image, o, list->at, swap, &list->value));
	}
	return NULL;
}

struct error *slab_freelist_follow(struct image *image, const struct slab_objects *objects,
				   uint64_t base, uint64_t count, uint64_t first, uint64_t stored,
				   struct slab_freelist *ret)
{
	struct slab_freelist list = { .at = stored, .value = first }, older = list;

	TRY(follow(image, objects, base, count, true, &list));
	if (list.wrong && list.objects && objects->hardened) {
		TRY(follow(image, objects, base, count, false, &older));
		if (!older.wrong)
			list = older;
	}
	*ret = list;
	return NULL;
}
