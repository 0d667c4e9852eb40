// SPDX-License-Identifier: GPL-2.0-or-later
/* Fake memory for unit tests. */
#include "support/data.h"

#include <string.h>

static struct error *read_pieces(void *context, uint64_t address, void *buf, size_t size)
{
	uint8_t *to = buf;

	while (size) {
		const struct test_piece *p = context;
		size_t n;

		while (p->size && (address < p->address || address - p->address >= p->size))
			p++;
		if (!p->size)
			return error_at(ERROR_ABSENT, address, "nothing at %#llx",
					(unsigned long long)address);
		if (!p->data)
			return error_at(ERROR_EXCLUDED, address, "%#llx is excluded",
					(unsigned long long)address);
		n = p->size - (address - p->address);
		n = min(n, size);
		memcpy(to, (const uint8_t *)p->data + (address - p->address), n);
		to += n;
		address += n;
		size -= n;
	}
	return NULL;
}

struct memory test_memory(const struct test_piece *pieces)
{
	return (struct memory){
		.read = read_pieces,
		.context = (void *)pieces,
		.word_size = 8,
	};
}
