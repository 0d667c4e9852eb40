// SPDX-License-Identifier: GPL-2.0-or-later
/* Caches, their nodes' counters, and the free objects of nodes' partly used slabs. */
#include "kernel/slabs.h"

#include "base/interrupt.h"
#include "image/view.h"
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
/* Split off struct page by d122019bf061 (v5.17). */
enum { SLAB_LIST, SLAB_INUSE, SLAB_OBJECTS };
DEFINE_VIEW(slab_view, "slab", [SLAB_LIST] = FIELD("slab_list"), [SLAB_INUSE] = FIELD("inuse"),
	    [SLAB_OBJECTS] = FIELD("objects"));
DEFINE_VIEW(page_view, "page", [SLAB_LIST] = FIELD("slab_list"), [SLAB_INUSE] = FIELD("inuse"),
	    [SLAB_OBJECTS] = FIELD("objects"));

struct walk {
	struct image *image;
	const struct view *slab;
	uint64_t list, slab_list, partial; /* offsets */
	uint64_t nodes, stride;		   /* of the first node's pointer in a cache; bytes */
	unsigned int nr_nodes;
	slab_cache_each each;
	void *context;
	struct slab_cache *cache; /* that is looked at */
};

static struct error *bind(struct walk *w)
{
	uint64_t count;

	w->slab = view_has(w->image, &slab_view, SLAB_INUSE) ? &slab_view : &page_view;
	if (!view_has(w->image, &node_view, NODE_OBJECTS) ||
	    !view_has(w->image, w->slab, SLAB_INUSE))
		return error_create(ERROR_UNSUPPORTED,
				    "the kernel has no SLUB, or none that counts its slabs");
	TRY(view_offset(w->image, &cache_view, CACHE_LIST, &w->list));
	TRY(view_offset(w->image, w->slab, SLAB_LIST, &w->slab_list));
	TRY(view_offset(w->image, &node_view, NODE_PARTIAL, &w->partial));
	w->stride = image_memory(w->image)->word_size;
	if (view_has(w->image, &cache_view, CACHE_PER_NODE)) {
		TRY(view_offset(w->image, &cache_view, CACHE_PER_NODE, &w->nodes));
		TRY(view_size(w->image, &per_node_view, &w->stride));
	} else {
		TRY(view_offset(w->image, &cache_view, CACHE_NODE, &w->nodes));
	}
	/* Without CONFIG_NUMA there is one, and no such variable. */
	w->nr_nodes = 1;
	if (!error_dropped(image_read_global(w->image, "nr_node_ids", 4, &count)) && count &&
	    count <= MAX_NODES)
		w->nr_nodes = (unsigned int)count;
	return NULL;
}

static struct error *count_slab(void *context, uint64_t entry, uint64_t index)
{
	const struct walk *w = context;
	uint64_t slab = entry - w->slab_list, inuse, objects;

	TRY(view_read(w->image, w->slab, SLAB_INUSE, slab, &inuse));
	TRY(view_read(w->image, w->slab, SLAB_OBJECTS, slab, &objects));
	if (inuse > objects)
		return error_at(ERROR_BAD_DATA, slab,
				"the slab at 0x%" PRIx64 " has %" PRIu64
				" objects in use of %" PRIu64,
				slab, inuse, objects);
	w->cache->free += objects - inuse;
	w->cache->partial++;
	return NULL;
}

static struct error *add_node(struct walk *w, unsigned int n)
{
	uint64_t node, slabs, objects;

	TRY(memory_read_word(image_memory(w->image), w->cache->address + w->nodes + n * w->stride,
			     &node));
	if (!node) /* a node without memory */
		return NULL;
	TRY(view_read(w->image, &node_view, NODE_SLABS, node, &slabs));
	TRY(view_read(w->image, &node_view, NODE_OBJECTS, node, &objects));
	w->cache->slabs += slabs;
	w->cache->objects += objects;
	return list_each(w->image, node + w->partial, count_slab, w);
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
	for (unsigned int n = 0; n < w->nr_nodes; n++)
		TRY(add_node(w, n));
	return NULL;
}

static struct error *give(void *context, uint64_t entry, uint64_t index)
{
	struct walk *w = context;
	struct slab_cache cache = { .address = entry - w->list };
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

	TRY(bind(&w));
	TRY(image_symbol(image, "slab_caches", &head));
	return list_each(image, head, give, &w);
}
