// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sheaves (2d517aa09bbc, v6.18): arrays of free objects, which CPUs hold in place of slabs, and
 * which nodes keep in barns.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"
#include "validate/slab_check.h"

#include "image/view.h"

#include <inttypes.h>
#include <stdio.h>

#define MAX_CAPACITY 4096

enum { CACHE_SHEAVES, CACHE_CAPACITY, CACHE_BARN };
/* The barn is beside the node's pointer since v7.1, in the node before. */
DEFINE_VIEW(cache_view, "kmem_cache", [CACHE_SHEAVES] = FIELD("cpu_sheaves"),
	    [CACHE_CAPACITY] = FIELD("sheaf_capacity"), [CACHE_BARN] = FIELD("per_node[0].barn"));
enum { NODE_BARN };
DEFINE_VIEW(node_view, "kmem_cache_node", [NODE_BARN] = FIELD("barn"));
enum { CPU_LOCKED, CPU_LOCK, CPU_MAIN, CPU_SPARE, CPU_RCU };
DEFINE_VIEW(
	cpu_view,
	"slub_percpu_sheaves", [CPU_LOCKED] = FIELD("lock.acquired"), [CPU_LOCK] = FIELD("lock"),
	[CPU_MAIN] = FIELD("main"), [CPU_SPARE] = FIELD("spare"), [CPU_RCU] = FIELD("rcu_free"));
enum { SHEAF_CACHE, SHEAF_SIZE, SHEAF_OBJECTS, SHEAF_LIST };
DEFINE_VIEW(sheaf_view, "slab_sheaf", [SHEAF_CACHE] = FIELD("cache"), [SHEAF_SIZE] = FIELD("size"),
	    [SHEAF_OBJECTS] = FIELD("objects"), [SHEAF_LIST] = FIELD("barn_list"));
enum { BARN_LOCK, BARN_FULL, BARN_EMPTY, BARN_NR_FULL, BARN_NR_EMPTY };
DEFINE_VIEW(barn_view, "node_barn", [BARN_LOCK] = FIELD("lock"),
	    [BARN_FULL] = FIELD("sheaves_full"), [BARN_EMPTY] = FIELD("sheaves_empty"),
	    [BARN_NR_FULL] = FIELD("nr_full"), [BARN_NR_EMPTY] = FIELD("nr_empty"));

struct sheaves {
	struct slab_check *s;
	uint64_t capacity;
	uint64_t list; /* offset in a sheaf */
	bool full;     /* those of the list are to hold objects; no others */
};

/* Is @object an object of the cache? */
static struct error *check_object(struct slab_check *s, uint64_t at, uint64_t object)
{
	bool good;

	TRY(slab_check_object(s, object, &good));
	if (!good)
		slab_check_tell(s, at,
				"a sheaf holds 0x%" PRIx64 ", which is no object of the cache",
				object);
	return NULL;
}

static struct error *check_sheaf(struct sheaves *sheaves, uint64_t sheaf)
{
	struct slab_check *s = sheaves->s;
	uint64_t cache, size, object, offset, word = image_memory(s->image)->word_size;

	TRY(view_read(s->image, &sheaf_view, SHEAF_SIZE, sheaf, &size));
	TRY(view_read(s->image, &sheaf_view, SHEAF_CACHE, sheaf, &cache));
	TRY(view_offset(s->image, &sheaf_view, SHEAF_OBJECTS, &offset));
	if (size > sheaves->capacity) {
		slab_check_tell(s, sheaf, "a sheaf holds %" PRIu64 " objects of %" PRIu64, size,
				sheaves->capacity);
		return NULL;
	}
	/* A cache that is being made has an empty one that is not its own. */
	if (size && cache != s->cache->address)
		slab_check_tell(s, sheaf, "a sheaf is of the cache at 0x%" PRIx64, cache);
	for (uint64_t i = 0; i < size; i++) {
		uint64_t at = sheaf + offset + i * word;

		TRY(memory_read_word(image_memory(s->image), at, &object));
		TRY(check_object(s, at, object));
	}
	validation_looked_at(s->v, 1 + size);
	return NULL;
}

/* With PREEMPT_RT the lock is a spinlock. */
static bool cpu_is_locked(struct image *image, uint64_t at)
{
	uint64_t acquired, lock;

	if (!error_dropped(view_read(image, &cpu_view, CPU_LOCKED, at, &acquired)))
		return acquired;
	return !error_dropped(view_offset(image, &cpu_view, CPU_LOCK, &lock)) &&
	       lock_is_held(image, at + lock);
}

static struct error *check_cpu(struct sheaves *sheaves, uint64_t at)
{
	struct slab_check *s = sheaves->s;
	uint64_t sheaf;

	s->may_race = cpu_is_locked(s->image, at);
	for (unsigned int i = CPU_MAIN; i <= CPU_RCU; i++) {
		struct error *err;

		TRY(view_read(s->image, &cpu_view, i, at, &sheaf));
		err = sheaf ? check_sheaf(sheaves, sheaf) : NULL;
		TRY(validation_find_error(s->v, true, place_virtual(sheaf, 0), err,
					  "a CPU's sheaf"));
	}
	s->may_race = false;
	return NULL;
}

static struct error *check_cpus(struct sheaves *sheaves)
{
	struct slab_check *s = sheaves->s;
	uint64_t pointer, at;

	TRY(view_read(s->image, &cache_view, CACHE_SHEAVES, s->cache->address, &pointer));
	for (unsigned int cpu = 0; pointer && cpu < image_nr_cpus(s->image); cpu++) {
		if (!image_cpu_possible(s->image, cpu))
			continue;
		TRY(image_per_cpu_pointer(s->image, pointer, cpu, &at));
		TRY(check_cpu(sheaves, at));
	}
	return NULL;
}

static struct error *check_listed(void *context, uint64_t node)
{
	struct sheaves *sheaves = context;
	struct slab_check *s = sheaves->s;
	uint64_t sheaf = node - sheaves->list, size;
	struct error *err = view_read(s->image, &sheaf_view, SHEAF_SIZE, sheaf, &size);

	/* A debugging kernel takes some out of a full one, which stays that (KFENCE's objects). */
	if (!err && !size == sheaves->full)
		slab_check_tell(s, sheaf, "a node's %s sheaf holds %" PRIu64 " objects",
				sheaves->full ? "full" : "empty", size);
	else if (!err)
		err = check_sheaf(sheaves, sheaf);
	return validation_find_error(s->v, true, place_virtual(sheaf, 0), err, "a node's sheaf");
}

static struct error *check_barn(struct sheaves *sheaves, uint64_t barn, bool full)
{
	struct slab_check *s = sheaves->s;
	struct list_check list = { .each = check_listed, .context = sheaves };
	uint64_t offset, lock, counted;
	char name[128];

	TRY(view_offset(s->image, &barn_view, BARN_LOCK, &lock));
	TRY(view_offset(s->image, &barn_view, full ? BARN_FULL : BARN_EMPTY, &offset));
	snprintf(name, sizeof(name), "%s's %s sheaves", s->cache->name, full ? "full" : "empty");
	sheaves->full = full;
	list.name = name;
	list.head = barn + offset;
	list.may_race = s->may_race = lock_is_held(s->image, barn + lock);
	TRY(list_check_run(s->v, &list));
	TRY(view_read(s->image, &barn_view, full ? BARN_NR_FULL : BARN_NR_EMPTY, barn, &counted));
	if (list.whole && counted != list.nodes)
		slab_check_tell(s, barn, "%" PRIu64 " sheaves are in %s, and it counts %" PRIu64,
				list.nodes, name, counted);
	s->may_race = false;
	return NULL;
}

/* 0: it has none. */
static struct error *find_barn(struct slab_check *s, unsigned int n, uint64_t *ret)
{
	uint64_t node, offset;

	*ret = 0;
	if (view_has(s->image, &cache_view, CACHE_BARN)) {
		TRY(view_offset(s->image, &cache_view, CACHE_BARN, &offset));
		return memory_read_word(image_memory(s->image),
					s->cache->address + offset + n * s->layout.stride, ret);
	}
	TRY(slab_cache_node(s->image, &s->layout, s->cache->address, n, &node));
	if (!node || !view_has(s->image, &node_view, NODE_BARN))
		return NULL;
	return view_read(s->image, &node_view, NODE_BARN, node, ret);
}

struct error *slab_check_sheaves(struct slab_check *s)
{
	struct sheaves sheaves = { .s = s };
	uint64_t barn;

	if (!view_has(s->image, &cache_view, CACHE_SHEAVES))
		return NULL;
	TRY(view_read(s->image, &cache_view, CACHE_CAPACITY, s->cache->address, &sheaves.capacity));
	TRY(view_offset(s->image, &sheaf_view, SHEAF_LIST, &sheaves.list));
	if (sheaves.capacity > MAX_CAPACITY)
		return error_at(ERROR_BAD_DATA, s->cache->address,
				"sheaves of %" PRIu64 " objects cannot be", sheaves.capacity);
	TRY(check_cpus(&sheaves));
	for (unsigned int n = 0; n < s->layout.nr_nodes; n++) {
		TRY(find_barn(s, n, &barn));
		if (!barn)
			continue;
		TRY(check_barn(&sheaves, barn, true));
		TRY(check_barn(&sheaves, barn, false));
	}
	return NULL;
}
