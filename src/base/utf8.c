// SPDX-License-Identifier: GPL-2.0-or-later
/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "base/utf8.h"

#include <stdint.h>

static bool continues(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_sequence(const char *s, size_t left)
{
	const uint8_t *p = (const uint8_t *)s;
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (!left)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (!continues(p[i]))
			return 0;
	}
	return n;
}

size_t utf8_columns(const char *s, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += !continues((uint8_t)s[i]);
	return columns;
}

void utf8_add_printable(struct text *t, const char *s, size_t len)
{
	size_t plain = 0;

	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)s[i];
		size_t n = utf8_sequence(s + i, len - i);
		/* U+0080…U+009F are control characters too. */
		bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ||
			       (n == 2 && c == 0xc2 && (uint8_t)s[i + 1] < 0xa0);

		if (n && !control) {
			i += n;
			continue;
		}
		text_add(t, s + plain, i - plain);
		for (n = n ? n : 1; n; n--)
			text_addf(t, "\\x%02x", (uint8_t)s[i++]);
		plain = i;
	}
	text_add(t, s + plain, len - plain);
}
