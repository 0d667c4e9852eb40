// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of the dump against their struct pages: are those there, and did a filter leave out what
 * the kernel itself was using?
 */
#include "base/interrupt.h"
#include "kernel/pages.h"
#include "validate/page_windows.h"
#include "validate/reach.h"

#include <string.h>

/* Pages of one use that are not in the dump. */
struct lost {
	uint64_t pages, start, size; /* the first run of them, bytes */
};

struct uses {
	struct validation *v;
	struct pages *pages;
	unsigned int shift;
	struct lost lost[PAGE_USES];
};

static void add(struct uses *u, enum page_use use, uint64_t pfn)
{
	struct lost *lost = &u->lost[use];
	uint64_t phys = pfn << u->shift, page = 1ull << u->shift;

	if (!lost->pages++)
		*lost = (struct lost){ .pages = 1, .start = phys, .size = page };
	else if (phys == lost->start + lost->size)
		lost->size += page;
}

/* Uses that no filter has a word for. */
static bool is_needed(enum page_use use)
{
	return use == PAGE_USE_KERNEL || use == PAGE_USE_SLAB || use == PAGE_USE_TABLE;
}

static struct error *look_at_window(void *context, uint64_t pfn, uint64_t end, const uint8_t *uses)
{
	struct uses *u = context;
	struct kxdump *dump = validation_dump(u->v);

	for (uint64_t at = pfn; at < end; at++) {
		if (is_needed(uses[at - pfn]) &&
		    kxdump_page_state(dump, at << u->shift) == KXDUMP_PAGE_EXCLUDED)
			add(u, uses[at - pfn], at);
	}
	return NULL;
}

static struct error *check_kept(struct validation *v)
{
	struct uses u = { .v = v };
	struct error *err;

	TRY(pages_create(validation_image(v), &u.pages));
	u.shift = pages_shift(u.pages);
	err = page_windows(v, u.pages, look_at_window, &u);
	for (size_t i = 0; pages_unsure(u.pages, i); i++)
		validation_find(v, FINDING_NOTE, CAUSE_ABSENT, place_none(), "%s",
				pages_unsure(u.pages, i));
	pages_destroy(u.pages);
	for (unsigned int use = 0; use < PAGE_USES; use++) {
		if (u.lost[use].pages)
			validation_find(v, reach_severity(v, KXDUMP_PAGE_EXCLUDED), CAUSE_EXCLUDED,
					place_physical(u.lost[use].start, u.lost[use].size),
					"%llu pages in use (%s) were left out by a filter",
					(unsigned long long)u.lost[use].pages, page_use_name(use));
	}
	return err;
}

const struct validate_check validate_kept_pages = {
	.name = "live-pages-kept",
	.family = "coverage",
	.summary = "a filter left out slabs, page tables or other pages that the kernel was using",
	.needs_kernel = true,
	.run = check_kept,
};

/* The struct pages of a region's pages, as far as there are any (a section that is present). */
static struct error *check_region(struct validation *v, struct pages *pages,
				  const struct kxdump_region *region)
{
	uint64_t first = region->phys >> pages_shift(pages), address, at = 0, size = 0;
	uint64_t end = (region->phys + region->size) >> pages_shift(pages);

	/* No struct page is smaller than 32 bytes: none of their pages is passed over. */
	for (uint64_t pfn = first; pages_next(pages, pfn, &pfn) && pfn < end; pfn += 64) {
		if (!(pfn & 0xffc0))
			TRY(interrupt_check());
		TRY(pages_address(pages, pfn, &address));
		address &= ~4095ull;
		if (size && address >= at && address <= at + size) {
			size = address + 4096 - at;
			continue;
		}
		if (size)
			TRY(reach_check(v, at, size, "struct pages"));
		at = address;
		size = 4096;
	}
	return size ? reach_check(v, at, size, "struct pages") : NULL;
}

static struct error *check_struct_pages(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	struct kxdump_region region;
	struct error *err = NULL;
	struct pages *pages;

	TRY(pages_create(validation_image(v), &pages));
	for (size_t i = 0; i < kxdump_nr_regions(dump) && !err; i++) {
		err = kxdump_region(dump, i, &region);
		if (!err && page_windows_may_hold(&region))
			err = check_region(v, pages, &region);
	}
	pages_destroy(pages);
	return err;
}

const struct validate_check validate_struct_pages = {
	.name = "struct-pages-there",
	.family = "coverage",
	.summary = "struct pages are not in the dump: what pages were used for is not known",
	.needs_kernel = true,
	.run = check_struct_pages,
};
