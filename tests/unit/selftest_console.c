// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/console.c and cause.c: a serial line that grows, and what its words mean. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "selftest/cause.h"
#include "selftest/console.h"

#include <stdio.h>
#include <string.h>

static void grows(void **state)
{
	char *dir = snapshot_dir_create(), path[512], rest[16];
	struct console console;
	FILE *file;
	size_t at;

	snprintf(path, sizeof(path), "%s/serial", dir);
	assert_ok(console_open(path, &console));
	/* QEMU has not made it yet. */
	assert_ok(console_read(&console));
	assert_false(console_find(&console, "", 0, &at));
	file = fopen(path, "w");
	fprintf(file, "one\r\ntwo: wor");
	fflush(file);
	assert_ok(console_read(&console));
	assert_true(console_find(&console, "", 0, &at));
	assert_false(console_find(&console, "two", 0, &at)); /* its line is not whole */
	fprintf(file, "ds\r\nthree\r\n");
	fflush(file);
	assert_ok(console_read(&console));
	assert_string_equal(text_string(&console.text), "one\ntwo: words\nthree\n");
	assert_true(console_find(&console, "words", 0, &at));
	assert_int_equal(at, 4);
	console_rest(&console, at, "two: ", rest, sizeof(rest));
	assert_string_equal(rest, "words");
	console_rest(&console, at, "two: ", rest, 4);
	assert_string_equal(rest, "wor");
	assert_false(console_find(&console, "one", 4, &at));
	assert_string_equal(console_tail(&console, 0, 2), "two: words\nthree\n");
	assert_string_equal(console_tail(&console, 0, 9), "one\ntwo: words\nthree\n");
	assert_string_equal(console_tail(&console, 15, 9), "three\n");
	fclose(file);
	console_close(&console);
	snapshot_dir_remove(dir);
}

static void causes(void **state)
{
	const struct cause *cause;

	/* Of a capture kernel with 40 MiB, Linux 6.1. */
	cause = cause_find(CAUSE_CAPTURE,
			   "[    0.9] Kernel panic - not syncing: System is deadlocked on memory\n",
			   true);
	assert_non_null(cause);
	assert_true(cause->memory);
	assert_non_null(strstr(cause->text, "crashkernel="));
	/* The same words of the first kernel mean another memory. */
	cause = cause_find(CAUSE_BOOT,
			   "[    0.9] Kernel panic - not syncing: System is deadlocked on memory\n",
			   true);
	assert_non_null(cause);
	assert_false(cause->memory);
	assert_non_null(strstr(cause->text, "--memory"));
	/* Silence: before anything was heard, and after the death. */
	assert_non_null(strstr(cause_find(CAUSE_BOOT, "\n", false)->text, "serial"));
	assert_non_null(strstr(cause_find(CAUSE_CAPTURE, "", true)->text, "reset"));
	assert_non_null(strstr(cause_find(CAUSE_CAPTURE, "", false)->text, "hangs"));
	/* Purgatory's word. */
	cause = cause_find(CAUSE_CAPTURE,
			   "kx-crash purgatory: the loaded kernel was altered: SHA-256 differs\n",
			   false);
	assert_non_null(cause);
	assert_false(cause->memory);
	assert_non_null(strstr(cause->text, "overwritten"));
	/* arm's own words, of kexec/check_memory.c. */
	cause = cause_find(CAUSE_ARM,
			   "arm: failed   segment_size        kernel and initramfs take 53 MiB, "
			   "the crash region has 44\n",
			   true);
	assert_non_null(cause);
	assert_true(cause->memory);
	/* All went well, as far as the console goes. */
	assert_null(cause_find(CAUSE_ARM, "[    1.0] x\n", false));
	assert_null(cause_find(CAUSE_CAPTURE, "[    1.0] x\n", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
