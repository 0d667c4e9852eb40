// SPDX-License-Identifier: GPL-2.0-or-later
/* kmem -s: slab caches. */
#include "commands/kmem.h"

#include "base/alloc.h"
#include "kernel/slabs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE, OBJECT_SIZE, ALLOCATED, TOTAL, SLABS, SLAB_SIZE, NAME, SIZE, PARTIAL };
static const struct column columns[] = {
	[CACHE] = { "cache", COLUMN_ADDRESS, .summary = "address of its struct kmem_cache" },
	[OBJECT_SIZE] = { "object_size", COLUMN_INT, 7, "OBJSIZE", .summary = "bytes" },
	[ALLOCATED] = { "allocated", COLUMN_INT, 10,
			.summary = "objects in use, as /proc/slabinfo counts: free ones in CPUs' "
				   "own lists pass for used" },
	[TOTAL] = { "total", COLUMN_INT, 9, .summary = "objects" },
	[SLABS] = { "slabs", COLUMN_INT, 7, .summary = "of them" },
	[SLAB_SIZE] = { "slab_size", COLUMN_INT, 6, "SSIZE", .summary = "bytes of a slab" },
	[NAME] = { "name", COLUMN_TEXT, .summary = "the cache's" },
	[SIZE] = { "size", COLUMN_INT, .json_only = true,
		   .summary = "bytes of an object with what is kept beside it" },
	[PARTIAL] = { "partial_slabs", COLUMN_INT, .json_only = true,
		      .summary = "partly used ones in nodes' lists" },
};
const struct table kmem_slabs_table = { TABLE_COLUMNS(columns), .look = LOOK_TABLE };

struct request {
	struct output *out;
	char *const *names; /* or addresses; none: all caches */
	size_t nr_names;
	bool *found;
	uint64_t page_size;
};

static bool is_wanted(const struct request *r, const struct slab_cache *cache)
{
	bool wanted = !r->nr_names;

	for (size_t i = 0; i < r->nr_names; i++) {
		uint64_t address;

		if (strcmp(r->names[i], cache->name) != 0 &&
		    (error_dropped(parse_number(r->names[i], true, "a cache", &address)) ||
		     address != cache->address))
			continue;
		r->found[i] = true;
		wanted = true;
	}
	return wanted;
}

static struct error *show(void *context, const struct slab_cache *cache)
{
	const struct request *r = context;

	if (!is_wanted(r, cache))
		return NULL;
	output_uint(r->out, CACHE, cache->address);
	output_uint(r->out, OBJECT_SIZE, cache->object_size);
	output_uint(r->out, ALLOCATED, cache->objects - min(cache->free, cache->objects));
	output_uint(r->out, TOTAL, cache->objects);
	output_uint(r->out, SLABS, cache->slabs);
	output_uint(r->out, SLAB_SIZE, r->page_size << min(cache->order, 16u));
	output_text(r->out, NAME, cache->name);
	output_uint(r->out, SIZE, cache->size);
	output_uint(r->out, PARTIAL, cache->partial);
	output_row(r->out);
	if (cache->problem)
		output_incomplete(r->out, error_at(cache->problem->code, cache->problem->address,
						   "%s: %s", cache->name, cache->problem->message));
	return NULL;
}

struct error *kmem_slabs(struct context *context, const struct arguments *arguments,
			 unsigned int page_shift)
{
	bool *found auto_free = calloc(arguments->nr_operands + 1, sizeof(*found));
	struct request r = { .out = context->out,
			     .names = arguments->operands,
			     .nr_names = arguments->nr_operands,
			     .found = found,
			     .page_size = 1ull << page_shift };

	if (!found)
		return error_nomem();
	output_begin(context->out, &kmem_slabs_table);
	TRY(slab_caches_each(context->image, show, &r));
	for (size_t i = 0; i < r.nr_names; i++) {
		if (!found[i])
			return error_create(ERROR_NOT_FOUND, "there is no slab cache %s",
					    r.names[i]);
	}
	return NULL;
}
