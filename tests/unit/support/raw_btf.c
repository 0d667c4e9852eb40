// SPDX-License-Identifier: GPL-2.0-or-later
/* BTF written word by word. The format: Documentation/bpf/btf.rst of Linux. */
#include "support/raw_btf.h"

#include <stdlib.h>
#include <string.h>

static void put(struct text *text, uint64_t value, unsigned int size, bool big_endian)
{
	for (unsigned int i = 0; i < size; i++)
		text_addc(text, (char)(value >> 8 * (big_endian ? size - 1 - i : i)));
}

uint32_t raw_string(struct raw_btf *b, const char *s)
{
	uint32_t at;

	/* The first string of BTF that stands alone is the empty one. */
	if (!b->strings.len && !b->first_string)
		text_add(&b->strings, "", 1);
	if (!s)
		return 0;
	at = b->first_string + (uint32_t)b->strings.len;
	text_add(&b->strings, s, strlen(s) + 1);
	return at;
}

void raw_word(struct raw_btf *b, uint32_t word)
{
	put(&b->types, word, 4, b->big_endian);
}

uint32_t raw_type(struct raw_btf *b, uint32_t kind, const char *name, uint32_t count,
		  uint32_t size_or_type)
{
	raw_word(b, raw_string(b, name));
	raw_word(b, (kind & RAW_FLAG) | (kind & 0x7f) << 24 | count);
	raw_word(b, size_or_type);
	if (!b->next_id)
		b->next_id = 1;
	return b->next_id++;
}

uint32_t raw_int(struct raw_btf *b, const char *name, uint32_t size, uint32_t encoding,
		 uint32_t offset, uint32_t bits)
{
	uint32_t id = raw_type(b, RAW_INT, name, 0, size);

	raw_word(b, encoding << 24 | offset << 16 | bits);
	return id;
}

void raw_part(struct raw_btf *b, const char *name, uint32_t second, uint32_t third)
{
	raw_word(b, raw_string(b, name));
	raw_word(b, second);
	if (third != RAW_NONE)
		raw_word(b, third);
}

uint8_t *raw_finish(struct raw_btf *b, size_t *size)
{
	uint32_t header = b->layout_size ? 32 : 24;
	struct text whole = { 0 };

	raw_string(b, NULL);
	put(&whole, 0xeb9f, 2, b->big_endian);
	put(&whole, 1, 1, false);
	put(&whole, 0, 1, false);
	put(&whole, header, 4, b->big_endian);
	put(&whole, 0, 4, b->big_endian);
	put(&whole, b->types.len, 4, b->big_endian);
	put(&whole, b->types.len, 4, b->big_endian);
	put(&whole, b->strings.len, 4, b->big_endian);
	if (b->layout_size) {
		put(&whole, b->types.len + b->strings.len, 4, b->big_endian);
		put(&whole, b->layout_size, 4, b->big_endian);
	}
	if (b->types.len)
		text_add(&whole, b->types.data, b->types.len);
	if (b->strings.len)
		text_add(&whole, b->strings.data, b->strings.len);
	text_add(&whole, (const char *)b->layout, b->layout_size);
	text_deinit(&b->types);
	text_deinit(&b->strings);
	if (whole.failed)
		abort();
	*size = whole.len;
	return (uint8_t *)whole.data;
}
