// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damage, all of it: every fixture cut at every length, and with every byte of its headers set to
 * wild values. Opening gives a dump or an error that says something; of a dump that was cut,
 * nothing but the truth is read, and never zeros for what is not there.
 */
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name, *more;
} fixtures[] = {
	{ "kdump.txt", NULL },
	{ "kdump.txt", "bits 32\nendian big\npadded\ncodec lzo" },
	{ "kdump.txt", "flattened\ncodec snappy" },
	{ "kdump.txt", "flattened shuffled overlapping\ncodec zstd" },
	{ "incomplete.txt", "reversed" },
	{ "diskdump.txt", "page 1024" },
	{ "filtered.txt", "page 4096" },
	{ "filtered.txt", "bits 32\nendian big\nflattened" },
	{ "overlaps.txt", "flattened shuffled overlapping" },
	{ "qemu.txt", "xnum" },
	{ "kcore.txt", NULL },
};

static void check_message(const struct error *err)
{
	assert_true(err->code == ERROR_BAD_DATA || err->code == ERROR_NOT_MINE ||
		    err->code == ERROR_ABSENT || err->code == ERROR_EXCLUDED);
	assert_true(strlen(err->message) > 10);
}

static void check_cut(struct dump_text *text, size_t size, bool thorough)
{
	struct kxdump *dump = NULL;
	struct error *err;

	dump_text_cut(text, 0, size);
	err = dump_text_open(text, &dump);
	if (err) {
		check_message(err);
		error_free(err);
		return;
	}
	if (size < text->files[0].size && !text->reversed && text->nr_loads != 5)
		assert_non_null(kxdump_info(dump)->partial_why);
	/* Where records overlap, what was cut off may have been to replace what is read. */
	if (thorough && !text->overlapping)
		dump_text_compare(text, dump, true);
	else
		dump_text_exercise(dump);
	kxdump_close(dump);
}

static void test_truncated(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		struct dump_text *text = dump_text_load(fixtures[i].name, fixtures[i].more);
		size_t size = text->files[0].size;

		/* Everywhere near the start and the end, by a prime step between. */
		for (size_t cut = size + 1; cut--; cut -= cut > 600 && cut + 40 < size ? 36 : 0)
			check_cut(text, cut, cut % 5 == 0);
		dump_text_free(text);
	}
}

/* Every length there is, of a dump that is small enough for it. */
static void test_every_length(void **state)
{
	static const char *const small[] = {
		"format kdump\npage 1024\ncodec zlib\nram 0-6\nexclude 2\nnoise 4\nzero 3\n"
		"vmcoreinfo A=1",
		"format elf\nnote CORE 1 40\nvmcoreinfo A=1\n"
		"load phys=0x1000 virt=0x5000 size=0x500\n"
		"load phys=0x1800 virt=0x5800 size=0x900 filesz=0x280",
	};

	for (size_t i = 0; i < ARRAY_SIZE(small); i++) {
		struct dump_text *text = dump_text_make(small[i], NULL);

		for (size_t cut = text->files[0].size + 1; cut--;)
			check_cut(text, cut, true);
		dump_text_free(text);
	}
}

static void check_changed(struct dump_text *text)
{
	struct kxdump *dump = NULL;
	struct error *err;

	err = dump_text_open(text, &dump);
	if (err) {
		check_message(err);
		error_free(err);
		return;
	}
	dump_text_exercise(dump);
	kxdump_close(dump);
}

static void change_bytes(struct dump_text *text, size_t at, size_t width)
{
	static const uint8_t wild[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	uint8_t was[8], now[8];

	if (at + width > text->files[0].size)
		return;
	memcpy(was, text->files[0].data + at, width);
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		memset(now, wild[i], width);
		dump_text_change(text, 0, at, now, width);
		check_changed(text);
	}
	dump_text_change(text, 0, at, was, width);
}

/* The parts of a fixture that are headers: where, and how long. */
static void change_headers(struct dump_text *text)
{
	size_t flat = text->flattened ? 4096 : 0;
	size_t head = text->kdump ? 12 : 16, size = text->kdump ? 464 : 64 + 6 * 64;

	for (size_t at = 0; at < 40; at++)
		change_bytes(text, at, 1);
	for (size_t at = 0; text->flattened && at < 64; at++)
		change_bytes(text, flat + at, 1 + at % 8);
	for (size_t at = flat + head; at < flat + size; at++) {
		/* utsname is text, most of it: a look here and there will do */
		if (text->kdump && at < flat + 400 && at % 50)
			continue;
		change_bytes(text, at, 1);
		if (at % 4 == 0)
			change_bytes(text, at, 4);
		if (at % 8 == 0)
			change_bytes(text, at, 8);
	}
	for (size_t at = text->page; text->kdump && at < text->page + 104u + 40; at += 2) {
		change_bytes(text, flat + at, 2);
		change_bytes(text, flat + at, 8);
	}
}

static void test_wild_headers(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		struct dump_text *text = dump_text_load(fixtures[i].name, fixtures[i].more);

		change_headers(text);
		dump_text_free(text);
	}
}

/* Bitmaps, descriptors and data of a small dump: every byte. */
static void test_wild_bytes(void **state)
{
	struct dump_text *text = dump_text_make(
		"format kdump\npage 1024\ncodec lzo\nram 0-9\nexclude 2\nzero 3\ncodec_of zstd 5\n"
		"codec_of zlib 6\ncodec_of snappy 7",
		NULL);

	for (size_t at = 2048; at < text->files[0].size; at++)
		change_bytes(text, at, 1);
	dump_text_free(text);
}

/* Files that are nearly all holes, whose headers claim all that they could hold. */
static void test_sparse(void **state)
{
	struct dump_text *text = dump_text_make("format kdump\npage 4096\nram 0-3", NULL);
	struct kxdump *dump = NULL;
	struct kxdump_totals totals;
	char byte;

	/* 2^40 pages, whose two bitmaps are 2^26 blocks of 4 KiB. */
	text_store(&text->files[0], 436, 1 << 26, 4, false);
	text_store(&text->files[0], 4096 + 96, (uint64_t)1 << 40, 8, false);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	assert_int_equal(ftruncate(text->fds[0], (off_t)1 << 42), 0);
	assert_ok(dump_text_open(text, &dump));
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "the bitmaps"));
	assert_ok(kxdump_totals(dump, &totals));
	assert_fails(kxdump_read(dump, (uint64_t)1 << 50, &byte, 1), ERROR_BAD_DATA);
	dump_text_exercise(dump);
	kxdump_close(dump);
	dump_text_free(text);

	text = dump_text_make("format elf\nxnum\nnote CORE 1 4\nload phys=0 size=16", NULL);
	text_store(&text->files[0], 64 + 44, UINT32_MAX, 4, false);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	assert_int_equal(ftruncate(text->fds[0], (off_t)1 << 42), 0);
	assert_fails(dump_text_open(text, &dump), ERROR_BAD_DATA);
	dump_text_free(text);

	text = dump_text_make("format elf\nnote CORE 1 4\nload phys=0 size=16", NULL);
	text_store(&text->files[0], 64 + 32, (uint64_t)1 << 41, 8, false);  /* p_filesz */
	text_store(&text->files[0], 64 + 2 * 56 + 4, UINT32_MAX, 4, false); /* descsz */
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	assert_int_equal(ftruncate(text->fds[0], (off_t)1 << 42), 0);
	assert_ok(dump_text_open(text, &dump));
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "larger than the file"));
	kxdump_close(dump);
	dump_text_free(text);

	text = dump_text_make("format elf\nload phys=0 size=16", "flattened endless");
	assert_int_equal(ftruncate(text->fds[0], (off_t)1 << 42), 0);
	assert_ok(dump_text_open(text, &dump));
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "a damaged record"));
	kxdump_close(dump);
	dump_text_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncated),    cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_wild_headers), cmocka_unit_test(test_wild_bytes),
		cmocka_unit_test(test_sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
