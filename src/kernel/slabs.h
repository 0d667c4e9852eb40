/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slab caches of the SLUB allocator: mm/slub.c, mm/slab.h of Linux. */
#ifndef KERNEL_SLABS_H
#define KERNEL_SLABS_H

#include "image/view.h"

struct slab_cache {
	uint64_t address; /* of the struct kmem_cache */
	char name[64];
	uint64_t object_size, size; /* bytes: as asked for; with all that is kept beside it */
	unsigned int order;	    /* a slab is 1 << order pages */
	uint64_t per_slab;	    /* objects */
	uint64_t slabs, objects;    /* over all nodes, by the kernel's counters */
	/*
	 * Objects that are not in use by what slabs say that are partly used, as /proc/slabinfo
	 * counts them: free ones in CPUs' own lists pass for used.
	 */
	uint64_t free;
	uint64_t partial; /* slabs that are partly used, in nodes' lists */
	/* Why numbers above are too small, NULL when they are not. */
	const struct error *problem;
};

typedef struct error *(*slab_cache_each)(void *context, const struct slab_cache *cache);

/*
 * Every cache in the order of slab_caches. Where the list breaks off, an error after those before.
 * UNSUPPORTED: the kernel has another allocator, or does not count (CONFIG_SLUB_DEBUG).
 */
must_check struct error *slab_caches_each(struct image *image, slab_cache_each each, void *context);

/* ---- what lies below a cache ---- */
struct slab_layout {
	const struct view *slab;	   /* struct slab, or struct page that was it */
	uint64_t list, slab_list, partial; /* offsets */
	uint64_t nodes, stride;		   /* of the first node's pointer in a cache; bytes */
	unsigned int nr_nodes;
};

/* Fails as slab_caches_each(). */
must_check struct error *slab_layout_init(struct image *image, struct slab_layout *ret);
/* The struct kmem_cache_node of node @n; 0: it has no memory. */
must_check struct error *slab_cache_node(struct image *image, const struct slab_layout *layout,
					 uint64_t cache, unsigned int n, uint64_t *ret);

struct slab {
	uint64_t cache, freelist; /* as they are stored */
	uint64_t inuse, objects;
};
must_check struct error *slab_read(struct image *image, const struct slab_layout *layout,
				   uint64_t address, struct slab *ret);

#endif
