// SPDX-License-Identifier: GPL-2.0-or-later
/* Turns a finished dump into the flattened form; see dumpfmt/flattened.c. */
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>

#define RECORD 700 /* bytes; no divisor of any page */

static void append_record(struct text_bytes *to, uint64_t offset, const uint8_t *data, size_t size)
{
	text_append_number(to, offset, 8, true);
	text_append_number(to, size, 8, true);
	text_append(to, data, size);
}

static bool all_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i])
			return false;
	}
	return true;
}

/* A step that visits each of @count records once, far from in order. */
static size_t stride(size_t count)
{
	static const size_t primes[] = { 7, 11, 13, 17, 19 };

	for (size_t i = 0; i < ARRAY_SIZE(primes); i++) {
		if (count % primes[i])
			return primes[i];
	}
	return 1;
}

void text_flatten(const struct dump_text *text, struct text_bytes *bytes)
{
	size_t count = (bytes->size + RECORD - 1) / RECORD;
	struct text_bytes to = { 0 };
	static const uint8_t junk[3 * RECORD] = { [0 ... 3 * RECORD - 1] = 0xa5 };

	text_append(&to, "makedumpfile\0\0\0\0", 16);
	text_append_number(&to, 1, 8, true);
	text_append_number(&to, 1, 8, true);
	text_append_zeros(&to, 4096 - to.size);
	if (text->overlapping) { /* to be overwritten, all of it */
		for (size_t at = 0; at < bytes->size; at += RECORD)
			append_record(&to, at, junk,
				      bytes->size - at < sizeof(junk) ? bytes->size - at
								      : sizeof(junk));
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = (text->shuffled ? (i * stride(count) + 3) % count : i) * RECORD;
		size_t size = bytes->size - at < RECORD ? bytes->size - at : RECORD;

		/* What is zero may be left out, but for the last one, which makes the size. */
		if (text->overlapping || at + size == bytes->size ||
		    !all_zero(bytes->data + at, size))
			append_record(&to, at, bytes->data + at, size);
	}
	if (!text->endless) {
		text_append_number(&to, UINT64_MAX, 8, true);
		text_append_number(&to, UINT64_MAX, 8, true);
	}
	free(bytes->data);
	*bytes = to;
}
