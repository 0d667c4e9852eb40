// SPDX-License-Identifier: GPL-2.0-or-later
/* The KDUMP format: every layout, version and codec; what it says of itself and of its pages. */
#include "support/data.h"
#include "support/dump_text.h"

#include <stdio.h>
#include <string.h>

static struct kxdump *open_text(const struct dump_text *text)
{
	struct kxdump *dump = NULL;

	assert_ok(dump_text_open(text, &dump));
	return dump;
}

static void compare_with(const char *name, const char *more)
{
	struct dump_text *text = dump_text_load(name, more);
	struct kxdump *dump = open_text(text);

	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_matrix(void **state)
{
	static const char *const layouts[] = { "bits 64", "bits 32", "bits 32\npadded" };
	static const char *const orders[] = { "endian little", "endian big" };
	static const char *const codecs[] = { "raw", "zlib", "lzo", "snappy", "zstd" };
	char more[128];

	for (size_t i = 0; i < 3 * 2 * 5; i++) {
		snprintf(more, sizeof(more), "%s\n%s\ncodec %s", layouts[i % 3], orders[i / 3 % 2],
			 codecs[i / 6]);
		compare_with("kdump.txt", more);
	}
	for (size_t i = 0; i < 3 * 2 * 7; i++) {
		snprintf(more, sizeof(more), "%s\n%s\nversion %zu", layouts[i % 3],
			 orders[i / 3 % 2], i / 6);
		compare_with("kdump.txt", more);
	}
}

static void test_page_sizes(void **state)
{
	compare_with("kdump.txt", "page 4096\ncodec lzo");
	compare_with("kdump.txt", "page 16384\ncodec zstd");
	compare_with("kdump.txt", "page 65536\ncodec snappy\nendian big");
}

static void test_codecs_of_pages(void **state)
{
	compare_with("kdump.txt", "codec_of raw 0 13-14\ncodec_of lzo 3 15\ncodec_of zstd 16-18\n"
				  "codec_of snappy 19");
}

static void test_any_order(void **state)
{
	compare_with("kdump.txt", "reversed");
	compare_with("kdump.txt", "reversed\ncodec raw");
	compare_with("split.txt", "reversed");
}

/* Long runs: more than one batch of descriptors, more than one window, more than one cache. */
static void test_long_runs(void **state)
{
	compare_with("kdump.txt", "ram 0-3000\npage 4096\ncodec zstd");
	compare_with("kdump.txt", "ram 0-3000\npage 4096\ncodec raw\nzero 700-900");
	compare_with("kdump.txt", "ram 0-1500\npage 4096\ncodec lzo\nzero 5-7\nnoise 100-1200");
}

static void test_info(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	const struct kxdump_info *info = kxdump_info(dump);

	assert_string_equal(info->format, "kdump");
	assert_string_equal(info->detail, "makedumpfile compressed, version 6, zlib");
	assert_string_equal(info->path, text->paths[0]);
	assert_false(info->flattened);
	assert_false(info->live);
	assert_int_equal(info->nr_files, 1);
	assert_int_equal(info->file_size, text->files[0].size);
	assert_int_equal(info->elf_machine, 62);
	assert_int_equal(info->word_size, 8);
	assert_false(info->big_endian);
	assert_int_equal(info->page_size, 1024);
	assert_int_equal(info->max_pfn, 101);
	assert_int_equal(info->dump_level, 31);
	assert_true(info->has_phys_base);
	assert_int_equal(info->phys_base, 0x1000000);
	assert_true(info->has_time);
	assert_int_equal(info->time, 1700000000);
	assert_string_equal(info->sysname, "Linux");
	assert_string_equal(info->nodename, "host");
	assert_string_equal(info->release, "6.1.0-test");
	assert_string_equal(info->version, "#1 SMP");
	assert_string_equal(info->machine, "x86_64");
	assert_int_equal(info->nr_cpus, 2);
	assert_null(info->partial_why);
	kxdump_close(dump);
	dump_text_free(text);
}

static void check_notes(const char *more, size_t nr_notes, const char *vmcoreinfo)
{
	struct dump_text *text = dump_text_load("kdump.txt", more);
	struct kxdump *dump = open_text(text);
	size_t size = 0;
	const char *found = kxdump_vmcoreinfo(dump, &size);

	assert_int_equal(kxdump_nr_notes(dump), nr_notes);
	if (vmcoreinfo) {
		assert_non_null(found);
		assert_int_equal(size, strlen(vmcoreinfo));
		assert_memory_equal(found, vmcoreinfo, size);
	} else {
		assert_null(found);
	}
	if (nr_notes) {
		assert_string_equal(kxdump_note(dump, 0)->name, "CORE");
		assert_int_equal(kxdump_note(dump, 0)->size, 336);
		assert_int_equal(((const uint8_t *)kxdump_note(dump, 0)->data)[77], 77);
	}
	assert_null(kxdump_note(dump, nr_notes));
	assert_null(kxdump_info(dump)->partial_why);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_notes(void **state)
{
	static const char *const vmcoreinfo = "OSRELEASE=6.1.0-test\nCRASHTIME=1700000000\n";

	check_notes(NULL, 3, vmcoreinfo);
	check_notes("insert_zeros 100", 3, vmcoreinfo);
	check_notes("bits 32\npadded\nendian big", 3, vmcoreinfo);
	check_notes("bits 32", 3, vmcoreinfo);
	check_notes("bits 32\nversion 4\npadded", 3, vmcoreinfo);
	check_notes("version 3", 0, vmcoreinfo); /* the sub-header alone tells of it */
	check_notes("no_notes", 0, vmcoreinfo);
	check_notes("version 2", 0, NULL);
}

static void test_regions(void **state)
{
	static const struct kxdump_region wanted[] = {
		{ .phys = 0, .size = 4096, .present = 4 },
		{ .phys = 6 * 1024, .size = 35 * 1024, .present = 31, .excluded = 4 },
		{ .phys = 64 * 1024, .size = 7 * 1024, .present = 2, .excluded = 5 },
		{ .phys = 100 * 1024, .size = 1024, .present = 1 },
	};
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_region region;

	assert_int_equal(kxdump_nr_regions(dump), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(wanted); i++) {
		size_t n = i < 4 ? i : 7 - i; /* up, and down again */

		assert_ok(kxdump_region(dump, n, &region));
		assert_int_equal(region.phys, wanted[n].phys);
		assert_int_equal(region.size, wanted[n].size);
		assert_int_equal(region.present, wanted[n].present);
		assert_int_equal(region.excluded, wanted[n].excluded);
		assert_false(region.has_virt);
	}
	assert_fails(kxdump_region(dump, ARRAY_SIZE(wanted), &region), ERROR_NOT_FOUND);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_many_regions(void **state)
{
	struct dump_text *text =
		dump_text_make("format kdump\npage 1024\nmax_pfn 4000\nram 0", NULL);
	struct kxdump_region region;
	struct kxdump *dump;

	/* Both bitmaps, which are the third and fourth block: every second page. */
	memset(text->files[0].data + 2048, 0x55, 500);
	memset(text->files[0].data + 3072, 0x55, 500);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	dump = open_text(text);
	assert_int_equal(kxdump_nr_regions(dump), 2000);
	for (size_t i = 0; i < 2000; i++) {
		size_t n = i * 777 % 2000;

		assert_ok(kxdump_region(dump, n, &region));
		assert_int_equal(region.phys, n * 2048);
		assert_int_equal(region.size, 1024);
	}
	assert_non_null(kxdump_info(dump)->partial_why); /* there are no descriptors for them */
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_totals(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_totals totals;

	assert_ok(kxdump_totals(dump, &totals));
	assert_int_equal(totals.described, 4 + 35 + 7 + 1);
	assert_int_equal(totals.present, 4 + 31 + 2 + 1);
	assert_int_equal(totals.excluded, 4 + 5);
	assert_int_equal(totals.lost, 0);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_incomplete(void **state)
{
	struct dump_text *text = dump_text_load("incomplete.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_totals totals;
	struct error *err;
	char buf[1024];

	assert_non_null(strstr(kxdump_info(dump)->partial_why, "marked incomplete"));
	assert_int_equal(kxdump_page_state(dump, 12 * 1024 + 5), KXDUMP_PAGE_LOST);
	err = kxdump_read(dump, 12 * 1024 + 5, buf, 8);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	assert_int_equal(err->address, 12 * 1024 + 5);
	assert_non_null(strstr(err->message, "was lost"));
	error_free(err);
	assert_ok(kxdump_totals(dump, &totals));
	assert_int_equal(totals.lost, 12);
	assert_int_equal(totals.present, 41 - 1 - 12);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

/* More than is looked at in one go, with what is lost in the middle and at the end. */
static void test_incomplete_runs(void **state)
{
	struct dump_text *text = dump_text_load(
		"incomplete.txt", "ram 0-3500\nexclude 700-702\nlost 1000-2100 3000-3500");
	struct kxdump *dump = open_text(text);

	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

/* The same without the mark: seen from the descriptors at the end. */
static void test_lost_unmarked(void **state)
{
	struct dump_text *text =
		dump_text_make("format kdump\npage 1024\nram 0-40\nlost 30-40", NULL);
	struct kxdump *dump = open_text(text);

	assert_non_null(strstr(kxdump_info(dump)->partial_why, "were lost"));
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_diskdump(void **state)
{
	struct dump_text *text = dump_text_load("diskdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	const struct kxdump_info *info = kxdump_info(dump);

	assert_string_equal(info->detail, "diskdump, version 0, uncompressed");
	assert_int_equal(info->word_size, 4);
	assert_int_equal(info->elf_machine, 3);
	assert_false(info->has_phys_base);
	assert_int_equal(info->dump_level, -1);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
	compare_with("diskdump.txt", "bits 64\nendian big");
}

static void test_qemu(void **state)
{
	struct dump_text *text = dump_text_load("qemu-kdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	const struct kxdump_info *info = kxdump_info(dump);

	assert_string_equal(info->detail, "makedumpfile compressed, version 6, zlib, flattened");
	assert_true(info->flattened);
	assert_null(info->release);
	assert_false(info->has_time);
	assert_int_equal(info->elf_machine, 62);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
	compare_with("qemu-kdump.txt", "bits 32\nendian big\nuts machine armv7b\ncodec snappy");
}

struct fields {
	char text[8192];
	size_t used;
};

static void keep_field(void *context, const char *name, const char *value)
{
	struct fields *f = context;

	f->used += (size_t)snprintf(f->text + f->used, sizeof(f->text) - f->used, "%s=%s\n", name,
				    value);
}

static void test_header(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct fields fields = { .used = 0 };

	kxdump_header(dump, keep_field, &fields);
	assert_non_null(strstr(fields.text, "signature=KDUMP   \nheader_version=6\n"));
	assert_non_null(strstr(fields.text, "utsname.release=6.1.0-test\n"));
	assert_non_null(strstr(fields.text, "block_size=1024\n"));
	assert_non_null(strstr(fields.text, "\nmax_mapnr=0x65\n"));
	assert_non_null(strstr(fields.text, "\nphys_base=0x1000000\ndump_level=31\nsplit=0\n"));
	assert_non_null(strstr(fields.text, "\nmax_mapnr_64=0x65\n"));
	kxdump_close(dump);
	dump_text_free(text);
}

/* A descriptor's field made wild: that page alone cannot be read, and the message says why. */
static void check_wild_desc(size_t field, uint64_t value, size_t size, const char *why)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	size_t descs = (1 + text->files[0].data[432] + 2) * 1024; /* headers, notes, bitmaps */
	struct kxdump *dump;
	struct error *err;
	char buf[8 * 1024];

	text_store(&text->files[0], descs + 3 * 24 + field, value, size, false);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	dump = open_text(text);
	err = kxdump_read(dump, 3 * 1024 + 8, buf, 8);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	assert_int_equal(err->address, 3 * 1024 + 8);
	if (!strstr(err->message, why))
		fail_msg("%s", err->message);
	error_free(err);
	err = kxdump_read(dump, 0, buf, 4 * 1024); /* all at once: up to that page */
	assert_non_null(err);
	assert_int_equal(err->address, 3 * 1024);
	error_free(err);
	assert_ok(kxdump_read(dump, 6 * 1024, buf, 4 * 1024));
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_wild_descriptors(void **state)
{
	check_wild_desc(0, 0, 8, "lost");
	check_wild_desc(0, UINT64_MAX, 8, "beyond the end of the file");
	check_wild_desc(0, UINT64_MAX - 4, 8, "beyond the end of the file");
	check_wild_desc(0, (uint64_t)1 << 60, 8, "beyond the end of the file");
	check_wild_desc(0, 100, 8, "do not expand");
	check_wild_desc(8, 0, 4, "size 0");
	check_wild_desc(8, 1025, 4, "1 to 1024 bytes");
	check_wild_desc(8, UINT32_MAX, 4, "size 4294967295");
	check_wild_desc(8, 3, 4, "do not expand");
	check_wild_desc(12, 3, 4, "expected one codec");
	check_wild_desc(12, 0, 4, "exactly 1024");
	check_wild_desc(12, 2, 4, "do not expand");
	check_wild_desc(12, 4, 4, "do not expand");
	check_wild_desc(12, 0x20, 4, "do not expand");
}

static void check_wild_header(size_t at, uint32_t value, const char *why)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump = NULL;
	struct error *err;

	text_store(&text->files[0], at, value, 4, false);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	err = dump_text_open(text, &dump);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	if (!strstr(err->message, why))
		fail_msg("%s", err->message);
	error_free(err);
	dump_text_free(text);
}

static void test_wild_header(void **state)
{
	check_wild_header(428, 0, "block_size 0x00000000");
	check_wild_header(428, 0x401, "block_size 0x00000401");
	check_wild_header(428, 0x80000000, "block_size 0x80000000");
	check_wild_header(432, 0xffffffff, "sub_hdr_size 0xffffffff");
	check_wild_header(8, 0xffffffff, "version 0xffffffff");
	check_wild_header(436, 0, "max_mapnr is 0x65");
	check_wild_header(1024 + 96 + 4, 0xffff, "max_mapnr is 0xffff00000065");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_codecs_of_pages),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_long_runs),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_many_regions),
		cmocka_unit_test(test_totals),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_lost_unmarked),
		cmocka_unit_test(test_incomplete_runs),
		cmocka_unit_test(test_diskdump),
		cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_wild_descriptors),
		cmocka_unit_test(test_wild_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
