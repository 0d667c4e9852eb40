// SPDX-License-Identifier: GPL-2.0-or-later
/* The codecs: exact sizes only, and no harm from data that is anything. */
#include "dumpfmt/codec.h"

#include "support/data.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define PAGE 4096

static size_t compress_page(uint32_t flag, const uint8_t *page, uint8_t *to)
{
	size_t size = 2 * PAGE;

	if (flag == 1) {
		struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);

		size = libdeflate_zlib_compress(c, page, PAGE, to, size);
		libdeflate_free_compressor(c);
	} else if (flag == 2) {
		void *work = malloc(LZO1X_1_MEM_COMPRESS);
		lzo_uint n = 0;

		assert_int_equal(lzo1x_1_compress(page, PAGE, to, &n, work), LZO_E_OK);
		free(work);
		size = n;
	} else if (flag == 4) {
		assert_int_equal(snappy_compress((const char *)page, PAGE, (char *)to, &size),
				 SNAPPY_OK);
	} else {
		size = ZSTD_compress(to, size, page, PAGE, 1);
	}
	return size;
}

/* In a block of its own size, so that a sanitizer sees what is read beyond it. */
static bool expand(struct codec_state *state, const struct codec *codec, const uint8_t *data,
		   size_t size, uint8_t *page, size_t page_size)
{
	uint8_t *copy = malloc(size + !size), *to = malloc(page_size);
	bool ok;

	assert_non_null(copy);
	assert_non_null(to);
	memcpy(copy, data, size);
	ok = codec->expand(state, copy, size, to, page_size);
	memcpy(page, to, page_size);
	free(copy);
	free(to);
	return ok;
}

static void check(uint32_t flag)
{
	struct codec_state state = { 0 };
	const struct codec *codec = codec_find(flag);
	uint8_t page[PAGE], data[2 * PAGE], back[2 * PAGE];
	uint32_t seed = 12345;
	size_t size;

	assert_non_null(codec);
	for (size_t i = 0; i < PAGE; i++)
		page[i] = (uint8_t)(i % 100 ? i / 16 : i * 2654435761u >> 24);
	assert_int_equal(lzo_init(), LZO_E_OK);
	size = compress_page(flag, page, data);
	assert_true(expand(&state, codec, data, size, back, PAGE));
	assert_memory_equal(page, back, PAGE);
	assert_false(expand(&state, codec, data, size, back, PAGE - 1));
	assert_false(expand(&state, codec, data, size, back, PAGE + 1));
	for (size_t cut = 0; cut < size; cut++) {
		if (expand(&state, codec, data, cut, back, PAGE))
			assert_memory_equal(page, back, PAGE); /* a checksum alone was cut */
	}
	for (size_t i = 0; i < 20000; i++) {
		uint8_t was;

		seed = seed * 1103515245 + 12345;
		was = data[(seed >> 8) % size];
		data[(seed >> 8) % size] ^= (uint8_t)(1 + (seed >> 24) % 255);
		(void)expand(&state, codec, data, size, back, PAGE);
		data[(seed >> 8) % size] = was;
	}
	codec_state_deinit(&state);
}

static void test_zlib(void **state)
{
	check(0x01);
}

static void test_lzo(void **state)
{
	check(0x02);
}

static void test_snappy(void **state)
{
	check(0x04);
}

static void test_zstd(void **state)
{
	check(0x20);
}

static void test_find(void **state)
{
	uint32_t all = 0;

	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (codec_find(bit))
			all |= bit;
	}
	assert_int_equal(all, CODEC_FLAGS);
	assert_null(codec_find(0));
	assert_null(codec_find(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zlib),   cmocka_unit_test(test_lzo),
		cmocka_unit_test(test_snappy), cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
