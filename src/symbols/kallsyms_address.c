// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms_offsets and kallsyms_addresses: see kallsyms_sym_address() of kernel/kallsyms.c of
 * Linux.
 *
 * How an offset becomes an address depends on the kernel's configuration and age, and is written
 * nowhere in the image. So each way that could be is tried, and the one that makes sense is taken:
 * addresses ascend, and the text begins where it is known to begin.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "symbols/kallsyms.h"

#include <string.h>

/* No image is larger, and none of its symbols are farther from the tables. */
#define IMAGE_REACH (UINT64_C(1) << 31)

uint64_t kallsyms_address(const struct kallsyms_addresses *a, uint32_t i)
{
	int32_t offset;

	if (a->encoding == KALLSYMS_ADDRESSES)
		return (a->words[i] + a->slide) & a->mask;
	offset = (int32_t)a->offsets[i];
	switch (a->encoding) {
	case KALLSYMS_ABSOLUTE_PERCPU:
		if (offset >= 0)
			return (uint64_t)offset;
		return (a->base - 1 - (uint64_t)(int64_t)offset + a->slide) & a->mask;
	case KALLSYMS_BASE:
		return (a->base + (uint32_t)offset + a->slide) & a->mask;
	case KALLSYMS_PLACE:
		return (a->table + 4 * (uint64_t)i + (uint64_t)(int64_t)offset) & a->mask;
	default:
		return (uint32_t)offset;
	}
}

uint32_t kallsyms_address_search(const struct kallsyms_addresses *a, uint64_t address)
{
	uint32_t low = 0, high = a->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (kallsyms_address(a, mid) <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void kallsyms_addresses_deinit(struct kallsyms_addresses *a)
{
	free(a->offsets);
	free(a->words);
	*a = (struct kallsyms_addresses){ 0 };
}

static bool ascends(const struct kallsyms_addresses *a)
{
	uint64_t before = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		uint64_t address = kallsyms_address(a, i);

		if (address < before)
			return false;
		before = address;
	}
	return true;
}

static bool has_address(const struct kallsyms_addresses *a, uint64_t address)
{
	uint32_t n = kallsyms_address_search(a, address);

	return n && kallsyms_address(a, n - 1) == address;
}

/* Where symbol @name is by its number, whatever the encoding. */
static bool find_number(const struct kallsyms_names *names, const char *name, uint32_t *ret)
{
	char buf[KALLSYMS_NAME_SIZE], type;
	const uint8_t *tokens;
	size_t at = 0, len;

	for (uint32_t i = 0; i < names->count; i++) {
		if (!kallsyms_name_step(names->data, names->size, &at, &tokens, &len))
			break;
		/* Short names alone are worth expanding. */
		if (len > strlen(name) + 1)
			continue;
		kallsyms_tokens_expand(&names->tokens, tokens, len, buf, &type);
		if (!strcmp(buf, name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/*
 * The text's beginning is not known: then the symbol that names it must be at a page's start, and
 * below the tables, which are in the read-only data behind the text.
 */
static bool begins_before(const struct kallsyms_addresses *a, const struct kallsyms_names *names,
			  uint64_t tables)
{
	uint64_t begin;
	uint32_t i;

	if (!find_number(names, "_stext", &i) && !find_number(names, "_text", &i))
		return false;
	begin = kallsyms_address(a, i);
	return begin <= tables && tables - begin < IMAGE_REACH && !(begin & 0xfff) &&
	       kallsyms_address(a, a->count - 1) > begin;
}

static bool makes_sense(const struct kallsyms_addresses *a, const struct kallsyms_tables *t,
			const struct kallsyms_names *names)
{
	if (!ascends(a))
		return false;
	if (t->text_start && has_address(a, t->text_start)) {
		uint64_t size =
			t->text_end > t->text_start ? t->text_end - t->text_start : IMAGE_REACH;
		/* The last address of the image, or of all that there are. */
		uint64_t end = t->text_start + min(size, a->mask - t->text_start);
		uint32_t below = kallsyms_address_search(a, t->text_start - 1);

		return kallsyms_address_search(a, end) - below > a->count / 2;
	}
	return begins_before(a, names, t->names);
}

static struct error *read_offsets(const struct memory *memory, struct kallsyms_addresses *a)
{
	TRY(alloc_array(a->count, sizeof(*a->offsets), KALLSYMS_MAX_SYMBOLS, "kallsyms_offsets",
			&a->offsets));
	TRY(error_wrap(memory_read(memory, a->table, a->offsets, a->count * sizeof(*a->offsets)),
		       "kallsyms_offsets"));
	if (memory->big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__))
		for (uint32_t i = 0; i < a->count; i++)
			a->offsets[i] = __builtin_bswap32(a->offsets[i]);
	return NULL;
}

static struct error *read_words(const struct memory *memory, struct kallsyms_addresses *a)
{
	size_t word = memory->word_size;
	uint8_t *raw;

	TRY(alloc_array(a->count, sizeof(*a->words), KALLSYMS_MAX_SYMBOLS, "kallsyms_addresses",
			&a->words));
	/* Words shorter than ours are read to the end of the array and widened from its start. */
	raw = (uint8_t *)a->words + a->count * (sizeof(*a->words) - word);
	TRY(error_wrap(memory_read(memory, a->table, raw, a->count * word), "kallsyms_addresses"));
	for (uint32_t i = 0; i < a->count; i++)
		a->words[i] = load_number(raw + i * word, word, memory->big_endian);
	return NULL;
}

/* Tries the encodings that the tables allow. */
static bool choose(const struct memory *memory, const struct kallsyms_tables *t,
		   const struct kallsyms_names *names, struct kallsyms_addresses *a)
{
	static const enum kallsyms_encoding with_base[] = { KALLSYMS_ABSOLUTE_PERCPU,
							    KALLSYMS_BASE };
	static const enum kallsyms_encoding without[] = { KALLSYMS_PLACE, KALLSYMS_VALUES };
	static const enum kallsyms_encoding full[] = { KALLSYMS_ADDRESSES };
	const enum kallsyms_encoding *list = a->words		? full
					     : t->relative_base ? with_base
								: without;
	size_t count = a->words ? 1 : 2;
	uint64_t slides[] = { 0, t->kaslr_offset };

	/* The kernel relocates its words when it boots: only a table that it forgot needs help. */
	for (size_t s = 0; s < (t->kaslr_offset ? 2 : 1); s++) {
		a->slide = slides[s];
		for (size_t i = 0; i < count; i++) {
			a->encoding = list[i];
			if (a->encoding == KALLSYMS_VALUES && memory->word_size != 4)
				continue;
			if (makes_sense(a, t, names))
				return true;
		}
	}
	return false;
}

struct error *kallsyms_addresses_load(const struct memory *memory,
				      const struct kallsyms_tables *tables,
				      const struct kallsyms_names *names,
				      struct kallsyms_addresses *ret)
{
	struct kallsyms_addresses a = {
		.count = names->count,
		.table = tables->offsets ? tables->offsets : tables->addresses,
		.mask = memory->word_size == 4 ? UINT32_MAX : UINT64_MAX,
	};
	struct error *err = NULL;

	if (!a.table)
		return error_create(ERROR_NOT_FOUND, "kallsyms: no table of addresses");
	if (tables->relative_base)
		TRY(error_wrap(memory_read_word(memory, tables->relative_base, &a.base),
			       "kallsyms_relative_base"));
	err = tables->offsets ? read_offsets(memory, &a) : read_words(memory, &a);
	if (!err && !choose(memory, tables, names, &a))
		err = error_at(
			ERROR_BAD_DATA, a.table,
			"kallsyms: the table of addresses makes no sense in any known encoding");
	if (err) {
		kallsyms_addresses_deinit(&a);
		return err;
	}
	if (tables->names > IMAGE_REACH)
		a.first = kallsyms_address_search(&a, tables->names - IMAGE_REACH);
	*ret = a;
	return NULL;
}
