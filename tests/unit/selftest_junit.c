// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/junit.c: what is written is XML, whatever the console said. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "selftest/selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void escapes(void **state)
{
	struct selftest_report report = {
		.release = "6.1",
		.nr_steps = 3,
		.ns = 2500000000,
		.steps = {
			{ .name = "boot", .ns = 1500000000, .detail = (char *)"a <b> & \"c\"" },
			{ .name = "arm",
			  .result = SELFTEST_FAILED,
			  .detail = (char *)"why\nnot",
			  .cause = "since",
			  .console = (char *)"\x1b[31m\x01 ]]> \xff" },
			{ .name = "dump", .result = SELFTEST_SKIPPED },
		},
	};
	char *dir = snapshot_dir_create(), path[512], text[4096];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/junit.xml", dir);
	assert_ok(selftest_write_junit(path, &report));
	file = fopen(path, "r");
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = 0;
	fclose(file);
	assert_non_null(strstr(text, "<testsuite name=\"kx-crash selftest 6.1\""));
	assert_non_null(strstr(text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" "
				     "time=\"2.500\""));
	assert_non_null(strstr(text, "name=\"boot\" time=\"1.500\""));
	assert_non_null(strstr(text, "a &lt;b&gt; &amp; &quot;c&quot;</system-out>"));
	assert_non_null(strstr(text, "]]&gt;"));
	assert_non_null(strstr(text, "<skipped/>"));
	for (size_t i = 0; i < len; i++)
		assert_true((text[i] >= ' ' && text[i] < 0x7f) || text[i] == '\n');
	assert_fails(selftest_write_junit("/nonexistent/x", &report), ERROR_OS);
	snapshot_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(escapes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
