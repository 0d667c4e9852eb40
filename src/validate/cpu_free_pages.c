// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free pages that wait in CPUs' lists: their struct pages say nothing but that nobody has them, and
 * they are as many as the CPU counts. mm/page_alloc.c of Linux.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"

#include "image/view.h"
#include "kernel/pages.h"

#include <inttypes.h>
#include <stdio.h>

enum { COUNT, LOCK };
DEFINE_VIEW(cpu_view, "per_cpu_pages", [COUNT] = FIELD("count"),
	    [LOCK] = FIELD("lock")); /* 4b23a68f9536 (v6.0); before, interrupts were off */
enum { LRU };
/* The list that such a page is in: pcp_list since bf75f200569d (v5.19). */
DEFINE_VIEW(page_view, "page", [LRU] = FIELD("pcp_list", "lru"));

struct cpu_pages {
	struct validation *v;
	struct image *image;
	struct pages *pages;
	const struct page_zone *zone;
	unsigned int cpu, order;
	uint64_t lru, found; /* pages in the lists so far */
	bool may_race;
};

static void tell(struct cpu_pages *c, uint64_t at, const char *fmt, ...) printf_like(3, 4);

static void tell(struct cpu_pages *c, uint64_t at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	validation_find_wrong(c->v, c->may_race, at, "zone %s, CPU %u: %s", c->zone->name, c->cpu,
			      text);
}

/* What was poisoned while it was free stays in its list. */
static bool is_nobodys(const struct page_info *info)
{
	return (info->use == PAGE_USE_KERNEL || info->use == PAGE_USE_HWPOISON) && !info->refcount;
}

static struct error *check_block(void *context, uint64_t node)
{
	struct cpu_pages *c = context;
	uint64_t address = node - c->lru, pfn;
	struct page_info info;
	struct error *err;

	c->found += 1ULL << c->order;
	if (error_dropped(pages_pfn_at(c->pages, address, &pfn))) {
		tell(c, node, "an entry that is in no struct page");
		return NULL;
	}
	if (pfn < c->zone->start_pfn || pfn - c->zone->start_pfn >= c->zone->spanned ||
	    pfn & ((1ULL << c->order) - 1)) {
		tell(c, address, "pfn 0x%" PRIx64 " is not of this zone, or not aligned", pfn);
		return NULL;
	}
	err = pages_describe_own(c->pages, pfn, &info);
	if (err)
		return validation_find_error(c->v, true, place_virtual(address, 0), err,
					     "a free page");
	if (!is_nobodys(&info))
		tell(c, address,
		     "pfn 0x%" PRIx64 " is \"%s\" by its struct page, with %d references", pfn,
		     page_use_name(info.use), (int)info.refcount);
	return NULL;
}

static struct error *check_list(struct cpu_pages *c, uint64_t head, size_t n, bool *whole)
{
	char name[96];
	struct list_check list = { .name = name,
				   .head = head,
				   .each = check_block,
				   .context = c,
				   .may_race = c->may_race };

	snprintf(name, sizeof(name), "zone %s, CPU %u, per_cpu_pages.lists[%zu]", c->zone->name,
		 c->cpu, n);
	TRY(list_check_run(c->v, &list));
	*whole &= list.whole;
	return NULL;
}

static struct error *check_cpu(void *context, const struct page_cpu *cpu)
{
	struct cpu_pages *c = context;
	uint64_t counted, lock;
	bool whole = true;

	c->cpu = cpu->cpu;
	c->found = 0;
	c->may_race = !error_dropped(view_offset(c->image, &cpu_view, LOCK, &lock)) &&
		      lock_is_held(c->image, cpu->address + lock);
	for (size_t i = 0; i < cpu->nr_lists; i++) {
		c->order = pages_cpu_order(c->pages, i);
		TRY(check_list(c, cpu->lists + i * 2 * image_memory(c->image)->word_size, i,
			       &whole));
	}
	TRY(view_read(c->image, &cpu_view, COUNT, cpu->address, &counted));
	if (whole && (uint32_t)counted != c->found)
		tell(c, cpu->address, "%" PRIu64 " pages are in its lists, and it counts %d",
		     c->found, (int32_t)counted);
	return NULL;
}

static struct error *check_zone(void *context, const struct page_zone *zone)
{
	struct cpu_pages *c = context;

	c->zone = zone;
	return pages_cpus(c->pages, zone, check_cpu, c);
}

static struct error *check(struct cpu_pages *c)
{
	TRY(view_offset(c->image, &page_view, LRU, &c->lru));
	return pages_zones(c->pages, check_zone, c);
}

static struct error *run(struct validation *v)
{
	struct cpu_pages c = { .v = v, .image = validation_image(v) };
	struct error *err = pages_create(c.image, &c.pages);

	if (!err) {
		err = check(&c);
		pages_destroy(c.pages);
	}
	if (err && (err->code == ERROR_NOT_FOUND || err->code == ERROR_UNSUPPORTED)) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	return err;
}

const struct validate_check validate_cpu_free_pages = {
	.name = "cpu-free-pages",
	.family = "structures",
	.summary = "CPUs' lists of free pages and what the pages say disagree",
	.needs_kernel = true,
	.run = run,
};
