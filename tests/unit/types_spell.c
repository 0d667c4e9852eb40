// SPDX-License-Identifier: GPL-2.0-or-later
/* C's declarators (ISO C 6.7.6) and definitions of types. */
#include "support/data.h"
#include "support/raw_btf.h"
#include "types/types.h"

#include <string.h>

static struct types types;

static void load(struct raw_btf *b)
{
	struct type_source *source;
	size_t size;
	uint8_t *data = raw_finish(b, &size);

	assert_ok(btf_create(data, size, NULL, NULL, 0, 8, "test", &source));
	types_add(&types, source, false);
}

static int setup(void **state)
{
	types_init(&types);
	return 0;
}

static int teardown(void **state)
{
	types_deinit(&types);
	return 0;
}

/* How variable @name is declared. */
static void expect(const char *name, const char *declaration)
{
	const struct type *type = NULL;
	auto_text text = { 0 };

	assert_ok(types_find_variable(&types, name, &type));
	type_spell(type, name, &text);
	assert_string_equal(text_string(&text), declaration);
}

static void variable(struct raw_btf *b, const char *name, uint32_t type)
{
	raw_type(b, RAW_VAR, name, 0, type);
	raw_word(b, 0);
}

static uint32_t array(struct raw_btf *b, uint32_t element, uint32_t count)
{
	uint32_t id = raw_type(b, RAW_ARRAY, NULL, 0, 0);

	raw_word(b, element);
	raw_word(b, 1);
	raw_word(b, count);
	return id;
}

static void test_declarators(void **state)
{
	struct raw_btf b = { 0 };
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32);
	uint32_t text = raw_int(&b, "char", 1, 1, 0, 8);
	uint32_t constant = raw_type(&b, RAW_CONST, NULL, 0, text);
	uint32_t string = raw_type(&b, RAW_PTR, NULL, 0, constant);
	uint32_t fixed = raw_type(&b, RAW_CONST, NULL, 0, string);
	uint32_t page = raw_type(&b, RAW_STRUCT, "page", 0, 4);
	uint32_t pages = raw_type(&b, RAW_PTR, NULL, 0, page);
	uint32_t four = array(&b, number, 4), table = array(&b, four, 2);
	uint32_t to_four = raw_type(&b, RAW_PTR, NULL, 0, four);
	uint32_t strings = array(&b, fixed, 0);
	uint32_t proto = raw_type(&b, RAW_FUNC_PROTO, NULL, 3, pages), call, calls, raw, getter;

	raw_part(&b, "a", number, RAW_NONE);
	raw_part(&b, NULL, to_four, RAW_NONE);
	raw_part(&b, NULL, 0, RAW_NONE);
	call = raw_type(&b, RAW_PTR, NULL, 0, proto);
	calls = array(&b, call, 8);
	raw = raw_type(&b, RAW_FUNC_PROTO, NULL, 0, call);
	getter = raw_type(&b, RAW_PTR, NULL, 0, raw);
	variable(&b, "i", number);
	variable(&b, "s", string);
	variable(&b, "cs", fixed);
	variable(&b, "a", four);
	variable(&b, "t", table);
	variable(&b, "pa", to_four);
	variable(&b, "ss", strings);
	variable(&b, "f", call);
	variable(&b, "fs", calls);
	variable(&b, "g", getter);
	variable(&b, "v", raw_type(&b, RAW_PTR, NULL, 0, raw_type(&b, RAW_VOLATILE, NULL, 0, 0)));
	variable(&b, "r", raw_type(&b, RAW_RESTRICT, NULL, 0, pages));
	variable(&b, "pp", raw_type(&b, RAW_PTR, NULL, 0, fixed));
	load(&b);
	expect("i", "int i");
	expect("s", "const char *s");
	expect("cs", "const char * const cs");
	expect("a", "int a[4]");
	expect("t", "int t[2][4]");
	expect("pa", "int (*pa)[4]");
	expect("ss", "const char * const ss[]");
	expect("f", "struct page *(*f)(int, int (*)[4], ...)");
	expect("fs", "struct page *(*fs[8])(int, int (*)[4], ...)");
	expect("g", "struct page *(*(*g)(void))(int, int (*)[4], ...)");
	expect("v", "volatile void *v");
	expect("r", "struct page * restrict r");
	expect("pp", "const char * const *pp");
}

/* Parameters that take themselves: an end must be found, not all memory. */
static void test_circle(void **state)
{
	struct raw_btf b = { 0 };
	const struct type *type;
	auto_text text = { 0 };

	raw_type(&b, RAW_FUNC_PROTO, NULL, 3, 0);
	for (int i = 0; i < 3; i++)
		raw_part(&b, "self", 2, RAW_NONE);
	raw_type(&b, RAW_PTR, NULL, 0, 1);
	variable(&b, "f", 2);
	load(&b);
	assert_ok(types_find_variable(&types, "f", &type));
	type_spell(type, "f", &text);
	assert_true(text.len < 1 << 20);
	assert_non_null(strstr(text.data, "void (*f)(void (*)("));
}

static void expect_definition(const char *name, bool offsets, const char *definition)
{
	const struct type *type = NULL;
	auto_text text = { 0 };

	assert_ok(types_find(&types, name, &type));
	assert_ok(type_define(type, offsets, &text));
	assert_string_equal(text_string(&text), definition);
}

static void test_definitions(void **state)
{
	struct raw_btf b = { 0 };
	uint32_t number = raw_int(&b, "int", 4, 1, 0, 32);

	raw_type(&b, RAW_STRUCT, "list_head", 2, 16);
	raw_part(&b, "next", 3, 0);
	raw_part(&b, "prev", 3, 64);
	raw_type(&b, RAW_PTR, NULL, 0, 2);
	raw_type(&b, RAW_UNION, NULL, 2, 16); /* 4 */
	raw_part(&b, "list", 2, 0);
	raw_part(&b, "id", number, 0);
	raw_type(&b, RAW_STRUCT | RAW_FLAG, "thing", 4, 32);
	raw_part(&b, "low", number, 3U << 24);
	raw_part(&b, "high", number, 5U << 24 | 11);
	raw_part(&b, NULL, 4, 64);
	raw_part(&b, "named", 4, 192);
	raw_type(&b, RAW_ENUM | RAW_FLAG, "level", 2, 4);
	raw_part(&b, "LOW", (uint32_t)-1, RAW_NONE);
	raw_part(&b, "HIGH", 7, RAW_NONE);
	raw_type(&b, RAW_STRUCT, NULL, 1, 4); /* 7 */
	raw_part(&b, "counter", number, 0);
	raw_type(&b, RAW_TYPEDEF, "atomic_t", 0, 7);
	raw_type(&b, RAW_TYPEDEF, "pid_t", 0, number);
	raw_type(&b, RAW_FWD, "hidden", 0, 0);
	raw_type(&b, RAW_ENUM, NULL, 1, 4); /* 11 */
	raw_part(&b, "ONE", 1, RAW_NONE);
	raw_type(&b, RAW_TYPEDEF, "one_t", 0, 11);
	load(&b);
	expect_definition("struct list_head", false,
			  "struct list_head {\n"
			  "    struct list_head *next;\n"
			  "    struct list_head *prev;\n"
			  "}");
	expect_definition("list_head", true,
			  "struct list_head {\n"
			  "   [0] struct list_head *next;\n"
			  "   [8] struct list_head *prev;\n"
			  "}");
	expect_definition("thing", false,
			  "struct thing {\n"
			  "    int low : 3;\n"
			  "    int high : 5;\n"
			  "    union {\n"
			  "        struct list_head list;\n"
			  "        int id;\n"
			  "    };\n"
			  "    union {...} named;\n"
			  "}");
	expect_definition("thing", true,
			  "struct thing {\n"
			  "   [0:0] int low : 3;\n"
			  "   [1:3] int high : 5;\n"
			  "    union {\n"
			  "       [8] struct list_head list;\n"
			  "       [8] int id;\n"
			  "    };\n"
			  "   [24] union {...} named;\n"
			  "}");
	expect_definition("enum level", false, "enum level {\n    LOW = -1,\n    HIGH = 7\n}");
	expect_definition("atomic_t", false, "typedef struct {\n    int counter;\n} atomic_t;");
	expect_definition("one_t", false, "typedef enum {\n    ONE = 1\n} one_t;");
	expect_definition("pid_t", false, "typedef int pid_t;");
	expect_definition("struct hidden", false, "struct hidden");
	expect_definition("struct thing *", false, "struct thing *");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_declarators),
		TEST(test_circle),
		TEST(test_definitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
