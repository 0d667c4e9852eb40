// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The slab allocator (mm/slub.c of Linux): every cache's partly used slabs, those in nodes' lists
 * and those that CPUs hold, and their free objects; then all others that struct pages tell of.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"
#include "validate/slab_check.h"

#include "base/alloc.h"
#include "kernel/lists.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_ORDER 16

enum { NODE_LOCK, NODE_PARTIALS };
DEFINE_VIEW(
	node_view,
	"kmem_cache_node", [NODE_LOCK] = FIELD("list_lock"), [NODE_PARTIALS] = FIELD("nr_partial"));
enum { CACHE_CPU };
DEFINE_VIEW(cache_view, "kmem_cache", [CACHE_CPU] = FIELD("cpu_slab")); /* until v7.0 */
enum { CPU_FREELIST, CPU_SLAB, CPU_PARTIAL };
DEFINE_VIEW(cpu_view, "kmem_cache_cpu", [CPU_FREELIST] = FIELD("freelist"),
	    [CPU_SLAB] = FIELD("slab", "page"), /* bb192ed9aa71 (v5.17) */
	    [CPU_PARTIAL] = FIELD("partial"));
enum { SLAB_NEXT };
DEFINE_VIEW(slab_view, "slab", [SLAB_NEXT] = FIELD("next"));
DEFINE_VIEW(page_view, "page", [SLAB_NEXT] = FIELD("next"));

/* A slab that a list or a CPU leads to. */
static struct error *check_met(struct slab_check *s, uint64_t address, const char *where,
			       uint64_t *base, uint64_t *objects)
{
	TRY(address_list_add(&s->met, address));
	return slab_check_slab(s, address, where, base, objects);
}

static struct error *check_listed(void *context, uint64_t node)
{
	struct slab_check *s = context;
	uint64_t base, objects;

	return check_met(s, node - s->layout.slab_list, "a node's list", &base, &objects);
}

static struct error *check_node(struct slab_check *s, unsigned int n)
{
	struct list_check list = { .each = check_listed, .context = s };
	uint64_t node, lock, counted;
	char name[128];

	TRY(slab_cache_node(s->image, &s->layout, s->cache->address, n, &node));
	if (!node) /* a node without memory */
		return NULL;
	TRY(view_offset(s->image, &node_view, NODE_LOCK, &lock));
	snprintf(name, sizeof(name), "%s's slabs of node %u", s->cache->name, n);
	list.name = name;
	list.head = node + s->layout.partial;
	list.may_race = s->may_race = lock_is_held(s->image, node + lock);
	TRY(list_check_run(s->v, &list));
	TRY(view_read(s->image, &node_view, NODE_PARTIALS, node, &counted));
	if (list.whole && counted != list.nodes)
		slab_check_tell(s, node,
				"node %u has %" PRIu64 " slabs in its list, and counts %" PRIu64, n,
				list.nodes, counted);
	s->may_race = false;
	return NULL;
}

/* The free objects that a CPU took from its slab: how many, the slab does not know. */
static struct error *check_taken(struct slab_check *s, uint64_t cpu_slab, uint64_t base,
				 uint64_t objects)
{
	struct slab_freelist list;
	uint64_t first;
	struct error *err;

	TRY(view_read(s->image, &cpu_view, CPU_FREELIST, cpu_slab, &first));
	err = slab_freelist_follow(s->image, &s->objects, base, objects, first, cpu_slab, &list);
	if (err)
		return validation_find_error(s->v, true, place_virtual(base, 0), err,
					     "a CPU's free object");
	validation_looked_at(s->v, list.objects);
	if (list.wrong)
		slab_check_tell(s, list.at,
				"a CPU's free objects: after %" PRIu64 " comes 0x%" PRIx64
				", which is %s",
				list.objects, list.value, list.wrong);
	return NULL;
}

static struct error *check_partial(void *context, uint64_t slab, uint64_t index)
{
	uint64_t base, objects;

	return check_met(context, slab, "a CPU's list", &base, &objects);
}

static struct error *check_cpu(struct slab_check *s, uint64_t cpu_slab)
{
	struct container partial = container_of_image(s->image, check_partial, s);
	uint64_t slab, base, objects, first, next;
	struct error *err;

	TRY(view_read(s->image, &cpu_view, CPU_SLAB, cpu_slab, &slab));
	if (slab) {
		TRY(check_met(s, slab, "a CPU's slab", &base, &objects));
		if (base)
			TRY(check_taken(s, cpu_slab, base, objects));
	}
	if (!view_has(s->image, &cpu_view, CPU_PARTIAL)) /* without CONFIG_SLUB_CPU_PARTIAL */
		return NULL;
	TRY(view_read(s->image, &cpu_view, CPU_PARTIAL, cpu_slab, &first));
	TRY(view_offset(s->image,
			view_has(s->image, &slab_view, SLAB_NEXT) ? &slab_view : &page_view,
			SLAB_NEXT, &next));
	err = chain_walk(&partial, first, next, 0, false);
	return validation_find_error(s->v, true, place_virtual(cpu_slab, 0), err,
				     "a CPU's list of slabs");
}

static struct error *check_cpus(struct slab_check *s)
{
	uint64_t pointer, at;

	if (!view_has(s->image, &cache_view, CACHE_CPU))
		return NULL;
	TRY(view_read(s->image, &cache_view, CACHE_CPU, s->cache->address, &pointer));
	for (unsigned int cpu = 0; pointer && cpu < image_nr_cpus(s->image); cpu++) {
		if (!image_cpu_possible(s->image, cpu))
			continue;
		TRY(image_per_cpu_pointer(s->image, pointer, cpu, &at));
		TRY(check_cpu(s, at));
	}
	return NULL;
}

static struct error *look(struct slab_check *s, struct slab_known *known)
{
	TRY(slab_objects_read(s->image, s->cache->address, &s->objects));
	if (s->cache->order > MAX_ORDER)
		return error_at(ERROR_BAD_DATA, s->cache->address,
				"its slabs cannot have 2^%u pages", s->cache->order);
	s->fit = ((uint64_t)1 << (pages_shift(s->pages) + s->cache->order)) / s->objects.size;
	known->objects = s->objects;
	known->fit = s->fit;
	known->understood = true;
	for (unsigned int n = 0; n < s->layout.nr_nodes; n++)
		TRY(check_node(s, n));
	TRY(check_cpus(s));
	return slab_check_sheaves(s);
}

/* A cache that cannot be looked at costs no other. */
static struct error *check_cache(void *context, const struct slab_cache *cache)
{
	struct slab_check *s = context;
	struct slab_known *known;

	TRY(alloc_grow(&s->known, &s->known_room, s->nr_known + 1, sizeof(*s->known)));
	known = &s->known[s->nr_known++];
	*known = (struct slab_known){ .cache = *cache };
	known->cache.problem = NULL;
	s->cache = cache;
	s->may_race = false;
	return validation_find_error(s->v, true, place_virtual(cache->address, 0), look(s, known),
				     cache->name);
}

static struct error *run(struct validation *v)
{
	struct slab_check s = { .v = v, .image = validation_image(v) };
	struct error *err = slab_layout_init(s.image, &s.layout);

	if (!err)
		err = pages_create(s.image, &s.pages);
	if (err && (err->code == ERROR_NOT_FOUND || err->code == ERROR_UNSUPPORTED)) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	TRY(err);
	err = slab_caches_each(s.image, check_cache, &s);
	/* What lies beyond a break of the caches' list is not known. */
	if (!err)
		err = slab_check_pages(&s);
	pages_destroy(s.pages);
	free(s.known);
	address_list_deinit(&s.met);
	return err;
}

const struct validate_check validate_slabs = {
	.name = "slabs",
	.family = "structures",
	.summary = "the slab allocator's slabs or free objects are damaged",
	.needs_kernel = true,
	.run = run,
};
