// SPDX-License-Identifier: GPL-2.0-or-later
/* A set of addresses by open addressing. */
#include "kernel/visited.h"

#include "base/alloc.h"

#include <inttypes.h>

void visited_deinit(struct visited *visited)
{
	free(visited->slots);
	*visited = (struct visited){ 0 };
}

static size_t slot_of(const struct visited *v, uint64_t address)
{
	/* Fibonacci hashing: addresses differ in their middle bits. */
	size_t i = (size_t)((address * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (v->nr_slots - 1);

	while (v->slots[i] && v->slots[i] != address)
		i = (i + 1) & (v->nr_slots - 1);
	return i;
}

static struct error *grow(struct visited *v)
{
	struct visited bigger = { .nr_slots = v->nr_slots ? 2 * v->nr_slots : 64 };

	TRY(alloc_array(bigger.nr_slots, sizeof(*bigger.slots), 4 * VISITED_MAX,
			"nodes of a container", &bigger.slots));
	for (size_t i = 0; i < v->nr_slots; i++) {
		if (v->slots[i])
			bigger.slots[slot_of(&bigger, v->slots[i])] = v->slots[i];
	}
	free(v->slots);
	v->slots = bigger.slots;
	v->nr_slots = bigger.nr_slots;
	return NULL;
}

static struct error *loop_error(uint64_t address, const char *what)
{
	return error_at(ERROR_BAD_DATA, address, "%s 0x%" PRIx64 " was met before: a loop", what,
			address);
}

struct error *visited_add(struct visited *v, uint64_t address, const char *what)
{
	size_t i;

	if (2 * (v->used + 1) > v->nr_slots && v->used < VISITED_MAX)
		TRY(grow(v));
	i = slot_of(v, address);
	if (v->slots[i] == address)
		return loop_error(address, what);
	if (v->used < VISITED_MAX) {
		v->slots[i] = address;
		v->used++;
		return NULL;
	}
	if (address == v->mark)
		return loop_error(address, what);
	if (v->steps++ >= v->limit) {
		v->mark = address;
		v->steps = 0;
		v->limit = v->limit ? 2 * v->limit : 1;
	}
	return NULL;
}
