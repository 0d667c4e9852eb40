// SPDX-License-Identifier: GPL-2.0-or-later
/* How values look, as text and as JSON, and what is said of what is missing. */
#include "support/shapes.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = { { "value", COLUMN_TREE } };
static const struct table table = { TABLE_COLUMNS(columns), LOOK_LINE, .line = "{value}" };

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

/* The whole output of a command that shows @expression. */
static char *show(const char *expression, enum output_format format, struct value_format how)
{
	struct output *out;
	struct value value;
	char *shown, *told;
	size_t size, told_size;
	FILE *stream = open_memstream(&shown, &size);
	FILE *errors = open_memstream(&told, &told_size);
	struct error *err;

	assert_null(output_create(stream, format, false, &out));
	output_set_errors(out, errors);
	output_command_begin(out, "test");
	output_begin(out, &table);
	err = expression_evaluate(&kernel.env, expression, &value);
	if (!err)
		err = value_show(&kernel.env, &value, &how, out, 0, NULL);
	if (err)
		fail_msg("%s: %s", expression, err->message);
	output_row(out);
	assert_true(output_command_end(out, NULL));
	output_destroy(out);
	fclose(stream);
	fclose(errors);
	free(told);
	return shown;
}

static void expect_text(const char *expression, const char *expected, struct value_format how)
{
	char *shown = show(expression, OUTPUT_TEXT, how);
	size_t len = strlen(shown);

	if (len && shown[len - 1] == '\n')
		shown[len - 1] = 0;
	assert_string_equal(shown, expected);
	free(shown);
}

/* Compares the document's value with @expected, and says whether it is complete. */
static bool expect_json(const char *expression, const char *expected, struct value_format how)
{
	char *shown = show(expression, OUTPUT_JSON, how);
	json_error_t why;
	json_t *document = json_loads(shown, 0, &why);
	json_t *wanted = json_loads(expected, JSON_DECODE_ANY, &why);
	json_t *value;
	bool complete;

	assert_non_null(document);
	assert_non_null(wanted);
	value = json_object_get(json_array_get(json_object_get(document, "rows"), 0), "value");
	if (!json_equal(value, wanted)) {
		char *is = json_dumps(value, JSON_ENCODE_ANY);

		fail_msg("%s is %s, not %s", expression, is, expected);
	}
	complete = json_is_true(json_object_get(document, "complete"));
	json_decref(document);
	json_decref(wanted);
	free(shown);
	return complete;
}

static const struct value_format plain;

static void test_scalars(void **state)
{
	const struct value_format hex = { .hex = true }, decimal = { .decimal = true };

	expect_text("square.id", "-5", plain);
	expect_text("square.id", "0xfffffffb", hex);
	expect_text("square.high", "-2", plain);
	expect_text("square.high", "0x1e", hex);
	expect_text("square.round", "true", plain);
	expect_text("square.color", "BLUE", plain);
	expect_text("square.color", "7", decimal);
	expect_text("(enum color)5", "5", plain);
	expect_text("(enum color)-1", "MINUS", plain);
	expect_text("square.name[0]", "115 's'", plain);
	expect_text("square.bytes[0]", "1", plain);
	expect_text("square.wide", "0xab1122334455667788", plain);
	expect_text("square.next", "0x1100", plain);
	expect_text("&square", "0x1000 <square>", plain);
}

static void test_pointers(void **state)
{
	expect_text("square.next", "0x1100", plain);
	expect_text("&square", "0x1000 <square>", plain);
	expect_text("&square.name", "0x1006 <square+0x6>", plain);
	expect_text("square.draw", "0x9000 <draw_square>", plain);
	expect_text("draw_square", "{void (void)} 0x9000 <draw_square>", plain);
	expect_text("square.title", "0x1400 \"a \\\"title\\\"\\n\"", plain);
	expect_text("(char *)0", "0x0", plain);
	expect_text("(char *)0x77777777", "0x77777777", plain);
	expect_json("square.title", "\"0x1400\"", plain);
	expect_json("draw_square", "\"0x9000\"", plain);
}

static void test_arrays(void **state)
{
	const struct value_format two = { .max_elements = 2 };

	expect_text("square.name", "\"square\"", plain);
	expect_text("square.bytes", "{1, 2, 3, 4}", plain);
	expect_text("square.corners", "{1, 2, 3, 4}", plain);
	expect_text("square.corners", "{1, 2, … 2 more}", two);
	expect_text("square.rest", "{}", plain);
	expect_text("*(int (*)[20])0x1800", "{0 <repeats 20 times>}", plain);
	expect_text("*(int (*)[4])0x1800", "{0, 0, 0, 0}", plain);
	assert_true(expect_json("square.name", "\"square\"", plain));
	expect_json("square.bytes", "[1, 2, 3, 4]", plain);
	/* JSON leaves nothing out but what the limit cuts off. */
	expect_json("*(int (*)[9])0x1800", "[0, 0, 0, 0, 0, 0, 0, 0, 0]", plain);
	expect_json("square.corners", "[1, 2]", two);
	expect_json("*(char (*)[2][3])0x1006", "[\"squ\", \"are\"]", plain);
}

static void test_structs(void **state)
{
	const struct value_format flat = { .max_depth = 1 };

	expect_text("shapes",
		    "{\n"
		    "  next = 0x1020 <square+0x20>,\n"
		    "  prev = 0x1120\n"
		    "}",
		    plain);
	/* The members of the unnamed union are the struct's own; all of them are shown. */
	assert_true(expect_json("square",
				"{\"id\": -5, \"low\": 5, \"high\": -2, \"round\": true,"
				" \"name\": \"square\", \"area\": 578437695752307201,"
				" \"bytes\": [1, 2, 3, 4], \"next\": \"0x1100\","
				" \"list\": {\"next\": \"0x1120\", \"prev\": \"0x1200\"},"
				" \"color\": \"BLUE\", \"corners\": [1, 2, 3, 4],"
				" \"title\": \"0x1400\", \"draw\": \"0x9000\","
				" \"wide\": \"0xab1122334455667788\", \"rest\": []}",
				plain));
	expect_json("*(struct shape (*)[1])0x1100 + 0", "\"0x1100\"", plain);
	expect_text("square.list", "{\n  next = 0x1120,\n  prev = 0x1200 <shapes>\n}", flat);
}

/* A struct whose end lies in a page that is missing: its beginning is shown. */
static void check_missing(uint64_t page, enum error_code code, const char *word)
{
	char expression[64], text[200];
	uint64_t address = page - 8;

	fake_memory(&kernel, page - 0x1000, 0x1000);
	fake_missing(&kernel, page, 0x1000, code);
	fake_put(&kernel, address, 0x77777, 8);
	snprintf(expression, sizeof(expression), "*(struct list_head *)0x%llx",
		 (unsigned long long)address);
	snprintf(text, sizeof(text), "{\n  next = 0x77777,\n  prev = %s\n}", word);
	expect_text(expression, text, plain);
	assert_false(expect_json(expression, "{\"next\": \"0x77777\", \"prev\": null}", plain));
}

static void test_missing(void **state)
{
	check_missing(0x21000, ERROR_EXCLUDED, "<excluded>");
	check_missing(0x31000, ERROR_ABSENT, "<absent>");
	check_missing(0x41000, ERROR_BAD_DATA, "<corrupt>");
	expect_text("*(char (*)[8])0x21000", "<excluded>", plain);
	expect_text("*(short (*)[3])0x20ffe", "{0, <excluded>, <excluded>}", plain);
}

/* At the very end of the address space nothing wraps. */
static void test_last_page(void **state)
{
	fake_memory(&kernel, UINT64_MAX - 0xfff, 0x1000);
	fake_put(&kernel, UINT64_MAX - 7, 0x77777, 8);
	expect_json("*(unsigned long *)0xfffffffffffffff8", "489335", plain);
	expect_json("*(struct list_head *)0xfffffffffffffff0",
		    "{\"next\": \"0x0\", \"prev\": \"0x77777\"}", plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalars), cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_arrays),	cmocka_unit_test(test_structs),
		cmocka_unit_test(test_missing), cmocka_unit_test(test_last_page),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
