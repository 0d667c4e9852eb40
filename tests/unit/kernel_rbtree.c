// SPDX-License-Identifier: GPL-2.0-or-later
/* Red-black trees: order, loops, holes. */
#include "support/entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROOT 0x1000

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

/* struct rb_node { unsigned long __rb_parent_color; struct rb_node *rb_right, *rb_left; } */
static void node(uint64_t at, uint64_t left, uint64_t right)
{
	fake_put(&kernel, at + 8, right, 8);
	fake_put(&kernel, at + 16, left, 8);
}

/* 0x1100 over 0x1120 (over 0x1160) and 0x1140 (over 0x1180). */
static void plant(void)
{
	fake_put(&kernel, ROOT, 0x1100, 8);
	node(0x1100, 0x1120, 0x1140);
	node(0x1120, 0, 0x1160);
	node(0x1140, 0x1180, 0);
	node(0x1160, 0, 0);
	node(0x1180, 0, 0);
}

static void test_in_order(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	plant();
	assert_null(rbtree_walk(&c, ROOT));
	given_expect(&given, 5, (uint64_t[]){ 0x1120, 0x1160, 0x1100, 0x1180, 0x1140 },
		     (uint64_t[]){ 0, 1, 2, 3, 4 });
	given.count = 0;
	c.from_node = true;
	assert_null(rbtree_walk(&c, 0x1140));
	given_expect(&given, 2, (uint64_t[]){ 0x1180, 0x1140 }, NULL);
}

static void test_empty(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	fake_put(&kernel, ROOT, 0, 8);
	assert_null(rbtree_walk(&c, ROOT));
	assert_int_equal(given.count, 0);
}

static void test_loop(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	plant();
	node(0x1180, 0x1100, 0);
	given_expect_error(rbtree_walk(&c, ROOT), ERROR_BAD_DATA, "0x1100");
	given_expect(&given, 5, (uint64_t[]){ 0x1120, 0x1160, 0x1100, 0x1180, 0x1140 }, NULL);
	/* Two nodes that share a child are no tree either. */
	given.count = 0;
	plant();
	node(0x1140, 0x1160, 0);
	given_expect_error(rbtree_walk(&c, ROOT), ERROR_BAD_DATA, "0x1160");
	given_expect(&given, 4, (uint64_t[]){ 0x1120, 0x1160, 0x1100, 0x1140 }, NULL);
}

/* What is missing costs the nodes below it, and is told at the end. */
static void test_hole(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	plant();
	fake_missing(&kernel, 0x5000, 0x1000, ERROR_EXCLUDED);
	node(0x1100, 0x5000, 0x1140);
	given_expect_error(rbtree_walk(&c, ROOT), ERROR_EXCLUDED, "0x5000");
	given_expect(&given, 3, (uint64_t[]){ 0x1100, 0x1180, 0x1140 }, NULL);
}

static void test_too_deep(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	fake_memory(&kernel, 0x10000, 0x4000);
	fake_put(&kernel, ROOT, 0x10000, 8);
	for (uint64_t i = 0; i < 200; i++)
		node(0x10000 + 0x20 * i, 0x10000 + 0x20 * (i + 1), 0);
	given_expect_error(rbtree_walk(&c, ROOT), ERROR_BAD_DATA, "too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order), cmocka_unit_test(test_empty),
		cmocka_unit_test(test_loop),	 cmocka_unit_test(test_hole),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
