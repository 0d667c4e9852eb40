// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes a fixture as a makedumpfile compressed file, one file of a split set a call; see
 * dumpfmt/kdump.c. Built from the format's description, not from the reader's code.
 */
#include "support/data.h"
#include "support/dump_text.h"

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

struct page_data {
	uint64_t offset, size;
	uint32_t flags;
};

static size_t deflate(const uint8_t *page, size_t size, uint8_t *to, size_t room)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
	size_t n = libdeflate_zlib_compress(compressor, page, size, to, room);

	libdeflate_free_compressor(compressor);
	return n;
}

static size_t lzo(const uint8_t *page, size_t size, uint8_t *to)
{
	void *work = malloc(LZO1X_1_MEM_COMPRESS);
	lzo_uint n = 0;

	assert_int_equal(lzo_init(), LZO_E_OK);
	assert_int_equal(lzo1x_1_compress(page, size, to, &n, work), LZO_E_OK);
	free(work);
	return n;
}

/* Bytes of the compressed page, whose flag is put in @flags. */
static size_t compress(const char *codec, const uint8_t *page, size_t size, uint8_t *to,
		       size_t room, uint32_t *flags)
{
	*flags = 0;
	if (!strcmp(codec, "zlib")) {
		*flags = 1;
		return deflate(page, size, to, room);
	}
	if (!strcmp(codec, "lzo")) {
		*flags = 2;
		return lzo(page, size, to);
	}
	if (!strcmp(codec, "snappy")) {
		*flags = 4;
		assert_int_equal(snappy_compress((const char *)page, size, (char *)to, &room),
				 SNAPPY_OK);
		return room;
	}
	if (!strcmp(codec, "zstd")) {
		*flags = 0x20;
		return ZSTD_compress(to, room, page, size, 1);
	}
	return 0;
}

static uint32_t codec_flag(const char *codec)
{
	uint8_t page[64] = { 0 }, to[512];
	uint32_t flag;

	(void)compress(codec, page, sizeof(page), to, sizeof(to), &flag);
	return flag;
}

static bool dumped(const struct dump_text *text, uint64_t pfn)
{
	return pfn < text->max_pfn && text->pages[pfn].exists && !text->pages[pfn].excluded;
}

static void append_main(const struct dump_text *text, struct text_bytes *to, size_t sub_blocks,
			size_t bitmap_blocks)
{
	size_t word = text->bits_64 ? 8 : 4;
	bool be = text->big_endian;

	text_append(to, text->diskdump ? "DISKDUMP" : "KDUMP   ", 8);
	text_append_number(to, text->version, 4, be);
	text_append(to, text->uts, sizeof(text->uts));
	text_align(to, word);
	text_append_number(to, text->time, word, be);
	text_append_number(to, 0, word, be);
	text_append_number(to, codec_flag(text->codec) | (text->incomplete ? 8 : 0), 4, be);
	text_append_number(to, text->page, 4, be);
	text_append_number(to, sub_blocks, 4, be);
	text_append_number(to, bitmap_blocks, 4, be);
	text_append_number(to, text->max_pfn, 4, be);
	for (size_t i = 0; i < 4; i++) /* of RAM, of the device, written, the current CPU */
		text_append_number(to, 0, 4, be);
	text_append_number(to, text->cpus, 4, be);
}

static void append_offset(const struct dump_text *text, struct text_bytes *to, uint64_t value)
{
	if (text->bits_64 || text->padded)
		text_align(to, 8);
	text_append_number(to, value, 8, text->big_endian);
}

static void append_sub(const struct dump_text *text, size_t file, const struct text_bytes *notes,
		       uint64_t vmcoreinfo_at, struct text_bytes *to)
{
	uint64_t start = text->nr_splits ? text->splits[file].start : 0;
	uint64_t end = text->nr_splits ? text->splits[file].end : 0;
	size_t word = text->bits_64 ? 8 : 4, vmcoreinfo = strlen(text->vmcoreinfo);
	uint64_t at = text->page + 104; /* of the notes: behind the longest sub-header */
	bool be = text->big_endian;

	text_append_number(to, text->phys_base, word, be);
	text_append_number(to, text->version >= 1 ? text->level : 0, 4, be);
	text_append_number(to, text->nr_splits != 0, 4, be);
	text_append_number(to, start, word, be);
	text_append_number(to, end, word, be);
	if (text->version >= 3) {
		append_offset(text, to, vmcoreinfo ? at + vmcoreinfo_at : 0);
		text_append_number(to, vmcoreinfo, word, be);
	}
	if (text->version >= 4) {
		append_offset(text, to, notes->size && !text->no_notes ? at : 0);
		text_append_number(to, text->no_notes ? 0 : notes->size, word, be);
	}
	if (text->version >= 5) {
		append_offset(text, to, 0);
		text_append_number(to, 0, word, be);
	}
	if (text->version >= 6) {
		append_offset(text, to, start);
		append_offset(text, to, end);
		append_offset(text, to, text->max_pfn);
	}
	text_append_zeros(to, at - to->size);
	text_append(to, notes->data, notes->size);
}

static void append_bitmap(const struct dump_text *text, struct text_bytes *to, bool second)
{
	size_t at = to->size;

	text_append_zeros(to, (text->max_pfn + 7) / 8);
	for (uint64_t pfn = 0; pfn < text->max_pfn; pfn++) {
		if (second ? dumped(text, pfn) : text->pages[pfn].exists)
			to->data[at + pfn / 8] |= (uint8_t)(1 << pfn % 8);
	}
	text_align(to, text->page);
}

/* Puts the data of page @pfn at the end of @data, which will be at @base of the file. */
static struct page_data append_page(const struct dump_text *text, uint64_t pfn,
				    struct text_bytes *data, uint64_t base)
{
	size_t room = text->page * 2 + 1024;
	struct page_data ret = { .offset = base + data->size, .size = text->page };
	uint8_t *page = malloc(text->page), *to = malloc(room);
	const char *codec = text->pages[pfn].codec;

	text_page_bytes(text, pfn, page);
	ret.size = compress(codec ? codec : text->codec, page, text->page, to, room, &ret.flags);
	if (!ret.size || ret.size >= text->page) {
		ret.size = text->page;
		ret.flags = 0;
		text_append(data, page, text->page);
	} else {
		text_append(data, to, ret.size);
	}
	free(page);
	free(to);
	return ret;
}

static void append_pages(const struct dump_text *text, size_t file, struct text_bytes *to)
{
	uint64_t start = text->nr_splits ? text->splits[file].start : 0, slot = 0;
	uint64_t end = text->nr_splits ? text->splits[file].end : text->max_pfn;
	size_t descs = to->size, total = 0;
	struct text_bytes data = { 0 };
	struct page_data *places = calloc(text->max_pfn, sizeof(*places));

	assert_non_null(places);
	for (uint64_t pfn = 0; pfn < text->max_pfn; pfn++)
		total += dumped(text, pfn);
	text_append_zeros(to, total * 24);
	text_append_zeros(&data, text->page); /* all zero pages are this one */
	for (uint64_t i = start; i < end; i++) {
		uint64_t pfn = text->reversed ? end - 1 - (i - start) : i;

		if (dumped(text, pfn) && text->pages[pfn].zero)
			places[pfn] = (struct page_data){ .offset = to->size, .size = text->page };
		else if (dumped(text, pfn) && !text->pages[pfn].lost)
			places[pfn] = append_page(text, pfn, &data, to->size);
	}
	for (uint64_t pfn = start; pfn < end; pfn++) {
		if (!dumped(text, pfn))
			continue;
		text_store(to, descs + 24 * slot, places[pfn].offset, 8, text->big_endian);
		text_store(to, descs + 24 * slot + 8, places[pfn].size, 4, text->big_endian);
		text_store(to, descs + 24 * slot + 12, places[pfn].flags, 4, text->big_endian);
		slot++;
	}
	text_append(to, data.data, data.size);
	free(data.data);
	free(places);
}

void text_write_kdump(const struct dump_text *text, size_t file, struct text_bytes *to)
{
	size_t bitmap = ((text->max_pfn + 7) / 8 + text->page - 1) / text->page;
	struct text_bytes notes = { 0 }, sub = { 0 };
	size_t vmcoreinfo = strlen(text->vmcoreinfo);
	uint64_t vmcoreinfo_at;

	text_append_notes(&notes, text, 0, text->nr_notes, true);
	vmcoreinfo_at = notes.size - (vmcoreinfo + 3) / 4 * 4;
	text_append_zeros(&notes, text->padding);
	if (!text->diskdump) {
		text_append_zeros(&sub, text->page); /* offsets in it count from the file's start */
		append_sub(text, file, &notes, vmcoreinfo_at, &sub);
		text_align(&sub, text->page);
	}
	append_main(text, to, sub.size ? sub.size / text->page - 1 : 1,
		    text->single_bitmap ? bitmap : 2 * bitmap);
	text_align(to, text->page);
	if (sub.size)
		text_append(to, sub.data + text->page, sub.size - text->page);
	else
		text_append_zeros(to, text->page);
	if (!text->single_bitmap)
		append_bitmap(text, to, false);
	append_bitmap(text, to, true);
	append_pages(text, file, to);
	free(notes.data);
	free(sub.data);
}
