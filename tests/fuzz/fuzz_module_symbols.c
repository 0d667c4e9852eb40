// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module's symbol table over memory that nobody vouches for.
 *
 * The input: a byte of flags (1: four-byte words, 2: big-endian, 4: a table of letters), then the
 * number of symbols and the places of symbols, strings, letters and exports (start and end), four
 * bytes each, little-endian; the rest is the memory.
 */
#include "base/bytes.h"
#include "symbols/symbols.h"

#include <string.h>

#define BASE UINT64_C(0xffffffffc0000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
	uint64_t base;
};

static struct error *read_input(void *context, uint64_t address, void *buf, size_t size)
{
	const struct input *input = context;
	uint64_t at = address - input->base;

	if (at > input->size || size > input->size - at)
		return error_at(ERROR_ABSENT, address, "absent");
	memcpy(buf, input->data + at, size);
	return NULL;
}

static bool count_each(void *context, const struct symbol *symbol)
{
	size_t *count = context;

	*count += strlen(symbol->name) + strlen(symbol->module);
	return true;
}

static void ask(const struct memory *memory, const struct module_symbols *from)
{
	struct symbol_source *source;
	struct symbols set;
	struct symbol symbol;
	size_t count = 0;

	if (error_dropped(module_symbols_create(memory, from, &source)))
		return;
	symbols_init(&set);
	symbols_add(&set, source);
	for (uint64_t at = 0; at < 0x1000; at += 0x80) {
		if (!error_dropped(symbols_by_address(&set, from->ranges[0].start + at, &symbol)) &&
		    !error_dropped(symbols_by_name_nth(&set, symbol.name, at & 1, &symbol)))
			count += symbol.size != 0;
	}
	error_free(symbols_by_name(&set, "init_module", &symbol));
	error_free(symbols_by_name(&set, "fuzz:cleanup_module", &symbol));
	error_free(symbols_each(&set, count_each, &count));
	symbols_deinit(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = bytes_of(data, size, false);
	unsigned int flags = bytes_u8(&b);
	struct input input = { .base = flags & 1 ? (uint32_t)BASE : BASE };
	struct memory memory = {
		.read = read_input,
		.context = &input,
		.word_size = flags & 1 ? 4 : 8,
		.big_endian = flags & 2,
	};
	struct module_symbols from = { .name = "fuzz", .nr_ranges = 1 };

	from.num_symtab = bytes_u32(&b);
	from.symtab = input.base + bytes_u32(&b);
	from.strtab = input.base + bytes_u32(&b);
	from.typetab = input.base + bytes_u32(&b);
	if (!(flags & 4))
		from.typetab = 0;
	from.exports.start = input.base + bytes_u32(&b);
	from.exports.end = input.base + bytes_u32(&b);
	from.ranges[0] = (struct symbol_range){ input.base, input.base + 0x1000 };
	input.size = bytes_left(&b);
	input.data = bytes_take(&b, input.size);
	if (input.data)
		ask(&memory, &from);
	return 0;
}
