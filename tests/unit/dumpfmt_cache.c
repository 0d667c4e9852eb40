// SPDX-License-Identifier: GPL-2.0-or-later
/* The block cache: what was put in is found, or gone, and never something else. */
#include "dumpfmt/cache.h"
#include "support/data.h"

#include <string.h>

static uint64_t put(struct cache *cache, uint64_t key)
{
	uint64_t *block;

	assert_ok(cache_claim(cache, &block));
	*block = key * 3;
	cache_commit(cache, key);
	return key;
}

static void test_find(void **state)
{
	struct cache cache;

	cache_init(&cache, 16, 8);
	assert_null(cache_find(&cache, 0));
	for (uint64_t key = 0; key < 8; key++)
		put(&cache, key << 40);
	for (uint64_t key = 0; key < 8; key++) {
		uint64_t *block = cache_find(&cache, key << 40);

		assert_non_null(block);
		assert_int_equal(*block, (key << 40) * 3);
	}
	assert_null(cache_find(&cache, 1));
	cache_deinit(&cache);
}

static void test_replacement(void **state)
{
	struct cache cache;
	unsigned int found = 0;

	cache_init(&cache, 64, 32);
	for (uint64_t key = 0; key < 10000; key++) {
		if (!cache_find(&cache, key * 7 % 1000))
			put(&cache, key * 7 % 1000);
		put(&cache, 100000 + key);
		for (uint64_t other = 0; other < 1000; other += 37) {
			uint64_t *block = cache_find(&cache, other);

			if (block)
				assert_int_equal(*block, other * 3);
		}
	}
	for (uint64_t key = 0; key < 200000; key++)
		found += cache_find(&cache, key) != NULL;
	assert_in_range(found, 1, 32);
	cache_deinit(&cache);
}

/* A block that is asked for all the time outlives those that are not. */
static void test_second_chance(void **state)
{
	struct cache cache;

	cache_init(&cache, 8, 16);
	put(&cache, 1);
	for (uint64_t key = 2; key < 1000; key++) {
		assert_non_null(cache_find(&cache, 1));
		put(&cache, key);
	}
	cache_deinit(&cache);
}

/* A claimed block that could not be filled is under no key; one slot is enough to go on. */
static void test_abandoned(void **state)
{
	struct cache cache;
	uint64_t *block;

	cache_init(&cache, 8, 1);
	put(&cache, 5);
	assert_ok(cache_claim(&cache, &block));
	assert_null(cache_find(&cache, 5));
	put(&cache, 6);
	assert_non_null(cache_find(&cache, 6));
	cache_deinit(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_replacement),
		cmocka_unit_test(test_second_chance),
		cmocka_unit_test(test_abandoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
