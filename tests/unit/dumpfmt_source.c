// SPDX-License-Identifier: GPL-2.0-or-later
/* Plain files: what can be read, and files that are none. */
#include "dumpfmt/source.h"

#include "support/data.h"
#include "support/dump_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct source *open_bytes(const void *bytes, size_t size, int *fd)
{
	struct source *source = NULL;
	char path[40];

	dump_text_memory(bytes, size, fd, path);
	assert_ok(source_open(path, true, &source));
	return source;
}

static void test_read(void **state)
{
	uint8_t bytes[10000], buf[10000];
	struct source *source;
	bool there;
	int fd;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	source = open_bytes(bytes, sizeof(bytes), &fd);
	assert_int_equal(source->size, sizeof(bytes));
	assert_int_equal(source->stored, sizeof(bytes));
	for (size_t at = 0; at < sizeof(bytes); at += 333) {
		for (size_t n = 1; n <= sizeof(bytes) - at; n += 777) {
			assert_ok(source_read(source, at, buf, n));
			assert_memory_equal(buf, bytes + at, n);
			memset(buf, 0, n);
			assert_ok(source_peek(source, at, buf, n));
			assert_memory_equal(buf, bytes + at, n);
		}
	}
	assert_true(source_has(source, 9999, 1));
	assert_false(source_has(source, 9999, 2));
	assert_true(source_has(source, 10000, 0));
	assert_false(source_has(source, UINT64_MAX, UINT64_MAX));
	assert_int_equal(source_run(source, 9990, 100, &there), 10);
	assert_true(there);
	assert_int_equal(source_run(source, 10000, 100, &there), 100);
	assert_false(there);
	source_close(source);
	close(fd);
}

static void test_beyond_the_end(void **state)
{
	struct source *source;
	struct error *err;
	char buf[16];
	size_t got;
	int fd;

	source = open_bytes("0123456789", 10, &fd);
	err = source_read(source, 6, buf, 8);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	assert_int_equal(err->address, 10);
	assert_non_null(strstr(err->message, "8 bytes at offset 0x6"));
	assert_non_null(strstr(err->message, "it has 10 bytes"));
	error_free(err);
	assert_memory_equal(buf, "6789", 4);
	assert_fails(source_peek(source, 6, buf, 8), ERROR_BAD_DATA);
	assert_fails(source_read(source, INT64_MAX, buf, 8), ERROR_BAD_DATA);
	assert_fails(source_read(source, UINT64_MAX - 2, buf, 8), ERROR_BAD_DATA);
	assert_ok(source_read_some(source, 6, buf, 8, &got));
	assert_int_equal(got, 4);
	assert_memory_equal(buf, "6789\0\0\0\0", 8);
	source_close(source);
	close(fd);
}

/* The file shrinks while it is open: an error, no signal. */
static void test_shrinking(void **state)
{
	char bytes[20000] = { 1 }, buf[20000];
	struct source *source = NULL;
	struct error *err;
	int fd;

	source = open_bytes(bytes, sizeof(bytes), &fd);
	assert_int_equal(ftruncate(fd, 5000), 0);
	err = source_read(source, 0, buf, sizeof(buf));
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	assert_int_equal(err->address, 5000);
	error_free(err);
	assert_fails(source_peek(source, 4990, buf, 100), ERROR_BAD_DATA);
	assert_ok(source_peek(source, 4090, buf, 100)); /* of a block that is not whole any more */
	source_close(source);
	close(fd);
}

static void check_refused(const char *path, enum error_code code, const char *why)
{
	struct source *source = NULL;
	struct error *err = source_open(path, true, &source);

	assert_non_null(err);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, why) || !strstr(err->message, path))
		fail_msg("%s", err->message);
	error_free(err);
}

static void test_no_file(void **state)
{
	char fifo[] = "/tmp/kx-test-XXXXXX";

	check_refused("/", ERROR_NOT_MINE, "a directory");
	check_refused("/dev/null", ERROR_NOT_MINE, "not a file");
	check_refused("/nonexistent/vmcore", ERROR_OS, "No such file");
	close(mkstemp(fifo));
	unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_refused(fifo, ERROR_NOT_MINE, "a pipe"); /* and does not wait for a writer */
	unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_beyond_the_end),
		cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
