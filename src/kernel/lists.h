/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's containers: list_head and hlist, rbtree, XArray and radix tree, maple tree. Each
 * walk detects loops and calls @each with the address of the embedded node or the stored pointer;
 * an error of @each ends the walk and is returned.
 *
 * A walk over a tree whose node cannot be read goes on with the rest of it, and returns the first
 * such error at the end: what was given to @each until then is all that is there.
 */
#ifndef KERNEL_LISTS_H
#define KERNEL_LISTS_H

#include "image/image.h"

typedef struct error *(*container_each)(void *context, uint64_t entry, uint64_t index);

/* list_head at @head (not itself an entry): each node's address. BAD_DATA on a loop. */
must_check struct error *list_each(struct image *image, uint64_t head, container_each each,
				   void *context);
/* A chain through a pointer at byte @offset of each node, from @first until NULL, @end or @first.
 */
must_check struct error *chain_each(struct image *image, uint64_t first, uint64_t offset,
				    uint64_t end, container_each each, void *context);
/* struct rb_root at @root, in order: each rb_node's address. */
must_check struct error *rbtree_each(struct image *image, uint64_t root, container_each each,
				     void *context);
/* struct xarray or radix_tree_root at @root: each stored entry as it is stored (XArray's value
 * entries keep their low bit) and its index. */
must_check struct error *xarray_each(struct image *image, uint64_t root, container_each each,
				     void *context);
/* struct idr at @idr: the same, with the IDR's base added to the index. */
must_check struct error *idr_each(struct image *image, uint64_t idr, container_each each,
				  void *context);
/* struct maple_tree at @tree: each stored pointer and the first index of its range. */
must_check struct error *maple_each(struct image *image, uint64_t tree, container_each each,
				    void *context);

/* ---- the same over any memory: what the walks above are made of ---- */
struct container {
	const struct memory *memory;
	struct types *types;
	container_each each;
	void *context;
	bool from_node; /* trees: what is given is a node (as pointers to it are stored), no root */
};
must_check struct error *list_walk(const struct container *c, uint64_t head);
/* @loop_ok: coming back to @first is the list's end, not a loop. */
must_check struct error *chain_walk(const struct container *c, uint64_t first, uint64_t offset,
				    uint64_t end, bool loop_ok);
must_check struct error *rbtree_walk(const struct container *c, uint64_t root);
/* @base is added to each index. */
must_check struct error *xarray_walk(const struct container *c, uint64_t root, uint64_t base);
must_check struct error *maple_walk(const struct container *c, uint64_t tree);

static inline struct container container_of_image(struct image *image, container_each each,
						  void *context)
{
	return (struct container){
		.memory = image_memory(image),
		.types = image_types(image),
		.each = each,
		.context = context,
	};
}

#endif
