// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free memory: every block of the buddy allocator's lists is a page that says of itself that it is
 * free, no two overlap, and their numbers are those that the allocator counted. mm/page_alloc.c of
 * Linux.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"

#include "image/view.h"
#include "kernel/pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LISTS 64
#define MAX_ORDER 32

enum { FREE_AREA, LOCK };
DEFINE_VIEW(zone_view, "zone", [FREE_AREA] = FIELD("free_area"), [LOCK] = FIELD("lock"));
enum { FREE_LIST, NR_FREE };
DEFINE_VIEW(area_view, "free_area", [FREE_LIST] = FIELD("free_list"), [NR_FREE] = FIELD("nr_free"));
enum { LRU };
/* The list that a free page is in: buddy_list since bf75f200569d (v5.19). */
DEFINE_VIEW(page_view, "page", [LRU] = FIELD("buddy_list", "lru"));

struct free_pages {
	struct validation *v;
	struct image *image;
	struct pages *pages;
	const struct page_zone *zone;
	uint64_t lru;
	unsigned int order;
	uint64_t blocks; /* of this area */
	uint8_t *taken;	 /* bits of pfns from @first on: found free */
	uint64_t first, end;
	bool may_race;
};

static void tell(struct free_pages *f, uint64_t at, const char *fmt, ...) printf_like(3, 4);

static void tell(struct free_pages *f, uint64_t at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	validation_find_wrong(f->v, f->may_race, at, "zone %s, order %u: %s", f->zone->name,
			      f->order, text);
}

/* Marks the block's pages as found; false when one of them was before. */
static bool take(struct free_pages *f, uint64_t pfn)
{
	uint64_t end = min(pfn + (1ULL << f->order), f->end);
	bool fresh = true;

	for (uint64_t i = max(pfn, f->first); i < end; i++) {
		uint8_t *byte = &f->taken[(i - f->first) / 8], bit = 1u << (i - f->first) % 8;

		fresh &= !(*byte & bit);
		*byte |= bit;
	}
	return fresh;
}

static struct error *check_block(void *context, uint64_t node)
{
	struct free_pages *f = context;
	uint64_t address = node - f->lru, pfn;
	struct page_info info;
	struct error *err;

	f->blocks++;
	if (error_dropped(pages_pfn(f->pages, address, &pfn))) {
		tell(f, node, "an entry that is in no struct page");
		return NULL;
	}
	if (pfn < f->first || pfn >= f->end || pfn & ((1ULL << f->order) - 1)) {
		tell(f, address, "pfn 0x%" PRIx64 " is not of this zone, or not aligned", pfn);
		return NULL;
	}
	err = pages_describe_own(f->pages, pfn, &info);
	if (err)
		return validation_find_error(f->v, true, place_virtual(address, 0), err,
					     "a free page");
	if (info.use != PAGE_USE_FREE || info.private != f->order)
		tell(f, address,
		     "pfn 0x%" PRIx64 " is \"%s\" of order %" PRIu64 " by its struct page", pfn,
		     page_use_name(info.use), info.private);
	if (!take(f, pfn))
		tell(f, address, "pfn 0x%" PRIx64 " is free twice", pfn);
	return NULL;
}

static struct error *check_area(struct free_pages *f, uint64_t area, uint64_t nr_lists,
				uint64_t lists)
{
	uint64_t counted;
	bool whole = true;

	f->blocks = 0;
	for (uint64_t i = 0; i < nr_lists; i++) {
		char name[96];
		struct list_check list = { .name = name,
					   .head = area + lists + i * 16,
					   .each = check_block,
					   .context = f,
					   .may_race = f->may_race };

		snprintf(name, sizeof(name), "zone %s free_area[%u].free_list[%" PRIu64 "]",
			 f->zone->name, f->order, i);
		TRY(list_check_run(f->v, &list));
		whole &= list.whole;
	}
	TRY(view_read(f->image, &area_view, NR_FREE, area, &counted));
	if (whole && counted != f->blocks)
		tell(f, area, "%" PRIu64 " blocks are in its lists, and it counts %" PRIu64,
		     f->blocks, counted);
	return NULL;
}

static struct error *check_zone(void *context, const struct page_zone *zone)
{
	struct free_pages *f = context;
	struct type_place areas, lists;
	uint64_t size, lock;
	struct error *err = NULL;

	f->zone = zone;
	f->first = zone->start_pfn;
	f->end = zone->start_pfn + zone->spanned;
	if (f->end < f->first || zone->spanned > 1ULL << 40) {
		f->order = 0;
		tell(f, zone->address, "it spans 0x%" PRIx64 " pages from 0x%" PRIx64 " on",
		     zone->spanned, zone->start_pfn);
		return NULL;
	}
	TRY(view_place(f->image, &zone_view, FREE_AREA, &areas));
	TRY(view_place(f->image, &area_view, FREE_LIST, &lists));
	TRY(view_size(f->image, &area_view, &size));
	if (areas.type->kind != TYPE_ARRAY || areas.type->count > MAX_ORDER ||
	    lists.type->kind != TYPE_ARRAY || lists.type->count > MAX_LISTS)
		return error_create(ERROR_UNSUPPORTED, "free_area is not as it is known");
	TRY(view_offset(f->image, &zone_view, LOCK, &lock));
	f->may_race = lock_is_held(f->image, zone->address + lock);
	f->taken = calloc(zone->spanned / 8 + 1, 1);
	if (!f->taken)
		return error_nomem();
	for (f->order = 0; !err && f->order < areas.type->count; f->order++)
		err = check_area(f, zone->address + areas.bit_offset / 8 + f->order * size,
				 lists.type->count, lists.bit_offset / 8);
	free(f->taken);
	f->taken = NULL;
	return err;
}

static struct error *run(struct validation *v)
{
	struct free_pages f = { .v = v, .image = validation_image(v) };
	struct error *err;

	err = pages_create(f.image, &f.pages);
	if (err && (err->code == ERROR_NOT_FOUND || err->code == ERROR_UNSUPPORTED)) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	TRY(err);
	err = view_offset(f.image, &page_view, LRU, &f.lru);
	if (!err)
		err = pages_zones(f.pages, check_zone, &f);
	pages_destroy(f.pages);
	return err;
}

const struct validate_check validate_free_pages = {
	.name = "free-pages",
	.family = "structures",
	.summary = "the allocator's lists of free pages and what the pages say disagree",
	.needs_kernel = true,
	.run = run,
};
