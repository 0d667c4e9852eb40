// SPDX-License-Identifier: GPL-2.0-or-later
/* What pages are used for, by struct pages of 5.10 to 7.x, and by hostile ones. */
#include "support/data.h"
#include "support/fake_pages.h"

#include <stdlib.h>
#include <string.h>

#define ANON_MAPPING 0xffff888012345671 /* PAGE_MAPPING_ANON is bit 0 */
#define FILE_MAPPING 0xffff888012345670

/* One of everything. */
static void fill(struct fake_pages *fake)
{
	/* 16: slabs, single and compound */
	fake_page_make_slab(fake, 16);
	fake_page_make_compound(fake, 24, 3, 0, 0);
	fake_page_make_slab(fake, 24);
	/* 32: anonymous, KSM, swap cache */
	fake_page_set(fake, 32, FLAG_LRU | FLAG_SWAPBACKED, ANON_MAPPING, 1);
	fake_page_set(fake, 33, FLAG_LRU, ANON_MAPPING | 2, 1);
	fake_page_set(fake, 34, FLAG_SWAPBACKED | FLAG_SWAPCACHE, 0, 1);
	/* The bit is another flag without PG_swapbacked. */
	fake_page_set(fake, 35, FLAG_SWAPCACHE, 0, 1);
	/* 40: of files */
	fake_page_set(fake, 40, FLAG_LRU, FILE_MAPPING, 1);
	fake_page_set(fake, 41, FLAG_LRU | FLAG_PRIVATE, FILE_MAPPING, 1);
	fake_page_make_compound(fake, 44, 2, FLAG_LRU | FLAG_PRIVATE, FILE_MAPPING);
	/* 48: the kernel's, with and without a mark */
	fake_page_set(fake, 48, FLAG_RESERVED, 0, 1);
	fake_page_set(fake, 49, 0, FILE_MAPPING, 1);
	fake_page_set(fake, 50, 0, 0, 1);
	assert_true(fake_page_type(fake, 50, FAKE_TABLE));
	fake_page_make_compound(fake, 52, 2, 0, 0);
	/* 64: huge pages */
	fake_page_make_compound(fake, 512, 9, FLAG_LRU | FLAG_SWAPBACKED, ANON_MAPPING);
	fake_page_make_compound(fake, 1024, 9, 0, 0);
	fake_page_make_hugetlb(fake, 1024);
	/* 64: given away */
	fake_page_set(fake, 64, 0, 0, 1);
	assert_true(fake_page_type(fake, 64, FAKE_OFFLINE));
	fake_page_set(fake, 65, fake->shape == SHAPE_7_1 ? FLAG_MOVABLE_OPS : 0,
		      fake->shape == SHAPE_7_1 ? 0 : FILE_MAPPING | 2, 1);
	assert_true(fake_page_type(fake, 65, FAKE_OFFLINE));
	/* 66: poisoned, whatever else it is */
	fake_page_set(fake, 66, FLAG_HWPOISON | FLAG_LRU, ANON_MAPPING, 1);
	/* 2048: free */
	fake_page_make_free(fake, 2048, 10);
	fake_page_make_free(fake, 3072, 0);
	fake_page_make_free(fake, 3074, 1);
}

static void expect(struct fake_pages *fake)
{
	bool has_types = fake->shape != SHAPE_NO_TYPES;

	fake_pages_expect(fake, 0, 16, PAGE_USE_KERNEL);
	fake_page_expect(fake, 16, PAGE_USE_SLAB);
	fake_page_expect(fake, 17, PAGE_USE_KERNEL);
	fake_pages_expect(fake, 24, 8, PAGE_USE_SLAB);
	fake_pages_expect(fake, 32, 2, PAGE_USE_ANON);
	fake_page_expect(fake, 34, PAGE_USE_CACHE);
	fake_page_expect(fake, 35, PAGE_USE_KERNEL);
	fake_page_expect(fake, 40, PAGE_USE_CACHE);
	fake_page_expect(fake, 41, PAGE_USE_CACHE_PRIVATE);
	fake_pages_expect(fake, 44, 4, PAGE_USE_CACHE_PRIVATE);
	fake_page_expect(fake, 48, has_types ? PAGE_USE_RESERVED : PAGE_USE_KERNEL);
	fake_page_expect(fake, 49, PAGE_USE_KERNEL);
	fake_page_expect(fake, 50, has_types ? PAGE_USE_TABLE : PAGE_USE_KERNEL);
	fake_pages_expect(fake, 52, 4, PAGE_USE_KERNEL);
	fake_page_expect(fake, 64, PAGE_USE_OFFLINE);
	fake_page_expect(fake, 65, PAGE_USE_BALLOON);
	fake_page_expect(fake, 66, PAGE_USE_HWPOISON);
	fake_pages_expect(fake, 512, 512, PAGE_USE_ANON);
	fake_pages_expect(fake, 1024, 512, PAGE_USE_HUGETLB);
	fake_pages_expect(fake, 1536, 512, PAGE_USE_KERNEL);
	fake_pages_expect(fake, 2048, 1025, PAGE_USE_FREE);
	fake_page_expect(fake, 3073, PAGE_USE_KERNEL);
	fake_pages_expect(fake, 3074, 2, PAGE_USE_FREE);
	fake_page_expect(fake, 3076, PAGE_USE_KERNEL);
}

static void all_shapes(void **state)
{
	for (enum fake_shape shape = 0; shape < NR_SHAPES; shape++) {
		struct fake_pages fake = { 0 };

		fake_pages_init(&fake, shape, MODEL_SECTIONS);
		fill(&fake);
		fake_pages_open(&fake);
		expect(&fake);
		if (shape != SHAPE_NO_TYPES)
			assert_null(pages_unsure(fake.pages, 0));
		else
			assert_true(fake_pages_unsure(&fake, "CPUs' lists"));
		fake_pages_deinit(&fake);
	}
}

static void all_models(void **state)
{
	for (enum fake_model model = MODEL_SECTIONS; model <= MODEL_FLAT; model++) {
		struct fake_pages fake = { 0 };
		uint64_t address, pfn;

		fake_pages_init(&fake, SHAPE_6_12, model);
		fill(&fake);
		/* the same in the second section, with a compound page at its very beginning */
		fake_page_make_compound(&fake, 4096, 3, FLAG_LRU, FILE_MAPPING);
		fake_pages_open(&fake);
		expect(&fake);
		fake_pages_expect(&fake, 4096, 8, PAGE_USE_CACHE);
		fake_page_expect(&fake, 4104, PAGE_USE_KERNEL);
		for (uint64_t i = 1; i < FAKE_PAGES; i += 1365) {
			assert_ok(pages_address(fake.pages, i, &address));
			assert_int_equal(address, fake_page(&fake, i));
			assert_ok(pages_pfn(fake.pages, address + 63, &pfn));
			assert_int_equal(pfn, i);
		}
		assert_fails(pages_pfn(fake.pages, 0x1000, &pfn), ERROR_NOT_FOUND);
		if (model != MODEL_VMEMMAP) {
			fake_page_expect(&fake, FAKE_PAGES, PAGE_USE_UNKNOWN);
			assert_fails(pages_address(fake.pages, FAKE_PAGES, &address),
				     ERROR_NOT_FOUND);
		}
		fake_pages_deinit(&fake);
	}
}

static void unaccepted_blocks(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	assert_true(fake_page_type(&fake, 1024, FAKE_UNACCEPTED));
	/* In the middle of where a block could begin: no block's first page. */
	assert_true(fake_page_type(&fake, 2050, FAKE_UNACCEPTED));
	fake_pages_open(&fake);
	fake_pages_expect(&fake, 1024, 1024, PAGE_USE_UNACCEPTED);
	fake_pages_expect(&fake, 2048, 2, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 2050, PAGE_USE_UNKNOWN);
	fake_page_expect(&fake, 2051, PAGE_USE_KERNEL);
	fake_pages_deinit(&fake);
}

static void poison(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	/* One page of a huge one; the head's alone; a hugetlb page's head stands for any of it. */
	fake_page_make_compound(&fake, 512, 9, FLAG_LRU, ANON_MAPPING);
	fake_put(&fake.kernel, fake_page(&fake, 700), FLAG_HWPOISON, 8);
	fake_page_make_compound(&fake, 1024, 9, FLAG_LRU | FLAG_HWPOISON, ANON_MAPPING);
	fake_page_make_compound(&fake, 1536, 9, FLAG_HWPOISON, 0);
	fake_page_make_hugetlb(&fake, 1536);
	/* One in a block that claims to be free. */
	fake_page_make_free(&fake, 2048, 3);
	fake_put(&fake.kernel, fake_page(&fake, 2050), FLAG_HWPOISON, 8);
	fake_pages_open(&fake);
	fake_pages_expect(&fake, 512, 188, PAGE_USE_ANON);
	fake_page_expect(&fake, 700, PAGE_USE_HWPOISON);
	fake_pages_expect(&fake, 701, 323, PAGE_USE_ANON);
	fake_page_expect(&fake, 1024, PAGE_USE_HWPOISON);
	fake_pages_expect(&fake, 1025, 511, PAGE_USE_ANON);
	fake_pages_expect(&fake, 1536, 512, PAGE_USE_HWPOISON);
	fake_pages_expect(&fake, 2048, 2, PAGE_USE_FREE);
	fake_page_expect(&fake, 2050, PAGE_USE_HWPOISON);
	fake_pages_deinit(&fake);
}

/* hugetlb_vmemmap_optimize: all but the first page of the struct pages is mapped to the same one.
 */
static void folded_hugetlb(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_6, MODEL_SECTIONS);
	fake_page_make_compound(&fake, 1024, 9, 0, 0);
	fake_page_make_hugetlb(&fake, 1024);
	for (uint64_t i = 64; i < 512; i += 64) { /* what is read there is the first page over */
		fake_page_set(&fake, 1024 + i, FLAG_HEAD, 0, 1);
		fake_page_compound(&fake, 1024 + i, 0);
	}
	fake_pages_open(&fake);
	fake_pages_expect(&fake, 1024, 512, PAGE_USE_HUGETLB);
	fake_page_expect(&fake, 1536, PAGE_USE_KERNEL);
	fake_pages_deinit(&fake);
}

/* A hugetlb page of 16 MiB: its head is in another window than its last page. */
static void larger_than_a_window(void **state)
{
	for (enum fake_shape shape = SHAPE_6_12; shape <= SHAPE_7_1; shape++) {
		struct fake_pages fake = { 0 };

		fake_pages_init(&fake, shape, MODEL_SECTIONS);
		fake_page_make_compound(&fake, 0, 13, 0, 0);
		fake_page_make_hugetlb(&fake, 0);
		fake_pages_open(&fake);
		fake_page_expect(&fake, 8191, PAGE_USE_HUGETLB);
		fake_pages_expect(&fake, 0, 8192, PAGE_USE_HUGETLB);
		fake_pages_deinit(&fake);
	}
}

static void blocks_that_lie(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	/* An order that no block has; one that does not fit where it is. */
	fake_page_make_free(&fake, 1024, 2);
	fake_page_private(&fake, 1024, FAKE_MAX_ORDER + 1);
	fake_page_make_free(&fake, 2048, 2);
	fake_page_private(&fake, 2048, ~0ULL);
	fake_page_make_free(&fake, 3076, 2);
	fake_page_private(&fake, 3076, 3);
	/* Pages in use inside of a block, of any kind: it ends there. */
	fake_page_make_free(&fake, 4096, 4);
	fake_page_set(&fake, 4100, 0, 0, 1);
	fake_page_make_free(&fake, 4112, 4);
	assert_true(fake_page_type(&fake, 4115, FAKE_SLAB));
	fake_page_make_free(&fake, 4128, 4);
	fake_page_set(&fake, 4131, FLAG_LRU, FILE_MAPPING, 0);
	fake_pages_open(&fake);
	fake_page_expect(&fake, 1024, PAGE_USE_UNKNOWN);
	fake_pages_expect(&fake, 1025, 3, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 2048, PAGE_USE_UNKNOWN);
	fake_pages_expect(&fake, 2049, 3, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 3076, PAGE_USE_UNKNOWN);
	fake_pages_expect(&fake, 4096, 4, PAGE_USE_FREE);
	fake_pages_expect(&fake, 4100, 12, PAGE_USE_KERNEL);
	fake_pages_expect(&fake, 4112, 3, PAGE_USE_FREE);
	fake_page_expect(&fake, 4115, PAGE_USE_SLAB);
	fake_pages_expect(&fake, 4128, 3, PAGE_USE_FREE);
	fake_page_expect(&fake, 4131, PAGE_USE_CACHE);
	fake_page_expect(&fake, 4132, PAGE_USE_KERNEL);
	fake_pages_deinit(&fake);
}

static void tails_that_lie(void **state)
{
	for (enum fake_shape shape = SHAPE_5_10; shape <= SHAPE_7_1; shape++) {
		struct fake_pages fake = { 0 };
		static const uint64_t lies[] = { 1, 0xdead000000000101, ~0ULL, ~0ULL << 63 | 1 };

		fake_pages_init(&fake, shape, MODEL_SECTIONS);
		for (size_t i = 0; i < ARRAY_SIZE(lies); i++)
			fake_page_compound(&fake, 100 + i, lies[i]);
		/* To itself, to a later one, to none's head, into the middle of a struct, to a
		 * free block, outside of memory. */
		fake_page_make_compound(&fake, 256, 2, FLAG_LRU, FILE_MAPPING);
		fake_page_make_free(&fake, 300, 0);
		fake_page_compound(&fake, 110, fake_page(&fake, 110) + 1);
		fake_page_compound(&fake, 111, fake_page(&fake, 256) + 1);
		fake_page_compound(&fake, 301, fake_page(&fake, 299) + 1);
		fake_page_compound(&fake, 302, fake_page(&fake, 256) + 8 + 1);
		fake_page_compound(&fake, 303, fake_page(&fake, 300) + 1);
		fake_page_compound(&fake, 304, fake_page(&fake, 0) - 64 + 1);
		fake_page_compound(&fake, 305, fake_page(&fake, FAKE_PAGES) + 1);
		fake_pages_open(&fake);
		fake_pages_expect(&fake, 100, ARRAY_SIZE(lies), PAGE_USE_UNKNOWN);
		fake_pages_expect(&fake, 110, 2, PAGE_USE_UNKNOWN);
		fake_pages_expect(&fake, 256, 4, PAGE_USE_CACHE);
		fake_page_expect(&fake, 300, PAGE_USE_FREE);
		fake_pages_expect(&fake, 301, 5, PAGE_USE_UNKNOWN);
		fake_pages_deinit(&fake);
	}
}

static void lists_of_cpus(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	fake_pages_list(&fake, 0, 3, (uint64_t[]){ 100, 5000, 102 });
	/* list 4: order 1; list 11: order 3; list 12: huge pages */
	fake_pages_list(&fake, 4, 2, (uint64_t[]){ 200, 210 });
	fake_page_set(&fake, 201, 0, 0, 0);
	fake_page_set(&fake, 211, 0, 0, 0);
	fake_pages_list(&fake, 11, 1, (uint64_t[]){ 304 });
	for (uint64_t i = 0; i < 8; i++)
		fake_page_set(&fake, 304 + i, 0, 0, i == 5); /* one is in use after all */
	fake_pages_list(&fake, 12, 1, (uint64_t[]){ 1024 });
	for (uint64_t i = 0; i < 512; i++)
		fake_page_set(&fake, 1024 + i, 0, 0, 0);
	/* In a list, and something else than free: in use, a slab, in a mapping. */
	fake_pages_list(&fake, 1, 4, (uint64_t[]){ 400, 401, 402, 403 });
	fake_page_set(&fake, 400, 0, 0, 1);
	fake_page_make_slab(&fake, 401);
	fake_page_set(&fake, 402, 0, FILE_MAPPING, 0);
	fake_pages_open(&fake);
	assert_null(pages_unsure(fake.pages, 0));
	fake_page_expect(&fake, 100, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 101, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 102, PAGE_USE_FREE_CPU);
	fake_pages_expect(&fake, 200, 2, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 202, PAGE_USE_KERNEL);
	fake_pages_expect(&fake, 210, 2, PAGE_USE_FREE_CPU);
	fake_pages_expect(&fake, 304, 5, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 309, PAGE_USE_KERNEL);
	fake_pages_expect(&fake, 310, 2, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 312, PAGE_USE_KERNEL);
	fake_pages_expect(&fake, 1024, 512, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 400, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 401, PAGE_USE_SLAB);
	fake_page_expect(&fake, 402, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 403, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 5000, PAGE_USE_FREE_CPU);
	fake_pages_deinit(&fake);
}

/* Three lists of single pages, in another struct. */
static void lists_of_old(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_5_10, MODEL_SECTIONS);
	fake_pages_list(&fake, 0, 2, (uint64_t[]){ 101, 99 });
	fake_pages_list(&fake, 2, 1, (uint64_t[]){ 203 });
	fake_pages_open(&fake);
	assert_null(pages_unsure(fake.pages, 0));
	fake_page_expect(&fake, 99, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 100, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 101, PAGE_USE_FREE_CPU);
	fake_page_expect(&fake, 203, PAGE_USE_FREE_CPU);
	fake_pages_deinit(&fake);
}

static void lists_that_lie(void **state)
{
	for (int lie = 0; lie < 5; lie++) {
		struct fake_pages fake = { 0 };
		struct fake_kernel *k = &fake.kernel;
		uint64_t node;

		fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
		fake_pages_list(&fake, 0, 3, (uint64_t[]){ 100, 101, 102 });
		node = fake_page_node(&fake, 101);
		if (lie == 0) /* a loop */
			fake_put(k, fake_page_node(&fake, 102), node, 8);
		else if (lie == 1) /* out of memory */
			fake_put(k, node, 0xffff800000000000, 8);
		else if (lie == 2) /* into the middle of a struct page */
			fake_put(k, node, fake_page_node(&fake, 104) + 8, 8);
		else if (lie == 3)
			fake_put(k, node, 0, 8);
		else /* to a page that cannot be of that order */
			fake_pages_list(&fake, 4, 2, (uint64_t[]){ 200, 203 });
		fake_pages_open(&fake);
		assert_true(fake_pages_unsure(&fake, "free pages of CPU 0 in zone Normal"));
		fake_pages_expect(&fake, 100, 2, PAGE_USE_FREE_CPU);
		fake_pages_expect(&fake, 103, 90, PAGE_USE_KERNEL);
		if (lie == 4)
			fake_page_expect(&fake, 203, PAGE_USE_KERNEL);
		fake_pages_deinit(&fake);
	}
}

/* Struct pages that a filter left out, or that were never there. */
static void missing_struct_pages(void **state)
{
	struct fake_pages fake = { 0 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_VMEMMAP);
	/* The struct pages of pfns 128 to 191 are one page; those before and behind stay. */
	fake_page_make_free(&fake, 64, 6);
	fake_page_make_free(&fake, 192, 6);
	fake_page_make_compound(&fake, 256, 3, FLAG_LRU, FILE_MAPPING);
	for (size_t i = 0; i < fake.kernel.nr_pieces; i++) {
		struct fake_piece *piece = &fake.kernel.pieces[i];

		if (piece->address != FAKE_VMEMMAP)
			continue;
		/* as if it had been cut in two */
		fake.kernel.pieces[fake.kernel.nr_pieces++] = (struct fake_piece){
			.address = FAKE_VMEMMAP + 192 * 64,
			.size = piece->size - 192 * 64,
			.data = memcpy(malloc(piece->size - 192 * 64), piece->data + 192 * 64,
				       piece->size - 192 * 64),
		};
		piece->size = 128 * 64;
		break;
	}
	fake_missing(&fake.kernel, FAKE_VMEMMAP + 128 * 64, 64 * 64, ERROR_EXCLUDED);
	fake_pages_open(&fake);
	fake_pages_expect(&fake, 64, 64, PAGE_USE_FREE);
	fake_pages_expect(&fake, 128, 64, PAGE_USE_UNKNOWN);
	fake_pages_expect(&fake, 192, 64, PAGE_USE_FREE);
	fake_pages_expect(&fake, 256, 8, PAGE_USE_CACHE);
	assert_true(fake_pages_unsure(&fake, "64 struct pages cannot be read"));
	/* None at all. */
	fake_pages_expect(&fake, 3 * FAKE_PAGES, 100, PAGE_USE_UNKNOWN);
	fake_pages_deinit(&fake);
}

static void in_any_order(void **state)
{
	struct fake_pages fake = { 0 };
	uint8_t uses[FAKE_PAGES];

	fake_pages_init(&fake, SHAPE_7_1, MODEL_SECTIONS);
	fill(&fake);
	fake_page_make_compound(&fake, 4096, 10, FLAG_LRU, FILE_MAPPING);
	fake_pages_open(&fake);
	for (uint64_t pfn = 0; pfn < FAKE_PAGES; pfn++) {
		const uint8_t *window;
		uint64_t start;
		size_t count;

		assert_ok(pages_uses(fake.pages, pfn, &start, &count, &window));
		uses[pfn] = window[pfn - start];
	}
	for (uint64_t i = 0; i < FAKE_PAGES; i += 3) { /* from one end and the other by turns */
		uint64_t pfn = i & 1 ? FAKE_PAGES - 1 - i : i;

		fake_page_expect(&fake, pfn, uses[pfn]);
	}
	fake_pages_deinit(&fake);
}

/* Struct pages of any bytes, with some that look like what they should: the same is said of them
 * from whichever end one begins, and nothing is read that is not there. */
static void garbage(void **state)
{
	uint64_t seed = 88172645463325252;

	for (enum fake_shape shape = 0; shape < NR_SHAPES; shape++) {
		struct fake_pages fake = { 0 };
		const uint8_t *uses;
		uint8_t first[4096];
		uint64_t start;
		size_t count;

		fake_pages_init(&fake, shape, MODEL_SECTIONS);
		for (uint64_t word = 0; word < FAKE_PAGES * FAKE_PAGE_SIZE / 8; word++) {
			uint64_t value;

			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			value = seed;
			if (seed >> 61 < 2) /* an address near by, a tail's */
				value = FAKE_VMEMMAP + (word + seed % 4096) * 8 + 1;
			else if (seed >> 61 < 5)
				value = seed % 12;
			fake_put(&fake.kernel, FAKE_VMEMMAP + word * 8, value, 8);
		}
		fake_pages_open(&fake);
		assert_ok(pages_uses(fake.pages, 0, &start, &count, &uses));
		assert_int_equal(count, sizeof(first));
		memcpy(first, uses, sizeof(first));
		assert_ok(pages_uses(fake.pages, FAKE_PAGES - 1, &start, &count, &uses));
		assert_ok(pages_uses(fake.pages, 17, &start, &count, &uses));
		assert_memory_equal(first, uses, sizeof(first));
		for (size_t i = 0; i < sizeof(first); i++)
			assert_in_range(first[i], 0, PAGE_USES - 1);
		fake_pages_deinit(&fake);
	}
}

/* Where it is not known how slabs are told, what looks anonymous may be one. */
static void without_slabs(void **state)
{
	struct fake_pages fake = { .no_slabs = true };

	fake_pages_init(&fake, SHAPE_5_10, MODEL_SECTIONS);
	fill(&fake);
	fake_pages_open(&fake);
	fake_page_expect(&fake, 16, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 32, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 40, PAGE_USE_CACHE);
	assert_true(fake_pages_unsure(&fake, "the mark of slabs is not known"));
	fake_pages_deinit(&fake);
}

static void without_orders(void **state)
{
	struct fake_pages fake = { .free_area = 40 };

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	fill(&fake);
	fake_pages_open(&fake);
	fake_pages_expect(&fake, 2048, 1024, PAGE_USE_KERNEL);
	fake_page_expect(&fake, 32, PAGE_USE_ANON);
	assert_true(fake_pages_unsure(&fake, "how large free blocks can be"));
	fake_pages_deinit(&fake);
}

static void without_pages(void **state)
{
	struct fake_pages fake = { 0 };

	/* Types of anything but pages. */
	fake_int(&fake.kernel.btf, "int", 4, FAKE_SIGNED);
	fake.shape = SHAPE_5_10;
	fake_kernel_init(&fake.kernel);
	fake_pages_deinit(&fake);
	fake = (struct fake_pages){ 0 };
	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	fake.kernel.nr_symbols = 0;
	assert_fails(pages_create_env(&fake.env, &fake.pages), ERROR_NOT_FOUND);
	fake.pages = NULL;
	fake_pages_deinit(&fake);
}

static void one_page(void **state)
{
	struct fake_pages fake = { 0 };
	struct page_info info;
	unsigned int bit;

	fake_pages_init(&fake, SHAPE_7_1, MODEL_SECTIONS);
	fake_page_make_compound(&fake, 44, 2, FLAG_LRU | FLAG_PRIVATE, FILE_MAPPING);
	fake_page_private(&fake, 44, 0x1234);
	fake_pages_open(&fake);
	assert_ok(pages_describe(fake.pages, 44, &info));
	assert_int_equal(info.address, fake_page(&fake, 44));
	assert_int_equal(info.use, PAGE_USE_CACHE_PRIVATE);
	assert_int_equal(info.flags, 1ULL << 62 | FLAG_LRU | FLAG_PRIVATE | FLAG_HEAD);
	assert_int_equal(info.mapping, FILE_MAPPING);
	assert_int_equal(info.private, 0x1234);
	assert_int_equal(info.mapcount, -1);
	assert_int_equal(info.refcount, 1);
	assert_false(info.is_tail);
	assert_int_equal(info.head, 44);
	assert_ok(pages_describe(fake.pages, 47, &info));
	assert_true(info.is_tail);
	assert_int_equal(info.head, 44);
	assert_fails(pages_describe(fake.pages, FAKE_PAGES, &info), ERROR_NOT_FOUND);
	assert_ok(pages_describe_own(fake.pages, 44, &info));
	assert_int_equal(info.use, PAGE_USE_CACHE_PRIVATE);
	assert_int_equal(info.private, 0x1234);
	assert_ok(pages_describe_own(fake.pages, 47, &info));
	assert_int_equal(info.use, PAGE_USE_UNKNOWN);
	assert_true(info.is_tail);
	assert_int_equal(info.head, 44);
	assert_fails(pages_describe_own(fake.pages, FAKE_PAGES, &info), ERROR_NOT_FOUND);
	assert_string_equal(pages_flag(fake.pages, 0, &bit), "PG_lru");
	assert_int_equal(bit, 4);
	/* PG_swapcache is the third one's second name. */
	assert_string_equal(pages_flag(fake.pages, 2, &bit), "PG_owner_priv_1");
	assert_string_equal(pages_flag(fake.pages, 3, &bit), "PG_reserved");
	assert_null(pages_flag(fake.pages, 8, &bit));
	fake_pages_deinit(&fake);
}

static struct error *count_zone(void *context, const struct page_zone *zone)
{
	assert_string_equal(zone->name, "Normal");
	assert_int_equal(zone->managed, FAKE_PAGES);
	++*(int *)context;
	return NULL;
}

static void zones(void **state)
{
	struct fake_pages fake = { 0 };
	int count = 0;

	fake_pages_init(&fake, SHAPE_6_12, MODEL_SECTIONS);
	fake_pages_open(&fake);
	assert_ok(pages_zones(fake.pages, count_zone, &count));
	assert_int_equal(count, 1); /* the second one has no pages */
	fake_pages_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_shapes),
		cmocka_unit_test(all_models),
		cmocka_unit_test(unaccepted_blocks),
		cmocka_unit_test(poison),
		cmocka_unit_test(folded_hugetlb),
		cmocka_unit_test(larger_than_a_window),
		cmocka_unit_test(blocks_that_lie),
		cmocka_unit_test(tails_that_lie),
		cmocka_unit_test(lists_of_cpus),
		cmocka_unit_test(lists_of_old),
		cmocka_unit_test(lists_that_lie),
		cmocka_unit_test(missing_struct_pages),
		cmocka_unit_test(in_any_order),
		cmocka_unit_test(garbage),
		cmocka_unit_test(without_slabs),
		cmocka_unit_test(without_orders),
		cmocka_unit_test(without_pages),
		cmocka_unit_test(one_page),
		cmocka_unit_test(zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
