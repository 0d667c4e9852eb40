// SPDX-License-Identifier: GPL-2.0-or-later
/* Bitmaps in memory: looked through by words, the ends of a range by masks. */
#include "dumpfmt/write_bits.h"

#include "base/compiler.h"

uint64_t bits_next(const uint8_t *bits, uint64_t bit, uint64_t limit, bool value)
{
	uint64_t flip = value ? 0 : UINT64_MAX, mask = UINT64_MAX << bit % 64;

	for (uint64_t i = bit / 64; i * 64 < limit; i++, mask = UINT64_MAX) {
		uint64_t word = (bits_word(bits, i) ^ flip) & mask;

		if (word)
			return min(i * 64 + (unsigned int)__builtin_ctzll(word), limit);
	}
	return max(bit, limit);
}

uint64_t bits_count(const uint8_t *bits, uint64_t bit, uint64_t limit)
{
	uint64_t mask = UINT64_MAX << bit % 64, count = 0;

	for (uint64_t i = bit / 64; i * 64 < limit; i++, mask = UINT64_MAX) {
		if (limit - i * 64 < 64)
			mask &= UINT64_MAX >> (64 - limit % 64);
		count += (unsigned int)__builtin_popcountll(bits_word(bits, i) & mask);
	}
	return count;
}
