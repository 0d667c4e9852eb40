// SPDX-License-Identifier: GPL-2.0-or-later
/* Caches, their nodes' counters, and the free objects of nodes' partly used slabs. */
#include "kernel/slabs.h"

#include "base/interrupt.h"
#include "kernel/lists.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_NODES    1024    /* CONFIG_NODES_SHIFT is 10 at most */
#define OBJECTS_MASK 0xffffu /* of kmem_cache_order_objects.x; the order is above */

enum {
	CACHE_LIST,
	CACHE_NAME,
	CACHE_OBJECT_SIZE,
	CACHE_SIZE,
	CACHE_OO,
	CACHE_PER_NODE,
	CACHE_NODE,
};
DEFINE_VIEW(cache_view, "kmem_cache", [CACHE_LIST] = FIELD("list"), [CACHE_NAME] = FIELD("name"),
	    [CACHE_OBJECT_SIZE] = FIELD("object_size"), [CACHE_SIZE] = FIELD("size"),
	    [CACHE_OO] = FIELD("oo.x"),
	    /* An array of pairs (v7.1), of pointers before. */
	    [CACHE_PER_NODE] = FIELD("per_node[0].node"), [CACHE_NODE] = FIELD("node[0]"));
DEFINE_VIEW(per_node_view, "kmem_cache_per_node_ptrs");
enum { NODE_SLABS, NODE_OBJECTS, NODE_PARTIAL };
DEFINE_VIEW(node_view, "kmem_cache_node", [NODE_SLABS] = FIELD("nr_slabs"),
	    [NODE_OBJECTS] = FIELD("total_objects"), [NODE_PARTIAL] = FIELD("partial"));
enum { SLAB_LIST, SLAB_INUSE, SLAB_OBJECTS, SLAB_CACHE, SLAB_FREELIST };
#define SLAB_FIELDS                                                                                \
	[SLAB_LIST] = FIELD("slab_list"), [SLAB_INUSE] = FIELD("inuse"),                           \
	[SLAB_OBJECTS] = FIELD("objects"), [SLAB_CACHE] = FIELD("slab_cache"),                     \
	[SLAB_FREELIST] = FIELD("freelist")
/* Split off struct page by d122019bf061 (v5.17). */
DEFINE_VIEW(slab_view, "slab", SLAB_FIELDS);
DEFINE_VIEW(page_view, "page", SLAB_FIELDS);

struct walk {
	struct image *image;
	struct slab_layout layout;
	slab_cache_each each;
	void *context;
	struct slab_cache *cache; /* that is looked at */
};

struct error *slab_layout_init(struct image *image, struct slab_layout *ret)
{
	struct slab_layout l = { .stride = image_memory(image)->word_size, .nr_nodes = 1 };
	uint64_t count;

	l.slab = view_has(image, &slab_view, SLAB_INUSE) ? &slab_view : &page_view;
	if (!view_has(image, &node_view, NODE_OBJECTS) || !view_has(image, l.slab, SLAB_INUSE))
		return error_create(ERROR_UNSUPPORTED,
				    "the kernel has no SLUB, or none that counts its slabs");
	TRY(view_offset(image, &cache_view, CACHE_LIST, &l.list));
	TRY(view_offset(image, l.slab, SLAB_LIST, &l.slab_list));
	TRY(view_offset(image, &node_view, NODE_PARTIAL, &l.partial));
	if (view_has(image, &cache_view, CACHE_PER_NODE)) {
		TRY(view_offset(image, &cache_view, CACHE_PER_NODE, &l.nodes));
		TRY(view_size(image, &per_node_view, &l.stride));
	} else {
		TRY(view_offset(image, &cache_view, CACHE_NODE, &l.nodes));
	}
	/* Without CONFIG_NUMA there is one, and no such variable. */
	if (!error_dropped(image_read_global(image, "nr_node_ids", 4, &count)) && count &&
	    count <= MAX_NODES)
		l.nr_nodes = (unsigned int)count;
	*ret = l;
	return NULL;
}

struct error *slab_cache_node(struct image *image, const struct slab_layout *layout, uint64_t cache,
			      unsigned int n, uint64_t *ret)
{
	return memory_read_word(image_memory(image), cache + layout->nodes + n * layout->stride,
				ret);
}

struct error *slab_read(struct image *image, const struct slab_layout *layout, uint64_t address,
			struct slab *ret)
{
	struct slab slab;

	TRY(view_read(image, layout->slab, SLAB_CACHE, address, &slab.cache));
	TRY(view_read(image, layout->slab, SLAB_FREELIST, address, &slab.freelist));
	TRY(view_read(image, layout->slab, SLAB_INUSE, address, &slab.inuse));
	TRY(view_read(image, layout->slab, SLAB_OBJECTS, address, &slab.objects));
	*ret = slab;
	return NULL;
}

static struct error *count_slab(void *context, uint64_t entry, uint64_t index)
{
	const struct walk *w = context;
	uint64_t address = entry - w->layout.slab_list;
	struct slab slab;

	TRY(slab_read(w->image, &w->layout, address, &slab));
	if (slab.inuse > slab.objects)
		return error_at(ERROR_BAD_DATA, address,
				"the slab at 0x%" PRIx64 " has %" PRIu64
				" objects in use of %" PRIu64,
				address, slab.inuse, slab.objects);
	w->cache->free += slab.objects - slab.inuse;
	w->cache->partial++;
	return NULL;
}

static struct error *add_node(struct walk *w, unsigned int n)
{
	uint64_t node, slabs, objects;

	TRY(slab_cache_node(w->image, &w->layout, w->cache->address, n, &node));
	if (!node) /* a node without memory */
		return NULL;
	TRY(view_read(w->image, &node_view, NODE_SLABS, node, &slabs));
	TRY(view_read(w->image, &node_view, NODE_OBJECTS, node, &objects));
	w->cache->slabs += slabs;
	w->cache->objects += objects;
	return list_each(w->image, node + w->layout.partial, count_slab, w);
}

static struct error *read_cache(struct walk *w, struct slab_cache *cache)
{
	uint64_t name, oo;

	TRY(view_read(w->image, &cache_view, CACHE_NAME, cache->address, &name));
	TRY(image_read_string(w->image, name, cache->name, sizeof(cache->name)));
	TRY(view_read(w->image, &cache_view, CACHE_OBJECT_SIZE, cache->address,
		      &cache->object_size));
	TRY(view_read(w->image, &cache_view, CACHE_SIZE, cache->address, &cache->size));
	TRY(view_read(w->image, &cache_view, CACHE_OO, cache->address, &oo));
	cache->per_slab = oo & OBJECTS_MASK;
	cache->order = (unsigned int)(oo >> 16) & OBJECTS_MASK;
	for (unsigned int n = 0; n < w->layout.nr_nodes; n++)
		TRY(add_node(w, n));
	return NULL;
}

static struct error *give(void *context, uint64_t entry, uint64_t index)
{
	struct walk *w = context;
	struct slab_cache cache = { .address = entry - w->layout.list };
	struct error *problem, *err;

	TRY(interrupt_check());
	snprintf(cache.name, sizeof(cache.name), "?");
	w->cache = &cache;
	problem = read_cache(w, &cache);
	if (problem && (problem->code == ERROR_INTERRUPTED || problem->code == ERROR_NOMEM))
		return problem;
	cache.problem = problem;
	err = w->each(w->context, &cache);
	error_free(problem);
	return err;
}

struct error *slab_caches_each(struct image *image, slab_cache_each each, void *context)
{
	struct walk w = { .image = image, .each = each, .context = context };
	uint64_t head;

	TRY(slab_layout_init(image, &w.layout));
	TRY(image_symbol(image, "slab_caches", &head));
	return list_each(image, head, give, &w);
}
