// SPDX-License-Identifier: GPL-2.0-or-later
/* purgatory/sha256.c: the examples of FIPS 180-4 that NIST publishes, and all ways to split data.
 */
#include "purgatory/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MILLION 1000000

static void check(const uint8_t digest[32], const char *wanted)
{
	char hex[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(hex, wanted);
}

static void check_data(const void *data, size_t size, const char *wanted)
{
	struct sha256 sha;
	uint8_t digest[32];

	sha256_init(&sha);
	sha256_update(&sha, data, size);
	sha256_final(&sha, digest);
	check(digest, wanted);
}

static void texts(void **state)
{
	static const char *const vectors[][2] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
		{ "\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b" },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_data(vectors[i][0], strlen(vectors[i][0]), vectors[i][1]);
	check_data(NULL, 0, vectors[0][1]);
}

/* Around the ends of blocks, where the padding goes. */
static void zeros(void **state)
{
	static const struct {
		size_t size;
		const char *digest;
	} vectors[] = {
		{ 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7" },
		{ 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb" },
		{ 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785" },
		{ 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b" },
	};
	static const uint8_t data[64];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_data(data, vectors[i].size, vectors[i].digest);
}

static void million(void **state)
{
	static const char wanted[] =
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
	static uint8_t data[MILLION + 1];
	struct sha256 sha;
	uint8_t digest[32];

	memset(data, 'a', sizeof(data));
	check_data(data, MILLION, wanted);
	check_data(data + 1, MILLION, wanted);
	srand(1);
	sha256_init(&sha);
	for (size_t at = 0, part; at < MILLION; at += part) {
		part = (size_t)rand() % 1000;
		part = part < MILLION - at ? part : MILLION - at;
		sha256_update(&sha, data + at, part);
	}
	sha256_final(&sha, digest);
	check(digest, wanted);
}

/* Wherever data is cut in three, the digest is that of the whole. */
static void splits(void **state)
{
	uint8_t data[160], whole[32], digest[32];
	struct sha256 sha;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	sha256_init(&sha);
	sha256_update(&sha, data, sizeof(data));
	sha256_final(&sha, whole);
	for (size_t a = 0; a <= sizeof(data); a++) {
		for (size_t b = a; b <= sizeof(data); b++) {
			sha256_init(&sha);
			sha256_update(&sha, data, a);
			sha256_update(&sha, data + a, b - a);
			sha256_update(&sha, data + b, sizeof(data) - b);
			sha256_final(&sha, digest);
			assert_memory_equal(digest, whole, sizeof(whole));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(zeros),
		cmocka_unit_test(million),
		cmocka_unit_test(splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
