/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash of names, eight bytes at a time: most of an index's cost is hashing. */
#ifndef TYPES_HASH_H
#define TYPES_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t hash_name(const char *name, size_t len)
{
	uint64_t hash = len, word;

	for (; len >= 8; len -= 8, name += 8) {
		memcpy(&word, name, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	word = 0;
	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)(uint8_t)name[i] << (8 * i);
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return (uint32_t)(hash >> 32);
}

#endif
