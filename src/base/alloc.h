/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation for sizes that come from a file: overflow-checked, and capped by what the caller knows
 * the input can hold. Plain malloc is for sizes the program itself chose.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "base/error.h"

#include <stdlib.h>

/*
 * Zeroed memory for @count elements of @size bytes in *@ret, owned by the caller (free). BAD_DATA,
 * naming @what, when there would be more than @cap elements.
 */
must_check struct error *alloc_array(uint64_t count, size_t size, uint64_t cap, const char *what,
				     void *ret);

/*
 * Grows *@array (of *@room elements of @size bytes) so that it holds @needed ones; doubles.
 */
must_check struct error *alloc_grow(void *array, size_t *room, size_t needed, size_t size);

static inline void free_cleanup(void *pointer)
{
	free(*(void **)pointer);
}
/* A local pointer that is freed when it leaves its scope. */
#define auto_free cleanup(free_cleanup)

#endif
