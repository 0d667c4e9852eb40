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

/* What the lists are in, as the types have it. */
static bool find_lists(struct pages *pages)
{
	const struct pages_env *env = &pages->env;
	struct pages_cpu_lists *l = &pages->cpu_lists;
	uint64_t size, count;
	uint32_t pcp = 0;
	int64_t types;

	if (!pages_enumerator(env, "migratetype", "MIGRATE_PCPTYPES", &types) || types <= 0 ||
	    types > 16 || !pages_member_type(env, "per_cpu_pages", "lists", &size, &count) ||
	    !count || count > MAX_LISTS || size != count * 2 * env->memory->word_size ||
	    !pages_member(env, "per_cpu_pages", NAMES("lists"), NULL, &l->lists))
		return false;
	/* 28f836b6777b (v5.14) */
	if (!pages_member(env, "zone", NAMES("per_cpu_pageset"), NULL, &l->pageset) &&
	    (!pages_member(env, "zone", NAMES("pageset"), NULL, &l->pageset) ||
	     !pages_member(env, "per_cpu_pageset", NAMES("pcp"), NULL, &pcp)))
		return false;
	l->pcp = pcp;
	l->types = (size_t)types;
	l->count = (size_t)count;
	return true;
}

struct error *pages_cpus(struct pages *pages, const struct page_zone *zone,
			 struct error *(*each)(void *context, const struct page_cpu *cpu),
			 void *context)
{
	const struct pages_env *env = &pages->env;
	const struct pages_cpu_lists *l = &pages->cpu_lists;
	uint64_t pointer, pageset;

	if (!l->count && !find_lists(pages))
		return error_create(ERROR_NOT_FOUND, "CPUs' lists of free pages are not known");
	TRY(memory_read_word(env->memory, zone->address + l->pageset, &pointer));
	for (unsigned int i = 0; pointer && i < env->nr_cpus; i++) {
		struct page_cpu cpu = { .cpu = i, .nr_lists = l->count };

		TRY(interrupt_check());
		if (error_dropped(env->per_cpu(env->context, pointer, i, &pageset)))
			continue;
		cpu.address = pageset + l->pcp;
		cpu.lists = cpu.address + l->lists;
		TRY(each(context, &cpu));
	}
	return NULL;
}

/* Lists of several orders since 44042b449872 (v5.13); the last ones are of huge pages. */
unsigned int pages_cpu_order(const struct pages *pages, size_t n)
{
	size_t order = n / pages->cpu_lists.types;

	if (order <= COSTLY_ORDER)
		return (unsigned int)order;
	return pages->env.page_shift - (pages->layout.word == 8 ? 3 : 2);
}

/* ---- which pages they hold ---- */

struct list_walk_state {
	struct pages *pages;
	const struct page_zone *zone;
	unsigned int order;
};

static struct error *add_page(void *context, uint64_t entry, uint64_t index)
{
	const struct list_walk_state *walk = context;
	struct pages *pages = walk->pages;
	uint64_t pfn;

	TRY(pages_pfn_at(pages, entry - pages->layout.lru, &pfn));
	if (pfn & ((1ULL << walk->order) - 1))
		return error_at(ERROR_BAD_DATA, entry, "pfn %#llx begins no block of order %u",
				(unsigned long long)pfn, walk->order);
	TRY(alloc_grow(&pages->free, &pages->free_room, pages->nr_free + 1, sizeof(*pages->free)));
	pages->free[pages->nr_free++] = (struct pages_span){ pfn, pfn + (1ULL << walk->order) };
	return NULL;
}

static struct error *walk_lists(struct list_walk_state *walk, const struct page_cpu *cpu)
{
	struct pages *pages = walk->pages;
	struct container container = {
		.memory = pages->env.memory,
		.types = pages->env.types,
		.each = add_page,
		.context = walk,
	};

	for (size_t i = 0; i < cpu->nr_lists; i++) {
		walk->order = pages_cpu_order(pages, i);
		TRY(list_walk(&container, cpu->lists + i * 2 * pages->layout.word));
	}
	return NULL;
}

static struct error *walk_cpu(void *context, const struct page_cpu *cpu)
{
	struct list_walk_state *walk = context;
	/* What was found before the damage is free all the same. */
	struct error *err = walk_lists(walk, cpu);

	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	if (err)
		pages_not_sure(walk->pages, "free pages of CPU %u in zone %s: %s", cpu->cpu,
			       walk->zone->name, err->message);
	error_free(err);
	return NULL;
}

static struct error *walk_zone(void *context, const struct page_zone *zone)
{
	struct list_walk_state walk = { .pages = context, .zone = zone };

	return pages_cpus(walk.pages, zone, walk_cpu, &walk);
}

static int by_start(const void *a, const void *b)
{
	const struct pages_span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

struct error *pages_lists_init(struct pages *pages)
{
	size_t count = 0;

	TRY(pages_zones(pages, walk_zone, pages));
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
