// SPDX-License-Identifier: GPL-2.0-or-later
/* Checked allocation. */
#include "base/alloc.h"

#include <string.h>

struct error *alloc_array(uint64_t count, size_t size, uint64_t cap, const char *what, void *ret)
{
	size_t bytes;
	void *p;

	if (count > cap || __builtin_mul_overflow(count, size, &bytes))
		return error_create(ERROR_BAD_DATA, "%s: %llu of them, at most %llu are possible",
				    what, (unsigned long long)count, (unsigned long long)cap);
	p = calloc(1, bytes ? bytes : 1);
	if (!p)
		return error_nomem();
	*(void **)ret = p;
	return NULL;
}

struct error *alloc_grow(void *array, size_t *room, size_t needed, size_t size)
{
	size_t wanted = *room ? *room : 16, bytes;
	void *p;

	if (needed <= *room)
		return NULL;
	while (wanted < needed) {
		if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
			return error_nomem();
	}
	if (__builtin_mul_overflow(wanted, size, &bytes))
		return error_nomem();
	p = realloc(*(void **)array, bytes);
	if (!p)
		return error_nomem();
	*(void **)array = p;
	*room = wanted;
	return NULL;
}
