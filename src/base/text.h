/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A string that grows. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data; /* terminated whenever @len > 0; NULL when nothing was ever added */
	size_t len, room;
	bool failed; /* memory ran short: what was added since is lost */
};

/* A zeroed struct text is empty and ready. */
void text_deinit(struct text *t);
void text_add(struct text *t, const char *data, size_t len);
void text_adds(struct text *t, const char *s);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *fmt, ...) printf_like(2, 3);
void text_addv(struct text *t, const char *fmt, va_list ap);
/* @width columns at least; a negative width aligns to the left. */
void text_pad(struct text *t, const char *s, int width);
static inline void text_clear(struct text *t)
{
	t->len = 0;
	if (t->data)
		t->data[0] = 0;
}
static inline const char *text_string(const struct text *t)
{
	return t->data ? t->data : "";
}

#define auto_text cleanup(text_deinit) struct text

#endif
