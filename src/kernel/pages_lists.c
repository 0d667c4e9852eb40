// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free pages that wait in CPUs' lists: they are no buddies, and nothing in their struct page says
 * that they are free. mm/page_alloc.c of Linux.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "kernel/lists.h"
#include "kernel/pages_layout.h"

#define MAX_LISTS 64
#define COSTLY_ORDER                                                                               \
	3 /* PAGE_ALLOC_COSTLY_ORDER: lists of all orders up to it, and of huge pages */

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct list_walk_state {
	struct pages *pages;
	uint32_t pageset, lists;
	uint64_t nr_lists;
	uint64_t types; /* lists of an order: MIGRATE_PCPTYPES */
	unsigned int order;
	unsigned int zone;
};

static struct error *add_page(void *context, uint64_t entry, uint64_t index)
{
	const struct list_walk_state *walk = context;
	struct pages *pages = walk->pages;
	uint64_t address = entry - pages->layout.lru, pfn, begin;

	TRY(pages_pfn(pages, address, &pfn));
	TRY(pages_address(pages, pfn, &begin));
	if (begin != address || pfn & ((1ULL << walk->order) - 1))
		return error_at(ERROR_BAD_DATA, entry, "%#llx is in no struct page of order %u",
				(unsigned long long)entry, walk->order);
	TRY(alloc_grow(&pages->free, &pages->free_room, pages->nr_free + 1, sizeof(*pages->free)));
	pages->free[pages->nr_free++] = (struct pages_span){ pfn, pfn + (1ULL << walk->order) };
	return NULL;
}

/* Lists of several orders since 44042b449872 (v5.13); the last ones are of huge pages. */
static unsigned int order_of(const struct list_walk_state *walk, uint64_t list)
{
	uint64_t order = list / walk->types;

	if (order <= COSTLY_ORDER)
		return (unsigned int)order;
	return walk->pages->env.page_shift - (walk->pages->layout.word == 8 ? 3 : 2);
}

static struct error *walk_cpu(struct list_walk_state *walk, uint64_t pageset)
{
	struct pages *pages = walk->pages;
	struct container container = {
		.memory = pages->env.memory,
		.types = pages->env.types,
		.each = add_page,
		.context = walk,
	};

	for (uint64_t i = 0; i < walk->nr_lists; i++) {
		uint64_t head = pageset + walk->lists + i * 2 * pages->layout.word;

		walk->order = order_of(walk, i);
		TRY(list_walk(&container, head));
	}
	return NULL;
}

static struct error *walk_zone(void *context, const struct page_zone *zone)
{
	struct list_walk_state *walk = context;
	struct pages *pages = walk->pages;
	const struct pages_env *env = &pages->env;
	uint64_t pointer, pageset;

	TRY(memory_read_word(env->memory, zone->address + walk->pageset, &pointer));
	for (unsigned int cpu = 0; pointer && cpu < env->nr_cpus; cpu++) {
		struct error *err;

		TRY(interrupt_check());
		if (error_dropped(env->per_cpu(env->context, pointer, cpu, &pageset)))
			continue;
		/* What was found before the damage is free all the same. */
		err = walk_cpu(walk, pageset);
		if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
			return err;
		if (err)
			pages_not_sure(pages, "free pages of CPU %u in zone %s: %s", cpu,
				       zone->name, err->message);
		error_free(err);
	}
	return NULL;
}

static int by_start(const void *a, const void *b)
{
	const struct pages_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static bool find_members(const struct pages_env *env, struct list_walk_state *walk)
{
	uint64_t size;
	uint32_t pcp;
	int64_t types;

	if (!pages_enumerator(env, "migratetype", "MIGRATE_PCPTYPES", &types) || types <= 0 ||
	    types > 16 ||
	    !pages_member_type(env, "per_cpu_pages", "lists", &size, &walk->nr_lists) ||
	    !walk->nr_lists || walk->nr_lists > MAX_LISTS ||
	    size != walk->nr_lists * 2 * env->memory->word_size ||
	    !pages_member(env, "per_cpu_pages", NAMES("lists"), NULL, &walk->lists))
		return false;
	walk->types = (uint64_t)types;
	/* 28f836b6777b (v5.14) */
	if (pages_member(env, "zone", NAMES("per_cpu_pageset"), NULL, &walk->pageset))
		return true;
	if (!pages_member(env, "zone", NAMES("pageset"), NULL, &walk->pageset) ||
	    !pages_member(env, "per_cpu_pageset", NAMES("pcp"), NULL, &pcp))
		return false;
	walk->lists += pcp;
	return true;
}

struct error *pages_lists_init(struct pages *pages)
{
	struct list_walk_state walk = { .pages = pages };
	size_t count = 0;

	if (!find_members(&pages->env, &walk))
		return error_create(ERROR_NOT_FOUND, "CPUs' lists of free pages are not known");
	TRY(pages_zones(pages, walk_zone, &walk));
	if (!pages->nr_free)
		return NULL;
	qsort(pages->free, pages->nr_free, sizeof(*pages->free), by_start);
	/* Lists that share entries are damaged; each page is looked at anyway. */
	for (size_t i = 0; i < pages->nr_free; i++) {
		struct pages_span *last = count ? &pages->free[count - 1] : NULL;

		if (last && pages->free[i].start <= last->end)
			last->end = max(last->end, pages->free[i].end);
		else
			pages->free[count++] = pages->free[i];
	}
	pages->nr_free = count;
	return NULL;
}
