// SPDX-License-Identifier: GPL-2.0-or-later
/* Options: getopt's rules. */
#include "base/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct option_spec specs[] = {
	{ 'a', "all", NULL, "all of them" }, { 'c', "cpu", "CPU", "of this CPU" },
	{ 'l', NULL, NULL, "long" },	     { 0, "no-debug", NULL, "without" },
	{ 0, "file", "FILE", "from there" }, { 0 },
};

/* Parses the words up to NULL; the first is the command. */
static struct arguments parse(bool stop, const char *const *words)
{
	struct arguments arguments = { 0 };
	int n = 0;

	while (words[n])
		n++;
	assert_null(arguments_parse(specs, n, (char *const *)words, stop, &arguments));
	return arguments;
}
#define PARSE(stop, ...) parse(stop, (const char *const[]){ "cmd", __VA_ARGS__, NULL })

static void letters(void **state)
{
	struct arguments a = PARSE(false, "-al", "-c1", "x", "-c", "2", "y");

	assert_string_equal(a.command, "cmd");
	assert_true(arguments_has(&a, 'a'));
	assert_true(arguments_has(&a, 'l'));
	assert_string_equal(arguments_value(&a, 'c'), "2");
	assert_int_equal(a.nr_options, 4);
	assert_string_equal(a.options[2].value, "1");
	assert_int_equal(a.nr_operands, 2);
	assert_string_equal(a.operands[0], "x");
	assert_string_equal(a.operands[1], "y");
	assert_null(a.operands[2]);
	arguments_deinit(&a);
}

static void joined_argument(void **state)
{
	struct arguments a = PARSE(false, "-alc", "3", "--", "-a");

	assert_string_equal(arguments_value(&a, 'c'), "3");
	assert_int_equal(a.nr_options, 3);
	assert_int_equal(a.nr_operands, 1);
	assert_string_equal(a.operands[0], "-a");
	arguments_deinit(&a);
}

static void long_names(void **state)
{
	struct arguments a = PARSE(false, "--cpu=1", "--all", "--file", "f", "--no-debug");

	assert_string_equal(arguments_value(&a, 'c'), "1");
	assert_string_equal(arguments_value_name(&a, "cpu"), "1");
	assert_true(arguments_has(&a, 'a'));
	assert_string_equal(arguments_value_name(&a, "file"), "f");
	assert_true(arguments_has_name(&a, "no-debug"));
	assert_false(arguments_has(&a, 'l'));
	assert_null(arguments_value(&a, 'l'));
	arguments_deinit(&a);
}

static void numbers_are_operands(void **state)
{
	struct arguments a = PARSE(false, "-1", "-0x10", "-");

	assert_int_equal(a.nr_options, 0);
	assert_int_equal(a.nr_operands, 3);
	arguments_deinit(&a);
}

static void stops_at_operand(void **state)
{
	struct arguments a = PARSE(true, "-a", "bt", "-l");

	assert_int_equal(a.nr_options, 1);
	assert_int_equal(a.nr_operands, 2);
	assert_string_equal(a.operands[1], "-l");
	arguments_deinit(&a);
}

static void check_error(const char *const *words, const char *message)
{
	struct arguments arguments;
	struct error *err;
	int n = 0;

	while (words[n])
		n++;
	err = arguments_parse(specs, n, (char *const *)words, false, &arguments);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_USAGE);
	assert_string_equal(err->message, message);
	error_free(err);
}
#define ERROR(message, ...) check_error((const char *const[]){ "cmd", __VA_ARGS__, NULL }, message)

static void errors(void **state)
{
	ERROR("unknown option -q", "-q");
	ERROR("unknown option -q", "-aq");
	ERROR("unknown option --what", "--what=1");
	ERROR("option --all takes no argument", "--all=1");
	ERROR("option -c needs an argument: CPU (of this CPU)", "-c");
	ERROR("option --cpu needs an argument: CPU (of this CPU)", "--cpu");
}

static void no_options(void **state)
{
	const char *const words[] = { "cmd", "x", NULL }, *const bad[] = { "cmd", "-x", NULL };
	struct arguments a;
	struct error *err;

	assert_null(arguments_parse(NULL, 2, (char *const *)words, false, &a));
	assert_int_equal(a.nr_operands, 1);
	arguments_deinit(&a);
	err = arguments_parse(NULL, 2, (char *const *)bad, false, &a);
	assert_non_null(err);
	error_free(err);
}

static void numbers(void **state)
{
	static const char *const bad[] = { "",	    "x",
					   "12z",   "0x",
					   "0x0x5", " 1",
					   "-1",    "+1",
					   "1 ",    "18446744073709551616",
					   "0xg",   "ff",
					   "1.5",   "0x10000000000000000" };
	uint64_t n = 0;

	assert_null(parse_number("42", false, "n", &n));
	assert_int_equal(n, 42);
	assert_null(parse_number("0x2A", false, "n", &n));
	assert_int_equal(n, 42);
	assert_null(parse_number("010", false, "n", &n));
	assert_int_equal(n, 10);
	assert_null(parse_number("ff", true, "n", &n));
	assert_int_equal(n, 255);
	assert_null(parse_number("10", true, "n", &n));
	assert_int_equal(n, 16);
	assert_null(parse_number("18446744073709551615", false, "n", &n));
	assert_true(n == UINT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error *err = parse_number(bad[i], false, "a count", &n);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		assert_non_null(strstr(err->message, "a count: "));
		error_free(err);
	}
	assert_true(n == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters),	    cmocka_unit_test(joined_argument),
		cmocka_unit_test(long_names),	    cmocka_unit_test(numbers_are_operands),
		cmocka_unit_test(stops_at_operand), cmocka_unit_test(errors),
		cmocka_unit_test(no_options),	    cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
