/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Someone else's memory, read through a callback: a dumped kernel's virtual or physical memory, or
 * bytes in a test. Lets rooms read memory without knowing what a dump is.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/error.h"

struct memory {
	/* All @size bytes at @address or an error; the error's address is the first missing one. */
	struct error *(*read)(void *context, uint64_t address, void *buf, size_t size);
	void *context;
	bool big_endian;
	uint8_t word_size; /* bytes in a pointer and a long: 8 or 4 */
};

must_check struct error *memory_read(const struct memory *m, uint64_t address, void *buf,
				     size_t size);
/* An unsigned number of @size (1, 2, 4 or 8) bytes. */
must_check struct error *memory_read_number(const struct memory *m, uint64_t address, size_t size,
					    uint64_t *ret);
/* A pointer or unsigned long. */
must_check struct error *memory_read_word(const struct memory *m, uint64_t address, uint64_t *ret);
/*
 * A string of at most @size - 1 bytes, always terminated. Reads no page that the string does not
 * touch. A string that is longer is cut.
 */
must_check struct error *memory_read_string(const struct memory *m, uint64_t address, char *buf,
					    size_t size);

#endif
