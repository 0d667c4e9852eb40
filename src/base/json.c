// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON values (RFC 8259). */
#include "base/json.h"

#include "base/utf8.h"

#include <string.h>

static const char hex[] = "0123456789abcdef";

void digits_add(struct text *t, uint64_t value)
{
	char buf[20];
	size_t at = sizeof(buf);

	do {
		buf[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_add(t, buf + at, sizeof(buf) - at);
}

void digits_add_hex(struct text *t, uint64_t value, unsigned int width)
{
	char buf[16];
	size_t at = sizeof(buf);

	while (at && (value || sizeof(buf) - at < width || at == sizeof(buf))) {
		buf[--at] = hex[value & 15];
		value >>= 4;
	}
	text_add(t, buf + at, sizeof(buf) - at);
}

void json_add_uint(struct text *t, uint64_t value)
{
	digits_add(t, value);
}

void json_add_int(struct text *t, int64_t value)
{
	if (value < 0)
		text_addc(t, '-');
	digits_add(t, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_add_hex(struct text *t, uint64_t value)
{
	text_add(t, "\"0x", 3);
	digits_add_hex(t, value, 1);
	text_addc(t, '"');
}

static void add_escaped(struct text *t, uint8_t c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	const char *letter = NULL;

	for (size_t i = 0; i < sizeof(letters) - 1; i += 2) {
		if (letters[i] == c)
			letter = &letters[i + 1];
	}
	if (letter) {
		char escape[2] = { '\\', *letter };

		text_add(t, escape, 2);
	} else {
		char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

		text_add(t, escape, 6);
	}
}

void json_add_string(struct text *t, const char *s, size_t len)
{
	size_t plain = 0;

	text_addc(t, '"');
	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)s[i];
		size_t n;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		n = c < 0x80 ? 0 : utf8_sequence(s + i, len - i);
		if (n) {
			i += n;
			continue;
		}
		text_add(t, s + plain, i - plain);
		if (c < 0x80)
			add_escaped(t, c);
		else
			text_adds(t, "\xef\xbf\xbd");
		plain = ++i;
	}
	text_add(t, s + plain, len - plain);
	text_addc(t, '"');
}
