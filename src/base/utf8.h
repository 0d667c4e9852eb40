/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-8 (RFC 3629) in strings that nobody vouches for. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/text.h"

/* Bytes of the valid sequence at @s, of which @left bytes are there; 0: the first is not valid. */
size_t utf8_sequence(const char *s, size_t left);
/* How many columns @len bytes at @s take: one a character. */
size_t utf8_columns(const char *s, size_t len);
/*
 * Adds @s as a terminal may have it: control characters other than newline and tab, and bytes that
 * are not UTF-8, become \xNN, so that a dump cannot drive the reader's terminal.
 */
void utf8_add_printable(struct text *t, const char *s, size_t len);

#endif
