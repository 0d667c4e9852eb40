/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of a dump are worth keeping: rules by name, or makedumpfile's levels, over the kinds
 * of pages that the dumped kernel's own types tell apart. Where the kernel's way is not understood
 * a page is kept, and filter_unsure() says so.
 */
#ifndef SAVE_FILTER_H
#define SAVE_FILTER_H

#include "image/image.h"

/* What a page was used for. The first that fits, in this order of certainty. */
enum page_kind {
	PAGE_KEPT, /* kernel text, page tables, slabs, stacks…: everything that is not below */
	PAGE_CACHE,
	PAGE_CACHE_PRIVATE,
	PAGE_USER,
	PAGE_FREE,
	PAGE_HUGETLB,
	PAGE_HWPOISON,
	PAGE_OFFLINE,
	PAGE_UNACCEPTED,
	PAGE_BALLOON,
	PAGE_UNKNOWN, /* its struct page could not be read, or was not understood: kept */
	PAGE_KINDS,
};

/* "cache-private"… as rules and reports name it. */
const char *page_kind_name(enum page_kind kind);

struct filter_rules {
	bool zero;		    /* leave out pages of zeros (level bit 1): the writer's part */
	bool leave_out[PAGE_KINDS]; /* PAGE_KEPT and PAGE_UNKNOWN never */
};

/* makedumpfile's -d: 0 … 31. hwpoison, offline and unaccepted pages go at any level, as there. */
must_check struct error *filter_rules_level(unsigned int level, struct filter_rules *ret);
/* --exclude/--keep NAME. USAGE lists the names there are. */
must_check struct error *filter_rules_set(struct filter_rules *rules, const char *name,
					  bool leave_out);

struct filter;

/* @image must outlive it. Works, and keeps all, where the kernel is not understood. */
must_check struct error *filter_create(struct image *image, const struct filter_rules *rules,
				       struct filter **ret);
void filter_destroy(struct filter *filter);
/*
 * Decides the pages of pfns @start … @end - 1, both multiples of 8, and writes both bitmaps: bit i
 * of @ram (least significant first) says that pfn @start + i can be had from the dump, bit i of
 * @keep that it shall be kept too. Deterministic: asked again, in whatever pieces, it says the
 * same. Counts are added once a pfn is first decided, so ask in ascending order.
 */
must_check struct error *filter_decide(struct filter *filter, uint64_t start, uint64_t end,
				       uint8_t *ram, uint8_t *keep);
/*
 * The same filter for another thread, over @reader, which outlives it: each decides other pages. To
 * be joined by the thread that uses @filter: what was counted and not understood is then @filter's.
 */
must_check struct error *filter_share(struct filter *filter, struct image_reader *reader,
				      struct filter **ret);
void filter_join(struct filter *filter, struct filter *share); /* NULL is allowed */
/* Pages by kind, of those decided so far. */
void filter_counts(const struct filter *filter, uint64_t ret[PAGE_KINDS]);
/* The nth thing that was not understood, as a sentence; NULL past the last. */
const char *filter_unsure(const struct filter *filter, size_t n);

#endif
