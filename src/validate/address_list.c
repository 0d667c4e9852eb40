// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, sorted and searched. */
#include "validate/address_list.h"

#include "base/alloc.h"

#include <stdlib.h>

void address_list_deinit(struct address_list *list)
{
	free(list->items);
	*list = (struct address_list){ 0 };
}

struct error *address_list_add(struct address_list *list, uint64_t address)
{
	TRY(alloc_grow(&list->items, &list->room, list->count + 1, sizeof(*list->items)));
	list->items[list->count++] = address;
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void address_list_sort(struct address_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_value);
}

bool address_list_has(const struct address_list *list, uint64_t address)
{
	return list->count &&
	       bsearch(&address, list->items, list->count, sizeof(*list->items), by_value);
}
