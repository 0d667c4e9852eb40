// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules and levels of filters, over struct pages made by hand. */
#include "support/data.h"
#include "support/dump_text.h"
#include "support/fake_pages.h"

#include "save/filter_pages.h"

#include <string.h>

#define ANON_MAPPING 0xffff888012345671
#define FILE_MAPPING 0xffff888012345670
#define PFNS	     2048

/* The memory that there is: 0 – 1999 but a hole, some of it left out of the dump already. */
static const char dump[] = "format kdump\nbits 64\nendian little\npage 4096\nversion 6\n"
			   "codec raw\nmax_pfn 2048\nram 0-1999\nexclude 1000-1010\n";

struct fixture {
	struct dump_text *text;
	struct kxdump *dump;
	struct fake_pages fake;
	struct filter *filter;
};

static bool bit(const uint8_t *bitmap, uint64_t i)
{
	return bitmap[i / 8] >> (i % 8) & 1;
}

/* pfns of one page of each kind that has one, from 16 on; @use gives the kind. */
static const enum page_kind kinds[] = {
	PAGE_KEPT, PAGE_CACHE,	  PAGE_CACHE_PRIVATE, PAGE_USER,    PAGE_FREE,	     PAGE_HUGETLB,
	PAGE_KEPT, PAGE_HWPOISON, PAGE_OFFLINE,	      PAGE_BALLOON, PAGE_UNACCEPTED,
};
#define FIRST	       16
#define HUGE_PFN       (FIRST + 5)
#define UNACCEPTED_PFN 1024

static void fill(struct fake_pages *fake)
{
	fake_page_make_slab(fake, FIRST);
	fake_page_set(fake, FIRST + 1, FLAG_LRU, FILE_MAPPING, 1);
	fake_page_set(fake, FIRST + 2, FLAG_LRU | FLAG_PRIVATE, FILE_MAPPING, 1);
	fake_page_set(fake, FIRST + 3, FLAG_LRU, ANON_MAPPING, 1);
	fake_page_make_free(fake, FIRST + 4, 0);
	assert_true(fake_page_type(fake, FIRST + 5, FAKE_HUGETLB));
	assert_true(fake_page_type(fake, FIRST + 6, FAKE_TABLE));
	fake_page_set(fake, FIRST + 7, FLAG_HWPOISON, 0, 1);
	assert_true(fake_page_type(fake, FIRST + 8, FAKE_OFFLINE));
	fake_page_set(fake, FIRST + 9, 0, 2, 1);
	assert_true(fake_page_type(fake, FIRST + 9, FAKE_OFFLINE));
	assert_true(fake_page_type(fake, UNACCEPTED_PFN, FAKE_UNACCEPTED));
}

static uint64_t pfn_of(unsigned int i)
{
	return kinds[i] == PAGE_UNACCEPTED ? UNACCEPTED_PFN : FIRST + i;
}

static void begin(struct fixture *f, const struct filter_rules *rules)
{
	*f = (struct fixture){ 0 };
	f->text = dump_text_make(dump, NULL);
	assert_ok(dump_text_open(f->text, &f->dump));
	fake_pages_init(&f->fake, SHAPE_6_12, MODEL_SECTIONS);
	fill(&f->fake);
	fake_pages_open(&f->fake);
	assert_ok(filter_create_pages(f->dump, f->fake.pages, rules, &f->filter));
	f->fake.pages = NULL; /* the filter's now */
}

static void end(struct fixture *f)
{
	filter_destroy(f->filter);
	fake_pages_deinit(&f->fake);
	kxdump_close(f->dump);
	dump_text_free(f->text);
}

/* Asks for all pages and checks them: the bits of what is there, and of what is kept. */
static void decide(struct fixture *f, const bool *leave_out)
{
	uint8_t ram[PFNS / 8], keep[PFNS / 8];

	assert_ok(filter_decide(f->filter, 0, PFNS, ram, keep));
	for (uint64_t pfn = 0; pfn < PFNS; pfn++) {
		bool there = pfn < 2000 && (pfn < 1000 || pfn > 1010);

		assert_int_equal(bit(ram, pfn), there);
		if (!there)
			assert_false(bit(keep, pfn));
		else if (pfn < FIRST || (pfn >= FIRST + 16 && pfn < UNACCEPTED_PFN))
			assert_true(bit(keep, pfn));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(bit(keep, pfn_of(i)), !leave_out[kinds[i]]);
	assert_int_equal(bit(keep, UNACCEPTED_PFN + 900), !leave_out[PAGE_UNACCEPTED]);
}

/* As makedumpfile(8) has it in its table of dump levels. */
static void levels(void **state)
{
	for (unsigned int level = 0; level < 32; level++) {
		const bool leave_out[PAGE_KINDS] = {
			[PAGE_CACHE] = level & (2 | 4), [PAGE_CACHE_PRIVATE] = level & 4,
			[PAGE_USER] = level & 8,	[PAGE_HUGETLB] = level & 8,
			[PAGE_FREE] = level & 16,	[PAGE_HWPOISON] = true,
			[PAGE_OFFLINE] = true,		[PAGE_BALLOON] = true,
			[PAGE_UNACCEPTED] = true,
		};
		struct filter_rules rules;
		struct fixture f;

		assert_ok(filter_rules_level(level, &rules));
		assert_int_equal(rules.zero, level & 1);
		begin(&f, &rules);
		decide(&f, leave_out);
		end(&f);
	}
}

static void names(void **state)
{
	struct filter_rules rules = { 0 };
	struct fixture f;

	assert_fails(filter_rules_level(32, &rules), ERROR_USAGE);
	assert_fails(filter_rules_set(&rules, "kept", true), ERROR_USAGE);
	assert_fails(filter_rules_set(&rules, "unknown", true), ERROR_USAGE);
	assert_fails(filter_rules_set(&rules, "Cache", true), ERROR_USAGE);
	assert_ok(filter_rules_set(&rules, "zero", true));
	assert_true(rules.zero);
	for (unsigned int kind = 0; kind < PAGE_KINDS; kind++) {
		bool leave_out[PAGE_KINDS] = { 0 };

		if (kind == PAGE_KEPT || kind == PAGE_UNKNOWN)
			continue;
		leave_out[kind] = true;
		rules = (struct filter_rules){ 0 };
		assert_ok(filter_rules_set(&rules, page_kind_name(kind), true));
		begin(&f, &rules);
		decide(&f, leave_out);
		end(&f);
		assert_ok(filter_rules_set(&rules, page_kind_name(kind), false));
		assert_memory_equal(&rules, &(struct filter_rules){ 0 }, sizeof(rules));
	}
}

/* Nobody can ask for the kernel's own, or for what is not understood, to be left out. */
static void always_kept(void **state)
{
	struct filter_rules rules;
	struct fixture f;

	memset(&rules, 1, sizeof(rules));
	begin(&f, &rules);
	fake_page_private(&f.fake, FIRST + 4, 99); /* a free block of an order that is none */
	decide(&f, (const bool[PAGE_KINDS]){ [PAGE_CACHE] = true,
					     [PAGE_CACHE_PRIVATE] = true,
					     [PAGE_USER] = true,
					     [PAGE_HUGETLB] = true,
					     [PAGE_HWPOISON] = true,
					     [PAGE_OFFLINE] = true,
					     [PAGE_BALLOON] = true,
					     [PAGE_UNACCEPTED] = true });
	end(&f);
}

static void counts(void **state)
{
	uint8_t ram[PFNS / 8], keep[PFNS / 8], all[PFNS / 8];
	uint64_t count[PAGE_KINDS];
	struct filter_rules rules;
	struct fixture f;

	assert_ok(filter_rules_level(31, &rules));
	begin(&f, &rules);
	for (uint64_t i = 0; i < PFNS / 8; i++) /* in the smallest pieces */
		assert_ok(filter_decide(f.filter, i * 8, i * 8 + 8, ram + i, keep + i));
	assert_ok(filter_decide(f.filter, 0, PFNS, ram, all)); /* counts nothing twice */
	assert_memory_equal(keep, all, sizeof(keep));
	filter_counts(f.filter, count);
	assert_int_equal(count[PAGE_CACHE], 1);
	assert_int_equal(count[PAGE_CACHE_PRIVATE], 1);
	assert_int_equal(count[PAGE_USER], 1);
	assert_int_equal(count[PAGE_FREE], 1);
	assert_int_equal(count[PAGE_HUGETLB], 1);
	assert_int_equal(count[PAGE_HWPOISON], 1);
	assert_int_equal(count[PAGE_OFFLINE], 1);
	assert_int_equal(count[PAGE_BALLOON], 1);
	assert_int_equal(count[PAGE_UNACCEPTED], 2000 - UNACCEPTED_PFN);
	assert_int_equal(count[PAGE_UNKNOWN], 0);
	assert_int_equal(count[PAGE_KEPT], UNACCEPTED_PFN - 11 - 8);
	end(&f);
}

static void wrong_questions(void **state)
{
	uint8_t ram[8], keep[8];
	struct filter_rules rules = { 0 };
	struct fixture f;

	begin(&f, &rules);
	assert_fails(filter_decide(f.filter, 4, 16, ram, keep), ERROR_USAGE);
	assert_fails(filter_decide(f.filter, 0, 12, ram, keep), ERROR_USAGE);
	assert_fails(filter_decide(f.filter, 16, 8, ram, keep), ERROR_USAGE);
	assert_ok(filter_decide(f.filter, 8, 8, ram, keep));
	memset(keep, 0xff, sizeof(keep));
	assert_ok(filter_decide(f.filter, 1ULL << 40, (1ULL << 40) + 64, ram, keep));
	assert_memory_equal(keep, (uint8_t[8]){ 0 }, 8);
	assert_memory_equal(ram, (uint8_t[8]){ 0 }, 8);
	end(&f);
}

/* A dump whose kernel is not understood is saved whole. */
static void without_pages(void **state)
{
	uint8_t ram[PFNS / 8], keep[PFNS / 8];
	uint64_t count[PAGE_KINDS];
	struct filter_rules rules;
	struct fixture f = { .text = dump_text_make(dump, NULL) };

	assert_ok(dump_text_open(f.text, &f.dump));
	assert_ok(filter_rules_level(31, &rules));
	assert_ok(filter_create_pages(f.dump, NULL, &rules, &f.filter));
	assert_ok(filter_decide(f.filter, 0, PFNS, ram, keep));
	assert_ok(filter_decide(f.filter, 0, PFNS, ram, keep));
	assert_memory_equal(ram, keep, sizeof(ram));
	filter_counts(f.filter, count);
	assert_int_equal(count[PAGE_UNKNOWN], 2000 - 11);
	filter_destroy(f.filter);
	kxdump_close(f.dump);
	dump_text_free(f.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),	   cmocka_unit_test(names),
		cmocka_unit_test(always_kept),	   cmocka_unit_test(counts),
		cmocka_unit_test(wrong_questions), cmocka_unit_test(without_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
