// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms over memory that nobody vouches for: the tables at addresses from the input, and the
 * scan that looks for them; whatever opens is then asked everything.
 *
 * The input: a byte of flags (1: four-byte words, 2: big-endian, 4: scan), 9 offsets of tables from
 * the image's start, four bytes each, little-endian (0: no such table); the rest is the image.
 */
#include "base/bytes.h"
#include "symbols/symbols.h"

#include <string.h>

#define BASE UINT64_C(0xffffffff81000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct image {
	const uint8_t *data;
	size_t size;
	uint64_t base;
};

static struct error *read_image(void *context, uint64_t address, void *buf, size_t size)
{
	const struct image *image = context;
	uint64_t at = address - image->base;

	if (at > image->size || size > image->size - at)
		return error_at(ERROR_ABSENT, address, "absent");
	memcpy(buf, image->data + at, size);
	return NULL;
}

static bool count_each(void *context, const struct symbol *symbol)
{
	size_t *count = context;

	*count += strlen(symbol->name) + (symbol->module != NULL);
	return true;
}

static void told(void *context, uint64_t address, const char *text)
{
	size_t *count = context;

	*count += strlen(text) + (address != 0);
}

static void ask(const struct memory *memory, const struct kallsyms_tables *tables)
{
	struct symbol_source *source;
	struct symbols set;
	struct symbol symbol;
	uint64_t checked;
	size_t count = 0;

	if (error_dropped(kallsyms_create(memory, tables, &source)))
		return;
	symbols_init(&set);
	symbols_add(&set, source);
	for (unsigned int i = 0; i <= 8; i++) {
		uint64_t start = source->ranges[0].start, size = source->ranges[0].end - start;

		if (!error_dropped(symbols_by_address(&set, start + size / 8 * i, &symbol)) &&
		    !error_dropped(symbols_by_name_nth(&set, symbol.name, i & 1, &symbol)))
			count += symbol.size != 0;
	}
	error_free(symbols_by_name(&set, "schedule", &symbol));
	error_free(kallsyms_check(&set, told, &count, &checked));
	error_free(symbols_each(&set, count_each, &count));
	symbols_deinit(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size, false);
	unsigned int flags = bytes_u8(&b);
	struct image image = { .base = flags & 1 ? (uint32_t)BASE : BASE };
	struct memory memory = {
		.read = read_image,
		.context = &image,
		.word_size = flags & 1 ? 4 : 8,
		.big_endian = flags & 2,
	};
	struct kallsyms_tables tables = { 0 };
	uint64_t *const all[] = { &tables.names,       &tables.num_syms, &tables.token_table,
				  &tables.token_index, &tables.offsets,	 &tables.relative_base,
				  &tables.addresses,   &tables.markers,	 &tables.seqs_of_names };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		uint32_t offset = bytes_u32(&b);

		*all[i] = offset ? image.base + offset : 0;
	}
	image.size = bytes_left(&b);
	image.data = bytes_take(&b, image.size);
	if (!image.data)
		return 0;
	if (flags & 8)
		tables.text_start = image.base;
	ask(&memory, &tables);
	if (flags & 4 &&
	    !error_dropped(kallsyms_scan(&memory, image.base, image.base + image.size, &tables)))
		ask(&memory, &tables);
	return 0;
}
