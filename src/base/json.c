// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON values (RFC 8259). */
#include "base/json.h"

#include "base/utf8.h"

#include <jansson.h>

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

/* @s with U+FFFD for each byte that is not UTF-8. */
static void add_clean(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = (uint8_t)s[i] < 0x80 ? 1 : utf8_sequence(s + i, len - i);

		if (n)
			text_add(t, s + i, n);
		else
			text_adds(t, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
}

static int add_chunk(const char *data, size_t len, void *t)
{
	text_add(t, data, len);
	return 0;
}

void json_add_string(struct text *t, const char *s, size_t len)
{
	auto_text clean = { 0 };
	json_t *value = json_stringn(s, len);

	if (!value) { /* not UTF-8 */
		add_clean(&clean, s, len);
		value = json_stringn(text_string(&clean), clean.len);
	}
	if (!value || json_dump_callback(value, add_chunk, t, JSON_ENCODE_ANY))
		t->failed = true;
	json_decref(value);
}
