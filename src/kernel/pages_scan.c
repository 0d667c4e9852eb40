// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The uses of a window of pages, from their struct pages in one piece. A window is no smaller than
 * the largest block of the buddy allocator and as aligned, so that no block crosses its ends and
 * what is said of a page does not depend on where one began to ask.
 */
#include "base/interrupt.h"
#include "kernel/pages_layout.h"

#include <string.h>

#define MAP_PAGE	4096 /* a piece of the struct pages that is there or missing as a whole */
#define MISSING		0xff
#define MAPPING_ANON	1ULL /* PAGE_MAPPING_ANON, FOLIO_MAPPING_ANON */
#define MAPPING_MOVABLE 2ULL /* alone: PAGE_MAPPING_MOVABLE, until v6.17 */
#define MAX_HEAD_ORDER	24   /* of a hugetlb page: 64 GiB in pages of 4 KiB, more than any */

static bool is_type(uint32_t value, const struct page_type *type)
{
	return type->mask && (value & type->mask) == type->value;
}

static enum page_use use_of_type(const struct pages_layout *l, const uint8_t *page, uint32_t type)
{
	uint64_t mapping;

	if (is_type(type, &l->buddy))
		return PAGE_USE_FREE;
	if (is_type(type, &l->is_slab))
		return PAGE_USE_SLAB;
	if (is_type(type, &l->table))
		return PAGE_USE_TABLE;
	if (is_type(type, &l->hugetlb))
		return PAGE_USE_HUGETLB;
	if (is_type(type, &l->unaccepted))
		return PAGE_USE_UNACCEPTED;
	if (!is_type(type, &l->offline))
		return PAGE_USE_KERNEL;
	/* Of what is offline, a balloon's pages alone can be migrated. */
	mapping = pages_word(l, page + l->mapping);
	if (l->movable ? pages_word(l, page + l->flags) & l->movable
		       : (mapping & (MAPPING_ANON | MAPPING_MOVABLE)) == MAPPING_MOVABLE)
		return PAGE_USE_BALLOON;
	return PAGE_USE_OFFLINE;
}

/* @next: the first tail's struct; NULL: not to be had. */
static bool is_hugetlb(const struct pages_layout *l, const uint8_t *next)
{
	if (!next)
		return false;
	if (l->hugetlb_by == HUGETLB_FLAG)
		return pages_word(l, next + l->flags) & l->hugetlb_flag;
	return l->hugetlb_by == HUGETLB_DTOR && next[l->hugetlb_dtor] == l->hugetlb_dtor_value;
}

/* Of a page that is no tail, but for what is to be said of poison. */
static enum page_use own_use(const struct pages_layout *l, const uint8_t *page, const uint8_t *next)
{
	uint64_t flags = pages_word(l, page + l->flags);
	uint32_t type = pages_u32(l, page + l->type);
	bool is_anon;

	if (flags & l->slab)
		return PAGE_USE_SLAB;
	if ((int32_t)type < l->typed_below)
		return use_of_type(l, page, type);
	if (flags & l->reserved)
		return PAGE_USE_RESERVED;
	if (flags & l->head && l->hugetlb_by > HUGETLB_TYPE) {
		if (!next)
			return PAGE_USE_UNKNOWN;
		if (is_hugetlb(l, next))
			return PAGE_USE_HUGETLB;
	}
	is_anon = pages_word(l, page + l->mapping) & MAPPING_ANON;
	if (is_anon)
		return l->knows_slabs ? PAGE_USE_ANON : PAGE_USE_KERNEL;
	/* PG_swapcache shares its bit with other flags: it is one with PG_swapbacked alone. */
	if (l->is_private &&
	    (flags & l->is_lru || (l->swapcache && flags & l->swapbacked && flags & l->swapcache)))
		return flags & l->is_private ? PAGE_USE_CACHE_PRIVATE : PAGE_USE_CACHE;
	return PAGE_USE_KERNEL;
}

enum page_use pages_own_use(const struct pages_layout *l, const uint8_t *page)
{
	if (pages_word(l, page + l->flags) & l->hwpoison)
		return PAGE_USE_HWPOISON;
	if (pages_word(l, page + l->compound) & 1)
		return PAGE_USE_UNKNOWN;
	return own_use(l, page, NULL);
}

/*
 * @compound is the head's address + 1, or (v7.1, where struct page's size is a power of two) a mask
 * over the tail's own address: all ones from the top down to a bit that no address of a struct page
 * could have as its lowest but in the last MiBs of all.
 */
uint64_t pages_head_of(const struct pages_layout *l, uint64_t address, uint64_t compound)
{
	uint64_t bits = compound & ~1ULL, lowest;

	if (l->word == 4)
		bits |= 0xffffffff00000000;
	lowest = ~bits + 1; /* a power of two, if it is such a mask */
	if (l->masks && lowest && !(lowest & (lowest - 1)) &&
	    lowest <= (uint64_t)l->size << MAX_HEAD_ORDER)
		return address & bits;
	return compound - 1;
}

/* Contiguous struct pages, as far as they were read. */
struct run {
	const uint8_t *bytes;
	uint8_t *uses;
	size_t count, done;    /* done: those before are decided */
	uint64_t pfn, address; /* of the first */
	size_t block_end;      /* up to here pages belong to a block */
	enum page_use block;
};

/* The compound page whose head has the struct pages @bytes and, behind it, its first tail's. */
static enum page_use use_of_head(const struct pages_layout *l, const uint8_t *bytes)
{
	enum page_use use;

	if (!(pages_word(l, bytes + l->flags) & l->head))
		return PAGE_USE_UNKNOWN;
	use = own_use(l, bytes, bytes + l->size);
	/* A block that is free or unaccepted has no tails. */
	if (use == PAGE_USE_FREE || use == PAGE_USE_UNACCEPTED)
		return PAGE_USE_UNKNOWN;
	/* Which page of a hugetlb one is poisoned is told elsewhere. */
	if (use == PAGE_USE_HUGETLB && pages_word(l, bytes + l->flags) & l->hwpoison)
		return PAGE_USE_HWPOISON;
	return use;
}

/* The same by the head's address, as a tail in @run says; as far as can be, without reading. */
static enum page_use look_at_head(struct pages *pages, const struct run *run, uint64_t address,
				  uint64_t *pfn)
{
	const struct pages_layout *l = &pages->layout;
	uint8_t bytes[2 * 512];
	uint64_t i;

	if (error_dropped(pages_pfn_at(pages, address, pfn)))
		return PAGE_USE_UNKNOWN;
	i = *pfn - run->pfn;
	if (i + 1 < run->done && run->uses[i] != PAGE_USE_UNKNOWN &&
	    run->uses[i + 1] != PAGE_USE_UNKNOWN)
		return use_of_head(l, run->bytes + i * l->size);
	if (error_dropped(memory_read(pages->env.memory, address, bytes, 2 * l->size)))
		return PAGE_USE_UNKNOWN;
	return use_of_head(l, bytes);
}

static enum page_use tail_use(struct pages *pages, const struct run *run, size_t i,
			      uint64_t compound)
{
	uint64_t address = run->address + i * pages->layout.size, pfn = run->pfn + i;
	uint64_t head = pages_head_of(&pages->layout, address, compound);

	if (head != pages->head_address) {
		pages->head_pfn = UINT64_MAX;
		pages->head_use = (uint8_t)look_at_head(pages, run, head, &pages->head_pfn);
		pages->head_address = head;
	}
	if (pages->head_pfn >= pfn || pfn - pages->head_pfn >= 1ULL << MAX_HEAD_ORDER)
		return PAGE_USE_UNKNOWN;
	return pages->head_use;
}

/* Is a page inside of a free block what such a page must be? */
static bool fits_block(const struct pages_layout *l, const uint8_t *page, enum page_use block)
{
	return !(pages_word(l, page + l->flags) & (l->is_lru | l->slab | l->head | l->hwpoison)) &&
	       (int32_t)pages_u32(l, page + l->type) >= l->typed_below &&
	       (block != PAGE_USE_FREE || !pages_u32(l, page + l->refcount));
}

/* Begins the block of page @i, when it is one's first; else it is no more than it says itself. */
static enum page_use begin_block(const struct pages_layout *l, struct run *run, size_t i,
				 enum page_use use)
{
	uint64_t order = l->max_order, pfn = run->pfn + i;

	if (use == PAGE_USE_FREE)
		order = pages_word(l, run->bytes + i * l->size + l->private);
	if (order > l->max_order || pfn & ((1ULL << order) - 1))
		return PAGE_USE_UNKNOWN;
	run->block = use;
	run->block_end = i + (1ULL << order);
	return use;
}

/*
 * Where hugetlb pages' struct pages are folded together (v5.18 – v7.0), every first one of a mapped
 * page is the head's over again: @compound is what the next one says.
 */
static bool is_fake_head(const struct pages_layout *l, const struct run *run, size_t i,
			 uint64_t *compound)
{
	uint64_t address = run->address + i * l->size;
	const uint8_t *page = run->bytes + i * l->size;

	if (address % MAP_PAGE || !(pages_word(l, page + l->flags) & l->head) ||
	    i + 1 >= run->count || run->uses[i + 1] == MISSING)
		return false;
	*compound = pages_word(l, page + l->size + l->compound);
	return *compound & 1 && *compound - 1 < address &&
	       pages_head_of(l, address, *compound) == *compound - 1;
}

static enum page_use one_use(struct pages *pages, struct run *run, size_t i)
{
	const struct pages_layout *l = &pages->layout;
	const uint8_t *page = run->bytes + i * l->size, *next = NULL;
	uint64_t flags = pages_word(l, page + l->flags);
	uint64_t compound = pages_word(l, page + l->compound);
	enum page_use use;

	if (flags & l->hwpoison)
		return PAGE_USE_HWPOISON;
	if (compound & 1 || is_fake_head(l, run, i, &compound))
		return tail_use(pages, run, i, compound);
	if (i + 1 < run->count && run->uses[i + 1] != MISSING)
		next = page + l->size;
	use = own_use(l, page, next);
	if (use == PAGE_USE_FREE || use == PAGE_USE_UNACCEPTED)
		use = begin_block(l, run, i, use);
	return use;
}

static void scan_run(struct pages *pages, struct run *run)
{
	const struct pages_layout *l = &pages->layout;

	for (size_t i = 0; i < run->count; i++) {
		run->done = i;
		if (run->uses[i] == MISSING) {
			run->uses[i] = PAGE_USE_UNKNOWN;
			run->block_end = 0;
			pages->unreadable++;
		} else if (i < run->block_end &&
			   fits_block(l, run->bytes + i * l->size, run->block)) {
			run->uses[i] = (uint8_t)run->block;
		} else {
			run->block_end = 0;
			run->uses[i] = (uint8_t)one_use(pages, run, i);
		}
	}
}

/* A page in a CPU's list is free when nothing about it says otherwise. */
static void mark_listed(struct pages *pages, const struct run *run)
{
	const struct pages_layout *l = &pages->layout;
	uint64_t end = run->pfn + run->count;
	size_t low = 0, high = pages->nr_free;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pages->free[middle].end <= run->pfn)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < pages->nr_free && pages->free[low].start < end; low++) {
		uint64_t pfn = max(pages->free[low].start, run->pfn);

		for (; pfn < min(pages->free[low].end, end); pfn++) {
			size_t i = pfn - run->pfn;
			const uint8_t *page = run->bytes + i * l->size;

			if (run->uses[i] == PAGE_USE_KERNEL && fits_block(l, page, PAGE_USE_FREE) &&
			    !pages_word(l, page + l->mapping))
				run->uses[i] = PAGE_USE_FREE_CPU;
		}
	}
}

/* All of the run's struct pages; where some are missing, page by page. */
static struct error *read_run(struct pages *pages, struct run *run, uint8_t *bytes)
{
	uint32_t size = pages->layout.size;
	uint64_t total = run->count * size;
	struct error *err = memory_read(pages->env.memory, run->address, bytes, total);

	if (!err)
		return NULL;
	for (uint64_t at = 0, n; at < total; at += n) {
		if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
			return err;
		error_free(err);
		n = min(total - at, MAP_PAGE - (run->address + at) % MAP_PAGE);
		err = memory_read(pages->env.memory, run->address + at, bytes + at, n);
		if (err) /* also a struct that is there in part */
			memset(run->uses + at / size, MISSING, (at + n - 1) / size - at / size + 1);
	}
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	error_free(err);
	return NULL;
}

struct error *pages_scan(struct pages *pages, uint64_t start)
{
	uint64_t end = start + pages->window, pfn = start;

	memset(pages->uses, PAGE_USE_UNKNOWN, pages->window);
	for (size_t i = 0; i < pages->nr_ranges && pfn < end; i++) {
		const struct pages_range *range;
		struct run run = { .bytes = pages->bytes };

		TRY(interrupt_check());
		if (!pages_next(pages, pfn, &pfn) || pfn >= end)
			break;
		range = pages_map_find(pages, pfn);
		run.pfn = pfn;
		run.address = range->base + pfn * pages->layout.size;
		run.count = (size_t)(min(range->end, end) - pfn);
		run.uses = pages->uses + (pfn - start);
		TRY(read_run(pages, &run, pages->bytes));
		scan_run(pages, &run);
		mark_listed(pages, &run);
		pfn += run.count;
	}
	return NULL;
}
