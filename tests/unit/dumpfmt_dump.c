// SPDX-License-Identifier: GPL-2.0-or-later
/* kxdump_open and kxdump_probe: what is a dump, and what the others look like. */
#include "dumpfmt/dump.h"

#include "base/interrupt.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_refused(const void *bytes, size_t size, enum error_code code, const char *why)
{
	char path[40];
	const char *paths[] = { path };
	struct kxdump *dump = NULL;
	struct error *err;
	int fd;

	dump_text_memory(bytes, size, &fd, path);
	err = kxdump_open(paths, 1, &dump);
	assert_non_null(err);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, why) || !strstr(err->message, path))
		fail_msg("%s", err->message);
	error_free(err);
	if (code == ERROR_NOT_MINE)
		assert_false(kxdump_probe(path));
	close(fd);
}

static void test_not_mine(void **state)
{
	static const uint8_t zeros[5000];
	static const struct {
		const char *bytes;
		size_t size;
		const char *why;
	} cases[] = {
		{ "", 0, "empty" },
		{ "hello, this is no dump\n", 23, "text" },
		{ "#!/bin/sh\n", 10, "a script" },
		{ "\x1f\x8b\x08", 3, "gzip-compressed" },
		{ "\xfd"
		  "7zXZ\0",
		  6, "xz-compressed" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd-compressed" },
		{ "BZh9", 4, "bzip2-compressed" },
		{ "\x7f"
		  "EL",
		  3, "of no known kind" },
		{ "\x01\x02\x03", 3, "of no known kind" },
		{ "KDUMP  ", 7, "text" },
		{ "EMiL\1\0\0\0", 8, "LiME" },
		{ "PAGEDU64", 8, "Windows" },
		{ "QFI\xfb", 4, "qcow2" },
		{ (const char *)zeros, sizeof(zeros), "zeros only" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_refused(cases[i].bytes, cases[i].size, ERROR_NOT_MINE, cases[i].why);
}

static void test_damaged_heads(void **state)
{
	check_refused("KDUMP   ", 8, ERROR_BAD_DATA, "cut off within its header");
	check_refused("\x7f"
		      "ELF",
		      4, ERROR_BAD_DATA, "cut off within its ELF header");
	check_refused("\x7f"
		      "ELF\2\1\1\0\0\0\0\0\0\0\0\0\4",
		      18, ERROR_BAD_DATA, "cut off");
	check_refused("\x7f"
		      "ELF\7\1\1\0\0\0\0\0\0\0\0\0\4",
		      18, ERROR_BAD_DATA, "class 7");
}

static void test_probe(void **state)
{
	static const char *const names[] = { "vmcore.txt", "qemu.txt", "kdump.txt", "diskdump.txt",
					     "qemu-kdump.txt" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct dump_text *text = dump_text_load(names[i], NULL);

		assert_true(kxdump_probe(text->paths[0]));
		dump_text_free(text);
	}
	assert_false(kxdump_probe("/"));
	assert_false(kxdump_probe("/nonexistent"));
	assert_false(kxdump_probe("/proc/self/exe"));
}

static void test_no_files(void **state)
{
	struct kxdump *dump;

	assert_fails(kxdump_open(NULL, 0, &dump), ERROR_USAGE);
}

/* Ctrl-C ends a read. */
static void test_interrupt(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump;
	char byte;

	assert_ok(dump_text_open(text, &dump));
	interrupt_pending = 1;
	assert_fails(kxdump_read(dump, 0, &byte, 1), ERROR_INTERRUPTED);
	interrupt_pending = 0;
	assert_ok(kxdump_read(dump, 0, &byte, 1));
	assert_ok(kxdump_read(dump, 0, NULL, 0));
	assert_ok(kxdump_read(dump, UINT64_MAX, NULL, 0));
	assert_fails(kxdump_read(dump, UINT64_MAX, &byte, 2), ERROR_ABSENT);
	assert_fails(kxdump_read_virt(dump, 0, &byte, 1), ERROR_NOT_FOUND);
	kxdump_close(dump);
	dump_text_free(text);
	kxdump_close(NULL);
}

static void test_partial_reasons(void **state)
{
	struct kxdump dump = { .ops = NULL };

	for (int i = 0; i < 100; i++)
		assert_ok(dump_partial(&dump, "reason %d", i));
	assert_string_equal(dump.info.partial_why,
			    "reason 0; reason 1; reason 2; reason 3; reason 4; reason 5; "
			    "reason 6; reason 7");
	arena_deinit(&dump.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_mine),  cmocka_unit_test(test_damaged_heads),
		cmocka_unit_test(test_probe),	  cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_interrupt), cmocka_unit_test(test_partial_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
