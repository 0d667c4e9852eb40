/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses that a walk has been at. Beyond VISITED_MAX of them memory is kept, and a loop is
 * found by Brent's algorithm, later but as surely, where the walk is a chain.
 */
#ifndef KERNEL_VISITED_H
#define KERNEL_VISITED_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define VISITED_MAX ((size_t)1 << 20)

struct visited {
	uint64_t *slots; /* open addressing; 0 is a free one */
	size_t nr_slots, used;
	uint64_t mark, steps, limit; /* Brent's, once @used has reached VISITED_MAX */
};

/* A zeroed struct visited is empty. */
void visited_deinit(struct visited *visited);
/* BAD_DATA when @address was added before; @what names the kind of node. 0 must not be added. */
must_check struct error *visited_add(struct visited *visited, uint64_t address, const char *what);

#define auto_visited cleanup(visited_deinit) struct visited

#endif
