// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What crashkernel= reserved, and the kernel's tree of resources that /proc/iomem shows: struct
 * resource, kernel/crash_reserve.c and kernel/resource.c of Linux.
 */
#include "kernel/kexec_image.h"

#include "base/interrupt.h"
#include "image/view.h"
#include "kernel/resources.h"
#include "kernel/visited.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_CMA_RANGES 64 /* CRASHKERNEL_CMA_RANGES_MAX is 4 */
#define MAX_RESOURCES  100000

enum { RANGE_START, RANGE_END };
DEFINE_VIEW(range_view, "range", [RANGE_START] = FIELD("start"), [RANGE_END] = FIELD("end"));

/* crashk_res and crashk_low_res: zeros when nothing was reserved. */
static struct error *give_resource(struct image *image, const char *name, bool *found,
				   kexec_resource_each each, void *context)
{
	struct kexec_resource resource = { .name = name };
	struct resource read;
	uint64_t address;

	if (error_dropped(image_symbol(image, name, &address)))
		return NULL;
	*found = true;
	TRY(error_wrap(resource_read(image, address, &read), "%s", name));
	resource.start = read.start;
	resource.end = read.end;
	return resource.end ? each(context, &resource) : NULL;
}

/* crashkernel=…,cma (v6.17). */
static struct error *give_cma(struct image *image, kexec_resource_each each, void *context)
{
	uint64_t address, count, size;

	if (error_dropped(image_symbol(image, "crashk_cma_ranges", &address)))
		return NULL;
	TRY(image_read_global(image, "crashk_cma_cnt", 4, &count));
	if (count > MAX_CMA_RANGES)
		return error_create(ERROR_BAD_DATA, "crashk_cma_cnt is %" PRIu64, count);
	TRY(view_size(image, &range_view, &size));
	for (unsigned int i = 0; i < count; i++) {
		struct kexec_resource resource = { 0 };

		snprintf(resource.text, sizeof(resource.text), "crashk_cma_ranges[%u]", i);
		resource.name = resource.text;
		TRY(view_read(image, &range_view, RANGE_START, address + i * size,
			      &resource.start));
		TRY(view_read(image, &range_view, RANGE_END, address + i * size, &resource.end));
		TRY(each(context, &resource));
	}
	return NULL;
}

struct error *kexec_resources_each(struct image *image, kexec_resource_each each, void *context)
{
	bool found = false;

	TRY(give_resource(image, "crashk_res", &found, each, context));
	TRY(give_resource(image, "crashk_low_res", &found, each, context));
	TRY(give_cma(image, each, context));
	if (!found)
		return error_create(ERROR_NOT_FOUND, "the kernel reserves no memory for a crash: "
						     "it has no crashk_res");
	return NULL;
}

struct tree {
	struct image *image;
	unsigned int depth;
	kexec_memory_each each;
	void *context;
	struct visited visited;
	size_t nr;
};

static struct error *read_resource(struct tree *tree, uint64_t address, struct resource *ret)
{
	TRY(visited_add(&tree->visited, address, "struct resource"));
	if (++tree->nr > MAX_RESOURCES)
		return error_at(ERROR_BAD_DATA, address, "more than %d resources", MAX_RESOURCES);
	return resource_read(tree->image, address, ret);
}

/* The siblings from @address on, each with what is in it. The depth is the caller's wish. */
static struct error *walk_level(struct tree *tree, uint64_t address, unsigned int depth)
{
	while (address) {
		struct kexec_memory memory = { .depth = depth };
		struct resource resource;

		TRY(interrupt_check());
		TRY(read_resource(tree, address, &resource));
		memory.start = resource.start;
		memory.end = resource.end;
		snprintf(memory.name, sizeof(memory.name), "%s", resource.name);
		TRY(tree->each(tree->context, &memory));
		if (depth < tree->depth)
			TRY(walk_level(tree, resource.child, depth + 1));
		address = resource.sibling;
	}
	return NULL;
}

struct error *kexec_memory_walk(struct image *image, unsigned int depth, kexec_memory_each each,
				void *context)
{
	struct tree tree = {
		.image = image, .depth = min(depth, 16U), .each = each, .context = context
	};
	struct resource root;
	uint64_t address;
	struct error *err;

	TRY(image_symbol(image, "iomem_resource", &address));
	TRY(resource_read(image, address, &root));
	err = walk_level(&tree, root.child, 0);
	visited_deinit(&tree.visited);
	return error_wrap(err, "the tree of iomem_resource");
}
