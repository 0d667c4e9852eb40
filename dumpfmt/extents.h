/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map from ranges of one 64-bit space (physical memory, virtual memory, a flattened file's
 * payload) to ranges of another (a file). Ranges are added in any order and may overlap; resolving
 * them leaves sorted pieces that do not, each owned by whoever wins there.
 */
#ifndef DUMPFMT_EXTENTS_H
#define DUMPFMT_EXTENTS_H

#include "base/error.h"

enum extent_kind {
	EXTENT_PRESENT,	 /* the bytes are at @target */
	EXTENT_LOST,	 /* they were written once: the file ends before them */
	EXTENT_EXCLUDED, /* described, and not in the file */
};

struct extent {
	uint64_t first, last; /* both inclusive, so that the end of the space has a number */
	uint64_t target;      /* where @first lies */
	uint64_t rank;	      /* the lowest wins where extents overlap; no two are alike */
	uint32_t owner;	      /* of the caller's choice */
	enum extent_kind kind;
};

struct extents {
	struct extent *items;
	size_t count, room;
};

void extents_deinit(struct extents *extents);
/* Adds @extent unless it is of no @size; what would pass the end of the space is cut off. */
must_check struct error *extents_add(struct extents *extents, struct extent extent, uint64_t size);
/* Sorts the pieces and settles overlaps. Once, before any extents_find(). */
must_check struct error *extents_resolve(struct extents *extents);
/* Number of the first piece that ends at or after @at, @count when there is none. */
size_t extents_find(const struct extents *extents, uint64_t at);

/* Where @at, inside of @extent, lies in the other space. */
static inline uint64_t extent_target(const struct extent *extent, uint64_t at)
{
	return extent->target + (at - extent->first);
}

#endif
