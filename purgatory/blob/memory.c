// SPDX-License-Identifier: GPL-2.0-or-later
/* What the compiler expects of a library. One instruction each: all processors are quick at them.
 */
#include "blob.h"

void *memcpy(void *target, const void *source, size_t size)
{
	void *at = target;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(source), "+c"(size) : : "memory");
	return target;
}

void *memset(void *target, int value, size_t size)
{
	void *at = target;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
	return target;
}
