// SPDX-License-Identifier: GPL-2.0-or-later
/* Bits, runs and ranks of a bitmap in a file, against counting one by one. */
#include "dumpfmt/bitmap.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OFFSET 5 /* bytes; bitmaps need no alignment */

static void check(uint64_t bits, unsigned int kind)
{
	size_t size = OFFSET + (bits + 7) / 8;
	uint8_t *data = calloc(1, size + 1);
	struct source *source;
	struct bitmap bitmap;
	uint64_t rank = 0, seed = bits * 31 + kind, found, counted;
	char path[40];
	int fd;

	assert_non_null(data);
	for (size_t i = 0; i < size; i++) {
		seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
		data[i] = kind == 0	? 0
			  : kind == 1	? 0xff
			  : kind == 2	? (uint8_t)(seed >> 40)
			  : i / 300 % 2 ? 0xff
					: 0;
	}
	dump_text_memory(data, size, &fd, path);
	assert_ok(source_open(path, true, &source));
	bitmap_init(&bitmap, source, OFFSET, bits);
	for (uint64_t bit = 0; bit <= bits + 100; bit += 1 + (bit > 5000 ? bit % 61 : 0)) {
		bool wanted = bit < bits && data[OFFSET + bit / 8] >> bit % 8 & 1, set;
		uint64_t next = bit;

		assert_ok(bitmap_test(&bitmap, bit, &set));
		assert_int_equal(set, wanted);
		while (next < bits && (data[OFFSET + next / 8] >> next % 8 & 1) == set)
			next++;
		if (bit >= bits)
			next = bits;
		assert_ok(bitmap_next(&bitmap, bit, UINT64_MAX, !set, &found));
		assert_int_equal(found, next);
		assert_ok(bitmap_next(&bitmap, bit, bit + 70, !set, &found));
		assert_int_equal(found, bit < bits ? min(next, bit + 70) : bits);
		assert_ok(bitmap_next(&bitmap, bit, UINT64_MAX, set, &found));
		assert_int_equal(found, bit < bits ? bit : bits);
		rank = 0;
		if (bit % 17 == 0) {
			for (uint64_t i = 0; i < bit && i < bits; i++)
				rank += data[OFFSET + i / 8] >> i % 8 & 1;
			assert_ok(bitmap_rank(&bitmap, bit, &counted));
			assert_int_equal(counted, rank);
		}
	}
	bitmap_deinit(&bitmap);
	/* The other way round: all of it is counted first. */
	assert_ok(bitmap_rank(&bitmap, UINT64_MAX, &rank));
	assert_ok(bitmap_rank(&bitmap, bits, &counted));
	assert_int_equal(rank, counted);
	bitmap_deinit(&bitmap);
	source_close(source);
	close(fd);
	free(data);
}

static void test_against_counting(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 7, 8, 63, 64, 65, 2047, 2048, 2049, 4096, 20000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (unsigned int kind = 0; kind < 4; kind++)
			check(sizes[i], kind);
	}
}

/* More than one read's worth of counts. */
static void test_large(void **state)
{
	enum { SIZE = 1 << 18 };
	uint8_t *data = malloc(SIZE);
	struct source *source;
	struct bitmap bitmap;
	uint64_t rank;
	char path[40];
	int fd;

	assert_non_null(data);
	memset(data, 0x11, SIZE);
	dump_text_memory(data, SIZE, &fd, path);
	assert_ok(source_open(path, true, &source));
	bitmap_init(&bitmap, source, 0, (uint64_t)SIZE * 8);
	assert_ok(bitmap_rank(&bitmap, (uint64_t)SIZE * 8, &rank));
	assert_int_equal(rank, SIZE * 2);
	assert_ok(bitmap_rank(&bitmap, 1500001, &rank));
	assert_int_equal(rank, 1500001 / 4 + 1);
	bitmap_deinit(&bitmap);
	source_close(source);
	close(fd);
	free(data);
}

/* A bitmap that the file does not hold is an error, and no bits. */
static void test_short_file(void **state)
{
	struct source *source;
	struct bitmap bitmap;
	uint64_t n;
	char path[40];
	bool set;
	int fd;

	dump_text_memory("\xff\xff", 2, &fd, path);
	assert_ok(source_open(path, true, &source));
	bitmap_init(&bitmap, source, 0, 100);
	assert_ok(bitmap_test(&bitmap, 3, &set));
	assert_fails(bitmap_test(&bitmap, 16, &set), ERROR_BAD_DATA);
	assert_fails(bitmap_next(&bitmap, 3, UINT64_MAX, false, &n), ERROR_BAD_DATA);
	assert_fails(bitmap_rank(&bitmap, 50, &n), ERROR_BAD_DATA);
	bitmap_deinit(&bitmap);
	source_close(source);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_counting),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_short_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
