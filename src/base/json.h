/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON (RFC 8259), written value by value into a text: rows stream, so no document is ever built.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/text.h"

#include <stdint.h>

/* A string with its quotes. Each byte that is not UTF-8 becomes U+FFFD. */
void json_add_string(struct text *t, const char *s, size_t len);
void json_add_int(struct text *t, int64_t value);
void json_add_uint(struct text *t, uint64_t value);
/* "0x…" */
void json_add_hex(struct text *t, uint64_t value);

/* Plain digits, for text output too: much faster than printf. */
void digits_add(struct text *t, uint64_t value);
/* Lower-case hex digits, at least @width of them. */
void digits_add_hex(struct text *t, uint64_t value, unsigned int width);

#endif
