// SPDX-License-Identifier: GPL-2.0-or-later
/* Growing bytes, notes and the contents of pages, for the assembler of dumps. */
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>

void text_append(struct text_bytes *to, const void *data, size_t size)
{
	if (to->room <= to->size + size) {
		to->room = 2 * (to->size + size) + 1;
		to->data = realloc(to->data, to->room);
		assert_non_null(to->data);
	}
	if (data)
		memcpy(to->data + to->size, data, size);
	else
		memset(to->data + to->size, 0, size);
	to->size += size;
}

void text_append_zeros(struct text_bytes *to, size_t size)
{
	text_append(to, NULL, size);
}

void text_store(struct text_bytes *to, size_t at, uint64_t value, size_t size, bool big_endian)
{
	assert_true(at + size <= to->size);
	for (size_t i = 0; i < size; i++)
		to->data[at + (big_endian ? size - 1 - i : i)] = (uint8_t)(value >> (8 * i));
}

void text_append_number(struct text_bytes *to, uint64_t value, size_t size, bool big_endian)
{
	text_append_zeros(to, size);
	text_store(to, to->size - size, value, size, big_endian);
}

void text_align(struct text_bytes *to, size_t alignment)
{
	text_append_zeros(to, (alignment - to->size % alignment) % alignment);
}

static void append_note(struct text_bytes *to, const char *name, uint32_t type, const void *data,
			size_t size, bool big_endian)
{
	text_append_number(to, strlen(name) + 1, 4, big_endian);
	text_append_number(to, size, 4, big_endian);
	text_append_number(to, type, 4, big_endian);
	text_append(to, name, strlen(name) + 1);
	text_append_zeros(to, (4 - (strlen(name) + 1) % 4) % 4);
	text_append(to, data, size);
	text_append_zeros(to, (4 - size % 4) % 4);
}

void text_append_notes(struct text_bytes *to, const struct dump_text *text, size_t first,
		       size_t count, bool vmcoreinfo)
{
	uint8_t data[8192];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = first; i < first + count; i++) {
		assert_true(text->notes[i].size <= sizeof(data));
		append_note(to, text->notes[i].name, text->notes[i].type, data, text->notes[i].size,
			    text->big_endian);
	}
	if (vmcoreinfo && *text->vmcoreinfo)
		append_note(to, "VMCOREINFO", 0, text->vmcoreinfo, strlen(text->vmcoreinfo),
			    text->big_endian);
}

/* Mixes @x well enough that no codec finds anything in a run of them. */
static uint64_t scramble(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void text_page_bytes(const struct dump_text *text, uint64_t pfn, uint8_t *page)
{
	const struct text_page *p = &text->pages[pfn];

	for (size_t i = 0; i < text->page; i++) {
		if (p->zero)
			page[i] = 0;
		else if (p->noise)
			page[i] = (uint8_t)(scramble(pfn * text->page + i / 8) >> (i % 8 * 8));
		else /* runs of 16 bytes, other ones in every page */
			page[i] = (uint8_t)(1 + pfn * 7 + i / 16 % 8 * 31);
	}
}

uint8_t text_load_byte(const struct text_load *load, uint64_t phys)
{
	uint64_t x = phys + (load->seed << 40);

	return (uint8_t)(scramble(x / 16) + x % 16);
}
