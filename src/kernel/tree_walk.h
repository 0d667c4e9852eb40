/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Common to the walks over trees. Private to rbtree.c, xarray.c and maple.c. */
#ifndef KERNEL_TREE_WALK_H
#define KERNEL_TREE_WALK_H

#include "kernel/lists.h"
#include "kernel/visited.h"

struct tree_walk {
	const struct container *c;
	struct visited visited;
	struct error *first; /* what cost a part of the tree first */
};

/* Keeps an error that only costs a part of the tree; others are returned. Takes @err over. */
static inline must_check struct error *tree_walk_lost(struct tree_walk *w, struct error *err)
{
	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	if (w->first)
		error_free(err);
	else
		w->first = err;
	return NULL;
}

/* Ends the walk, which ended with @err: what is to be returned. */
static inline must_check struct error *tree_walk_end(struct tree_walk *w, struct error *err)
{
	visited_deinit(&w->visited);
	if (!err)
		return w->first;
	error_free(w->first);
	return err;
}

/* Where @member lies in struct (or union) @type, in bytes, and its type. NOT_FOUND. */
static inline must_check struct error *tree_member(struct types *types, const char *type,
						   const char *member, uint64_t *offset,
						   const struct type **member_type)
{
	const struct type *found;
	struct type_place place;

	TRY(types_find_kind(types, TYPE_STRUCT, type, &found));
	TRY(type_find_member(found, member, &place));
	*offset = place.bit_offset / 8;
	if (member_type)
		*member_type = type_strip(place.type);
	return NULL;
}

#endif
