// SPDX-License-Identifier: GPL-2.0-or-later
/* The map of extents, against one that is filled in byte by byte. */
#include "dumpfmt/extents.h"
#include "support/data.h"

#include <stdlib.h>
#include <string.h>

#define SPACE 200

static void add(struct extents *extents, uint64_t first, uint64_t size, uint64_t rank)
{
	struct extent extent = {
		.first = first, .target = first + 1000 * rank, .rank = rank, .owner = (uint32_t)rank
	};

	assert_ok(extents_add(extents, extent, size));
}

static void check_sorted(const struct extents *extents)
{
	for (size_t i = 0; i < extents->count; i++) {
		assert_true(extents->items[i].first <= extents->items[i].last);
		assert_true(!i || extents->items[i - 1].last < extents->items[i].first);
	}
}

static void test_random(void **state)
{
	uint64_t seed = 88172645463325252u;

	for (unsigned int round = 0; round < 2000; round++) {
		struct extents extents = { 0 };
		uint64_t winner[SPACE];

		memset(winner, 0xff, sizeof(winner));
		for (uint64_t rank = round % 20; rank--;) { /* the lowest rank comes last */
			uint64_t first, size;

			seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
			first = seed % SPACE;
			size = (seed >> 32) % 40;
			if (size > SPACE - first)
				size = SPACE - first;
			add(&extents, first, size, rank);
			for (uint64_t i = first; i < first + size; i++)
				winner[i] = rank;
		}
		assert_ok(extents_resolve(&extents));
		check_sorted(&extents);
		for (uint64_t at = 0; at < SPACE; at++) {
			size_t i = extents_find(&extents, at);

			if (i == extents.count || extents.items[i].first > at) {
				assert_int_equal(winner[at], UINT64_MAX);
				continue;
			}
			assert_int_equal(extents.items[i].owner, winner[at]);
			assert_int_equal(extent_target(&extents.items[i], at),
					 at + 1000 * winner[at]);
		}
		extents_deinit(&extents);
	}
}

/* What another one hides in the middle is one piece on either side, and one where it is not. */
static void test_pieces(void **state)
{
	struct extents extents = { 0 };

	add(&extents, 0, 100, 1);
	add(&extents, 10, 10, 2);
	add(&extents, 20, 5, 3);
	assert_ok(extents_resolve(&extents));
	assert_int_equal(extents.count, 1);
	extents_deinit(&extents);
}

static void test_end_of_space(void **state)
{
	struct extents extents = { 0 };

	add(&extents, UINT64_MAX, 1, 1);
	add(&extents, UINT64_MAX - 9, 100, 2);
	add(&extents, 0, UINT64_MAX, 3);
	add(&extents, 7, 0, 0);
	assert_ok(extents_resolve(&extents));
	check_sorted(&extents);
	assert_int_equal(extents.count, 3);
	assert_int_equal(extents.items[0].last, UINT64_MAX - 10);
	assert_int_equal(extents.items[1].last, UINT64_MAX - 1);
	assert_int_equal(extents.items[2].first, UINT64_MAX);
	assert_int_equal(extents.items[2].owner, 1);
	assert_int_equal(extents_find(&extents, UINT64_MAX), 2);
	extents_deinit(&extents);
	assert_ok(extents_resolve(&extents));
	assert_int_equal(extents_find(&extents, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_end_of_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
