/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An Elf32_Sym or Elf64_Sym (System V ABI, chapter 4) in a dump's memory, read field by field. */
#ifndef SYMBOLS_RAW_SYMBOL_H
#define SYMBOLS_RAW_SYMBOL_H

#include "base/bytes.h"
#include "base/memory.h"

#include <elf.h>

struct raw_symbol {
	uint64_t value, size;
	uint32_t name;
	uint16_t section;
	uint8_t info;
};

/* Bytes of one. */
static inline size_t raw_symbol_size(const struct memory *memory)
{
	return memory->word_size == 8 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static inline struct raw_symbol raw_symbol_decode(const struct memory *memory, const uint8_t *raw)
{
	struct bytes b = bytes_of(raw, raw_symbol_size(memory), memory->big_endian);
	struct raw_symbol s = { .name = bytes_u32(&b) };

	if (memory->word_size == 4) {
		s.value = bytes_u32(&b);
		s.size = bytes_u32(&b);
	}
	s.info = bytes_u8(&b);
	bytes_skip(&b, 1);
	s.section = bytes_u16(&b);
	if (memory->word_size == 8) {
		s.value = bytes_u64(&b);
		s.size = bytes_u64(&b);
	}
	return s;
}

#endif
