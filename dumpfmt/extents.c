// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Overlaps are settled by one sweep over the sorted extents. A heap holds those that have begun,
 * the winner on top; ones that have ended are dropped when they come up. O(n log n).
 */
#include "dumpfmt/extents.h"

#include "base/alloc.h"

#include <stdlib.h>

void extents_deinit(struct extents *extents)
{
	free(extents->items);
	*extents = (struct extents){ 0 };
}

static struct error *push(struct extents *extents, const struct extent *extent)
{
	TRY(alloc_grow(&extents->items, &extents->room, extents->count + 1, sizeof(*extent)));
	extents->items[extents->count++] = *extent;
	return NULL;
}

struct error *extents_add(struct extents *extents, struct extent extent, uint64_t size)
{
	if (!size)
		return NULL;
	if (__builtin_add_overflow(extent.first, size - 1, &extent.last))
		extent.last = UINT64_MAX;
	return push(extents, &extent);
}

static int compare_first(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

struct heap {
	const struct extent **items;
	size_t count;
};

static void heap_push(struct heap *heap, const struct extent *extent)
{
	size_t i = heap->count++;

	for (; i && extent->rank < heap->items[(i - 1) / 2]->rank; i = (i - 1) / 2)
		heap->items[i] = heap->items[(i - 1) / 2];
	heap->items[i] = extent;
}

static void heap_pop(struct heap *heap)
{
	const struct extent *moved = heap->items[--heap->count];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    heap->items[child + 1]->rank < heap->items[child]->rank)
			child++;
		if (moved->rank < heap->items[child]->rank)
			break;
		heap->items[i] = heap->items[child];
		i = child;
	}
	heap->items[i] = moved;
}

/* Adds what @from has between @first and @last, to the piece before it where that goes on. */
static struct error *emit(struct extents *to, const struct extent *from, uint64_t first,
			  uint64_t last)
{
	struct extent *before = to->count ? &to->items[to->count - 1] : NULL;
	struct extent piece = *from;

	if (before && before->rank == from->rank && before->last + 1 == first) {
		before->last = last;
		return NULL;
	}
	piece.first = first;
	piece.last = last;
	piece.target = extent_target(from, first);
	return push(to, &piece);
}

static struct error *sweep(const struct extents *from, struct heap *heap, struct extents *to)
{
	uint64_t at = 0, last;
	size_t next = 0;

	while (next < from->count || heap->count) {
		if (!heap->count)
			at = from->items[next].first;
		while (next < from->count && from->items[next].first <= at)
			heap_push(heap, &from->items[next++]);
		while (heap->count && heap->items[0]->last < at)
			heap_pop(heap);
		if (!heap->count)
			continue;
		last = heap->items[0]->last;
		if (next < from->count && from->items[next].first <= last)
			last = from->items[next].first - 1;
		TRY(emit(to, heap->items[0], at, last));
		if (last == UINT64_MAX)
			break;
		at = last + 1;
	}
	return NULL;
}

static bool overlapping(const struct extents *extents)
{
	for (size_t i = 1; i < extents->count; i++) {
		if (extents->items[i].first <= extents->items[i - 1].last)
			return true;
	}
	return false;
}

static bool sorted(const struct extents *extents)
{
	for (size_t i = 1; i < extents->count; i++) {
		if (compare_first(&extents->items[i - 1], &extents->items[i]) > 0)
			return false;
	}
	return true;
}

struct error *extents_resolve(struct extents *extents)
{
	struct extents resolved = { 0 };
	struct heap heap = { 0 };
	struct error *err;

	if (!sorted(extents))
		qsort(extents->items, extents->count, sizeof(*extents->items), compare_first);
	if (!overlapping(extents))
		return NULL;
	heap.items = calloc(extents->count, sizeof(*heap.items));
	if (!heap.items)
		return error_nomem();
	err = sweep(extents, &heap, &resolved);
	free(heap.items);
	if (err) {
		extents_deinit(&resolved);
		return err;
	}
	extents_deinit(extents);
	*extents = resolved;
	return NULL;
}

size_t extents_find(const struct extents *extents, uint64_t at)
{
	size_t low = 0, high = extents->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (extents->items[middle].last < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
