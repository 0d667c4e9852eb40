// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes a fixture as an ELF core file; see elf(5). */
#include "support/dump_text.h"

#include <elf.h>
#include <stdlib.h>

struct place {
	uint64_t offset, size;
};

static void append_phdr(const struct dump_text *text, struct text_bytes *to, uint32_t type,
			uint32_t flags, struct place place, const struct text_load *load)
{
	size_t word = text->bits_64 ? 8 : 4;
	bool be = text->big_endian;

	text_append_number(to, type, 4, be);
	if (text->bits_64)
		text_append_number(to, flags, 4, be);
	text_append_number(to, place.offset, word, be);
	text_append_number(to, load ? load->virt : 0, word, be);
	text_append_number(to, !load ? 0 : load->nophys ? UINT64_MAX : load->phys, word, be);
	text_append_number(to, place.size, word, be);
	text_append_number(to, load ? load->size : place.size, word, be);
	if (!text->bits_64)
		text_append_number(to, flags, 4, be);
	text_append_number(to, 0, word, be); /* p_align */
}

static void append_header(const struct dump_text *text, struct text_bytes *to, size_t nr_phdrs)
{
	size_t word = text->bits_64 ? 8 : 4, ehsize = text->bits_64 ? 64 : 52;
	size_t shentsize = text->bits_64 ? 64 : 40, phentsize = text->bits_64 ? 56 : 32;
	bool sections = text->xnum || text->sections_first, be = text->big_endian;
	size_t phoff = ehsize + (sections ? shentsize : 0);

	text_append(to, ELFMAG, SELFMAG);
	text_append_number(to, text->bits_64 ? ELFCLASS64 : ELFCLASS32, 1, be);
	text_append_number(to, be ? ELFDATA2MSB : ELFDATA2LSB, 1, be);
	text_append_number(to, EV_CURRENT, 1, be);
	text_append_zeros(to, 9);
	text_append_number(to, text->type, 2, be);
	text_append_number(to, text->machine, 2, be);
	text_append_number(to, EV_CURRENT, 4, be);
	text_append_number(to, 0, word, be);
	text_append_number(to, phoff, word, be);
	text_append_number(to, sections ? ehsize : 0, word, be);
	text_append_number(to, text->flags, 4, be);
	text_append_number(to, text->ehsize ? text->ehsize : ehsize, 2, be);
	text_append_number(to, phentsize, 2, be);
	text_append_number(to, text->xnum ? PN_XNUM : nr_phdrs, 2, be);
	text_append_number(to, sections ? shentsize : 0, 2, be);
	text_append_number(to, sections, 2, be);
	text_append_number(to, 0, 2, be);
	if (sections) {
		text_append_zeros(to, shentsize);
		text_store(to, ehsize + (text->bits_64 ? 44 : 28), text->xnum ? nr_phdrs : 0, 4,
			   be);
	}
}

/* Notes come before the data; where each part of them lies is not known before all are made. */
static size_t make_notes(const struct dump_text *text, struct text_bytes *notes,
			 struct place *places)
{
	size_t count = text->note_segments;
	size_t each = count ? (text->nr_notes + count - 1) / count : 0;

	for (size_t i = 0; i < count; i++) {
		size_t first = i * each < text->nr_notes ? i * each : text->nr_notes;
		size_t left = text->nr_notes - first;

		places[i].offset = notes->size;
		text_append_notes(notes, text, first, left < each ? left : each, i + 1 == count);
		text_append_zeros(notes, text->padding);
		places[i].size = notes->size - places[i].offset;
	}
	return count;
}

void text_write_elf(const struct dump_text *text, struct text_bytes *to)
{
	struct text_bytes notes = { 0 }, data = { 0 };
	struct place places[DUMP_TEXT_NOTES];
	size_t nr_notes = make_notes(text, &notes, places);
	size_t nr_phdrs = nr_notes + text->nr_loads, start;

	append_header(text, to, nr_phdrs);
	start = to->size + nr_phdrs * (text->bits_64 ? 56 : 32);
	for (size_t i = 0; i < nr_notes; i++) {
		places[i].offset += start;
		append_phdr(text, to, PT_NOTE, 0, places[i], NULL);
	}
	for (size_t i = 0; i < text->nr_loads; i++) {
		const struct text_load *load = &text->loads[i];
		struct place place = { .size = load->filesz };

		text_append_zeros(&data, load->skew);
		place.offset = start + notes.size + data.size;
		for (uint64_t at = 0; at < load->filesz; at++) {
			uint8_t byte = text_load_byte(load, load->phys + at);

			text_append(&data, &byte, 1);
		}
		append_phdr(text, to, PT_LOAD, PF_R | PF_W | PF_X, place, load);
	}
	text_append(to, notes.data, notes.size);
	text_append(to, data.data, data.size);
	free(notes.data);
	free(data.data);
}
