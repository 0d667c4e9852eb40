// SPDX-License-Identifier: GPL-2.0-or-later
/* Output: text and JSON against what output.h promises. */
#include "base/interrupt.h"
#include "base/output.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { C_TEXT, C_INT, C_HEX, C_ADDRESS, C_BOOL, C_TIME, C_LIST, C_TREE };
static const struct column columns[] = {
	[C_TEXT] = { "text", COLUMN_TEXT, -6 },
	[C_INT] = { "an_int", COLUMN_INT, 7 },
	[C_HEX] = { "hex", COLUMN_HEX, 6 },
	[C_ADDRESS] = { "address", COLUMN_ADDRESS },
	[C_BOOL] = { "bool", COLUMN_BOOL },
	[C_TIME] = { "time_ns", COLUMN_TIME, .heading = "WHEN" },
	[C_LIST] = { "list", COLUMN_LIST },
	[C_TREE] = { "tree", COLUMN_TREE, .json_only = true },
};
static const struct table as_table = { TABLE_COLUMNS(columns), LOOK_TABLE };
static const struct table as_record = { TABLE_COLUMNS(columns), LOOK_RECORD };

/* An output whose rows and errors are kept. */
struct kept {
	struct output *out;
	FILE *stream, *errors;
	char *rows, *told;
	size_t rows_size, told_size;
};

static void keep(struct kept *kept, enum output_format format)
{
	kept->stream = open_memstream(&kept->rows, &kept->rows_size);
	kept->errors = open_memstream(&kept->told, &kept->told_size);
	assert_null(output_create(kept->stream, format, false, &kept->out));
	output_set_errors(kept->out, kept->errors);
	output_command_begin(kept->out, "test");
}

static void check_end(struct kept *kept, struct error *err, const char *rows, const char *told)
{
	bool failed = err != NULL;

	assert_int_equal(output_command_end(kept->out, err), !failed);
	output_destroy(kept->out);
	fclose(kept->stream);
	fclose(kept->errors);
	assert_string_equal(kept->rows, rows);
	assert_string_equal(kept->told, told);
	free(kept->rows);
	free(kept->told);
}

static void fill(struct output *out)
{
	output_text(out, C_TEXT, "abc");
	output_int(out, C_INT, -42);
	output_uint(out, C_HEX, 0xff);
	output_uint(out, C_ADDRESS, 0xffffffff81000000);
	output_bool(out, C_BOOL, true);
	output_uint(out, C_TIME, 12345678901);
	output_list(out, C_LIST, "one");
	output_list(out, C_LIST, "two");
	output_row(out);
}

static void text_table(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &as_table);
	fill(kept.out);
	output_uint(kept.out, C_ADDRESS, 1);
	output_row(kept.out);
	check_end(&kept, NULL,
		  "TEXT     AN INT     HEX           ADDRESS  BOOL  WHEN  LIST\n"
		  "abc         -42    0xff  ffffffff81000000  yes  12.345678  one,two\n"
		  "-             -       -  0000000000000001  -  -  -\n",
		  "");
}

static void text_record(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &as_record);
	fill(kept.out);
	output_text(kept.out, C_TEXT, "next");
	output_row(kept.out);
	check_end(&kept, NULL,
		  "   TEXT: abc\n"
		  " AN INT: -42\n"
		  "    HEX: 0xff\n"
		  "ADDRESS: ffffffff81000000\n"
		  "   BOOL: yes\n"
		  "   WHEN: 12.345678\n"
		  "   LIST: one,two\n"
		  "\n"
		  "TEXT: next\n",
		  "");
}

static void json_row(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	output_begin(kept.out, &as_table);
	fill(kept.out);
	output_uint(kept.out, C_INT, UINT64_MAX);
	output_list_empty(kept.out, C_LIST);
	output_row(kept.out);
	check_end(&kept, NULL,
		  "{\"command\":\"test\",\"rows\":["
		  "{\"text\":\"abc\",\"an_int\":-42,\"hex\":\"0xff\","
		  "\"address\":\"0xffffffff81000000\",\"bool\":true,\"time_ns\":12345678901,"
		  "\"list\":[\"one\",\"two\"],\"tree\":null},"
		  "{\"text\":null,\"an_int\":18446744073709551615,\"hex\":null,\"address\":null,"
		  "\"bool\":null,\"time_ns\":null,\"list\":[],\"tree\":null}"
		  "],\"complete\":true,\"notes\":[]}\n",
		  "");
}

static void json_without_rows(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	check_end(&kept, NULL,
		  "{\"command\":\"test\",\"rows\":[],\"complete\":true,\"notes\":[]}\n", "");
}

static void failures(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	check_end(&kept, error_create(ERROR_NOT_FOUND, "no \"x\""),
		  "{\"command\":\"test\",\"error\":{\"code\":\"not_found\","
		  "\"message\":\"no \\\"x\\\"\"}}\n",
		  "");
	keep(&kept, OUTPUT_TEXT);
	check_end(&kept, error_create(ERROR_NOT_FOUND, "no \"x\""), "",
		  "kx-crash: test: no \"x\"\n");
}

static const struct column one_column[] = { { "a", COLUMN_TEXT } };
static const struct table one = { TABLE_COLUMNS(one_column), LOOK_LINE, .line = "<{a}>" };

static void failure_after_rows(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	output_begin(kept.out, &one);
	output_text(kept.out, 0, "x");
	output_row(kept.out);
	output_note(kept.out, "by the way");
	check_end(&kept, error_create(ERROR_BAD_DATA, "broken"),
		  "{\"command\":\"test\",\"rows\":[{\"a\":\"x\"}],\"complete\":false,"
		  "\"notes\":[\"by the way\"],"
		  "\"error\":{\"code\":\"bad_data\",\"message\":\"broken\"}}\n",
		  "");
}

static void incomplete(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	output_begin(kept.out, &one);
	output_incomplete(kept.out, error_at(ERROR_EXCLUDED, 0x1000, "page excluded"));
	check_end(&kept, NULL,
		  "{\"command\":\"test\",\"rows\":[],\"complete\":false,"
		  "\"notes\":[\"incomplete: page excluded (at 0x1000)\"]}\n",
		  "");
	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &one);
	output_incomplete(kept.out, error_create(ERROR_ABSENT, "not there"));
	output_note(kept.out, "by the way");
	output_text(kept.out, 0, "x");
	output_row(kept.out);
	check_end(&kept, NULL, "<x>\n",
		  "kx-crash: test: incomplete: not there\n"
		  "kx-crash: test: by the way\n");
}

static void many_notes_are_counted(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	for (int i = 0; i < 5000; i++)
		output_note(kept.out, "n");
	assert_true(output_command_end(kept.out, NULL));
	fflush(kept.errors);
	assert_non_null(strstr(kept.told, "kx-crash: test: and 4000 more like these\n"));
	output_command_begin(kept.out, "test");
	output_destroy(kept.out);
	fclose(kept.stream);
	fclose(kept.errors);
	free(kept.rows);
	free(kept.told);
}

static void columns_of_one_look(void **state)
{
	static const struct column some[] = {
		{ "a", COLUMN_INT, .text_only = true },
		{ "b", COLUMN_INT },
		{ "c", COLUMN_INT, .json_only = true },
	};
	static const struct table table = { TABLE_COLUMNS(some), LOOK_RECORD };
	struct kept kept;

	for (int format = OUTPUT_TEXT; format <= OUTPUT_JSON; format++) {
		keep(&kept, format);
		output_begin(kept.out, &table);
		for (size_t i = 0; i < 3; i++)
			output_uint(kept.out, i, i);
		output_row(kept.out);
		check_end(&kept, NULL,
			  format == OUTPUT_TEXT
				  ? "A: 0\nB: 1\n"
				  : "{\"command\":\"test\",\"rows\":[{\"b\":1,\"c\":2}],"
				    "\"complete\":true,\"notes\":[]}\n",
			  "");
	}
}

/* Renders "a" and "b" through @template; NULL: unset. */
static void check_template(const char *template, const char *a, const char *b, const char *expected)
{
	static const struct column two[] = { { "a", COLUMN_TEXT }, { "b", COLUMN_TEXT } };
	const struct table table = { TABLE_COLUMNS(two), LOOK_LINE, .line = template };
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &table);
	output_text(kept.out, 0, a);
	output_text(kept.out, 1, b);
	output_row(kept.out);
	check_end(&kept, NULL, expected, "");
}

static void templates(void **state)
{
	check_template("{a} {b}!", "x", "y", "x y!\n");
	check_template("[{a:4}] [{a:-4}]", "x", NULL, "[   x] [x   ]\n");
	check_template("[{a:1}]", "long", NULL, "[long]\n");
	check_template("[{a:4}]", NULL, NULL, "[    ]\n");
	check_template("{a}(? at {b})", "x", "y", "x at y\n");
	check_template("{a}(? at {b})", "x", NULL, "x\n");
	check_template("{a}(? ({b}))", "x", "y", "x (y)\n");
	check_template("{a}(? ({b})).", "x", NULL, "x.\n");
	check_template("(?{a}(?+{b}))", "x", NULL, "x\n");
	check_template("(?{a}(?+{b}))", "x", "y", "x+y\n");
	check_template("(?{a}(?+{b}))", NULL, "y", "\n");
	check_template("({a}) {nothing} {", "x", NULL, "(x) {nothing} {\n");
	/* Width is counted in characters. */
	check_template("[{a:4}]", "\xc3\xa9\xc3\xa9", NULL, "[  \xc3\xa9\xc3\xa9]\n");
	/* Spaces at the end of a line are of no use. */
	check_template("{a:-8}", "x", NULL, "x\n");
}

static void groups(void **state)
{
	static const struct column two[] = { { "a", COLUMN_TEXT }, { "b", COLUMN_INT } };
	static const struct table table = { TABLE_COLUMNS(two), LOOK_LINE,
					    .group = "of {a}:", .line = "  {b}" };
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	for (int i = 0; i < 4; i++) {
		/* Begun again and again, as foreach does. */
		output_begin(kept.out, &table);
		output_text(kept.out, 0, i < 2 ? "x" : "y");
		output_int(kept.out, 1, i);
		output_row(kept.out);
	}
	check_end(&kept, NULL, "of x:\n  0\n  1\n\nof y:\n  2\n  3\n", "");
}

static void line_of_its_own(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &one);
	output_set_line(kept.out, "{a}{a}");
	output_text(kept.out, 0, "x");
	output_row(kept.out);
	output_begin(kept.out, &one);
	output_text(kept.out, 0, "x");
	output_row(kept.out);
	check_end(&kept, NULL, "xx\n<x>\n", "");
}

/* struct { next = 0x10, name = "n", flags = {1, 2}, in = {{x}, {x}}, (anonymous) = {y} } */
static void add_tree(struct output *out)
{
	output_tree_open(out, 0, NULL, TREE_OBJECT);
	output_tree_hex(out, 0, "next", 0x10, NULL);
	output_tree_text(out, 0, "name", "n", "\"n\"");
	output_tree_open(out, 0, "flags", TREE_ARRAY);
	output_tree_int(out, 0, NULL, -1, NULL);
	output_tree_uint(out, 0, NULL, 2, "TWO");
	output_tree_close(out, 0);
	output_tree_open(out, 0, "in", TREE_ARRAY);
	for (int i = 0; i < 2; i++) {
		output_tree_open(out, 0, NULL, TREE_OBJECT);
		output_tree_bool(out, 0, "x", i);
		output_tree_close(out, 0);
	}
	output_tree_close(out, 0);
	output_tree_open(out, 0, NULL, TREE_OBJECT);
	output_tree_null(out, 0, "y", "<excluded>");
	output_tree_close(out, 0);
	output_tree_open(out, 0, "none", TREE_ARRAY);
	output_tree_close(out, 0);
	output_tree_close(out, 0);
	output_row(out);
}

static const struct column tree_column[] = { { "v", COLUMN_TREE } };
static const struct table tree = { TABLE_COLUMNS(tree_column), LOOK_LINE, .line = "struct {v}" };

static void trees(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_TEXT);
	output_begin(kept.out, &tree);
	add_tree(kept.out);
	check_end(&kept, NULL,
		  "struct {\n"
		  "  next = 0x10,\n"
		  "  name = \"n\",\n"
		  "  flags = {-1, TWO},\n"
		  "  in = {\n"
		  "    {\n"
		  "      x = false\n"
		  "    },\n"
		  "    {\n"
		  "      x = true\n"
		  "    }\n"
		  "  },\n"
		  "  {\n"
		  "    y = <excluded>\n"
		  "  },\n"
		  "  none = {}\n"
		  "}\n",
		  "");
	keep(&kept, OUTPUT_JSON);
	output_begin(kept.out, &tree);
	add_tree(kept.out);
	check_end(&kept, NULL,
		  "{\"command\":\"test\",\"rows\":[{\"v\":{\"next\":\"0x10\",\"name\":\"n\","
		  "\"flags\":[-1,2],\"in\":[{\"x\":false},{\"x\":true}],\"y\":null,\"none\":[]}}],"
		  "\"complete\":true,\"notes\":[]}\n",
		  "");
}

/* However deep, and left open: still JSON. */
static void deep_tree(void **state)
{
	struct kept kept;
	json_t *root;

	keep(&kept, OUTPUT_JSON);
	output_begin(kept.out, &tree);
	for (int i = 0; i < 500; i++)
		output_tree_open(kept.out, 0, "in", TREE_OBJECT);
	output_tree_int(kept.out, 0, "lost", 1, NULL);
	output_row(kept.out);
	assert_true(output_command_end(kept.out, NULL));
	root = json_loads(kept.rows, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	output_destroy(kept.out);
	fclose(kept.stream);
	fclose(kept.errors);
	free(kept.rows);
	free(kept.told);
}

/* What is not UTF-8, or would drive a terminal. */
static void hostile_strings(void **state)
{
	static const struct {
		const char *in, *json, *text;
	} cases[] = {
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xff", "\xef\xbf\xbd", "\\xff" },
		{ "a\xc3", "a\xef\xbf\xbd", "a\\xc3" },
		/* An overlong '/', a surrogate, beyond U+10FFFF. */
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\\xc0\\xaf" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		  "\\xf4\\x90\\x80\\x80" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\033[31m\r\b\x7f", "\\u001B[31m\\r\\b\x7f", "\\x1b[31m\\x0d\\x08\\x7f" },
		{ "\xc2\x9b", "\xc2\x9b", "\\xc2\\x9b" },
		{ "a\tb\nc", "a\\tb\\nc", "a\tb\nc" },
		{ "q\"\\", "q\\\"\\\\", "q\"\\" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char expected[200];
		struct kept kept;

		keep(&kept, OUTPUT_TEXT);
		output_begin(kept.out, &one);
		output_text(kept.out, 0, cases[i].in);
		output_row(kept.out);
		snprintf(expected, sizeof(expected), "<%s>\n", cases[i].text);
		check_end(&kept, NULL, expected, "");

		keep(&kept, OUTPUT_JSON);
		output_begin(kept.out, &one);
		output_text(kept.out, 0, cases[i].in);
		output_row(kept.out);
		snprintf(expected, sizeof(expected),
			 "{\"command\":\"test\",\"rows\":[{\"a\":\"%s\"}],\"complete\":true,"
			 "\"notes\":[]}\n",
			 cases[i].json);
		check_end(&kept, NULL, expected, "");
	}
}

static void help_lines(void **state)
{
	struct kept kept;

	keep(&kept, OUTPUT_JSON);
	output_help(kept.out, "one\n\ntwo");
	check_end(&kept, NULL,
		  "{\"command\":\"test\",\"rows\":[{\"text\":\"one\"},{\"text\":\"\"},"
		  "{\"text\":\"two\"}],\"complete\":true,\"notes\":[]}\n",
		  "");
}

/* A command that emits rows until it is asked to stop. */
static struct error *endless(struct output *out)
{
	output_begin(out, &one);
	for (;;) {
		TRY(interrupt_check());
		output_text(out, 0, "row");
		output_row(out);
	}
}

static void reader_that_leaves(void **state)
{
	struct output *out;
	int ends[2];
	FILE *stream;

	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	stream = fdopen(ends[1], "w");
	assert_null(output_create(stream, OUTPUT_TEXT, false, &out));
	output_command_begin(out, "test");
	assert_true(output_command_end(out, endless(out)));
	assert_int_equal(output_write_error(out), EPIPE);
	assert_int_equal(interrupt_pending, 0);
	output_destroy(out);
	fclose(stream);
}

static void full_disk(void **state)
{
	FILE *stream = fopen("/dev/full", "w"), *errors;
	struct output *out;
	char *told;
	size_t size;

	if (!stream)
		skip();
	errors = open_memstream(&told, &size);
	assert_null(output_create(stream, OUTPUT_TEXT, false, &out));
	output_set_errors(out, errors);
	output_command_begin(out, "test");
	assert_false(output_command_end(out, endless(out)));
	output_destroy(out);
	fclose(errors);
	assert_string_equal(told, "kx-crash: test: writing: No space left on device\n");
	free(told);
	fclose(stream);
}

static int ignore_sigpipe(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_table),
		cmocka_unit_test(text_record),
		cmocka_unit_test(json_row),
		cmocka_unit_test(json_without_rows),
		cmocka_unit_test(failures),
		cmocka_unit_test(failure_after_rows),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(many_notes_are_counted),
		cmocka_unit_test(columns_of_one_look),
		cmocka_unit_test(templates),
		cmocka_unit_test(groups),
		cmocka_unit_test(line_of_its_own),
		cmocka_unit_test(trees),
		cmocka_unit_test(deep_tree),
		cmocka_unit_test(hostile_strings),
		cmocka_unit_test(help_lines),
		cmocka_unit_test(reader_that_leaves),
		cmocka_unit_test(full_disk),
	};

	return cmocka_run_group_tests(tests, ignore_sigpipe, NULL);
}
