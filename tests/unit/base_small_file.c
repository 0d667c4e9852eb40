// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of a few words. */
#include "base/small_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/kx-small-file-XXXXXX";

static void check(const char *content, size_t size, const char *expected)
{
	FILE *file = fopen(path, "we");
	char buf[64];

	assert_non_null(file);
	fwrite(content, 1, strlen(content), file);
	fclose(file);
	assert_null(small_file_read(path, buf, size));
	assert_string_equal(buf, expected);
}

static void blanks_at_both_ends_go(void **state)
{
	check("", 64, "");
	check("\n", 64, "");
	check("virtio0\n", 64, "virtio0");
	check("  QM00001   \n", 64, "QM00001");
	check("two words\nand a line\n", 64, "two words\nand a line");
}

static void longer_ones_are_cut(void **state)
{
	check("0123456789", 8, "0123456");
	check("0123456789", 1, "");
}

static void what_cannot_be_read(void **state)
{
	char buf[8] = "before";
	struct error *err = small_file_read("/nonexistent/file", buf, sizeof(buf));

	assert_non_null(err);
	assert_int_equal(err->code, ERROR_OS);
	assert_string_equal(buf, "");
	error_free(err);
	err = small_file_read("/", buf, sizeof(buf));
	assert_non_null(err);
	error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_at_both_ends_go),
		cmocka_unit_test(longer_ones_are_cut),
		cmocka_unit_test(what_cannot_be_read),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
