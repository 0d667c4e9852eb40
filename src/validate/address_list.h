/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses that a walk has met, collected in any order, then sorted to be looked up. */
#ifndef VALIDATE_ADDRESS_LIST_H
#define VALIDATE_ADDRESS_LIST_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* A zeroed one is empty. */
struct address_list {
	uint64_t *items;
	size_t count, room;
};

void address_list_deinit(struct address_list *list);
must_check struct error *address_list_add(struct address_list *list, uint64_t address);
void address_list_sort(struct address_list *list);
/* Is @address in the sorted list? */
bool address_list_has(const struct address_list *list, uint64_t address);

#endif
