// SPDX-License-Identifier: GPL-2.0-or-later
/* XArrays as include/linux/xarray.h stores them, radix trees as v4.19 did. */
#include "support/entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ROOT  0x1000
#define NODE  0x2000
#define INNER 0x3000

/* Both kinds of node: shift at 0, slots at 40, 64 of them. */
#define SLOT(node, i) ((node) + 40 + 8 * (uint64_t)(i))

static struct fake_kernel kernel;

static void make(bool radix)
{
	struct fake_btf *btf = &kernel.btf;
	uint32_t t_int, t_char, t_pointer, t_slots;

	kernel = (struct fake_kernel){ 0 };
	t_int = fake_int(btf, "unsigned int", 4, 0);
	t_char = fake_int(btf, "unsigned char", 1, 0);
	t_pointer = fake_pointer(btf, 0);
	t_slots = fake_array(btf, t_pointer, 64);
	fake_struct(
		btf, radix ? "radix_tree_node" : "xa_node", 576, 2,
		(struct fake_member[]){ { "shift", t_char, 0, 0 }, { "slots", t_slots, 320, 0 } });
	fake_struct(btf, radix ? "radix_tree_root" : "xarray", 16, 2,
		    (struct fake_member[]){ { "xa_flags", t_int, 32, 0 },
					    { radix ? "rnode" : "xa_head", t_pointer, 64, 0 } });
	fake_kernel_init(&kernel);
	fake_memory(&kernel, 0x1000, 0x4000);
}

static int setup(void **state)
{
	make(false);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void test_empty_and_single(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	assert_null(xarray_walk(&c, ROOT, 0));
	assert_int_equal(given.count, 0);
	/* One entry at index 0 needs no node. */
	fake_put(&kernel, ROOT + 8, 0xffff888000001000, 8);
	assert_null(xarray_walk(&c, ROOT, 5));
	given_expect(&given, 1, (uint64_t[]){ 0xffff888000001000 }, (uint64_t[]){ 5 });
}

static void test_entries(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	/* A node of shift 6 over one of shift 0 in its slot 2; xa_mk_node() adds 2. */
	fake_put(&kernel, ROOT + 8, NODE + 2, 8);
	fake_put(&kernel, NODE, 6, 1);
	fake_put(&kernel, SLOT(NODE, 2), INNER + 2, 8);
	fake_put(&kernel, INNER, 0, 1);
	fake_put(&kernel, SLOT(INNER, 0), 0xffff888000002000, 8);
	fake_put(&kernel, SLOT(INNER, 1), 1030, 8);	   /* XA_ZERO_ENTRY */
	fake_put(&kernel, SLOT(INNER, 2), 1026, 8);	   /* XA_RETRY_ENTRY */
	fake_put(&kernel, SLOT(INNER, 3), 77 << 1 | 1, 8); /* xa_mk_value(77) */
	fake_put(&kernel, SLOT(INNER, 63), 0xffff888000003000, 8);
	/* An entry of order 8 in the upper node: slot 8, and siblings, xa_mk_sibling(8). */
	fake_put(&kernel, SLOT(NODE, 8), 0xffff888000004000, 8);
	for (int i = 9; i < 12; i++)
		fake_put(&kernel, SLOT(NODE, i), 8 << 2 | 2, 8);
	assert_null(xarray_walk(&c, ROOT, 0));
	given_expect(&given, 4,
		     (uint64_t[]){ 0xffff888000002000, 77 << 1 | 1, 0xffff888000003000,
				   0xffff888000004000 },
		     (uint64_t[]){ 128, 131, 191, 512 });
	given.count = 0;
	c.from_node = true;
	assert_null(xarray_walk(&c, INNER, 0));
	assert_int_equal(given.count, 3);
}

static void test_bad(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	fake_put(&kernel, ROOT + 8, NODE + 2, 8);
	fake_put(&kernel, NODE, 6, 1);
	fake_put(&kernel, SLOT(NODE, 0), NODE + 2, 8);
	fake_put(&kernel, SLOT(NODE, 1), 0xffff888000002000, 8);
	given_expect_error(xarray_walk(&c, ROOT, 0), ERROR_BAD_DATA, "met before");
	given_expect(&given, 1, (uint64_t[]){ 0xffff888000002000 }, (uint64_t[]){ 64 });
	/* A node no lower than the one above it. */
	given.count = 0;
	fake_put(&kernel, SLOT(NODE, 0), INNER + 2, 8);
	fake_put(&kernel, INNER, 6, 1);
	given_expect_error(xarray_walk(&c, ROOT, 0), ERROR_BAD_DATA, "shift");
	assert_int_equal(given.count, 1);
	/* A node that is missing costs its own entries. */
	given.count = 0;
	fake_missing(&kernel, 0x9000, 0x1000, ERROR_EXCLUDED);
	fake_put(&kernel, SLOT(NODE, 0), 0x9000 + 2, 8);
	given_expect_error(xarray_walk(&c, ROOT, 0), ERROR_EXCLUDED, "0x9000");
	assert_int_equal(given.count, 1);
}

static void test_radix(void **state)
{
	struct given given = { 0 };
	struct container c;

	fake_kernel_deinit(&kernel);
	make(true);
	c = given_container(&kernel, &given);
	/* v4.19: internal nodes have bit 0, exceptional entries bit 1. */
	fake_put(&kernel, ROOT + 8, NODE + 1, 8);
	fake_put(&kernel, NODE, 6, 1);
	fake_put(&kernel, SLOT(NODE, 1), INNER + 1, 8);
	fake_put(&kernel, INNER, 0, 1);
	fake_put(&kernel, SLOT(INNER, 5), 0xffff888000002000, 8);
	fake_put(&kernel, SLOT(INNER, 6), 5 << 2 | 2, 8);
	/* A sibling points to the slot that it belongs to. */
	fake_put(&kernel, SLOT(NODE, 4), 0xffff888000003000, 8);
	fake_put(&kernel, SLOT(NODE, 5), SLOT(NODE, 4) + 1, 8);
	assert_null(xarray_walk(&c, ROOT, 0));
	given_expect(&given, 3, (uint64_t[]){ 0xffff888000002000, 5 << 2 | 2, 0xffff888000003000 },
		     (uint64_t[]){ 69, 70, 256 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty_and_single, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_radix, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
