// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading numbers and strings from someone else's memory. */
#include "base/memory.h"
#include "base/bytes.h"

#include <string.h>

struct error *memory_read(const struct memory *m, uint64_t address, void *buf, size_t size)
{
	return m->read(m->context, address, buf, size);
}

struct error *memory_read_number(const struct memory *m, uint64_t address, size_t size,
				 uint64_t *ret)
{
	uint8_t raw[8];

	if (size > sizeof(raw))
		return error_create(ERROR_BAD_DATA, "a number of %zu bytes", size);
	TRY(m->read(m->context, address, raw, size));
	*ret = load_number(raw, size, m->big_endian);
	return NULL;
}

struct error *memory_read_word(const struct memory *m, uint64_t address, uint64_t *ret)
{
	return memory_read_number(m, address, m->word_size, ret);
}

struct error *memory_read_string(const struct memory *m, uint64_t address, char *buf, size_t size)
{
	size_t done = 0;

	while (done < size - 1) {
		/* Up to the next border of 256 bytes: cheap, and never into a page not needed. */
		size_t chunk = 256 - ((address + done) & 255);

		if (chunk > size - 1 - done)
			chunk = size - 1 - done;
		TRY(m->read(m->context, address + done, buf + done, chunk));
		if (memchr(buf + done, 0, chunk))
			return NULL;
		done += chunk;
	}
	buf[done] = 0;
	return NULL;
}
