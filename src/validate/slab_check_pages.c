// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slabs by their struct pages. A slab without a free object is in no list (mm/slub.c of Linux), so
 * this is the only way to it.
 */
#include "validate/page_windows.h"
#include "validate/slab_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* KFENCE's pool is of at most so many pages; those of objects are slabs of one (mm/kfence/core.c).
 */
#define KFENCE_PAGES (2 * (65535 + 1))
#define STRAYS	     500 /* no more are told */

/* Slabs of a cache that is in no list of caches. */
struct stray {
	uint64_t cache, slab, count; /* the first slab; how many */
};

struct by_pages {
	struct slab_check *s;
	unsigned int shift;
	uint64_t kfence;	     /* the first byte of its pool, 0: there is none */
	struct stray strays[STRAYS]; /* by cache */
	size_t nr_strays;
	uint64_t more_strays;		   /* slabs of still other caches */
	uint64_t off_list, first_off_list; /* slabs with free objects that no list leads to */
};

static int compare_known(const void *a, const void *b)
{
	const struct slab_known *x = a, *y = b;

	return x->cache.address < y->cache.address ? -1 : x->cache.address > y->cache.address;
}

static struct slab_known *find_known(struct slab_check *s, uint64_t cache)
{
	struct slab_known key = { .cache.address = cache };

	return bsearch(&key, s->known, s->nr_known, sizeof(key), compare_known);
}

static void look_at_cache(struct slab_check *s, const struct slab_known *known)
{
	s->cache = &known->cache;
	s->objects = known->objects;
	s->fit = known->fit;
	s->may_race = false; /* the last cache's look may have ended in an error */
}

static bool is_kfence(struct by_pages *b, uint64_t pfn, const struct slab *slab)
{
	uint64_t at;

	return b->kfence && slab->objects <= 1 &&
	       !error_dropped(image_phys_to_virt(b->s->image, pfn << b->shift, &at)) &&
	       at - b->kfence < (uint64_t)KFENCE_PAGES << b->shift;
}

/* Pages that the slab at least has, so that its tails need not be looked at. */
static uint64_t least_pages(const struct by_pages *b, const struct slab_known *known,
			    const struct slab *slab)
{
	uint64_t pages = 1;

	while (pages < 1ull << known->cache.order &&
	       (pages << b->shift) / known->objects.size < slab->objects)
		pages *= 2;
	return pages;
}

static bool is_full(const struct slab_known *known, const struct slab *slab)
{
	return slab->objects && slab->objects <= known->fit && slab->inuse == slab->objects &&
	       !slab->freelist;
}

static void add_stray(struct by_pages *b, uint64_t cache, uint64_t slab)
{
	size_t low = 0, high = b->nr_strays;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (b->strays[middle].cache < cache)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < b->nr_strays && b->strays[low].cache == cache) {
		b->strays[low].count++;
	} else if (b->nr_strays == STRAYS) {
		b->more_strays++;
	} else {
		memmove(&b->strays[low + 1], &b->strays[low],
			(b->nr_strays++ - low) * sizeof(*b->strays));
		b->strays[low] = (struct stray){ cache, slab, 1 };
	}
}

static struct error *check_slab(struct by_pages *b, uint64_t address, const struct slab *slab,
				uint64_t *pages)
{
	struct slab_check *s = b->s;
	const struct slab_known *known = find_known(s, slab->cache);
	uint64_t base, objects;

	if (!known) {
		add_stray(b, slab->cache, address);
		return NULL;
	}
	if (!known->understood)
		return NULL;
	*pages = least_pages(b, known, slab);
	if (address_list_has(&s->met, address) || is_full(known, slab))
		return NULL;
	look_at_cache(s, known);
	TRY(slab_check_slab(s, address, "its struct page", &base, &objects));
	if (base && slab->inuse < objects && !b->off_list++)
		b->first_off_list = base;
	return NULL;
}

/* *@pages: how many need not be looked at, with this one. */
static struct error *look_at_page(struct by_pages *b, uint64_t pfn, uint64_t *pages)
{
	struct slab_check *s = b->s;
	struct page_info info;
	struct slab slab;

	TRY(pages_describe_own(s->pages, pfn, &info));
	if (info.use != PAGE_USE_SLAB || info.is_tail)
		return NULL;
	TRY(slab_read(s->image, &s->layout, info.address, &slab));
	return is_kfence(b, pfn, &slab) ? NULL : check_slab(b, info.address, &slab, pages);
}

static struct error *look_at_window(void *context, uint64_t pfn, uint64_t end, const uint8_t *uses)
{
	struct by_pages *b = context;
	uint64_t pages;

	for (uint64_t at = pfn; at < end; at += pages) {
		struct error *err = NULL;

		pages = 1;
		if (uses[at - pfn] == PAGE_USE_SLAB)
			err = look_at_page(b, at, &pages);
		TRY(validation_find_error(b->s->v, true, place_physical(at << b->shift, 0), err,
					  "a slab"));
	}
	return NULL;
}

/* Is it a struct kmem_cache all the same, of one that is being destroyed? */
static struct error *is_cache(struct slab_check *s, uint64_t address, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < s->nr_known; i++) {
		if (strcmp(s->known[i].cache.name, "kmem_cache"))
			continue;
		look_at_cache(s, &s->known[i]);
		return slab_check_object(s, address, ret);
	}
	return NULL;
}

static struct error *tell_strays(const struct by_pages *b)
{
	for (size_t i = 0; i < b->nr_strays; i++) {
		const struct stray *stray = &b->strays[i];
		bool going;

		TRY(is_cache(b->s, stray->cache, &going));
		validation_find_wrong(b->s->v, going, stray->slab,
				      "slabs are of the cache at 0x%" PRIx64
				      ", which is none of the kernel's: %" PRIu64,
				      stray->cache, stray->count);
	}
	if (b->more_strays)
		validation_find(b->s->v, FINDING_FAULT, CAUSE_CORRUPT, place_none(),
				"slabs are of still other caches, which are none of the kernel's: "
				"%" PRIu64,
				b->more_strays);
	return NULL;
}

static struct error *look(struct by_pages *b)
{
	struct slab_check *s = b->s;

	address_list_sort(&s->met);
	if (s->nr_known)
		qsort(s->known, s->nr_known, sizeof(*s->known), compare_known);
	TRY(page_windows(s->v, s->pages, look_at_window, b));
	if (b->off_list)
		validation_find(s->v, FINDING_NOTE, CAUSE_RACE, place_virtual(b->first_off_list, 0),
				"slabs with free objects are in no list, as while a CPU works on "
				"them: %" PRIu64,
				b->off_list);
	return tell_strays(b);
}

struct error *slab_check_pages(struct slab_check *s)
{
	struct by_pages b = { .s = s, .shift = pages_shift(s->pages) };

	error_free(image_read_global(s->image, "__kfence_pool", 0, &b.kfence));
	return look(&b);
}
