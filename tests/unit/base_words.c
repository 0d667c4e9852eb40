// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of a line, and the small text helpers under the output. */
#include "base/json.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_split(const char *line, const char *joined)
{
	struct arena arena = { 0 };
	auto_text t = { 0 };
	char **words;
	int n;

	assert_null(words_split(line, &arena, &n, &words));
	for (int i = 0; i < n; i++)
		text_addf(&t, "[%s]", words[i]);
	assert_null(words[n]);
	assert_string_equal(text_string(&t), joined);
	arena_deinit(&arena);
}

static void splitting(void **state)
{
	check_split("", "");
	check_split("  \t ", "");
	check_split("bt -a  1", "[bt][-a][1]");
	check_split("a 'b c' \"d e\"f", "[a][b c][d ef]");
	check_split("a '' \"\"", "[a][][]");
	check_split("'a\"b' \"c'd\"", "[a\"b][c'd]");
	check_split("\"a\\\"b\\\\\" c\\d", "[a\"b\\][c\\d]");
}

static void open_quotes(void **state)
{
	static const char *const lines[] = { "a 'b", "a \"b", "'", "a\"", "\"\\\"" };
	struct arena arena = { 0 };
	char **words;
	int n;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct error *err = words_split(lines[i], &arena, &n, &words);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
	}
	arena_deinit(&arena);
}

static void skipping(void **state)
{
	assert_string_equal(words_skip("  p -x 'a b' + 1", 0), "p -x 'a b' + 1");
	assert_string_equal(words_skip("  p -x 'a b' + 1", 2), "'a b' + 1");
	assert_string_equal(words_skip("  p -x 'a b' + 1", 3), "+ 1");
	assert_string_equal(words_skip("p", 1), "");
	assert_string_equal(words_skip("p", 9), "");
}

static void digits(void **state)
{
	auto_text t = { 0 };

	digits_add(&t, 0);
	text_addc(&t, ' ');
	digits_add(&t, UINT64_MAX);
	text_addc(&t, ' ');
	digits_add_hex(&t, 0, 1);
	text_addc(&t, ' ');
	digits_add_hex(&t, 0xabc, 16);
	text_addc(&t, ' ');
	digits_add_hex(&t, UINT64_MAX, 1);
	text_addc(&t, ' ');
	json_add_int(&t, INT64_MIN);
	assert_string_equal(text_string(&t),
			    "0 18446744073709551615 0 0000000000000abc ffffffffffffffff "
			    "-9223372036854775808");
}

static void progress_line(void **state)
{
	struct progress pages = { .label = "scanning", .unit = "pages", .total = 1000 };
	struct progress bytes = { .label = "reading", .total = 4ull << 30 };
	struct progress unknown = { .label = "looking" };
	char line[100];

	progress_format(&pages, 250, 1000000000, line, sizeof(line));
	assert_string_equal(line, "scanning:  25%, 250 pages/s, 0:03 left");
	progress_format(&bytes, 1ull << 30, 30000000000, line, sizeof(line));
	assert_string_equal(line, "reading:  25%, 34.1 MiB/s, 1:30 left");
	progress_format(&unknown, 2048, 0, line, sizeof(line));
	assert_string_equal(line, "looking: 2.0 KiB, 0 B/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splitting),	 cmocka_unit_test(open_quotes),
		cmocka_unit_test(skipping),	 cmocka_unit_test(digits),
		cmocka_unit_test(progress_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
