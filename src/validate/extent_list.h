/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a file is used for what: ranges, collected in any order, then sorted to find overlaps and
 * gaps. Neighbours that come one after the other are one range.
 */
#ifndef VALIDATE_EXTENT_LIST_H
#define VALIDATE_EXTENT_LIST_H

#include "base/error.h"

#include <stddef.h>

struct extent_run {
	uint64_t start, end;
	uint64_t first; /* of the caller's choice: what the run begins with (a pfn, a number) */
};

struct extent_list {
	struct extent_run *items;
	size_t count, room;
};

void extent_list_deinit(struct extent_list *list);
/* @size is not 0, and @start + @size does not pass the end of 2^64. */
must_check struct error *extent_list_add(struct extent_list *list, uint64_t start, uint64_t size,
					 uint64_t first);
/* As a run of its own, neighbour or not. */
must_check struct error *extent_list_add_apart(struct extent_list *list, uint64_t start,
					       uint64_t size, uint64_t first);
void extent_list_sort(struct extent_list *list);
/* The first run that ends behind @at, of a sorted list without overlaps; NULL. */
const struct extent_run *extent_list_find(const struct extent_list *list, uint64_t at);

#endif
