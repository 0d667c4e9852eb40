// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map of pages that Kexec HandOver preserves: include/linux/kho/abi/kexec_handover.h of Linux.
 *
 * Since kho-v2 a radix tree: five levels of tables of 512 physical addresses above a bitmap of
 * 32768 bits, each a page. The bits' places make a key of 60 bits: the highest set one tells the
 * page's order (bit 52 is order 0, bit 51 order 1…), those below it its address in units of its own
 * size. kho-v1: a list of pages of pairs, an address and a bitmap of 4096 pages of one order.
 */
#include "kernel/kho.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "kernel/visited.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_SIZE    4096U
#define PAGE_SHIFT   12
#define WORDS	     (PAGE_SIZE / 8)
#define TOP_LEVEL    5
#define BITMAP_BITS  15
#define TABLE_BITS   9
#define ORDER_0_BIT  (64 - PAGE_SHIFT)
#define MAX_AREAS    (1U << 22)
#define V1_BITMAP    512 /* bytes */
#define V1_HEAD	     16	 /* the next page, the order, the number of pairs */
#define V1_MAX_ORDER 20
#define MAX_PHYSICAL ((1ULL << 52) - 1) /* no architecture has more */

struct walk {
	const struct memory *physical;
	struct kho_pages *pages;
	struct visited visited;
};

static struct error *add(struct walk *walk, uint64_t start, unsigned int order)
{
	struct kho_pages *pages = walk->pages;

	if (start % PAGE_SIZE || start > MAX_PHYSICAL)
		return error_at(ERROR_BAD_DATA, start,
				"the map of preserved memory has 0x%" PRIx64
				", which is no page's address",
				start);
	if (pages->count == MAX_AREAS)
		return error_create(ERROR_UNSUPPORTED, "more than %u preserved pages", MAX_AREAS);
	TRY(alloc_grow(&pages->list, &pages->room, pages->count + 1, sizeof(pages->list[0])));
	pages->list[pages->count++] = (struct kho_area){ start, (uint64_t)PAGE_SIZE << order };
	return NULL;
}

static struct error *read_node(struct walk *walk, uint64_t address, uint8_t *node)
{
	TRY(interrupt_check());
	TRY(visited_add(&walk->visited, address, "page of the map of preserved memory"));
	return error_wrap(memory_read(walk->physical, address, node, PAGE_SIZE),
			  "the map of preserved memory");
}

static struct error *take_key(struct walk *walk, uint64_t key, uint64_t node)
{
	unsigned int top = key ? 63 - (unsigned int)__builtin_clzll(key) : 0, order;
	uint64_t bits;

	if (top > ORDER_0_BIT || ORDER_0_BIT - top > 40)
		return error_at(ERROR_BAD_DATA, node,
				"the map of preserved memory at 0x%" PRIx64
				" has a page of no order",
				node);
	order = ORDER_0_BIT - top;
	bits = key & ~(1ULL << top);
	return add(walk, bits << (PAGE_SHIFT + order), order);
}

static struct error *take_bitmap(struct walk *walk, uint64_t address, uint64_t key)
{
	uint8_t node[PAGE_SIZE];

	TRY(read_node(walk, address, node));
	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t bits = load_number(node + 8 * i, 8, walk->physical->big_endian);

		for (; bits; bits &= bits - 1)
			TRY(take_key(walk, key | (i * 64 + (unsigned int)__builtin_ctzll(bits)),
				     address));
	}
	return NULL;
}

static struct error *take_table(struct walk *walk, uint64_t address, unsigned int level,
				uint64_t key)
{
	uint8_t node[PAGE_SIZE];

	TRY(read_node(walk, address, node));
	for (uint64_t i = 0; i < WORDS; i++) {
		uint64_t next = load_number(node + 8 * i, 8, walk->physical->big_endian);
		uint64_t below = key | i << ((level - 1) * TABLE_BITS + BITMAP_BITS);

		if (!next)
			continue;
		if (level == 1)
			TRY(take_bitmap(walk, next, below));
		else
			TRY(take_table(walk, next, level - 1, below));
	}
	return NULL;
}

static struct error *take_v1_bitmap(struct walk *walk, uint64_t start, uint64_t bitmap,
				    unsigned int order)
{
	uint8_t bits[V1_BITMAP];

	TRY(error_wrap(memory_read(walk->physical, bitmap, bits, sizeof(bits)),
		       "a bitmap of preserved memory"));
	for (uint64_t i = 0; i < V1_BITMAP * 8; i++) {
		if (bits[i / 8] >> i % 8 & 1)
			TRY(add(walk, start + (i << (order + PAGE_SHIFT)), order));
	}
	return NULL;
}

static struct error *take_v1(struct walk *walk, uint64_t chunk)
{
	while (chunk) {
		uint8_t page[PAGE_SIZE];
		struct bytes b = bytes_of(page, sizeof(page), walk->physical->big_endian);
		uint64_t next;
		uint32_t order, count;

		TRY(read_node(walk, chunk, page));
		next = bytes_u64(&b);
		order = bytes_u32(&b);
		count = bytes_u32(&b);
		if (order > V1_MAX_ORDER || count > (PAGE_SIZE - V1_HEAD) / 16)
			return error_at(ERROR_BAD_DATA, chunk,
					"the list of preserved memory at 0x%" PRIx64
					" has order %" PRIu32 " and %" PRIu32 " bitmaps",
					chunk, order, count);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t start = bytes_u64(&b), bitmap = bytes_u64(&b);

			TRY(take_v1_bitmap(walk, start, bitmap, order));
		}
		chunk = next;
	}
	return NULL;
}

static int by_start(const void *a, const void *b)
{
	const struct kho_area *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void join(struct kho_pages *pages)
{
	size_t last = 0;

	pages->bytes = 0;
	if (!pages->count)
		return;
	qsort(pages->list, pages->count, sizeof(pages->list[0]), by_start);
	for (size_t i = 1; i < pages->count; i++) {
		struct kho_area *area = &pages->list[last];
		const struct kho_area *next = &pages->list[i];

		/* A page can be told twice: in its own right, and as a part of a larger one. */
		if (area->start + area->size >= next->start)
			area->size = max(area->start + area->size, next->start + next->size) -
				     area->start;
		else
			pages->list[++last] = *next;
	}
	pages->count = last + 1;
	for (size_t i = 0; i < pages->count; i++)
		pages->bytes += pages->list[i].size;
}

struct error *kho_pages_collect(const struct memory *physical, uint64_t root,
				const char *compatible, struct kho_pages *ret)
{
	struct walk walk = { .physical = physical, .pages = ret };
	struct error *err;

	*ret = (struct kho_pages){ 0 };
	if (!strcmp(compatible, "kho-v1"))
		err = take_v1(&walk, root);
	else
		err = take_table(&walk, root, TOP_LEVEL, 0);
	visited_deinit(&walk.visited);
	join(ret);
	return err;
}

void kho_pages_deinit(struct kho_pages *pages)
{
	free(pages->list);
	*pages = (struct kho_pages){ 0 };
}
