// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bits are taken from the source by stretches of 2048, whose counts are kept: a rank costs at most
 * 32 words. The counts grow as far as they are asked for.
 */
#include "dumpfmt/bitmap.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#include <stdlib.h>

#define STRETCH_BITS  2048
#define STRETCH_BYTES (STRETCH_BITS / 8)
#define STRETCH_WORDS (STRETCH_BITS / 64)
/* Stretches that are counted with one read. */
#define COUNT_AHEAD 256

void bitmap_init(struct bitmap *bitmap, struct source *source, uint64_t offset, uint64_t bits)
{
	*bitmap = (struct bitmap){ .source = source, .offset = offset, .bits = bits };
}

void bitmap_share(struct bitmap *bitmap, struct source *source, struct bitmap *ret)
{
	uint64_t all;

	bitmap_init(ret, source, bitmap->offset, bitmap->bits);
	/* Counts that are not complete may move when they grow. */
	if (error_dropped(bitmap_rank(bitmap, bitmap->bits, &all)))
		return;
	ret->ranks = bitmap->ranks;
	ret->nr_ranks = bitmap->nr_ranks;
	ret->borrowed = true;
}

void bitmap_deinit(struct bitmap *bitmap)
{
	if (!bitmap->borrowed)
		free(bitmap->ranks);
	bitmap->ranks = NULL;
	bitmap->nr_ranks = bitmap->room = 0;
}

/* Bytes of stretch @number that hold bits; the mask of those in the last one. */
static size_t stretch_size(const struct bitmap *bitmap, uint64_t number)
{
	uint64_t left = bitmap->bits - number * STRETCH_BITS;

	return left >= STRETCH_BITS ? STRETCH_BYTES : (size_t)((left + 7) / 8);
}

/* The words of one stretch, bit 0 the lowest; what is beyond the bitmap's end is clear. */
static void decode_stretch(const struct bitmap *bitmap, uint64_t number, const uint8_t *bytes,
			   uint64_t words[STRETCH_WORDS])
{
	uint64_t left = bitmap->bits - number * STRETCH_BITS;

	for (size_t i = 0; i < STRETCH_WORDS; i++) {
		words[i] = load_number(bytes + 8 * i, 8, false);
		if (left < 64 * (i + 1))
			words[i] &= left <= 64 * i ? 0 : UINT64_MAX >> (64 * (i + 1) - left);
	}
}

static struct error *get_stretch(struct bitmap *bitmap, uint64_t number,
				 uint64_t words[STRETCH_WORDS])
{
	uint8_t bytes[STRETCH_BYTES] = { 0 };

	TRY(source_peek(bitmap->source, bitmap->offset + number * STRETCH_BYTES, bytes,
			stretch_size(bitmap, number)));
	decode_stretch(bitmap, number, bytes, words);
	return NULL;
}

struct error *bitmap_test(struct bitmap *bitmap, uint64_t bit, bool *ret)
{
	uint8_t byte = 0;

	if (bit < bitmap->bits)
		TRY(source_peek(bitmap->source, bitmap->offset + bit / 8, &byte, 1));
	*ret = byte >> (bit % 8) & 1;
	return NULL;
}

struct error *bitmap_next(struct bitmap *bitmap, uint64_t bit, uint64_t limit, bool value,
			  uint64_t *ret)
{
	uint64_t words[STRETCH_WORDS], flip = value ? 0 : UINT64_MAX;

	limit = min(limit, bitmap->bits);
	while (bit < limit) {
		uint64_t number = bit / STRETCH_BITS, base = number * STRETCH_BITS;
		uint64_t mask = UINT64_MAX << (bit % 64);

		TRY(interrupt_check());
		TRY(get_stretch(bitmap, number, words));
		for (size_t i = (bit - base) / 64; i < STRETCH_WORDS; i++) {
			uint64_t word = (words[i] ^ flip) & mask;

			mask = UINT64_MAX;
			if (!word)
				continue;
			bit = base + 64 * i + (unsigned int)__builtin_ctzll(word);
			*ret = min(bit, limit);
			return NULL;
		}
		bit = base + STRETCH_BITS;
	}
	*ret = limit;
	return NULL;
}

static unsigned int count_word(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555u;
	word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
	return (unsigned int)(word * 0x0101010101010101u >> 56);
}

static unsigned int count_words(const uint64_t *words, size_t count)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += count_word(words[i]);
	return sum;
}

/* Counts the stretches after those that are counted, as many as one read takes. */
static struct error *count_more(struct bitmap *bitmap)
{
	uint64_t number = bitmap->nr_ranks - 1, words[STRETCH_WORDS];
	uint64_t total = (bitmap->bits + STRETCH_BITS - 1) / STRETCH_BITS;
	size_t count = (size_t)min((uint64_t)COUNT_AHEAD, total - number);
	uint8_t *bytes auto_free = calloc(COUNT_AHEAD, STRETCH_BYTES);
	uint64_t rank = bitmap->ranks[number];

	if (!bytes)
		return error_nomem();
	TRY(interrupt_check());
	TRY(source_read(bitmap->source, bitmap->offset + number * STRETCH_BYTES, bytes,
			(count - 1) * STRETCH_BYTES + stretch_size(bitmap, number + count - 1)));
	TRY(alloc_grow(&bitmap->ranks, &bitmap->room, bitmap->nr_ranks + count,
		       sizeof(*bitmap->ranks)));
	for (size_t i = 0; i < count; i++) {
		decode_stretch(bitmap, number + i, bytes + i * STRETCH_BYTES, words);
		rank += count_words(words, STRETCH_WORDS);
		bitmap->ranks[bitmap->nr_ranks++] = rank;
	}
	return NULL;
}

struct error *bitmap_rank(struct bitmap *bitmap, uint64_t bit, uint64_t *ret)
{
	uint64_t words[STRETCH_WORDS], number, rank;
	size_t whole;

	bit = min(bit, bitmap->bits);
	number = bit / STRETCH_BITS;
	if (!bitmap->nr_ranks) {
		TRY(alloc_grow(&bitmap->ranks, &bitmap->room, 1, sizeof(*bitmap->ranks)));
		bitmap->ranks[bitmap->nr_ranks++] = 0;
	}
	while (bitmap->nr_ranks <= number)
		TRY(count_more(bitmap));
	rank = bitmap->ranks[number];
	bit %= STRETCH_BITS;
	if (bit) {
		whole = bit / 64;
		TRY(get_stretch(bitmap, number, words));
		rank += count_words(words, whole);
		if (bit % 64)
			rank += count_word(words[whole] & (UINT64_MAX >> (64 - bit % 64)));
	}
	*ret = rank;
	return NULL;
}
