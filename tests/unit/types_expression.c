// SPDX-License-Identifier: GPL-2.0-or-later
/* C expressions: values as ISO C has them on an LP64 machine, and errors that name their column. */
#include "support/shapes.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct fake_kernel kernel;

static int setup(void **state)
{
	shapes_init(&kernel);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void expect_number(const char *text, uint64_t expected)
{
	struct value value;
	uint64_t number = 0;
	struct error *err = expression_evaluate(&kernel.env, text, &value);

	if (!err)
		err = value_number(&kernel.env, &value, &number);
	if (err)
		fail_msg("%s: %s", text, err->message);
	if (number != expected)
		fail_msg("%s is 0x%" PRIx64 ", not 0x%" PRIx64, text, number, expected);
}

static void expect_type(const char *text, const char *expected)
{
	struct value value;
	auto_text spelled = { 0 };
	struct error *err = expression_evaluate(&kernel.env, text, &value);

	if (err)
		fail_msg("%s: %s", text, err->message);
	type_spell(value.type, NULL, &spelled);
	if (strcmp(text_string(&spelled), expected))
		fail_msg("%s is %s, not %s", text, text_string(&spelled), expected);
}

static void expect_error(const char *text, enum error_code code, const char *part)
{
	struct value value;
	uint64_t number = 0;
	struct error *err = expression_evaluate(&kernel.env, text, &value);

	if (!err)
		err = value_number(&kernel.env, &value, &number);
	if (!err)
		fail_msg("%s did not fail, but is 0x%" PRIx64, text, number);
	if (err->code != code || !strstr(err->message, part))
		fail_msg("%s: %s: %s", text, error_code_name(err->code), err->message);
	error_free(err);
}

static void test_constants(void **state)
{
	expect_number("0", 0);
	expect_number("0x10", 16);
	expect_number("010", 8);
	expect_number("0b101", 5);
	expect_number("42ULL", 42);
	expect_number("'a'", 'a');
	expect_number("'\\n'", '\n');
	expect_number("'\\x41'", 'A');
	expect_number("'\\0'", 0);
	expect_number("'\\''", '\'');
	expect_number("18446744073709551615", UINT64_MAX);
	/* As it is pasted from a listing. */
	expect_number("ffff888003a1c000", 0xffff888003a1c000);
	expect_number("888003a1c000", 0x888003a1c000);
	expect_type("1", "int");
	expect_type("0xffffffff", "unsigned int");
	expect_type("4294967295", "long");
	expect_type("1UL", "unsigned long");
	expect_error("18446744073709551616", ERROR_USAGE, "64 bits");
	expect_error("0x", ERROR_USAGE, "column 3");
	expect_error("09", ERROR_USAGE, "column 2");
	expect_error("1z", ERROR_USAGE, "column 2");
	expect_error("''", ERROR_USAGE, "column 2");
	expect_error("'a", ERROR_USAGE, "column 3");
}

static void test_arithmetic(void **state)
{
	expect_number("1 + 2 * 3", 7);
	expect_number("(1 + 2) * 3", 9);
	expect_number("7 - 2 - 1", 4);
	expect_number("-7 / 2", (uint64_t)-3);
	expect_number("-7 % 2", (uint64_t)-1);
	expect_number("-1", UINT64_MAX);
	expect_number("-1U", 0xffffffff);
	expect_number("~0", UINT64_MAX);
	expect_number("~0U", 0xffffffff);
	expect_number("1 << 31", 0xffffffff80000000);
	expect_number("1UL << 63", UINT64_C(1) << 63);
	expect_number("sizeof(1 << 40)", 4);
	expect_number("-8 >> 1", (uint64_t)-4);
	expect_number("0xf0 & 0x3c | 1 ^ 3", (0xf0 & 0x3c) | (1 ^ 3));
	expect_number("(-9223372036854775807L - 1) / -1", UINT64_C(1) << 63);
	expect_number("2147483647 + 1", 0xffffffff80000000);
	expect_error("1 / 0", ERROR_USAGE, "column 3");
	expect_error("1 % 0", ERROR_USAGE, "zero");
	expect_error("1 << 32", ERROR_USAGE, "32 bits");
	expect_error("1UL >> 64", ERROR_USAGE, "column 5");
	expect_error("1 << -1", ERROR_USAGE, "too far");
	expect_number("1 == 1", 1);
	expect_number("-1 < 0", 1);
	/* The usual conversions: -1 becomes the largest unsigned int. */
	expect_number("-1 < 0U", 0);
	expect_number("-1 < 0UL", 0);
	expect_number("-1L < 0U", 1);
	expect_number("3 >= 3 && 2 != 3", 1);
	expect_number("1 <= 0 || !5", 0);
	expect_number("1 ? 2 : 3", 2);
	expect_number("0 ? 2 : 0 ? 3 : 4", 4);
	expect_number("1?2:3", 2);
	expect_type("1 + 1L", "long");
	expect_type("1 + 1U", "unsigned int");
	expect_type("(short)1 + (char)1", "int");
	expect_type("1 < 2", "int");
}

static void test_not_evaluated(void **state)
{
	expect_number("0 && 1 / 0", 0);
	expect_number("1 || 1 / 0", 1);
	expect_number("1 ? 5 : 1 / 0", 5);
	expect_number("0 ? *(int *)0 : 6", 6);
	expect_number("sizeof(*(struct shape *)0)", 96);
	expect_number("sizeof(((struct shape *)0)->next->next->name)", 10);
	expect_number("sizeof(1 / 0)", 4);
	/* What is not evaluated must be right all the same. */
	expect_error("1 || nothing", ERROR_NOT_FOUND, "nothing");
}

static void test_sizeof(void **state)
{
	expect_number("sizeof(int)", 4);
	expect_number("sizeof(struct shape)", 96);
	expect_number("sizeof(struct shape *)", 8);
	expect_number("sizeof(u8)", 1);
	expect_number("sizeof square", 96);
	expect_number("sizeof(square)", 96);
	expect_number("sizeof(square.corners)", 8);
	expect_number("sizeof(square.corners) / sizeof(square.corners[0])", 4);
	expect_number("sizeof 'a'", 4);
	expect_error("sizeof(square.low)", ERROR_USAGE, "bitfield");
	expect_error("sizeof(struct list_node)", ERROR_USAGE, "defined nowhere");
	expect_error("sizeof(untyped)", ERROR_UNSUPPORTED, "not known");
	expect_type("sizeof(int)", "unsigned long");
	expect_number("offsetof(struct shape, list)", 32);
	expect_number("offsetof(struct shape, list.prev)", 40);
	expect_number("offsetof(struct shape, area)", 16);
	expect_error("offsetof(struct shape, high)", ERROR_USAGE, "bitfield");
}

static void test_members(void **state)
{
	expect_number("square.id", (uint64_t)-5);
	expect_number("square.low", 5);
	expect_number("square.high", (uint64_t)-2);
	expect_number("square.round", 1);
	expect_number("square.area", 0x0807060504030201);
	expect_number("square.bytes[2]", 3);
	expect_number("square.color", 7);
	expect_number("square.color == BLUE", 1);
	expect_number("MINUS", UINT64_MAX);
	expect_number("square.corners[3]", 4);
	expect_number("square.rest[1]", 42);
	expect_number("square.next->id", 9);
	expect_number("square.next.id", 9);
	expect_number("(&square)->id", (uint64_t)-5);
	expect_number("square->id", (uint64_t)-5);
	expect_number("*square.title", 'a');
	expect_number("square.name[0]", 's');
	expect_number("*square.name", 's');
	expect_type("square.next", "struct shape *");
	expect_type("square.low + 1", "int");
	expect_error("square.nope", ERROR_NOT_FOUND, "nope");
	expect_error("square.id.x", ERROR_USAGE, "int");
	expect_error("square.", ERROR_USAGE, "column 8");
	expect_error("square.wide + 1", ERROR_UNSUPPORTED, "16 bytes");
	expect_error("square + 1", ERROR_USAGE, "struct shape");
	expect_error("square.next->next->id", ERROR_ABSENT, "missing");
}

static void test_pointers(void **state)
{
	expect_number("&square", SQUARE);
	expect_number("&square.list", SQUARE + 32);
	expect_number("&square.next->list", ROUND + 32);
	expect_number("&square + 1", SQUARE + 96);
	expect_number("2 + &square", SQUARE + 192);
	expect_number("&square - 1", SQUARE - 96);
	expect_number("&square.corners[3] - square.corners", 3);
	expect_number("square.corners + 1", SQUARE + 54);
	expect_number("*(square.corners + 1)", 2);
	expect_number("1[square.corners]", 2);
	expect_number("(void *)0x1000 + 1", 0x1001);
	expect_number("&square & ~0xfff", 0x1000);
	expect_number("!&square", 0);
	expect_number("&square == 0x1000", 1);
	expect_type("&square", "struct shape *");
	expect_error("&square + &square", ERROR_USAGE, "added");
	expect_error("1 - &square", ERROR_USAGE, "subtracted");
	expect_error("*1", ERROR_USAGE, "not a pointer");
	expect_error("*(void *)0x1000", ERROR_USAGE, "void");
	expect_error("&1", ERROR_USAGE, "address");
	expect_error("&square.low", ERROR_USAGE, "bitfield");
	expect_error("*(int *)0", ERROR_ABSENT, "missing");
	expect_error("*(struct list_node *)0x1000", ERROR_USAGE, "defined nowhere");
}

/* gdb's operator, which crash's users know. */
static void test_array_of(void **state)
{
	expect_number("square.corners[1]@2", SQUARE + 54);
	expect_type("square.corners[1]@2", "short[2]");
	expect_type("square@1+1", "struct shape[2]");
	expect_error("1@2", ERROR_USAGE, "object");
	expect_error("square.low@2", ERROR_USAGE, "object");
	expect_error("square@0", ERROR_USAGE, "between");
	expect_error("square@2@2", ERROR_USAGE, "unexpected");
	expect_error("untyped@2", ERROR_UNSUPPORTED, "not known");
}

static void test_casts(void **state)
{
	expect_number("(u8)0x1ff", 0xff);
	expect_number("(char)0xff", UINT64_MAX);
	expect_number("(unsigned char)-1", 0xff);
	expect_number("(_Bool)4", 1);
	expect_number("(short)0x18000", 0xffffffffffff8000);
	expect_number("(int)4294967295", UINT64_MAX);
	expect_number("(unsigned long)-1", UINT64_MAX);
	expect_number("((struct shape *)0x1100)->id", 9);
	expect_number("((struct shape*)0x1100)->list.prev", SQUARE + 32);
	expect_number("((shape *)0x1100)->id", 9);
	expect_number("(int)square.low + 1", 6);
	expect_number("-(int)1", UINT64_MAX);
	expect_number("(u8)1 + 1", 2);
	expect_number("(u8)(1) + 1", 2);
	expect_number("(u8)-1", 255);
	expect_number("(enum color)7 == BLUE", 1);
	expect_number("(unsigned long)&square", SQUARE);
	expect_number("*(unsigned short (*)[2])0x1034", 0x1034);
	expect_number("(void (*)(void))0x1234", 0x1234);
	expect_type("(u8)1", "u8");
	expect_type("(struct shape *)1", "struct shape *");
	expect_error("(struct nothing *)1", ERROR_NOT_FOUND, "nothing");
	expect_error("(struct shape)1", ERROR_USAGE, "object");
	expect_error("(int)square", ERROR_USAGE, "struct shape");
}

static void test_symbols(void **state)
{
	expect_number("&untyped", 0x1300);
	expect_number("*(unsigned long *)&untyped", 0x55);
	expect_number("(unsigned long)untyped", 0x1300);
	expect_number("(struct list_head *)untyped", 0x1300);
	expect_number("((struct list_head)untyped).next", 0x55);
	expect_error("untyped", ERROR_UNSUPPORTED, "vmlinux");
	expect_error("untyped + 1", ERROR_UNSUPPORTED, "cast");
	/* An address cut to 32 bits would be a number made up. */
	expect_error("(int)untyped", ERROR_UNSUPPORTED, "not known");
	expect_number("draw_square", 0x9000);
	expect_number("&draw_square", 0x9000);
	expect_number("square.draw == draw_square", 1);
	expect_error("draw_square()", ERROR_USAGE, "functions");
	expect_error("nothing", ERROR_NOT_FOUND, "column 1");
	expect_error("1 + nothing", ERROR_NOT_FOUND, "column 5");
}

static void test_per_cpu(void **state)
{
	expect_number("counters:2.hits", 102);
	expect_number("counters:0.hits + counters:3.hits", 203);
	expect_number("&counters:1", 0x5000);
	expect_number("(&counters:1)->hits", 101);
	expect_number("1 ? (counters:1.hits) : 0", 101);
	expect_error("counters.hits", ERROR_USAGE, "column 1");
	expect_error("counters:9.hits", ERROR_USAGE, "CPU 9");
	expect_error("counters:x.hits", ERROR_USAGE, "column 10");
	expect_error("square:0", ERROR_USAGE, "CPU 0");
}

static void test_container_of(void **state)
{
	expect_number("container_of(shapes.next, struct shape, list)", SQUARE);
	expect_number("container_of(shapes.prev, struct shape, list)->id", 9);
	expect_number("list_entry(&square.list.prev, struct shape, list.prev)", SQUARE);
	expect_type("container_of(shapes.next, struct shape, list)", "struct shape *");
	expect_error("container_of(shapes.next, struct shape)", ERROR_USAGE, "','");
	expect_error("container_of(shapes.next, struct shape, nope)", ERROR_NOT_FOUND, "nope");
}

static void test_syntax_errors(void **state)
{
	char deep[600];

	expect_error("", ERROR_USAGE, "column 1");
	expect_error("1 +", ERROR_USAGE, "column 4");
	expect_error("(1", ERROR_USAGE, "')'");
	expect_error("1)", ERROR_USAGE, "column 2");
	expect_error("square.corners[1", ERROR_USAGE, "']'");
	expect_error("1 2", ERROR_USAGE, "column 3");
	expect_error("square.id = 1", ERROR_USAGE, "written");
	expect_error("square.id += 1", ERROR_USAGE, "written");
	expect_error("square $ 1", ERROR_USAGE, "column 8");
	expect_error("\"text\"", ERROR_USAGE, "strings");
	expect_error("int", ERROR_USAGE, "parentheses");
	expect_error("(int", ERROR_USAGE, "column 2");
	expect_error("1 ? 2", ERROR_USAGE, "':'");
	expect_error("\x01", ERROR_USAGE, "0x01");
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	expect_error(deep, ERROR_USAGE, "deep");
	memset(deep, '!', sizeof(deep) - 1);
	expect_error(deep, ERROR_USAGE, "deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),     cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_not_evaluated), cmocka_unit_test(test_sizeof),
		cmocka_unit_test(test_members),	      cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_array_of),      cmocka_unit_test(test_casts),
		cmocka_unit_test(test_symbols),	      cmocka_unit_test(test_per_cpu),
		cmocka_unit_test(test_container_of),  cmocka_unit_test(test_syntax_errors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
