// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel made by hand. BTF: Documentation/bpf/btf.rst of Linux. */
#include "support/fake_kernel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_CONST = 10,
	KIND_FUNC = 12,
	KIND_FUNC_PROTO,
	KIND_VAR,
};

static void put32(struct text *t, uint32_t v)
{
	uint8_t raw[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	text_add(t, (const char *)raw, sizeof(raw));
}

static uint32_t add_name(struct fake_btf *btf, const char *name)
{
	uint32_t at;

	if (!btf->strings.len)
		text_add(&btf->strings, "", 1);
	if (!name)
		return 0;
	at = (uint32_t)btf->strings.len;
	text_add(&btf->strings, name, strlen(name) + 1);
	return at;
}

static uint32_t add_type(struct fake_btf *btf, uint32_t kind, const char *name, size_t count,
			 bool flag, uint32_t size)
{
	put32(&btf->types, add_name(btf, name));
	put32(&btf->types, (uint32_t)count | kind << 24 | (uint32_t)flag << 31);
	put32(&btf->types, size);
	return ++btf->nr_types;
}

uint32_t fake_int(struct fake_btf *btf, const char *name, uint32_t size, uint32_t encoding)
{
	uint32_t id = add_type(btf, KIND_INT, name, 0, false, size);

	put32(&btf->types, encoding << 24 | size * 8);
	return id;
}

uint32_t fake_pointer(struct fake_btf *btf, uint32_t target)
{
	return add_type(btf, KIND_PTR, NULL, 0, false, target);
}

uint32_t fake_typedef(struct fake_btf *btf, const char *name, uint32_t target)
{
	return add_type(btf, KIND_TYPEDEF, name, 0, false, target);
}

uint32_t fake_const(struct fake_btf *btf, uint32_t target)
{
	return add_type(btf, KIND_CONST, NULL, 0, false, target);
}

uint32_t fake_array(struct fake_btf *btf, uint32_t element, uint32_t count)
{
	uint32_t id = add_type(btf, KIND_ARRAY, NULL, 0, false, 0);

	put32(&btf->types, element);
	put32(&btf->types, 1); /* of the index: the first type, an int by custom */
	put32(&btf->types, count);
	return id;
}

static uint32_t add_compound(struct fake_btf *btf, uint32_t kind, const char *name, uint32_t size,
			     size_t count, const struct fake_member *members)
{
	uint32_t id = add_type(btf, kind, name, count, true, size);

	for (size_t i = 0; i < count; i++) {
		put32(&btf->types, add_name(btf, members[i].name));
		put32(&btf->types, members[i].type);
		put32(&btf->types, members[i].bit_size << 24 | members[i].bit_offset);
	}
	return id;
}

uint32_t fake_struct(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		     const struct fake_member *members)
{
	return add_compound(btf, KIND_STRUCT, name, size, count, members);
}

uint32_t fake_union(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		    const struct fake_member *members)
{
	return add_compound(btf, KIND_UNION, name, size, count, members);
}

uint32_t fake_enum(struct fake_btf *btf, const char *name, uint32_t size, size_t count,
		   const struct fake_enumerator *enumerators)
{
	uint32_t id = add_type(btf, KIND_ENUM, name, count, false, size);

	for (size_t i = 0; i < count; i++) {
		put32(&btf->types, add_name(btf, enumerators[i].name));
		put32(&btf->types, (uint32_t)enumerators[i].value);
	}
	return id;
}

uint32_t fake_forward(struct fake_btf *btf, const char *name)
{
	return add_type(btf, KIND_FWD, name, 0, false, 0);
}

uint32_t fake_function(struct fake_btf *btf, const char *name, uint32_t target)
{
	uint32_t prototype = add_type(btf, KIND_FUNC_PROTO, NULL, 0, false, target);

	return add_type(btf, KIND_FUNC, name, 0, false, prototype);
}

uint32_t fake_variable(struct fake_btf *btf, const char *name, uint32_t type)
{
	uint32_t id = add_type(btf, KIND_VAR, name, 0, false, type);

	put32(&btf->types, 1); /* global */
	return id;
}

/* ---- memory ---- */

static struct fake_piece *piece_at(struct fake_kernel *kernel, uint64_t address)
{
	for (size_t i = kernel->nr_pieces; i--;) {
		if (address - kernel->pieces[i].address < kernel->pieces[i].size)
			return &kernel->pieces[i];
	}
	return NULL;
}

static struct error *read_memory(void *context, uint64_t address, void *buf, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const struct fake_piece *piece = piece_at(context, address + i);

		if (!piece || !piece->data)
			return error_at(piece ? piece->code : ERROR_ABSENT, address + i,
					"0x%" PRIx64 " is missing", address + i);
		((uint8_t *)buf)[i] = piece->data[address + i - piece->address];
	}
	return NULL;
}

static void add_piece(struct fake_kernel *kernel, struct fake_piece piece)
{
	if (kernel->nr_pieces == FAKE_MAX)
		abort();
	kernel->pieces[kernel->nr_pieces++] = piece;
}

void fake_memory(struct fake_kernel *kernel, uint64_t address, uint64_t size)
{
	uint8_t *data = calloc(1, size);

	if (!data)
		abort();
	add_piece(kernel, (struct fake_piece){ address, size, data, 0 });
}

void fake_missing(struct fake_kernel *kernel, uint64_t address, uint64_t size, enum error_code code)
{
	add_piece(kernel, (struct fake_piece){ address, size, NULL, code });
}

void fake_put_bytes(struct fake_kernel *kernel, uint64_t address, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		struct fake_piece *piece = piece_at(kernel, address + i);

		if (!piece || !piece->data)
			abort();
		piece->data[address + i - piece->address] = ((const uint8_t *)data)[i];
	}
}

void fake_put(struct fake_kernel *kernel, uint64_t address, uint64_t number, size_t size)
{
	uint8_t raw[8];

	for (size_t i = 0; i < size; i++)
		raw[i] = (uint8_t)(number >> (8 * i));
	fake_put_bytes(kernel, address, raw, size);
}

/* ---- symbols ---- */

void fake_symbol(struct fake_kernel *kernel, const char *name, uint64_t address, uint64_t per_cpu)
{
	if (kernel->nr_symbols == FAKE_MAX)
		abort();
	kernel->symbols[kernel->nr_symbols++] = (struct fake_symbol){ name, address, per_cpu };
}

static struct error *find_symbol(void *context, const char *name, int cpu, uint64_t *address)
{
	const struct fake_kernel *kernel = context;

	for (size_t i = 0; i < kernel->nr_symbols; i++) {
		const struct fake_symbol *symbol = &kernel->symbols[i];

		if (strcmp(symbol->name, name))
			continue;
		if (cpu >= 4 || (cpu >= 0) != (symbol->per_cpu > 0))
			return error_create(ERROR_USAGE, "%s on CPU %d", name, cpu);
		*address = symbol->address + (cpu > 0 ? (uint64_t)cpu * symbol->per_cpu : 0);
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no symbol %s", name);
}

static bool symbolise(void *context, uint64_t address, struct text *ret)
{
	const struct fake_kernel *kernel = context;

	for (size_t i = 0; i < kernel->nr_symbols; i++) {
		if (address - kernel->symbols[i].address >= 64 || kernel->symbols[i].per_cpu)
			continue;
		text_adds(ret, kernel->symbols[i].name);
		if (address != kernel->symbols[i].address)
			text_addf(ret, "+0x%" PRIx64, address - kernel->symbols[i].address);
		return true;
	}
	return false;
}

/* ---- all together ---- */

void fake_kernel_init(struct fake_kernel *kernel)
{
	struct fake_btf *btf = &kernel->btf;
	struct text blob = { 0 };
	struct type_source *source;
	struct error *err;

	add_name(btf, NULL);
	put32(&blob, 0x0001eb9f); /* the magic number, version 1, no flags */
	put32(&blob, 24);
	put32(&blob, 0);
	put32(&blob, (uint32_t)btf->types.len);
	put32(&blob, (uint32_t)btf->types.len);
	put32(&blob, (uint32_t)btf->strings.len);
	text_add(&blob, text_string(&btf->types), btf->types.len);
	text_add(&blob, btf->strings.data, btf->strings.len);
	types_init(&kernel->types);
	err = btf_create(blob.data, blob.len, NULL, NULL, 0, 8, "a test's BTF", &source);
	if (err) {
		fprintf(stderr, "%s\n", err->message);
		abort();
	}
	types_add(&kernel->types, source, false);
	kernel->memory = (struct memory){ .read = read_memory, .context = kernel, .word_size = 8 };
	kernel->env = (struct value_env){
		.types = &kernel->types,
		.memory = &kernel->memory,
		.context = kernel,
		.symbol = find_symbol,
		.symbolise = symbolise,
		.nr_cpus = 4,
	};
}

void fake_kernel_deinit(struct fake_kernel *kernel)
{
	types_deinit(&kernel->types);
	for (size_t i = 0; i < kernel->nr_pieces; i++)
		free(kernel->pieces[i].data);
	text_deinit(&kernel->btf.types);
	text_deinit(&kernel->btf.strings);
}
