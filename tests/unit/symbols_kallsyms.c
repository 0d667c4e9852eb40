// SPDX-License-Identifier: GPL-2.0-or-later
/* kallsyms in every order and encoding that kernels have had, made by an encoder of our own. */
#include "support/data.h"
#include "support/kallsyms_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE64 UINT64_C(0xffffffff9be00000)
#define BASE32 UINT64_C(0xc1000000)
#define COUNT  700

struct kernel {
	struct made_symbol symbols[COUNT];
	char names[COUNT][256];
	struct kallsyms_image image;
	struct test_piece pieces[3];
	struct memory memory;
};

static const struct kallsyms_shape shapes[] = {
	{ ORDER_4_20, VALUES_PERCPU, 8, false, BASE64, 40000 },
	{ ORDER_4_20, VALUES_BASE, 8, false, BASE64, 8192 },
	{ ORDER_4_20, VALUES_WORDS, 8, false, BASE64, 8192 },
	{ ORDER_4_20, VALUES_BASE, 4, false, BASE32, 8192 },
	{ ORDER_4_20, VALUES_WORDS, 8, true, BASE64, 8192 },
	{ ORDER_6_2, VALUES_PERCPU, 8, false, BASE64, 200000 },
	{ ORDER_6_2, VALUES_BASE, 8, true, BASE64, 8192 },
	{ ORDER_6_4, VALUES_PERCPU, 8, false, BASE64, 8200 },
	{ ORDER_6_4, VALUES_BASE, 8, false, BASE64, 8192 },
	{ ORDER_6_4, VALUES_WORDS, 8, false, BASE64, 8192 },
	{ ORDER_6_4, VALUES_BASE, 4, true, BASE32, 8192 },
	{ ORDER_7_0, VALUES_PLACE, 8, false, BASE64, 8196 },
	{ ORDER_7_0, VALUES_PLACE, 8, true, BASE64, 8192 },
	{ ORDER_7_0, VALUES_NUMBERS, 4, false, BASE32, 8192 },
	{ ORDER_6_4, VALUES_PERCPU, 8, false, BASE64, 8192, .by_stem = true },
};

static bool has_absolutes(const struct kallsyms_shape *shape)
{
	return shape->values == VALUES_PERCPU || shape->values == VALUES_WORDS;
}

/* Per-CPU symbols first where the encoding can hold them; aliases, duplicates, a long name. */
static void make_symbols(struct kernel *k, const struct kallsyms_shape *shape)
{
	uint32_t absolutes = has_absolutes(shape) ? 10 : 0;
	uint64_t address = shape->base;

	for (uint32_t i = 0; i < COUNT; i++) {
		struct made_symbol *s = &k->symbols[i];

		s->name = k->names[i];
		s->type = i % 3 ? 'T' : 't';
		if (i < absolutes) {
			s->address = i * 0x40;
			s->type = 'A';
			sprintf(k->names[i], "percpu_%u", i);
			continue;
		}
		s->address = address;
		sprintf(k->names[i], "function_%u", i);
		if (i == absolutes)
			strcpy(k->names[i], "_stext");
		if (i == absolutes + 1) /* an alias of the text's start */
			strcpy(k->names[i], "_text");
		else
			address += 0x30;
		if (i % 50 == 49)
			strcpy(k->names[i], "duplicate");
		if (i == 333) {
			memset(k->names[i], 'x', 200);
			k->names[i][200] = 0;
		}
		if (i == 400)
			strcpy(k->names[i], "duplicate.cold");
		if (i == 401)
			strcpy(k->names[i], "schedule_init_of_sched");
		if (i == 402)
			strcpy(k->names[i], "duplicate.isra.0");
	}
	strcpy(k->names[COUNT - 1], "_end");
	k->symbols[COUNT - 1].address = shape->base + 0x1000000;
}

static struct kernel *make(const struct kallsyms_shape *shape)
{
	struct kernel *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	make_symbols(k, shape);
	kallsyms_image_make(shape, k->symbols, COUNT, &k->image);
	k->pieces[0] = (struct test_piece){ shape->base, k->image.data, k->image.size };
	k->memory = test_memory(k->pieces);
	k->memory.big_endian = shape->big_endian;
	k->memory.word_size = shape->word_size;
	return k;
}

static void discard(struct kernel *k)
{
	free(k->image.data);
	free(k);
}

/* Which of the symbols called like number @i is it? */
static size_t nth_of(const struct kernel *k, uint32_t i)
{
	size_t nth = 0;

	for (uint32_t n = 0; n < i; n++)
		nth += !strcmp(k->names[n], k->names[i]);
	return nth;
}

struct seen {
	const struct kernel *kernel;
	uint32_t count;
};

static bool see(void *context, const struct symbol *symbol)
{
	struct seen *seen = context;
	const struct made_symbol *made = &seen->kernel->symbols[seen->count++];

	assert_string_equal(symbol->name, made->name);
	assert_int_equal(symbol->address, made->address);
	assert_int_equal(symbol->type, made->type);
	return true;
}

static void tell(void *context, uint64_t address, const char *text)
{
	fail_msg("%#llx: %s", (unsigned long long)address, text);
}

/* Every symbol, both ways; and nothing is wrong with them. */
static void check(const struct kernel *k, const struct kallsyms_shape *shape,
		  struct symbol_source *source)
{
	struct seen seen = { .kernel = k };
	struct symbols set;
	struct symbol s;
	uint64_t checked;

	symbols_init(&set);
	symbols_add(&set, source);
	for (uint32_t i = 0; i < COUNT; i++) {
		const struct made_symbol *made = &k->symbols[i];

		assert_ok(symbols_by_name_nth(&set, made->name, nth_of(k, i), &s));
		assert_int_equal(s.address, made->address);
		assert_int_equal(s.type, made->type);
		assert_string_equal(s.name, made->name);
		assert_null(s.module);
		if (made->address < shape->base) {
			assert_fails(symbols_by_address(&set, made->address, &s), ERROR_NOT_FOUND);
			continue;
		}
		assert_ok(symbols_by_address(&set, made->address, &s));
		assert_int_equal(s.address, made->address);
		/* Of the aliases the first, as the kernel does. */
		if (i && k->symbols[i - 1].address == made->address)
			assert_string_equal(s.name, k->names[i - 1]);
		else
			assert_string_equal(s.name, made->name);
		if (i < COUNT - 2 && strcmp(made->name, "_stext")) {
			assert_int_equal(s.size,
					 k->symbols[i + 1].address == made->address
						 ? 0x30
						 : k->symbols[i + 1].address - made->address);
			assert_ok(symbols_by_address(&set, made->address + 0x2f, &s));
			assert_int_equal(s.address, made->address);
		}
	}
	assert_fails(symbols_by_name(&set, "function", &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_name(&set, "", &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_name_nth(&set, "_end", 1, &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_address(&set, shape->base - 1, &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_address(&set, 0, &s), ERROR_NOT_FOUND);
	assert_ok(symbols_each(&set, see, &seen));
	assert_int_equal(seen.count, COUNT);
	assert_ok(kallsyms_check(&set, tell, NULL, &checked));
	assert_int_equal(checked, COUNT);
	symbols_deinit(&set);
}

static void test_all_tables_known(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct kernel *k = make(&shapes[i]);
		struct kallsyms_tables tables = k->image.tables;
		struct symbol_source *source;

		tables.text_start = shapes[i].base;
		assert_ok(kallsyms_create(&k->memory, &tables, &source));
		check(k, &shapes[i], source);
		discard(k);
	}
}

/* VMCOREINFO names neither the markers nor the order of names. */
static void test_as_vmcoreinfo_tells(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct kernel *k = make(&shapes[i]);
		struct kallsyms_tables tables = k->image.tables;
		struct symbol_source *source;

		tables.markers = tables.seqs_of_names = 0;
		assert_ok(kallsyms_create(&k->memory, &tables, &source));
		check(k, &shapes[i], source);
		discard(k);
	}
}

static void test_scan(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct kernel *k = make(&shapes[i]);
		const struct kallsyms_tables *made = &k->image.tables;
		struct kallsyms_tables found;
		struct symbol_source *source;

		/* The image goes on where nothing can be read. */
		assert_ok(kallsyms_scan(&k->memory, shapes[i].base,
					shapes[i].base + k->image.size + 0x40000, &found));
		assert_int_equal(found.names, made->names);
		assert_int_equal(found.num_syms, made->num_syms);
		assert_int_equal(found.token_table, made->token_table);
		assert_int_equal(found.token_index, made->token_index);
		assert_int_equal(found.markers, made->markers);
		assert_int_equal(found.offsets, made->offsets);
		assert_int_equal(found.addresses, made->addresses);
		assert_int_equal(found.relative_base, made->relative_base);
		assert_ok(kallsyms_create(&k->memory, &found, &source));
		check(k, &shapes[i], source);
		discard(k);
	}
}

static void test_scan_finds_nothing(void **state)
{
	static const uint8_t zeros[8192];
	const struct test_piece pieces[] = { { BASE64, zeros, sizeof(zeros) }, { 0 } };
	struct memory memory = test_memory(pieces);
	struct kallsyms_tables found;

	assert_fails(kallsyms_scan(&memory, BASE64, BASE64 + 0x10000, &found), ERROR_NOT_FOUND);
	assert_fails(kallsyms_scan(&memory, BASE64, BASE64, &found), ERROR_NOT_FOUND);
}

/* The page before the tables is gone: they are found all the same. */
static void test_scan_steps_over_holes(void **state)
{
	struct kernel *k = make(&shapes[0]);
	struct kallsyms_tables found;
	size_t cut = 8192;

	k->pieces[0] = (struct test_piece){ BASE64, NULL, cut };
	k->pieces[1] =
		(struct test_piece){ BASE64 + cut, k->image.data + cut, k->image.size - cut };
	assert_ok(kallsyms_scan(&k->memory, BASE64, BASE64 + 0x100000, &found));
	assert_int_equal(found.names, k->image.tables.names);
	discard(k);
}

/* A wrong order of names must not lose any: it is seen to be wrong. */
static void test_bad_order_of_names(void **state)
{
	struct kernel *k = make(&shapes[7]);
	struct kallsyms_tables tables = k->image.tables;
	struct symbol_source *source;

	memset(k->image.data + (tables.seqs_of_names - BASE64), 1, 3 * COUNT);
	assert_ok(kallsyms_create(&k->memory, &tables, &source));
	check(k, &shapes[7], source);
	discard(k);
}

/* Without its order the kernel's names are found through an index of our own (before v6.2). */
static void test_excluded_order_of_names(void **state)
{
	struct kernel *k = make(&shapes[7]);
	struct kallsyms_tables tables = k->image.tables;
	size_t kept = (size_t)(tables.seqs_of_names - BASE64);
	struct symbol_source *source;

	k->pieces[0].size = kept;
	k->pieces[1] = (struct test_piece){ BASE64 + kept, NULL, 1 << 20 };
	assert_ok(kallsyms_create(&k->memory, &tables, &source));
	check(k, &shapes[7], source);
	discard(k);
}

static void test_errors(void **state)
{
	struct kernel *k = make(&shapes[0]);
	struct kallsyms_tables good = k->image.tables, tables = good;
	uint8_t *number = k->image.data + (good.num_syms - BASE64);
	struct symbol_source *source;

	tables.names = 0;
	assert_fails(kallsyms_create(&k->memory, &tables, &source), ERROR_NOT_FOUND);
	tables = good;
	tables.offsets = 0;
	assert_fails(kallsyms_create(&k->memory, &tables, &source), ERROR_NOT_FOUND);
	tables = good;
	tables.names = UINT64_C(0xffffffffff000000);
	assert_fails(kallsyms_create(&k->memory, &tables, &source), ERROR_ABSENT);
	tables = good;
	tables.token_table += 1;
	assert_fails(kallsyms_create(&k->memory, &tables, &source), ERROR_BAD_DATA);
	tables = good;
	tables.relative_base = good.names;
	assert_fails(kallsyms_create(&k->memory, &tables, &source), ERROR_BAD_DATA);
	/* More names than there are, and more than can be. */
	number[1] = 0x10;
	assert_fails(kallsyms_create(&k->memory, &good, &source), ERROR_BAD_DATA);
	number[3] = 0x7f;
	assert_fails(kallsyms_create(&k->memory, &good, &source), ERROR_BAD_DATA);
	memset(number, 0, 4);
	assert_fails(kallsyms_create(&k->memory, &good, &source), ERROR_BAD_DATA);
	discard(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_tables_known),
		cmocka_unit_test(test_as_vmcoreinfo_tells),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_finds_nothing),
		cmocka_unit_test(test_scan_steps_over_holes),
		cmocka_unit_test(test_bad_order_of_names),
		cmocka_unit_test(test_excluded_order_of_names),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
