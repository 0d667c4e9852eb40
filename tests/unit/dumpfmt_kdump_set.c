// SPDX-License-Identifier: GPL-2.0-or-later
/* Split sets: in any order, with files missing, and of files that are no set. */
#include "support/data.h"
#include "support/dump_text.h"

#include <string.h>

static void compare_order(const struct dump_text *text, const size_t *order, size_t count)
{
	const char *paths[DUMP_TEXT_FILES];
	struct kxdump *dump;

	for (size_t i = 0; i < count; i++)
		paths[i] = text->paths[order[i]];
	assert_ok(kxdump_open(paths, count, &dump));
	assert_null(kxdump_info(dump)->partial_why);
	assert_int_equal(kxdump_info(dump)->nr_files, 3);
	assert_non_null(strstr(kxdump_info(dump)->detail, "3 split files"));
	assert_int_equal(kxdump_nr_notes(dump), 2);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
}

static void test_orders(void **state)
{
	static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	static const char *const how[] = { NULL, "flattened", "flattened shuffled\nendian big",
					   "bits 32\nversion 5", "bits 32\npadded" };

	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct dump_text *text = dump_text_load("split.txt", how[i]);

		for (size_t j = 0; j < ARRAY_SIZE(orders); j++)
			compare_order(text, orders[j], 3);
		dump_text_free(text);
	}
}

/* Files left out: their pages are lost, and it is said which. */
static void test_missing(void **state)
{
	struct dump_text *text = dump_text_load("split.txt", NULL);

	for (unsigned int given = 1; given < 7; given++) {
		const char *paths[3];
		struct kxdump_totals totals;
		struct kxdump *dump;
		uint64_t lost = 0;
		size_t count = 0;

		for (size_t i = 0; i < 3; i++) {
			if (given & 1u << i)
				paths[count++] = text->paths[i];
			else
				lost += i == 0 ? 12 : i == 1 ? 18 - 2 - 4 : 21;
		}
		assert_ok(kxdump_open(paths, count, &dump));
		assert_non_null(strstr(kxdump_info(dump)->partial_why,
				       "files of the split set are missing"));
		for (size_t i = 0; i < 3; i++) {
			uint64_t phys = text->splits[i].start * 1024;
			bool there = given & 1u << i;
			char byte;

			assert_int_equal(kxdump_page_state(dump, phys),
					 there ? KXDUMP_PAGE_PRESENT : KXDUMP_PAGE_LOST);
			if (there)
				assert_ok(kxdump_read(dump, phys, &byte, 1));
			else
				assert_fails(kxdump_read(dump, phys, &byte, 1), ERROR_BAD_DATA);
		}
		assert_ok(kxdump_totals(dump, &totals));
		assert_int_equal(totals.lost, lost);
		assert_int_equal(totals.present, 12 + 12 + 21 - lost);
		dump_text_compare(text, dump, true);
		kxdump_close(dump);
	}
	dump_text_free(text);
}

static void check_refused(const struct dump_text *a, size_t i, const struct dump_text *b, size_t j,
			  const char *why)
{
	const char *paths[] = { a->paths[i], b->paths[j] };
	struct kxdump *dump = NULL;
	struct error *err = kxdump_open(paths, 2, &dump);

	assert_non_null(err);
	assert_int_equal(err->code, ERROR_USAGE);
	if (!strstr(err->message, why))
		fail_msg("%s", err->message);
	error_free(err);
}

static void test_strangers(void **state)
{
	static const struct {
		const char *more, *why;
	} cases[] = {
		{ "uts release 6.1.0-other", "name" },
		{ "bits 32", "word size" },
		{ "endian big", "byte order" },
		{ "version 5", "version" },
		{ "page 2048", "block size" },
		{ "max_pfn 60", "the size of memory" },
		{ "vmcoreinfo CRASHTIME=1", "VMCOREINFO" },
		{ "note CORE 2 2000", "the size of memory" }, /* another block of notes */
		{ "exclude 40", "the pages" },
	};
	struct dump_text *text = dump_text_load("split.txt", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dump_text *other = dump_text_load("split.txt", cases[i].more);

		check_refused(text, 0, other, 1, cases[i].why);
		dump_text_free(other);
	}
	dump_text_free(text);
}

static void test_same_pages(void **state)
{
	struct dump_text *text = dump_text_load("split.txt", NULL);
	struct dump_text *other = dump_text_load("split.txt", NULL);
	struct dump_text *whole = dump_text_load("kdump.txt", NULL);
	struct dump_text *elf = dump_text_load("vmcore.txt", NULL);
	const char *paths[] = { text->paths[0], elf->paths[0] };
	struct kxdump *dump;

	check_refused(text, 0, text, 0, "the same file");
	check_refused(text, 0, other, 0, "hold the same pages");
	check_refused(text, 0, whole, 0, "a dump of its own");
	assert_fails(kxdump_open(paths, 2, &dump), ERROR_NOT_MINE);
	dump_text_free(text);
	dump_text_free(other);
	dump_text_free(whole);
	dump_text_free(elf);
}

/* A part that holds no page at all, as makedumpfile makes of small dumps. */
static void test_empty_part(void **state)
{
	struct dump_text *text = dump_text_make("format kdump\npage 1024\nram 0-20\n"
						"split 0 21\nsplit 21 21\nsplit 21 21",
						NULL);
	const char *paths[] = { text->paths[2], text->paths[0], text->paths[1] };
	struct kxdump *dump;

	for (size_t i = 1; i < 3; i++) /* cut where its data would begin: nothing is missing */
		dump_text_write(text, i, text->files[i].data, text->files[i].size - 1024);
	assert_ok(kxdump_open(paths, 3, &dump));
	assert_null(kxdump_info(dump)->partial_why);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),	   cmocka_unit_test(test_missing),
		cmocka_unit_test(test_strangers),  cmocka_unit_test(test_same_pages),
		cmocka_unit_test(test_empty_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
