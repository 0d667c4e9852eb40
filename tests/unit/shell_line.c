// SPDX-License-Identifier: GPL-2.0-or-later
/* The grammar of a line. */
#include "shell/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void check(const char *text, enum line_kind kind, const char *command, enum line_to to,
		  const char *target)
{
	struct arena arena = { 0 };
	struct line line;

	assert_null(line_parse(text, &arena, &line));
	assert_int_equal(line.kind, kind);
	assert_int_equal(line.to, to);
	if (command)
		assert_string_equal(line.command, command);
	if (target)
		assert_string_equal(line.target, target);
	arena_deinit(&arena);
}

static void empty(void **state)
{
	check("", LINE_EMPTY, NULL, LINE_TO_OUTPUT, NULL);
	check(" \t\n", LINE_EMPTY, NULL, LINE_TO_OUTPUT, NULL);
	check("  # bt > file", LINE_EMPTY, NULL, LINE_TO_OUTPUT, NULL);
}

static void plain(void **state)
{
	check("  bt -a \n", LINE_COMMAND, "bt -a", LINE_TO_OUTPUT, NULL);
	check("p 'x' # no comment", LINE_COMMAND, "p 'x' # no comment", LINE_TO_OUTPUT, NULL);
}

static void pipes(void **state)
{
	check("log | grep -c 'a|b' > f", LINE_COMMAND, "log", LINE_TO_PIPE, "grep -c 'a|b' > f");
	check("log|tail", LINE_COMMAND, "log", LINE_TO_PIPE, "tail");
	check("p (a | b) | cat", LINE_COMMAND, "p (a | b)", LINE_TO_PIPE, "cat");
	check("p x[a|b]|cat", LINE_COMMAND, "p x[a|b]", LINE_TO_PIPE, "cat");
	check("p a || b", LINE_COMMAND, "p a || b", LINE_TO_OUTPUT, NULL);
	check("p '|'", LINE_COMMAND, "p '|'", LINE_TO_OUTPUT, NULL);
	check("p '\\'' | cat", LINE_COMMAND, "p '\\''", LINE_TO_PIPE, "cat");
	check("sym \"a > b\"", LINE_COMMAND, "sym \"a > b\"", LINE_TO_OUTPUT, NULL);
}

static void files(void **state)
{
	check("ps > out", LINE_COMMAND, "ps", LINE_TO_FILE, "out");
	check("ps >out", LINE_COMMAND, "ps", LINE_TO_FILE, "out");
	check("ps >> 'my out'", LINE_COMMAND, "ps", LINE_TO_FILE_END, "my out");
	check("p a->b > f", LINE_COMMAND, "p a->b", LINE_TO_FILE, "f");
	check("p a >= b", LINE_COMMAND, "p a >= b", LINE_TO_OUTPUT, NULL);
	check("p (a > b)", LINE_COMMAND, "p (a > b)", LINE_TO_OUTPUT, NULL);
	check("p (a >> 2) >> f", LINE_COMMAND, "p (a >> 2)", LINE_TO_FILE_END, "f");
}

static void shell(void **state)
{
	check("!ls | wc", LINE_SHELL, "ls | wc", LINE_TO_OUTPUT, NULL);
	check(" ! ", LINE_SHELL, "", LINE_TO_OUTPUT, NULL);
}

static void errors(void **state)
{
	static const char *const lines[] = { "ps |", "ps >", "ps > a b", "| cat", "> f", ">> f" };
	struct arena arena = { 0 };
	struct line line;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct error *err = line_parse(lines[i], &arena, &line);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
	}
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty), cmocka_unit_test(plain), cmocka_unit_test(pipes),
		cmocka_unit_test(files), cmocka_unit_test(shell), cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
