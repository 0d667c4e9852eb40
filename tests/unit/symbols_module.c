// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbol tables of modules in memory, and the set of sources that they are part of. */
#include "support/data.h"

#include "symbols/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define TEXT	UINT64_C(0xffffffffc0400000)
#define DATA	UINT64_C(0xffffffffc0410000)
#define TABLES	UINT64_C(0xffffffffc0418000)
#define PER_CPU UINT64_C(0x3a040)

/* What the loader of the kernel leaves: entry 0 empty, values final. */
static const struct {
	const char *name;
	uint64_t value, size;
	uint16_t section;
	uint8_t info;
	char letter;
} made[] = {
	{ "", 0, 0, SHN_UNDEF, 0, 'U' },
	{ "beta", TEXT + 0x100, 0x40, 1, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 't' },
	{ "alpha", TEXT, 0, 1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 't' },
	{ "alpha_alias", TEXT, 0, 1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 't' },
	{ "printk", 0, 0, SHN_UNDEF, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 'U' },
	{ "", TEXT + 0x110, 0, 1, 0, 't' },
	{ ".L42", TEXT + 0x120, 0, 1, 0, 't' },
	{ "same", DATA, 8, 2, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 'd' },
	{ "same", DATA + 0x10, 8, 2, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 'b' },
	{ "counter", PER_CPU, 8, 3, ELF64_ST_INFO(STB_LOCAL, STT_OBJECT), 'a' },
	{ "__ksymtab_alpha", DATA + 0x100, 12, 4, 0, 'r' },
	{ "__ksymtab_beta", DATA + 0x200, 12, 4, 0, 'r' },
};
#define MADE (sizeof(made) / sizeof(made[0]))

enum letters { LETTERS_TYPETAB, LETTERS_SIZE, LETTERS_INFO };

struct fake {
	Elf64_Sym symbols[MADE];
	char strings[256], types[MADE];
	struct test_piece pieces[4];
	struct memory memory;
	struct module_symbols module;
};

static void make(struct fake *f, enum letters letters)
{
	uint32_t at = 1;

	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < MADE; i++) {
		Elf64_Sym *s = &f->symbols[i];

		*s = (Elf64_Sym){ .st_value = made[i].value,
				  .st_size = made[i].size,
				  .st_shndx = made[i].section,
				  .st_info = made[i].info };
		if (*made[i].name) {
			s->st_name = at;
			strcpy(f->strings + at, made[i].name);
			at += (uint32_t)strlen(made[i].name) + 1;
		}
		f->types[i] = made[i].letter;
		if (letters == LETTERS_SIZE)
			s->st_size = (uint8_t)made[i].letter;
		if (letters == LETTERS_INFO)
			s->st_info = (uint8_t)made[i].letter;
	}
	f->pieces[0] = (struct test_piece){ TABLES, f->symbols, sizeof(f->symbols) };
	/* Memory ends at a border of pages or so, not with the last string. */
	f->pieces[1] = (struct test_piece){ TABLES + 0x1000, f->strings,
					    letters == LETTERS_TYPETAB ? at : sizeof(f->strings) };
	f->pieces[2] = (struct test_piece){ TABLES + 0x1000 + at, f->types, sizeof(f->types) };
	f->memory = test_memory(f->pieces);
	f->module = (struct module_symbols){
		.name = "demo",
		.symtab = TABLES,
		.num_symtab = MADE,
		.strtab = TABLES + 0x1000,
		.typetab = letters == LETTERS_TYPETAB ? TABLES + 0x1000 + at : 0,
		.ranges = { { TEXT, TEXT + 0x1000 }, { DATA, DATA + 0x1000 } },
		.nr_ranges = 2,
	};
}

static void open_module(struct fake *f, struct symbols *set)
{
	struct symbol_source *source;

	assert_ok(module_symbols_create(&f->memory, &f->module, &source));
	symbols_init(set);
	symbols_add(set, source);
}

static void test_both_ways(void **state)
{
	struct symbols set;
	struct symbol s;
	struct fake f;

	make(&f, LETTERS_TYPETAB);
	open_module(&f, &set);
	assert_ok(symbols_by_name(&set, "alpha", &s));
	assert_int_equal(s.address, TEXT);
	assert_int_equal(s.size, 0x100); /* up to the next */
	assert_int_equal(s.type, 't');
	assert_string_equal(s.module, "demo");
	assert_ok(symbols_by_name(&set, "demo:beta", &s));
	assert_int_equal(s.size, 0x40);
	assert_fails(symbols_by_name(&set, "other:beta", &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_name(&set, "printk", &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_name(&set, "", &s), ERROR_NOT_FOUND);
	assert_ok(symbols_by_name_nth(&set, "demo:same", 1, &s));
	assert_int_equal(s.address, DATA + 0x10);
	assert_fails(symbols_by_name_nth(&set, "same", 2, &s), ERROR_NOT_FOUND);
	assert_ok(symbols_by_name(&set, "counter", &s));
	assert_int_equal(s.address, PER_CPU);

	/* The first of two at one address, as the kernel does; labels in code are passed over. */
	assert_ok(symbols_by_address(&set, TEXT + 0xff, &s));
	assert_string_equal(s.name, "alpha");
	assert_ok(symbols_by_address(&set, TEXT + 0x123, &s));
	assert_string_equal(s.name, "beta");
	/* The last of the text does not reach into the data, nor the other way about. */
	assert_ok(symbols_by_address(&set, TEXT + 0xfff, &s));
	assert_string_equal(s.name, "beta");
	assert_fails(symbols_by_address(&set, TEXT + 0x1000, &s), ERROR_NOT_FOUND);
	assert_ok(symbols_by_address(&set, DATA, &s));
	assert_int_equal(s.type, 'd');
	assert_fails(symbols_by_address(&set, PER_CPU, &s), ERROR_NOT_FOUND);
	symbols_deinit(&set);
}

/* v5.0 kept the letters in st_size, kernels before it in st_info. */
static void test_older_letters(void **state)
{
	for (enum letters l = LETTERS_SIZE; l <= LETTERS_INFO; l++) {
		struct symbols set;
		struct symbol s;
		struct fake f;

		make(&f, l);
		open_module(&f, &set);
		assert_ok(symbols_by_name_nth(&set, "same", 1, &s));
		assert_int_equal(s.type, 'b');
		assert_int_equal(s.address, DATA + 0x10);
		assert_ok(symbols_by_name(&set, "beta", &s));
		assert_int_equal(s.type, 't');
		assert_int_equal(s.size, 0x20);
		symbols_deinit(&set);
	}
}

/* Only what lies in the table of exports is marked, as /proc/kallsyms does. */
static void test_exports(void **state)
{
	struct symbols set;
	struct symbol s;
	struct fake f;

	make(&f, LETTERS_TYPETAB);
	f.module.exports = (struct symbol_range){ DATA + 0x100, DATA + 0x10c };
	open_module(&f, &set);
	assert_ok(symbols_by_name(&set, "alpha", &s));
	assert_int_equal(s.type, 'T');
	assert_ok(symbols_by_name(&set, "beta", &s));
	assert_int_equal(s.type, 't');
	symbols_deinit(&set);
}

static void test_unreadable(void **state)
{
	struct symbols set;
	struct symbol s;
	struct fake f;

	make(&f, LETTERS_TYPETAB);
	f.pieces[0].data = NULL; /* excluded */
	open_module(&f, &set);
	/* Asked twice: the error stays. */
	assert_fails(symbols_by_address(&set, TEXT, &s), ERROR_EXCLUDED);
	assert_fails(symbols_by_name(&set, "alpha", &s), ERROR_EXCLUDED);
	symbols_deinit(&set);

	make(&f, LETTERS_TYPETAB);
	f.module.num_symtab = UINT64_MAX;
	open_module(&f, &set);
	assert_fails(symbols_by_address(&set, TEXT, &s), ERROR_BAD_DATA);
	symbols_deinit(&set);

	make(&f, LETTERS_TYPETAB);
	f.symbols[3].st_name = UINT32_MAX;
	open_module(&f, &set);
	assert_fails(symbols_by_address(&set, TEXT, &s), ERROR_BAD_DATA);
	symbols_deinit(&set);

	make(&f, LETTERS_TYPETAB);
	f.module.num_symtab = 0;
	open_module(&f, &set);
	assert_fails(symbols_by_address(&set, TEXT, &s), ERROR_NOT_FOUND);
	symbols_deinit(&set);
}

/* ---- the set ---- */

static struct fake late;
static unsigned int loads;

static bool load_late(void *context)
{
	struct symbol_source *source;

	loads++;
	if (!context)
		return false;
	make(&late, LETTERS_TYPETAB);
	assert_ok(module_symbols_create(&late.memory, &late.module, &source));
	symbols_add(context, source);
	return true;
}

static void test_more_is_asked_once(void **state)
{
	struct symbols set;
	struct symbol s;

	symbols_init(&set);
	set.more = load_late;
	loads = 0;
	assert_fails(symbols_by_name(&set, "alpha", &s), ERROR_NOT_FOUND);
	assert_fails(symbols_by_address(&set, TEXT, &s), ERROR_NOT_FOUND);
	assert_int_equal(loads, 1);

	set.more = load_late;
	set.more_context = &set;
	assert_ok(symbols_by_address(&set, TEXT, &s));
	assert_ok(symbols_by_name(&set, "demo:alpha", &s));
	assert_fails(symbols_by_name(&set, "none", &s), ERROR_NOT_FOUND);
	assert_int_equal(loads, 2);
	symbols_deinit(&set);
}

/* Two modules with the same names, one of them unreadable: the other one still answers. */
static void test_several_sources(void **state)
{
	struct symbol_source *source;
	struct symbols set;
	struct fake first, second;
	struct symbol s;

	make(&first, LETTERS_TYPETAB);
	make(&second, LETTERS_TYPETAB);
	open_module(&first, &set);
	second.module.name = "other";
	second.module.ranges[0] = (struct symbol_range){ TEXT + 0x100000, TEXT + 0x101000 };
	second.module.nr_ranges = 1;
	assert_ok(module_symbols_create(&second.memory, &second.module, &source));
	symbols_add(&set, source);
	assert_ok(symbols_by_name_nth(&set, "same", 2, &s));
	assert_string_equal(s.module, "other");
	assert_int_equal(s.address, DATA);
	assert_ok(symbols_by_name_nth(&set, "same", 3, &s));
	assert_int_equal(s.address, DATA + 0x10);
	assert_fails(symbols_by_name_nth(&set, "same", 4, &s), ERROR_NOT_FOUND);
	assert_ok(symbols_by_name_nth(&set, "other:same", 1, &s));
	assert_string_equal(s.module, "other");
	symbols_deinit(&set);

	first.pieces[0].data = NULL;
	open_module(&first, &set);
	assert_ok(module_symbols_create(&second.memory, &second.module, &source));
	symbols_add(&set, source);
	assert_ok(symbols_by_name(&set, "alpha", &s));
	assert_string_equal(s.module, "other");
	symbols_deinit(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_older_letters),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_more_is_asked_once),
		cmocka_unit_test(test_several_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
