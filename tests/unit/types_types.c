// SPDX-License-Identifier: GPL-2.0-or-later
/* The set of sources: names as ISO C spells them, members by path, declarations and definitions. */
#include "types/types.h"
#include "support/data.h"
#include "support/raw_btf.h"

#include <string.h>

static struct types types;

static void add(struct raw_btf *b)
{
	struct type_source *source;
	size_t size;
	uint8_t *data = raw_finish(b, &size);

	assert_ok(btf_create(data, size, NULL, NULL, 0, 8, "test", &source));
	types_add(&types, source, false);
}

/*
 * struct page { unsigned long flags; union { int a; struct { char b, c; }; }; struct { short d; }
 * e[4]; struct list *l; }; struct list is declared only.
 */
static void add_page(void)
{
	struct raw_btf b = { 0 };
	uint32_t word = raw_int(&b, "long unsigned int", 8, 0, 0, 64);
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32), byte = raw_int(&b, "char", 1, 1, 0, 8);

	raw_type(&b, RAW_STRUCT, NULL, 2, 2); /* 4 */
	raw_part(&b, "b", byte, 0);
	raw_part(&b, "c", byte, 8);
	raw_type(&b, RAW_UNION, NULL, 2, 4);
	raw_part(&b, "a", number, 0);
	raw_part(&b, NULL, 4, 0);
	raw_type(&b, RAW_STRUCT, NULL, 1, 2); /* 6 */
	raw_part(&b, "d", 12, 0);
	raw_type(&b, RAW_ARRAY, NULL, 0, 0);
	raw_word(&b, 6);
	raw_word(&b, number);
	raw_word(&b, 4);
	raw_type(&b, RAW_FWD, "list", 0, 0); /* 8 */
	raw_type(&b, RAW_PTR, NULL, 0, 8);
	raw_type(&b, RAW_STRUCT, "page", 4, 32); /* 10 */
	raw_part(&b, "flags", word, 0);
	raw_part(&b, NULL, 5, 64);
	raw_part(&b, "e", 7, 96);
	raw_part(&b, "l", 9, 192);
	raw_type(&b, RAW_TYPEDEF, "page_t", 0, 10);
	raw_int(&b, "short int", 2, 1, 0, 16); /* 12 */
	raw_type(&b, RAW_ENUM, "color", 1, 4);
	raw_part(&b, "RED", 0, RAW_NONE);
	raw_type(&b, RAW_STRUCT, "both", 0, 1); /* a tag and a typedef of one name */
	raw_type(&b, RAW_TYPEDEF, "both", 0, number);
	add(&b);
}

/* struct list { struct list *next; } in a source of its own. */
static void add_list(void)
{
	struct raw_btf b = { 0 };

	raw_type(&b, RAW_STRUCT, "list", 1, 8);
	raw_part(&b, "next", 2, 0);
	raw_type(&b, RAW_PTR, NULL, 0, 1);
	add(&b);
}

static int setup(void **state)
{
	types_init(&types);
	add_page();
	return 0;
}

static int teardown(void **state)
{
	types_deinit(&types);
	return 0;
}

static const struct type *find(const char *name)
{
	const struct type *type = NULL;

	assert_ok(types_find(&types, name, &type));
	return type;
}

static void test_base_types(void **state)
{
	static const struct {
		const char *name, *spelled;
		uint64_t size;
		bool is_signed;
	} names[] = {
		{ "int", "int", 4, true },
		{ "signed", "int", 4, true },
		{ "unsigned", "unsigned int", 4, false },
		{ "short", "short int", 2, true },
		{ "int short unsigned", "short unsigned int", 2, false },
		{ "long", "long int", 8, true },
		{ "unsigned long", "long unsigned int", 8, false },
		{ "long unsigned int", "long unsigned int", 8, false },
		{ "int unsigned long", "long unsigned int", 8, false },
		{ "long long", "long long int", 8, true },
		{ "long unsigned long int", "long long unsigned int", 8, false },
		{ "char", "char", 1, true },
		{ "signed char", "signed char", 1, true },
		{ "char unsigned", "unsigned char", 1, false },
		{ "const volatile int", "int", 4, true },
		{ "unsigned __int128", "__int128 unsigned", 16, false },
		{ "_Bool", "_Bool", 1, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct type *type = find(names[i].name);

		assert_int_equal(type->kind, TYPE_INT);
		assert_string_equal(type->name, names[i].spelled);
		assert_int_equal(type->size, names[i].size);
		assert_int_equal(type->is_signed, names[i].is_signed);
	}
	assert_true(find("char")->is_char);
	assert_false(find("signed char")->is_char);
	assert_true(find("_Bool")->is_bool);
	assert_int_equal(find("double")->kind, TYPE_FLOAT);
	assert_int_equal(find("void")->kind, TYPE_VOID);
}

static void test_declarators(void **state)
{
	static const struct {
		const char *name, *spelled;
		uint64_t size;
	} names[] = {
		{ "struct page", "struct page", 32 },
		{ "page", "struct page", 32 },
		{ "page_t", "page_t", 32 },
		{ "enum color", "enum color", 4 },
		{ "color", "enum color", 4 },
		{ "struct page *", "struct page *", 8 },
		{ "struct page*[4]", "struct page *[4]", 32 },
		{ "char (*)[4]", "char (*)[4]", 8 },
		{ "char(*[2])[4]", "char (*[2])[4]", 16 },
		{ "int [2][3]", "int[2][3]", 24 },
		{ "const char * const *", "char **", 8 },
		{ "void *", "void *", 8 },
		{ "page_t [0x10]", "page_t[16]", 512 },
		{ "both", "both", 4 },
		{ "struct both", "struct both", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct type *type = find(names[i].name);
		auto_text spelled = { 0 };

		type_spell(type, NULL, &spelled);
		assert_string_equal(text_string(&spelled), names[i].spelled);
		assert_int_equal(type->size, names[i].size);
	}
	assert_ptr_equal(find("struct page *"), find("struct page*"));
}

static void test_not_types(void **state)
{
	static const char *const not_c[] = {
		"",
		"*",
		"struct",
		"int int",
		"short long",
		"long long long",
		"unsigned signed int",
		"float int",
		"struct page page",
		"int [",
		"int [x]",
		"int (*",
		"int )",
		"int ()",
		"page *x",
		"int[99999999999][99999999999]",
	};
	static const char *const not_there[] = { "struct nothing", "nothing", "union page",
						 "enum page", "nothing *" };
	const struct type *type;

	for (size_t i = 0; i < ARRAY_SIZE(not_c); i++) {
		struct error *err = types_find(&types, not_c[i], &type);

		assert_non_null(err);
		assert_true(err->code == ERROR_USAGE || err->code == ERROR_BAD_DATA);
		error_free(err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(not_there); i++)
		assert_fails(types_find(&types, not_there[i], &type), ERROR_NOT_FOUND);
}

static void test_members(void **state)
{
	static const struct {
		const char *path;
		uint64_t bit_offset, size;
	} places[] = {
		{ "flags", 0, 8 },    { "a", 64, 4 },	       { "b", 64, 1 },
		{ "c", 72, 1 },	      { "e", 96, 8 },	       { "e[0]", 96, 2 },
		{ "e[3].d", 144, 2 }, { "e[100].d", 1696, 2 }, { "e[0x2]", 128, 2 },
		{ "l", 192, 8 },
	};
	const struct type *page = find("struct page");
	struct type_place place;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_ok(type_find_member(page, places[i].path, &place));
		assert_int_equal(place.bit_offset, places[i].bit_offset);
		assert_int_equal(place.type->size, places[i].size);
		assert_int_equal(place.bit_size, 0);
	}
	assert_ok(type_find_member(find("page_t"), "c", &place));
	assert_ok(type_find_member(find("page_t[4]"), "[2].c", &place));
	assert_int_equal(place.bit_offset, 2 * 256 + 72);
}

static void test_not_members(void **state)
{
	static const char *const wrong[] = {
		"",
		".",
		"flags.",
		".flags",
		"e[",
		"e[]",
		"e[-1]",
		"e[1",
		"flags[0]",
		"e[1]d",
		"a..b",
		"fl ags",
		"e[18446744073709551615]",
		"e->d",
	};
	const struct type *page = find("struct page");
	struct type_place place;
	struct error *err;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_fails(type_find_member(page, wrong[i], &place), ERROR_USAGE);
	assert_fails(type_find_member(page, "x", &place), ERROR_NOT_FOUND);
	assert_fails(type_find_member(page, "flag", &place), ERROR_NOT_FOUND);
	assert_fails(type_find_member(page, "flagss", &place), ERROR_NOT_FOUND);
	assert_fails(type_find_member(page, "flags.x", &place), ERROR_NOT_FOUND);
	assert_fails(type_find_member(find("int"), "x", &place), ERROR_NOT_FOUND);
	err = type_find_member(page, "nosuch", &place);
	assert_string_equal(err->message, "struct page has no member nosuch");
	error_free(err);
}

/* What one source declares, another one defines. */
static void test_declaration(void **state)
{
	const struct type *declared;
	struct type_place place;

	assert_ok(type_find_member(find("struct page"), "l", &place));
	declared = place.type->target;
	assert_true(declared->is_incomplete);
	assert_ptr_equal(type_strip(declared), declared);
	assert_fails(type_find_member(declared, "next", &place), ERROR_NOT_FOUND);
	add_list();
	assert_int_equal(type_strip(declared)->size, 8);
	assert_false(type_strip(declared)->is_incomplete);
	assert_ok(type_find_member(declared, "next", &place));
	assert_ptr_equal(find("struct list"), type_strip(declared));
}

static bool more_called;

static bool more(void *context)
{
	more_called = true;
	assert_ptr_equal(context, &types);
	add_list();
	return true;
}

/* Further sources are loaded when a name is not known, and only once. */
static void test_more(void **state)
{
	const struct type *type;

	more_called = false;
	types.more = more;
	types.more_context = &types;
	find("struct page");
	find("unsigned char");
	assert_false(more_called);
	assert_ok(types_find(&types, "struct list *", &type));
	assert_true(more_called);
	more_called = false;
	assert_fails(types_find(&types, "struct nothing", &type), ERROR_NOT_FOUND);
	assert_false(more_called);
}

static void test_no_sources(void **state)
{
	const struct type *type;
	struct types none;

	types_init(&none);
	assert_ok(types_find(&none, "unsigned long", &type));
	assert_int_equal(type->size, 8);
	assert_ok(types_find(&none, "void *", &type));
	assert_fails(types_find(&none, "struct page", &type), ERROR_NOT_FOUND);
	types_deinit(&none);
}

static bool count_names(void *context, enum type_kind kind, const char *name)
{
	assert_true(strlen(name) > 0);
	return ++*(int *)context < 5;
}

static void test_each(void **state)
{
	int seen = 0;

	assert_ok(types_each(&types, count_names, &seen));
	assert_int_equal(seen, 5);
}

static void test_derived(void **state)
{
	const struct type *page = find("struct page"), *a, *b;

	assert_ok(types_array_of(page, 3, &a));
	assert_ok(types_array_of(page, 3, &b));
	assert_ptr_equal(a, b);
	assert_int_equal(a->size, 96);
	assert_ok(types_array_of(page, 4, &b));
	assert_ptr_not_equal(a, b);
	assert_ok(types_pointer_to(page, &a));
	assert_int_equal(a->size, 8);
	assert_ptr_equal(a->target, page);
	assert_fails(types_array_of(page, UINT64_MAX / 16, &a), ERROR_BAD_DATA);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_base_types), TEST(test_declarators), TEST(test_not_types),
		TEST(test_members),    TEST(test_not_members), TEST(test_declaration),
		TEST(test_more),       TEST(test_no_sources),  TEST(test_each),
		TEST(test_derived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
