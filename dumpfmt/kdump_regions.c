// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a KDUMP file says of memory as a whole: bitmap 1 has the pages that exist, bitmap 2 those
 * that were dumped. Old files have one bitmap, which cannot tell the two apart.
 *
 * Regions are runs of existing pages. They can be as many as half the bits: only the start of every
 * 256th is kept, and the place where the last question ended.
 */
#include "dumpfmt/kdump.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <string.h>

#define MARK_STEP  256
#define SCAN_PAGES 4096

enum kxdump_page kdump_page_state(struct kdump *k, uint64_t pfn)
{
	const struct kdump_part *part;
	struct page_desc desc;
	bool dumped, exists;
	uint64_t rank;

	if (pfn >= k->max_pfn)
		return KXDUMP_PAGE_ABSENT;
	if (pfn >= k->dumped.bits)
		return KXDUMP_PAGE_LOST;
	if (error_dropped(bitmap_test(&k->dumped, pfn, &dumped)))
		return KXDUMP_PAGE_LOST;
	if (!dumped) {
		if (k->single_bitmap)
			return KXDUMP_PAGE_EXCLUDED;
		if (error_dropped(bitmap_test(&k->ram, pfn, &exists)))
			return KXDUMP_PAGE_LOST;
		return exists ? KXDUMP_PAGE_EXCLUDED : KXDUMP_PAGE_ABSENT;
	}
	part = kdump_set_find(k, pfn);
	if (!part)
		return KXDUMP_PAGE_LOST;
	if (k->doubtful &&
	    (error_dropped(bitmap_rank(&k->dumped, pfn, &rank)) ||
	     error_dropped(kdump_pages_descs(k, part, rank - part->rank, 1, &desc)) ||
	     !kdump_pages_there(part, &desc)))
		return KXDUMP_PAGE_LOST;
	return KXDUMP_PAGE_PRESENT;
}

/* How many of the @count pages, whose descriptors begin at @index, share the first one's fate. */
static struct error *same_fate(struct kdump *k, const struct kdump_part *part, uint64_t index,
			       uint64_t count, bool *there, uint64_t *ret)
{
	uint64_t offset = k->desc_offset + index * KDUMP_DESC_SIZE;
	uint64_t run = source_run(part->source, offset, count * KDUMP_DESC_SIZE, there);
	size_t n = (size_t)min(run / KDUMP_DESC_SIZE, (uint64_t)KDUMP_BATCH), i;

	if (!*there || !n) { /* descriptors that are lost, or one in part */
		*there = false;
		*ret = max(run / KDUMP_DESC_SIZE, (uint64_t)1);
		return NULL;
	}
	TRY(kdump_pages_descs(k, part, index, n, k->batch));
	*there = kdump_pages_there(part, &k->batch[0]);
	for (i = 1; i < n && kdump_pages_there(part, &k->batch[i]) == *there; i++)
		;
	*ret = i;
	return NULL;
}

/* The run of dumped pages at or above @pfn, or the start of it; @start >= @end if there is none. */
static struct error *next_dumped(struct kdump *k, uint64_t pfn, uint64_t *start, uint64_t *end)
{
	uint64_t limit = UINT64_MAX;

	TRY(bitmap_next(&k->dumped, pfn, UINT64_MAX, true, start));
	/* Where descriptors are looked at, no further than is done at once. */
	if (k->doubtful)
		limit = *start + SCAN_PAGES;
	return bitmap_next(&k->dumped, *start, limit, false, end);
}

struct error *kdump_next_present(struct kdump *k, uint64_t pfn, uint64_t *start, uint64_t *end)
{
	uint64_t from, to, count, rank;
	bool there;

	for (;; pfn = to) {
		const struct kdump_part *part;

		TRY(next_dumped(k, pfn, &from, &to));
		if (from >= to) {
			*start = *end = from;
			return NULL;
		}
		if (!k->doubtful)
			break;
		part = kdump_set_find(k, from);
		if (!part) {
			to = from + 1; /* a missing file's range ends where the next file begins */
			for (size_t i = k->nr_parts; i-- && k->parts[i].start > from;)
				to = k->parts[i].start;
			if (to == from + 1 && k->parts[k->nr_parts - 1].end <= from)
				to = k->max_pfn;
			continue;
		}
		to = min(to, part->end);
		TRY(interrupt_check());
		TRY(bitmap_rank(&k->dumped, from, &rank));
		TRY(same_fate(k, part, rank - part->rank, to - from, &there, &count));
		to = from + count;
		if (there)
			break;
	}
	*start = from;
	*end = to;
	return NULL;
}

/* Pages that can be read among those below @limit whose bits are set. */
static struct error *count_present(struct kdump *k, uint64_t first, uint64_t limit, uint64_t *ret)
{
	uint64_t start, end, count = 0, before, after;

	if (!k->doubtful) {
		TRY(bitmap_rank(&k->dumped, first, &before));
		TRY(bitmap_rank(&k->dumped, limit, &after));
		*ret = after - before;
		return NULL;
	}
	for (uint64_t pfn = first; pfn < limit; pfn = end) {
		TRY(kdump_next_present(k, pfn, &start, &end));
		if (start >= end || start >= limit)
			break;
		count += min(end, limit) - start;
	}
	*ret = count;
	return NULL;
}

struct error *kdump_totals(struct kdump *k, struct kxdump_totals *ret)
{
	struct kxdump_totals totals = { 0 };
	uint64_t dumped;

	TRY(count_present(k, 0, k->max_pfn, &totals.present));
	TRY(bitmap_rank(&k->dumped, k->max_pfn, &dumped));
	if (k->single_bitmap)
		totals.described = k->max_pfn;
	else
		TRY(bitmap_rank(&k->ram, k->max_pfn, &totals.described));
	totals.described = max(totals.described, dumped);
	totals.lost = dumped - totals.present;
	totals.excluded = totals.described - dumped;
	*ret = totals;
	return NULL;
}

/* @count bits of @bitmap from @pfn on, over @ret; those beyond its end are clear. */
static struct error *add_bits(const struct bitmap *bitmap, uint64_t pfn, uint64_t count,
			      uint8_t *ret)
{
	uint64_t there = pfn < bitmap->bits ? min(count, bitmap->bits - pfn) : 0;

	TRY(interrupt_check());
	TRY(source_read(bitmap->source, bitmap->offset + pfn / 8, ret, (size_t)((there + 7) / 8)));
	if (there % 8)
		ret[there / 8] &= (uint8_t)(0xff >> (8 - there % 8));
	return NULL;
}

struct error *kdump_bits(struct kdump *k, uint64_t pfn, uint64_t count, uint8_t *described,
			 uint8_t *dumped)
{
	TRY(add_bits(&k->dumped, pfn, count, dumped));
	if (k->single_bitmap) {
		if (pfn < k->dumped.bits)
			dump_set_bits(described, 0, min(count, k->dumped.bits - pfn));
		return NULL;
	}
	TRY(add_bits(&k->ram, pfn, count, described));
	for (uint64_t i = 0; i < count / 8; i++)
		described[i] |= dumped[i];
	return NULL;
}

static struct error *next_region(struct kdump *k, uint64_t pfn, uint64_t *start, uint64_t *end)
{
	TRY(bitmap_next(&k->ram, pfn, UINT64_MAX, true, start));
	return bitmap_next(&k->ram, *start, UINT64_MAX, false, end);
}

struct error *kdump_nr_regions(struct kdump *k, size_t *ret)
{
	uint64_t start, end;
	size_t count = 0;

	if (!k->regions_counted) {
		k->nr_marks = 0;
		for (uint64_t pfn = 0;; pfn = end) {
			TRY(next_region(k, pfn, &start, &end));
			if (start >= end)
				break;
			if (!(count++ % MARK_STEP)) {
				TRY(alloc_grow(&k->region_marks, &k->marks_room, k->nr_marks + 1,
					       sizeof(*k->region_marks)));
				k->region_marks[k->nr_marks++] = start;
			}
		}
		k->nr_regions = count;
		k->regions_counted = true;
		k->cursor_start = k->cursor_end = 0;
		k->cursor = SIZE_MAX;
	}
	*ret = k->nr_regions;
	return NULL;
}

/* Moves the cursor onto region @i, which exists. */
static struct error *seek_region(struct kdump *k, size_t i)
{
	size_t at = k->cursor;
	uint64_t start = k->cursor_start, end = k->cursor_end;

	if (at == SIZE_MAX || i < at || i - at > MARK_STEP) {
		at = i / MARK_STEP * MARK_STEP;
		TRY(next_region(k, k->region_marks[i / MARK_STEP], &start, &end));
	}
	for (; at < i; at++)
		TRY(next_region(k, end, &start, &end));
	k->cursor = i;
	k->cursor_start = start;
	k->cursor_end = end;
	return NULL;
}

struct error *kdump_region(struct kdump *k, size_t i, struct kxdump_region *ret)
{
	struct kxdump_region region = { 0 };
	uint64_t before, after;

	TRY(seek_region(k, i));
	region.phys = k->cursor_start * k->page_size;
	region.size = (k->cursor_end - k->cursor_start) * k->page_size;
	TRY(bitmap_rank(&k->dumped, k->cursor_start, &before));
	TRY(bitmap_rank(&k->dumped, k->cursor_end, &after));
	region.excluded = k->cursor_end - k->cursor_start - (after - before);
	TRY(count_present(k, k->cursor_start, k->cursor_end, &region.present));
	*ret = region;
	return NULL;
}
