// SPDX-License-Identifier: GPL-2.0-or-later
#include "validate/extent_list.h"

#include "base/alloc.h"

#include <stdlib.h>

void extent_list_deinit(struct extent_list *list)
{
	free(list->items);
	*list = (struct extent_list){ 0 };
}

struct error *extent_list_add(struct extent_list *list, uint64_t start, uint64_t size,
			      uint64_t first)
{
	if (list->count && list->items[list->count - 1].end == start) {
		list->items[list->count - 1].end += size;
		return NULL;
	}
	return extent_list_add_apart(list, start, size, first);
}

struct error *extent_list_add_apart(struct extent_list *list, uint64_t start, uint64_t size,
				    uint64_t first)
{
	TRY(alloc_grow(&list->items, &list->room, list->count + 1, sizeof(*list->items)));
	list->items[list->count++] = (struct extent_run){ start, start + size, first };
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const struct extent_run *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

void extent_list_sort(struct extent_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare);
}

const struct extent_run *extent_list_find(const struct extent_list *list, uint64_t at)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].end <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count ? &list->items[low] : NULL;
}
