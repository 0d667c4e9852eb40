// SPDX-License-Identifier: GPL-2.0-or-later
/* Flattened files: out of order, overlapping, with gaps, cut short, damaged. */
#include "dumpfmt/source.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void header(struct text_bytes *to, uint64_t type, uint64_t version)
{
	text_append(to, "makedumpfile\0\0\0\0", 16);
	text_append_number(to, type, 8, true);
	text_append_number(to, version, 8, true);
	text_append_zeros(to, 4096 - to->size);
}

static void record(struct text_bytes *to, uint64_t offset, const char *data)
{
	text_append_number(to, offset, 8, true);
	text_append_number(to, strlen(data), 8, true);
	text_append(to, data, strlen(data));
}

static void end(struct text_bytes *to)
{
	text_append_number(to, UINT64_MAX, 8, true);
	text_append_number(to, UINT64_MAX, 8, true);
}

static struct source *open_bytes(struct text_bytes *bytes)
{
	struct source *source = NULL;
	char path[40];
	int fd;

	dump_text_memory(bytes->data, bytes->size, &fd, path);
	assert_ok(source_open(path, true, &source));
	close(fd);
	free(bytes->data);
	*bytes = (struct text_bytes){ 0 };
	return source;
}

static void check(struct source *source, const char *wanted, size_t size)
{
	char buf[256];

	assert_int_equal(source->size, size);
	assert_ok(source_read(source, 0, buf, size));
	assert_memory_equal(buf, wanted, size);
	for (size_t i = 0; i < size; i++) {
		for (size_t n = 1; n <= size - i; n++) {
			memset(buf, 0xee, sizeof(buf));
			assert_ok(source_read(source, i, buf, n));
			assert_memory_equal(buf, wanted + i, n);
			assert_ok(source_peek(source, i, buf, n));
			assert_memory_equal(buf, wanted + i, n);
		}
	}
	assert_fails(source_read(source, 0, buf, size + 1), ERROR_BAD_DATA);
	assert_memory_equal(buf, wanted, size);
	assert_fails(source_read(source, UINT64_MAX, buf, 1), ERROR_BAD_DATA);
}

static void test_order(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;

	header(&bytes, 1, 1);
	record(&bytes, 6, "world");
	record(&bytes, 0, "hello");
	record(&bytes, 3, "");
	record(&bytes, 5, " ");
	end(&bytes);
	text_append(&bytes, "what comes after the end", 24);
	source = open_bytes(&bytes);
	assert_true(source->flattened);
	assert_null(source->damage);
	check(source, "hello world", 11);
	source_close(source);
}

static void test_gaps(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;

	header(&bytes, 1, 1);
	record(&bytes, 8, "c");
	record(&bytes, 2, "ab");
	end(&bytes);
	source = open_bytes(&bytes);
	check(source, "\0\0ab\0\0\0\0c", 9);
	source_close(source);
}

static void test_overlaps(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;

	header(&bytes, 1, 1);
	record(&bytes, 0, "aaaaaaaaaa");
	record(&bytes, 2, "bbb");
	record(&bytes, 4, "cc");
	record(&bytes, 8, "dddd");
	record(&bytes, 11, "e");
	record(&bytes, 0, "f");
	record(&bytes, 3, "g");
	end(&bytes);
	source = open_bytes(&bytes);
	check(source, "fabgccaaddde", 12);
	source_close(source);
}

/* Cut at every length: what was read before is the same, the rest an error, never zeros. */
static void test_truncated(void **state)
{
	static const char whole[] = "hello\0\0world, and more";
	struct text_bytes bytes = { 0 };
	size_t size;
	char path[40];
	int fd;

	header(&bytes, 1, 1);
	record(&bytes, 0, "hello");
	record(&bytes, 7, "worlt");
	record(&bytes, 12, ", and more");
	record(&bytes, 11, "d");
	size = bytes.size;
	for (size_t cut = 32; cut <= size; cut++) {
		struct source *source;
		bool hello = cut >= 4096 + 16 + 5, world = cut >= 4096 + 21 + 16 + 5;
		char buf[64];

		dump_text_memory(bytes.data, cut, &fd, path);
		assert_ok(source_open(path, true, &source));
		assert_non_null(source->damage);
		if (hello) {
			assert_ok(source_read(source, 0, buf, 5));
			assert_memory_equal(buf, whole, 5);
		} else {
			assert_fails(source_read(source, 0, buf, 5), ERROR_BAD_DATA);
		}
		if (world)
			assert_ok(source_read(source, 7, buf, 4));
		else
			assert_fails(source_read(source, 7, buf, 5), ERROR_BAD_DATA);
		/* Where nothing was written, nothing may be made up. */
		assert_fails(source_read(source, 5, buf, 1), ERROR_BAD_DATA);
		assert_fails(source_peek(source, 4, buf, 4), ERROR_BAD_DATA);
		source_close(source);
		close(fd);
	}
	free(bytes.data);
}

static void test_run(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;
	bool there;

	header(&bytes, 1, 1);
	record(&bytes, 4, "abcd");
	record(&bytes, 8, "efgh");
	record(&bytes, 14, "ijkl");
	source = open_bytes(&bytes);
	assert_non_null(strstr(source->damage, "no end mark"));
	assert_int_equal(source_run(source, 0, 100, &there), 4);
	assert_false(there);
	assert_int_equal(source_run(source, 0, 3, &there), 3);
	assert_false(there);
	assert_int_equal(source_run(source, 4, 100, &there), 8);
	assert_true(there);
	assert_int_equal(source_run(source, 5, 2, &there), 2);
	assert_true(there);
	assert_int_equal(source_run(source, 11, 100, &there), 1);
	assert_true(there);
	assert_int_equal(source_run(source, 12, 100, &there), 2);
	assert_false(there);
	assert_int_equal(source_run(source, 14, 100, &there), 4);
	assert_true(there);
	assert_int_equal(source_run(source, 18, 100, &there), 100);
	assert_false(there);
	source_close(source);
}

/* The size that a record claims, and where it claims to be, are of no effect beyond the file. */
static void test_wild_records(void **state)
{
	static const struct {
		uint64_t offset, size;
		const char *why;
	} cases[] = {
		{ 0, UINT64_MAX, "a damaged record" },
		{ UINT64_MAX, 0, "a damaged record" },
		{ UINT64_MAX - 1, UINT64_MAX, "a damaged record" },
		{ INT64_MAX, 1, "a damaged record" },
		{ INT64_MAX - 5, 100, "a damaged record" },
		{ 0, INT64_MAX, "a damaged record" },
		{ 100, 1000000, "a damaged record" },
		{ 100, 1000, "a record ends beyond the file" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct text_bytes bytes = { 0 };
		struct source *source;
		char buf[8];

		header(&bytes, 1, 1);
		record(&bytes, 0, "hello");
		text_append_number(&bytes, cases[i].offset, 8, true);
		text_append_number(&bytes, cases[i].size, 8, true);
		text_append(&bytes, "x", 1);
		source = open_bytes(&bytes);
		assert_non_null(source->damage);
		assert_non_null(strstr(source->damage, cases[i].why));
		assert_true(source->size <= 101);
		assert_ok(source_read(source, 1, buf, 4));
		assert_memory_equal(buf, "ello", 4);
		source_close(source);
	}
}

static void test_version(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;
	char path[40];
	int fd;

	header(&bytes, 1, 2);
	dump_text_memory(bytes.data, bytes.size, &fd, path);
	assert_fails(source_open(path, true, &source), ERROR_BAD_DATA);
	close(fd);
	free(bytes.data);
}

/* A record at the far end of the space: a size without bytes, which costs nothing. */
static void test_far(void **state)
{
	struct text_bytes bytes = { 0 };
	struct source *source;
	char buf[16];

	header(&bytes, 1, 1);
	record(&bytes, INT64_MAX - 10, "far");
	end(&bytes);
	source = open_bytes(&bytes);
	assert_int_equal(source->size, INT64_MAX - 7);
	assert_ok(source_peek(source, INT64_MAX - 11, buf, 4));
	assert_memory_equal(buf, "\0far", 4);
	assert_ok(source_read(source, (uint64_t)1 << 40, buf, 16));
	source_close(source);
}

static void test_dumps(void **state)
{
	static const char *const names[] = { "kdump.txt", "qemu.txt", "overlaps.txt" };
	static const char *const how[] = { "flattened", "flattened shuffled",
					   "flattened shuffled overlapping" };

	for (size_t i = 0; i < 9; i++) {
		struct dump_text *text = dump_text_load(names[i % 3], how[i / 3]);
		struct kxdump *dump;

		assert_ok(dump_text_open(text, &dump));
		assert_true(kxdump_info(dump)->flattened);
		assert_null(kxdump_info(dump)->partial_why);
		dump_text_compare(text, dump, false);
		kxdump_close(dump);
		dump_text_free(text);
	}
}

static void test_endless(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", "flattened endless");
	struct kxdump *dump;

	assert_ok(dump_text_open(text, &dump));
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "no end mark"));
	dump_text_compare(text, dump, true);
	kxdump_close(dump);
	dump_text_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),	 cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_overlaps), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_run),	 cmocka_unit_test(test_wild_records),
		cmocka_unit_test(test_version),	 cmocka_unit_test(test_far),
		cmocka_unit_test(test_dumps),	 cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
