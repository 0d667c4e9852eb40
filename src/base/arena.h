/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is given back all at once: a command's run, a table's strings. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stddef.h>

struct arena {
	struct arena_block *blocks;
};

/* A zeroed struct arena is ready for use. */
void arena_deinit(struct arena *arena);
/* Zeroed and aligned for any type; NULL only when memory is short. */
must_check void *arena_alloc(struct arena *arena, size_t size);
must_check char *arena_copy(struct arena *arena, const char *text, size_t len);
must_check char *arena_printf(struct arena *arena, const char *fmt, ...) printf_like(2, 3);

#endif
