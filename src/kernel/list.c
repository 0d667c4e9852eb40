// SPDX-License-Identifier: GPL-2.0-or-later
/* Linked lists: include/linux/list.h of Linux, and any chain of pointers. */
#include "kernel/lists.h"

#include "base/interrupt.h"
#include "kernel/visited.h"

#include <inttypes.h>

/* The list is whole up to @at, whose pointer to the next node is not to be had. */
static struct error *broken(struct error *err, uint64_t at, uint64_t nodes)
{
	return error_wrap(err, "the list breaks off at 0x%" PRIx64 ", after %" PRIu64 " nodes", at,
			  nodes);
}

/* @null_ok, @loop_ok: NULL, or coming back to @first, is the end too. */
static struct error *follow(const struct container *c, uint64_t first, uint64_t offset,
			    uint64_t end, bool null_ok, bool loop_ok)
{
	auto_visited visited = { 0 };
	uint64_t at = first, next, n = 0;
	struct error *err;

	while (at != end) {
		if (!at) {
			if (null_ok)
				return NULL;
			return error_create(ERROR_BAD_DATA,
					    "a list_head's next is NULL after %" PRIu64 " nodes",
					    n);
		}
		err = visited_add(&visited, at, "node");
		if (err)
			return broken(err, at, n);
		TRY(interrupt_check());
		/* First the way on: a node that is not there at all is no entry. */
		err = memory_read_word(c->memory, at + offset, &next);
		if (err)
			return broken(err, at, n);
		TRY(c->each(c->context, at, n));
		n++;
		if (loop_ok && next == first)
			return NULL;
		at = next;
	}
	return NULL;
}

struct error *chain_walk(const struct container *c, uint64_t first, uint64_t offset, uint64_t end,
			 bool loop_ok)
{
	return follow(c, first, offset, end, true, loop_ok);
}

struct error *list_walk(const struct container *c, uint64_t head)
{
	uint64_t first;

	TRY(error_wrap(memory_read_word(c->memory, head, &first), "the list's head"));
	if (!first)
		return error_at(ERROR_BAD_DATA, head,
				"the list head at 0x%" PRIx64 " was never initialised", head);
	return follow(c, first, 0, head, false, false);
}

struct error *list_each(struct image *image, uint64_t head, container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);

	return list_walk(&c, head);
}

struct error *chain_each(struct image *image, uint64_t first, uint64_t offset, uint64_t end,
			 container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);

	return chain_walk(&c, first, offset, end, true);
}
