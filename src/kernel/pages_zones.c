// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes and zones: struct pglist_data and struct zone of include/linux/mmzone.h of Linux. */
#include "base/interrupt.h"
#include "kernel/pages_layout.h"

#include <stdio.h>

#define MAX_NODES 1024 /* CONFIG_NODES_SHIFT is 10 at most */
#define MAX_ZONES 16

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct error *pages_nodes(struct pages *pages,
			  struct error *(*each)(void *context, unsigned int node, uint64_t pgdat),
			  void *context)
{
	const struct pages_env *env = &pages->env;
	uint64_t address, count, pgdat;

	/* Without CONFIG_NUMA there is one node, and it is no pointer. */
	if (!error_dropped(env->symbol(env->context, "contig_page_data", &address)))
		return each(context, 0, address);
	TRY(env->symbol(env->context, "node_data", &address));
	if (error_dropped(env->symbol(env->context, "nr_node_ids", &count)) ||
	    error_dropped(memory_read_number(env->memory, count, 4, &count)) || !count ||
	    count > MAX_NODES)
		count = 1;
	for (unsigned int i = 0; i < count; i++) {
		TRY(interrupt_check());
		TRY(memory_read_word(env->memory, address + i * env->memory->word_size, &pgdat));
		if (pgdat)
			TRY(each(context, i, pgdat));
	}
	return NULL;
}

struct zone_walk {
	struct pages *pages;
	struct error *(*each)(void *context, const struct page_zone *zone);
	void *context;
	uint32_t zones, start, spanned, present, managed, name, vm_stat;
	uint64_t zone_size, nr_zones;
	bool has_stat;
	int64_t free_item;
};

static struct error *read_zone(const struct zone_walk *walk, struct page_zone *zone)
{
	const struct memory *memory = walk->pages->env.memory;
	uint64_t name;

	TRY(memory_read_word(memory, zone->address + walk->start, &zone->start_pfn));
	TRY(memory_read_word(memory, zone->address + walk->spanned, &zone->spanned));
	TRY(memory_read_word(memory, zone->address + walk->present, &zone->present));
	TRY(memory_read_word(memory, zone->address + walk->managed, &zone->managed));
	TRY(memory_read_word(memory, zone->address + walk->name, &name));
	if (error_dropped(memory_read_string(memory, name, zone->name, sizeof(zone->name))))
		snprintf(zone->name, sizeof(zone->name), "?");
	if (walk->has_stat)
		TRY(memory_read_word(memory,
				     zone->address + walk->vm_stat +
					     (uint64_t)walk->free_item * memory->word_size,
				     &zone->free));
	return NULL;
}

static struct error *walk_node(void *context, unsigned int node, uint64_t pgdat)
{
	const struct zone_walk *walk = context;

	for (unsigned int i = 0; i < walk->nr_zones; i++) {
		struct page_zone zone = { .node = node, .number = i };

		zone.address = pgdat + walk->zones + i * walk->zone_size;
		TRY(error_wrap(read_zone(walk, &zone), "zone %u of node %u", i, node));
		if (zone.present)
			TRY(walk->each(walk->context, &zone));
	}
	return NULL;
}

struct error *pages_zones(struct pages *pages,
			  struct error *(*each)(void *context, const struct page_zone *zone),
			  void *context)
{
	const struct pages_env *env = &pages->env;
	struct zone_walk walk = { .pages = pages, .each = each, .context = context };
	uint64_t unused, stats = 0;

	if (!pages_member(env, "pglist_data", NAMES("node_zones"), NULL, &walk.zones) ||
	    !pages_member_type(env, "pglist_data", "node_zones", &unused, &walk.nr_zones) ||
	    !pages_member_type(env, "zone", NULL, &walk.zone_size, &unused) ||
	    !pages_member(env, "zone", NAMES("zone_start_pfn"), NULL, &walk.start) ||
	    !pages_member(env, "zone", NAMES("spanned_pages"), NULL, &walk.spanned) ||
	    !pages_member(env, "zone", NAMES("present_pages"), NULL, &walk.present) ||
	    !pages_member(env, "zone", NAMES("managed_pages"), NULL, &walk.managed) ||
	    !pages_member(env, "zone", NAMES("name"), NULL, &walk.name))
		return error_create(ERROR_NOT_FOUND, "the types of zones are not known");
	if (walk.nr_zones > MAX_ZONES)
		return error_create(ERROR_BAD_DATA, "a node of %llu zones",
				    (unsigned long long)walk.nr_zones);
	walk.has_stat = pages_member(env, "zone", NAMES("vm_stat"), NULL, &walk.vm_stat) &&
			pages_member_type(env, "zone", "vm_stat", &unused, &stats) &&
			pages_enumerator(env, "zone_stat_item", "NR_FREE_PAGES", &walk.free_item) &&
			walk.free_item >= 0 && (uint64_t)walk.free_item < stats;
	return pages_nodes(pages, walk_node, &walk);
}
