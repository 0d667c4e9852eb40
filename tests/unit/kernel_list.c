// SPDX-License-Identifier: GPL-2.0-or-later
/* Linked lists: their ends, loops, and what breaks them off. */
#include "kernel/visited.h"
#include "support/entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEAD 0x1000

static struct fake_kernel kernel;

static int setup(void **state)
{
	kernel = (struct fake_kernel){ 0 };
	fake_int(&kernel.btf, "int", 4, FAKE_SIGNED);
	fake_kernel_init(&kernel);
	fake_memory(&kernel, 0x1000, 0x1000);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

/* Words at @at, @step bytes apart: each points to the next, the last to @last. */
static void chain(uint64_t at, uint64_t step, size_t count, uint64_t last)
{
	for (size_t i = 0; i < count; i++)
		fake_put(&kernel, at + i * step, i + 1 < count ? at + (i + 1) * step : last, 8);
}

static void test_list(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	chain(HEAD, 0x10, 4, HEAD);
	assert_null(list_walk(&c, HEAD));
	given_expect(&given, 3, (uint64_t[]){ 0x1010, 0x1020, 0x1030 }, (uint64_t[]){ 0, 1, 2 });
}

static void test_empty(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	chain(HEAD, 0x10, 1, HEAD);
	assert_null(list_walk(&c, HEAD));
	given_expect(&given, 0, NULL, NULL);
	fake_put(&kernel, HEAD, 0, 8);
	given_expect_error(list_walk(&c, HEAD), ERROR_BAD_DATA, "never initialised");
}

static void test_loop(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);
	struct error *err;

	/* The fourth leads back to the second, never to the head. */
	chain(HEAD, 0x10, 5, HEAD + 0x20);
	err = list_walk(&c, HEAD);
	assert_non_null(err);
	assert_true(err->has_address);
	assert_int_equal(err->address, HEAD + 0x20);
	given_expect_error(err, ERROR_BAD_DATA, "after 4 nodes");
	given_expect(&given, 4, (uint64_t[]){ 0x1010, 0x1020, 0x1030, 0x1040 }, NULL);
}

static void test_broken(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	chain(HEAD, 0x10, 3, 0xdead0000);
	given_expect_error(list_walk(&c, HEAD), ERROR_ABSENT, "breaks off at 0xdead0000");
	given_expect(&given, 2, (uint64_t[]){ 0x1010, 0x1020 }, NULL);
	given.count = 0;
	chain(HEAD, 0x10, 3, 0);
	given_expect_error(list_walk(&c, HEAD), ERROR_BAD_DATA, "NULL");
	fake_missing(&kernel, 0x5000, 0x1000, ERROR_EXCLUDED);
	given.count = 0;
	chain(HEAD, 0x10, 3, 0x5008);
	given_expect_error(list_walk(&c, HEAD), ERROR_EXCLUDED, "0x5008");
	given_expect(&given, 2, (uint64_t[]){ 0x1010, 0x1020 }, NULL);
}

static void test_callers_error(void **state)
{
	struct given given = { .fail_at = 2 };
	struct container c = given_container(&kernel, &given);

	chain(HEAD, 0x10, 4, HEAD);
	given_expect_error(list_walk(&c, HEAD), ERROR_UNSUPPORTED, "enough");
	assert_int_equal(given.count, 1);
}

static void test_chain(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	/* Pointers at offset 8 of nodes of 0x20 bytes, to the nodes themselves. */
	for (uint64_t i = 0; i < 3; i++)
		fake_put(&kernel, 0x1100 + 0x20 * i + 8, i < 2 ? 0x1120 + 0x20 * i : 0, 8);
	assert_null(chain_walk(&c, 0x1100, 8, 0, true));
	given_expect(&given, 3, (uint64_t[]){ 0x1100, 0x1120, 0x1140 }, NULL);
	given.count = 0;
	assert_null(chain_walk(&c, 0x1100, 8, 0x1140, true));
	given_expect(&given, 2, (uint64_t[]){ 0x1100, 0x1120 }, NULL);
	/* A ring ends where it began. */
	fake_put(&kernel, 0x1148, 0x1100, 8);
	given.count = 0;
	assert_null(chain_walk(&c, 0x1100, 8, 0, true));
	assert_int_equal(given.count, 3);
	given.count = 0;
	given_expect_error(chain_walk(&c, 0x1100, 8, 0, false), ERROR_BAD_DATA, "loop");
	assert_null(chain_walk(&c, 0, 8, 0, true));
}

/* Beyond the set's limit loops are found too, within three rounds. */
static void test_visited_limit(void **state)
{
	struct visited visited = { 0 };
	struct error *err = NULL;
	size_t steps = 0, length = VISITED_MAX + 1000, loop = 5000;

	while (!err && steps < length + 3 * loop + 3 * 8192) {
		uint64_t i = steps < length ? steps : length - loop + (steps - length) % loop;

		err = visited_add(&visited, 0x1000 + 16 * i, "node");
		steps++;
	}
	visited_deinit(&visited);
	given_expect_error(err, ERROR_BAD_DATA, "loop");
	assert_true(steps > length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),	      cmocka_unit_test(test_empty),
		cmocka_unit_test(test_loop),	      cmocka_unit_test(test_broken),
		cmocka_unit_test(test_callers_error), cmocka_unit_test(test_chain),
		cmocka_unit_test(test_visited_limit),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
