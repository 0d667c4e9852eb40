// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/ranges.c: against a set of bytes that is simple enough to be right. */
#include "kexec/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPACE 64

/* @ranges are sorted, do not touch, and hold exactly the bytes of @set. */
static void check(const struct ranges *ranges, const bool set[SPACE])
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		assert_true(ranges->list[i].start <= ranges->list[i].end);
		if (i)
			assert_true(ranges->list[i].start > ranges->list[i - 1].end + 1);
	}
	for (uint64_t a = 0; a < SPACE; a++) {
		assert_int_equal(ranges_find(ranges, a) != NULL, set[a]);
		bytes += set[a];
	}
	assert_int_equal(ranges_bytes(ranges), bytes);
}

static void like_a_set(void **state)
{
	srand(1);
	for (unsigned int round = 0; round < 200; round++) {
		struct ranges ranges = { 0 };
		bool set[SPACE] = { 0 };

		for (unsigned int step = 0; step < 40; step++) {
			uint64_t start = (uint64_t)rand() % SPACE;
			uint64_t end = start + (uint64_t)rand() % (SPACE - start);
			bool add = rand() % 2;

			if (add)
				assert_null(ranges_add(&ranges, start, end));
			else
				assert_null(ranges_remove(&ranges, start, end));
			memset(set + start, add, end - start + 1);
			check(&ranges, set);
		}
		ranges_deinit(&ranges);
	}
}

static void last_byte(void **state)
{
	struct ranges ranges = { 0 }, copy;

	assert_null(ranges_add(&ranges, UINT64_MAX - 1, UINT64_MAX));
	assert_null(ranges_add(&ranges, 0, 0));
	assert_null(ranges_add(&ranges, 5, UINT64_MAX));
	assert_int_equal(ranges.count, 2);
	assert_true(ranges_hold(&ranges, 5, UINT64_MAX));
	assert_false(ranges_hold(&ranges, 0, 5));
	assert_null(ranges_copy(&ranges, &copy));
	assert_null(ranges_remove(&ranges, 6, UINT64_MAX));
	assert_null(ranges_find(&ranges, UINT64_MAX));
	assert_non_null(ranges_find(&copy, UINT64_MAX));
	ranges_deinit(&ranges);
	ranges_deinit(&copy);
}

static void backwards(void **state)
{
	struct ranges ranges = { 0 };
	struct error *err = ranges_add(&ranges, 2, 1);

	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_a_set),
		cmocka_unit_test(last_byte),
		cmocka_unit_test(backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
