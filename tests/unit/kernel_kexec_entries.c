// SPDX-License-Identifier: GPL-2.0-or-later
/* kimage.head: the words of include/linux/kexec.h, good ones and those of a broken dump. */
#include "kernel/kexec_image.h"
#include "support/entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TABLE	    0x10000
#define DESTINATION 1
#define INDIRECTION 2
#define DONE	    4
#define SOURCE	    8

static struct fake_kernel kernel;

static int setup(void **state)
{
	kernel = (struct fake_kernel){ 0 };
	fake_int(&kernel.btf, "int", 4, FAKE_SIGNED);
	fake_kernel_init(&kernel);
	fake_memory(&kernel, TABLE, 0x3000);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void words(uint64_t at, size_t count, const uint64_t *values)
{
	for (size_t i = 0; i < count; i++)
		fake_put(&kernel, at + 8 * i, values[i], 8);
}
#define WORDS(at, ...)                                                                             \
	words(at, sizeof((uint64_t[]){ __VA_ARGS__ }) / 8, (uint64_t[]){ __VA_ARGS__ })

static void expect_runs(const struct kexec_runs *runs, size_t count, const struct kexec_run *want)
{
	assert_int_equal(runs->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(runs->list[i].source, want[i].source);
		assert_int_equal(runs->list[i].destination, want[i].destination);
		assert_int_equal(runs->list[i].size, want[i].size);
	}
}

static void expect_failure(uint64_t head, enum error_code code, uint64_t at, const char *part,
			   size_t pages)
{
	struct kexec_runs runs;
	struct error *err = kexec_runs_collect(&kernel.memory, head, &runs);

	assert_non_null(err);
	if (at)
		assert_int_equal(err->address, at);
	given_expect_error(err, code, part);
	assert_int_equal(runs.pages, pages);
	kexec_runs_deinit(&runs);
}

static void crash_image(void **state)
{
	struct kexec_runs runs;

	assert_null(kexec_runs_collect(&kernel.memory, DONE, &runs));
	assert_int_equal(runs.count, 0);
	kexec_runs_deinit(&runs);
}

static void pages_are_joined(void **state)
{
	struct kexec_runs runs;

	/* Two pages side by side, one elsewhere, then a destination of its own. */
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, 0x51000 | SOURCE, 0x80000 | SOURCE,
	      0x900000 | DESTINATION, 0x81000 | SOURCE, DONE);
	assert_null(kexec_runs_collect(&kernel.memory, TABLE | INDIRECTION, &runs));
	expect_runs(&runs, 3,
		    (struct kexec_run[]){ { 0x50000, 0x100000, 0x2000 },
					  { 0x80000, 0x102000, 0x1000 },
					  { 0x81000, 0x900000, 0x1000 } });
	assert_int_equal(runs.pages, 4);
	assert_int_equal(runs.tables, 1);
	kexec_runs_deinit(&runs);
}

static void goes_on_in_another_page(void **state)
{
	struct kexec_runs runs;

	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, (TABLE + 0x1000) | INDIRECTION,
	      0xffff);
	WORDS(TABLE + 0x1000, 0x51000 | SOURCE, DONE, 0xffff);
	assert_null(kexec_runs_collect(&kernel.memory, TABLE | INDIRECTION, &runs));
	expect_runs(&runs, 1, (struct kexec_run[]){ { 0x50000, 0x100000, 0x2000 } });
	assert_int_equal(runs.tables, 2);
	kexec_runs_deinit(&runs);
}

static void loops(void **state)
{
	/* Into itself, and round by another page. */
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, TABLE | INDIRECTION);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE, "page of kexec's entries", 1);
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, (TABLE + 0x1000) | INDIRECTION);
	WORDS(TABLE + 0x1000, 0x51000 | SOURCE, TABLE | INDIRECTION);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE, "page of kexec's entries", 2);
}

static void missing_pages(void **state)
{
	fake_missing(&kernel, 0x40000, 0x1000, ERROR_EXCLUDED);
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, 0x40000 | INDIRECTION);
	expect_failure(TABLE | INDIRECTION, ERROR_EXCLUDED, 0x40000, "the entries at", 1);
	expect_failure(0x7000000 | INDIRECTION, ERROR_ABSENT, 0x7000000, "the entries at", 0);
	/* Source pages need not be there: their contents are not looked at. */
}

static void broken_words(void **state)
{
	WORDS(TABLE, 0x50000 | SOURCE, DONE);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE, "without a destination", 0);
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE, 0, DONE);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE + 16, "without IND_DONE", 1);
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50000 | SOURCE | DONE);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE + 8, "no kind", 0);
	WORDS(TABLE, 0x100000 | DESTINATION, 0x50123);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE + 8, "no kind", 0);
	WORDS(TABLE, INDIRECTION);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE, "page 0", 0);
}

static void broken_heads(void **state)
{
	expect_failure(0, ERROR_BAD_DATA, 0, "kimage.head", 0);
	expect_failure(0x50000 | SOURCE, ERROR_BAD_DATA, 0, "kimage.head", 0);
	expect_failure(0x50000 | DESTINATION, ERROR_BAD_DATA, 0, "leads nowhere", 0);
}

static void page_without_an_end(void **state)
{
	fake_put(&kernel, TABLE, 0x100000 | DESTINATION, 8);
	for (uint64_t i = 1; i < 512; i++)
		fake_put(&kernel, TABLE + 8 * i, (0x100000 + i * 0x2000) | SOURCE, 8);
	expect_failure(TABLE | INDIRECTION, ERROR_BAD_DATA, TABLE, "leads nowhere", 511);
}

static void content_of_a_normal_image(void **state)
{
	struct kexec_image kexec = { .name = "normal", .nr_segments = 2 };
	struct kexec_content content;
	struct kexec_runs runs;
	uint8_t data[0x2000];

	fake_memory(&kernel, 0x50000, 0x1000);
	fake_memory(&kernel, 0x80000, 0x1000);
	fake_memory(&kernel, 0x300000, 0x1000);
	fake_put(&kernel, 0x50ff8, 0x1111, 8);
	fake_put(&kernel, 0x80000, 0x2222, 8);
	fake_put(&kernel, 0x300000, 0x3333, 8);
	/* The higher one first: the list's order is the segments', not that of addresses. */
	WORDS(TABLE, 0x101000 | DESTINATION, 0x80000 | SOURCE, 0x100000 | DESTINATION,
	      0x50000 | SOURCE, DONE);
	kexec.segments[0] = (struct kexec_segment){ .address = 0x100000, .memory_size = 0x2000 };
	kexec.segments[1] = (struct kexec_segment){ .address = 0x300000,
						    .memory_size = 0x1000,
						    .cma = 0xffffea0000000000 };
	assert_null(kexec_runs_collect(&kernel.memory, TABLE | INDIRECTION, &runs));
	assert_null(kexec_content_init(&kernel.memory, &kexec, &runs, &content));
	assert_null(memory_read(&content.memory, 0x100ff8, data, 16));
	assert_int_equal(data[0], 0x11);
	assert_int_equal(data[8], 0x22);
	/* In place already. */
	assert_null(memory_read(&content.memory, 0x300000, data, 8));
	assert_int_equal(data[0], 0x33);
	/* No page goes there. */
	given_expect_error(memory_read(&content.memory, 0x101ff8, data, 16), ERROR_ABSENT,
			   "no page of the image");
	kexec_content_deinit(&content);
	kexec_runs_deinit(&runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(crash_image, setup, teardown),
		cmocka_unit_test_setup_teardown(pages_are_joined, setup, teardown),
		cmocka_unit_test_setup_teardown(goes_on_in_another_page, setup, teardown),
		cmocka_unit_test_setup_teardown(loops, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_words, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_heads, setup, teardown),
		cmocka_unit_test_setup_teardown(page_without_an_end, setup, teardown),
		cmocka_unit_test_setup_teardown(content_of_a_normal_image, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
