/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bitmaps in memory, least significant bit first, read a word at a time. */
#ifndef DUMPFMT_WRITE_BITS_H
#define DUMPFMT_WRITE_BITS_H

#include "base/bytes.h"

static inline uint64_t bits_word(const uint8_t *bits, uint64_t number)
{
	return load_number(bits + 8 * number, 8, false);
}

static inline bool bits_test(const uint8_t *bits, uint64_t bit)
{
	return bits[bit / 8] >> bit % 8 & 1;
}

/* The first bit from @bit on, below @limit, that is @value; else @limit. */
uint64_t bits_next(const uint8_t *bits, uint64_t bit, uint64_t limit, bool value);
/* How many from @bit on, below @limit, are set. */
uint64_t bits_count(const uint8_t *bits, uint64_t bit, uint64_t limit);

#endif
