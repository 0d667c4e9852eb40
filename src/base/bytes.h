/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded, endian-aware, sticky reader over bytes that nobody vouches for: read every field,
 * check once. A read beyond the end yields 0 and sets @failed, which stays.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t size, at;
	bool big_endian, failed;
};

static inline struct bytes bytes_of(const void *data, size_t size, bool big_endian)
{
	return (struct bytes){ .data = data, .size = size, .big_endian = big_endian };
}

/* @size raw bytes, or NULL. */
static inline const uint8_t *bytes_take(struct bytes *b, size_t size)
{
	const uint8_t *p = b->data + b->at;

	if (b->failed || size > b->size - b->at) {
		b->failed = true;
		return NULL;
	}
	b->at += size;
	return p;
}

static inline void bytes_skip(struct bytes *b, size_t size)
{
	(void)bytes_take(b, size);
}

static inline void bytes_seek(struct bytes *b, size_t at)
{
	if (at > b->size)
		b->failed = true;
	else
		b->at = at;
}

static inline size_t bytes_left(const struct bytes *b)
{
	return b->failed ? 0 : b->size - b->at;
}

/* An unsigned number of @size (1…8) bytes in the given byte order, from memory that is there. */
static inline uint64_t load_number(const void *from, size_t size, bool big_endian)
{
	const uint8_t *p = from;
	uint64_t v = 0;

	if (!big_endian && size == 8) {
		memcpy(&v, p, 8);
		return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
	}
	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)p[big_endian ? size - 1 - i : i] << (8 * i);
	return v;
}

/* @v's low @bits bits, the top one of them taken as the sign. */
static inline uint64_t sign_extend(uint64_t v, unsigned int bits)
{
	if (!bits || bits >= 64)
		return v;
	return (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

static inline uint64_t bytes_number(struct bytes *b, size_t size)
{
	const uint8_t *p = bytes_take(b, size);

	return p ? load_number(p, size, b->big_endian) : 0;
}

static inline uint8_t bytes_u8(struct bytes *b)
{
	return (uint8_t)bytes_number(b, 1);
}

static inline uint16_t bytes_u16(struct bytes *b)
{
	return (uint16_t)bytes_number(b, 2);
}

static inline uint32_t bytes_u32(struct bytes *b)
{
	return (uint32_t)bytes_number(b, 4);
}

static inline uint64_t bytes_u64(struct bytes *b)
{
	return bytes_number(b, 8);
}

#endif
