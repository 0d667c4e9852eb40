// SPDX-License-Identifier: GPL-2.0-or-later
/* Maple trees as lib/maple_tree.c lays them out: pivots, metadata, node types in pointers. */
#include "support/entries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TREE 0x1000
#define TOP  0x2000
#define LEAF 0x2100
#define LAST 0x2200

/* enum maple_type in bits 3 to 6; bit 2 is MAPLE_ENODE_NULL; the root has bit 1 too. */
enum { DENSE, LEAF_64, RANGE_64, ARANGE_64 };
#define ENCODED(node, type) ((node) | (uint64_t)(type) << 3 | 4)

/* maple_range_64: parent, 15 pivots at 8, 16 slots at 128, metadata in the last one's place. */
#define PIVOT(node, i) ((node) + 8 + 8 * (uint64_t)(i))
#define SLOT(node, i)  ((node) + 128 + 8 * (uint64_t)(i))
#define META(node)     ((node) + 248)
/* maple_arange_64: parent, 9 pivots at 8, 10 slots at 80, 10 gaps at 160, metadata at 240. */
#define AR_SLOT(node, i) ((node) + 80 + 8 * (uint64_t)(i))
#define AR_META(node)	 ((node) + 240)

static struct fake_kernel kernel;

static int setup(void **state)
{
	struct fake_btf *btf = &kernel.btf;
	uint32_t t_uint, t_long, t_char, t_pointer, t_meta, t_pivots, t_slots, t_pad, t_tail,
		t_union;
	uint32_t t_few_pivots, t_few_slots, t_many_slots;

	kernel = (struct fake_kernel){ 0 };
	t_uint = fake_int(btf, "unsigned int", 4, 0);
	t_long = fake_int(btf, "unsigned long", 8, 0);
	t_char = fake_int(btf, "unsigned char", 1, 0);
	t_pointer = fake_pointer(btf, 0);
	t_meta = fake_struct(
		btf, "maple_metadata", 2, 2,
		(struct fake_member[]){ { "end", t_char, 0, 0 }, { "gap", t_char, 8, 0 } });
	t_pivots = fake_array(btf, t_long, 15);
	t_slots = fake_array(btf, t_pointer, 16);
	t_pad = fake_array(btf, t_pointer, 15);
	t_tail = fake_struct(
		btf, NULL, 128, 2,
		(struct fake_member[]){ { "pad", t_pad, 0, 0 }, { "meta", t_meta, 960, 0 } });
	t_union = fake_union(
		btf, NULL, 128, 2,
		(struct fake_member[]){ { "slot", t_slots, 0, 0 }, { NULL, t_tail, 0, 0 } });
	fake_struct(btf, "maple_range_64", 256, 3,
		    (struct fake_member[]){ { "parent", t_pointer, 0, 0 },
					    { "pivot", t_pivots, 64, 0 },
					    { NULL, t_union, 1024, 0 } });
	t_few_pivots = fake_array(btf, t_long, 9);
	t_few_slots = fake_array(btf, t_pointer, 10);
	fake_struct(btf, "maple_arange_64", 256, 4,
		    (struct fake_member[]){ { "parent", t_pointer, 0, 0 },
					    { "pivot", t_few_pivots, 64, 0 },
					    { "slot", t_few_slots, 640, 0 },
					    { "meta", t_meta, 1920, 0 } });
	t_many_slots = fake_array(btf, t_pointer, 31);
	fake_struct(btf, "maple_node", 256, 2,
		    (struct fake_member[]){ { "parent", t_pointer, 0, 0 },
					    { "slot", t_many_slots, 64, 0 } });
	fake_enum(btf, "maple_type", 4, 4,
		  (struct fake_enumerator[]){ { "maple_dense", DENSE },
					      { "maple_leaf_64", LEAF_64 },
					      { "maple_range_64", RANGE_64 },
					      { "maple_arange_64", ARANGE_64 } });
	fake_struct(btf, "maple_tree", 16, 2,
		    (struct fake_member[]){ { "ma_flags", t_uint, 32, 0 },
					    { "ma_root", t_pointer, 64, 0 } });
	fake_kernel_init(&kernel);
	fake_memory(&kernel, 0x1000, 0x2000);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void set_root(uint64_t node, int type)
{
	fake_put(&kernel, TREE + 8, ENCODED(node, type) | 2, 8);
}

static void test_single(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	assert_null(maple_walk(&c, TREE));
	assert_int_equal(given.count, 0);
	fake_put(&kernel, TREE + 8, 0xffff888000001000, 8);
	assert_null(maple_walk(&c, TREE));
	given_expect(&given, 1, (uint64_t[]){ 0xffff888000001000 }, (uint64_t[]){ 0 });
}

/* Ranges 0-9 (empty), 10-19, 20-29 (reserved), 30-max. */
static void test_leaf(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	set_root(LEAF, LEAF_64);
	fake_put(&kernel, PIVOT(LEAF, 0), 9, 8);
	fake_put(&kernel, PIVOT(LEAF, 1), 19, 8);
	fake_put(&kernel, PIVOT(LEAF, 2), 29, 8);
	fake_put(&kernel, SLOT(LEAF, 1), 0xffff888000001000, 8);
	fake_put(&kernel, SLOT(LEAF, 2), 257 << 2 | 2, 8); /* XA_ZERO_ENTRY */
	fake_put(&kernel, SLOT(LEAF, 3), 0xffff888000003000, 8);
	/* Beyond the end are leftovers. */
	fake_put(&kernel, SLOT(LEAF, 4), 0xffff88800000dead, 8);
	fake_put(&kernel, META(LEAF), 3, 1);
	assert_null(maple_walk(&c, TREE));
	given_expect(&given, 2, (uint64_t[]){ 0xffff888000001000, 0xffff888000003000 },
		     (uint64_t[]){ 10, 30 });
}

/* A full leaf has no metadata: its last slot is an entry, and the pivots say so. */
static void test_full_leaf(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	set_root(LEAF, LEAF_64);
	for (uint64_t i = 0; i < 15; i++)
		fake_put(&kernel, PIVOT(LEAF, i), 10 * i + 9, 8);
	for (uint64_t i = 0; i < 16; i++)
		fake_put(&kernel, SLOT(LEAF, i), 0xffff888000000000 + i, 8);
	assert_null(maple_walk(&c, TREE));
	assert_int_equal(given.count, 16);
	assert_int_equal(given.indices[15], 150);
	/* With the last pivot at the end of everything, the last slot is not in use. */
	given.count = 0;
	fake_put(&kernel, PIVOT(LEAF, 14), UINT64_MAX, 8);
	assert_null(maple_walk(&c, TREE));
	assert_int_equal(given.count, 15);
}

static void plant(int type)
{
	bool arange = type == ARANGE_64;

	set_root(TOP, type);
	fake_put(&kernel, PIVOT(TOP, 0), 99, 8);
	fake_put(&kernel, PIVOT(TOP, 1), UINT64_MAX, 8);
	fake_put(&kernel, arange ? AR_SLOT(TOP, 0) : SLOT(TOP, 0), ENCODED(LEAF, LEAF_64), 8);
	fake_put(&kernel, arange ? AR_SLOT(TOP, 1) : SLOT(TOP, 1), ENCODED(LAST, LEAF_64), 8);
	fake_put(&kernel, arange ? AR_META(TOP) : META(TOP), 1, 1);
	fake_put(&kernel, PIVOT(LEAF, 0), 49, 8);
	fake_put(&kernel, PIVOT(LEAF, 1), 99, 8);
	fake_put(&kernel, SLOT(LEAF, 0), 0xffff888000001000, 8);
	fake_put(&kernel, SLOT(LEAF, 1), 0xffff888000002000, 8);
	fake_put(&kernel, META(LEAF), 1, 1);
	/* The last range of a leaf may have no pivot of its own. */
	fake_put(&kernel, PIVOT(LAST, 0), 199, 8);
	fake_put(&kernel, SLOT(LAST, 1), 0xffff888000003000, 8);
	fake_put(&kernel, META(LAST), 1, 1);
}

static void test_levels(void **state)
{
	static const uint64_t entries[] = { 0xffff888000001000, 0xffff888000002000,
					    0xffff888000003000 };
	static const uint64_t indices[] = { 0, 50, 200 };
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	plant(RANGE_64);
	assert_null(maple_walk(&c, TREE));
	given_expect(&given, 3, entries, indices);
	fake_put(&kernel, SLOT(TOP, 0), 0, 8);
	fake_put(&kernel, SLOT(TOP, 1), 0, 8);
	given.count = 0;
	plant(ARANGE_64);
	assert_null(maple_walk(&c, TREE));
	given_expect(&given, 3, entries, indices);
	given.count = 0;
	c.from_node = true;
	assert_null(maple_walk(&c, ENCODED(LEAF, LEAF_64)));
	assert_int_equal(given.count, 2);
}

static void test_bad(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	plant(RANGE_64);
	/* Pivots that do not ascend end their node, not the tree. */
	fake_put(&kernel, PIVOT(LEAF, 1), 10, 8);
	given_expect_error(maple_walk(&c, TREE), ERROR_BAD_DATA, "slot 1");
	given_expect(&given, 2, (uint64_t[]){ 0xffff888000001000, 0xffff888000003000 }, NULL);
	/* A node that leads to itself. */
	given.count = 0;
	plant(RANGE_64);
	fake_put(&kernel, SLOT(TOP, 0), ENCODED(TOP, RANGE_64), 8);
	given_expect_error(maple_walk(&c, TREE), ERROR_BAD_DATA, "met before");
	assert_int_equal(given.count, 1);
	/* A type that is none, an end that is beyond the node. */
	given.count = 0;
	plant(RANGE_64);
	fake_put(&kernel, SLOT(TOP, 0), ENCODED(LEAF, 9), 8);
	given_expect_error(maple_walk(&c, TREE), ERROR_BAD_DATA, "type 9");
	plant(RANGE_64);
	fake_put(&kernel, META(LEAF), 16, 1);
	given_expect_error(maple_walk(&c, TREE), ERROR_BAD_DATA, "last slot is 16");
	/* A leaf that is missing costs its own entries. */
	given.count = 0;
	plant(RANGE_64);
	fake_missing(&kernel, 0x8000, 0x1000, ERROR_EXCLUDED);
	fake_put(&kernel, SLOT(TOP, 0), ENCODED(0x8000, LEAF_64), 8);
	given_expect_error(maple_walk(&c, TREE), ERROR_EXCLUDED, "0x8000");
	assert_int_equal(given.count, 1);
}

static void test_dense(void **state)
{
	struct given given = { 0 };
	struct container c = given_container(&kernel, &given);

	set_root(LEAF, DENSE);
	fake_put(&kernel, LEAF + 8 + 8 * 5, 0xffff888000001000, 8);
	assert_null(maple_walk(&c, TREE));
	given_expect(&given, 1, (uint64_t[]){ 0xffff888000001000 }, (uint64_t[]){ 5 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_single, setup, teardown),
		cmocka_unit_test_setup_teardown(test_leaf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_leaf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dense, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
