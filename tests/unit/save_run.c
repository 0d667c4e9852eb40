// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps saved by several threads are what they were made of: from every kind of source, also
 * damaged ones, whose lost pages stay lost and are counted.
 */
#include "save/save.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64], names[3][96];
static const char *paths[3];

static int make_folder(void **state)
{
	strcpy(folder, "/tmp/kx-save-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(names[i], sizeof(names[i]), "%s/dump.%zu", folder, i);
		paths[i] = names[i];
	}
	return 0;
}

static int remove_folder(void **state)
{
	return rmdir(folder);
}

static struct save_options options_for(enum kxdump_write_format format, size_t nr_paths)
{
	struct save_options options = {
		.format = format,
		.codec = "zstd",
		.threads = 3,
		.paths = paths,
		.nr_paths = nr_paths,
	};

	assert_ok(filter_rules_level(0, &options.rules));
	return options;
}

static struct error *save(const struct dump_text *text, const struct save_options *options,
			  struct save_report *report)
{
	const struct image_options none = { 0 };
	struct kxdump *dump;
	struct image *image;
	struct error *err;

	assert_ok(dump_text_open(text, &dump));
	assert_ok(image_open(dump, &none, &image));
	err = save_run(image, options, report);
	image_close(image);
	return err;
}

static void remove_files(size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(unlink(paths[i]), 0);
}

static void compare(const struct dump_text *text, size_t nr_paths, bool damaged)
{
	struct kxdump *dump;

	assert_ok(kxdump_open(paths, nr_paths, &dump));
	dump_text_compare(text, dump, damaged);
	kxdump_close(dump);
}

static void test_sources(void **state)
{
	static const char *const sources[][2] = {
		{ "kdump.txt", "vmcoreinfo PAGESIZE=1024" },
		{ "kdump.txt", "vmcoreinfo PAGESIZE=1024\nflattened shuffled" },
		{ "split.txt", "vmcoreinfo PAGESIZE=1024" },
		{ "filtered.txt", NULL },
		{ "vmcore.txt", NULL },
		{ "overlaps.txt", NULL },
		{ "qemu.txt", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct dump_text *text = dump_text_load(sources[i][0], sources[i][1]);
		struct save_options options = options_for(KXDUMP_WRITE_ELF, 1);
		struct save_report report;

		assert_ok(save(text, &options, &report));
		assert_int_equal(report.lost, 0);
		assert_int_equal(report.kept, report.dumped);
		assert_false(report.incomplete);
		assert_int_equal(report.threads, 3);
		compare(text, 1, false);
		remove_files(1);
		save_report_deinit(&report);
		if (!text->kdump)
			goto next;
		for (size_t files = 1; files <= 3; files += 2) {
			options = options_for(KXDUMP_WRITE_KDUMP, files);
			assert_ok(save(text, &options, &report));
			compare(text, files, false);
			remove_files(files);
			save_report_deinit(&report);
		}
next:
		dump_text_free(text);
	}
}

/* Pages that were lost: in the kdump format they stay so, in ELF they are not in the file. */
static void test_lost(void **state)
{
	struct dump_text *text =
		dump_text_load("incomplete.txt", "vmcoreinfo PAGESIZE=1024\nuts machine x86_64");
	struct save_options options = options_for(KXDUMP_WRITE_KDUMP, 1);
	struct save_report report;
	struct kxdump *dump;

	assert_ok(save(text, &options, &report));
	assert_int_equal(report.lost, 12); /* 12 and 30-40 */
	assert_int_equal(report.kept, 41 - 1 - 12);
	assert_true(report.incomplete);
	assert_int_equal(report.nr_errors, SAVE_MESSAGES);
	compare(text, 1, false);
	remove_files(1);
	save_report_deinit(&report);

	options.format = KXDUMP_WRITE_ELF;
	assert_ok(save(text, &options, &report));
	assert_int_equal(report.lost, 12);
	assert_ok(kxdump_open(paths, 1, &dump));
	assert_non_null(kxdump_info(dump)->partial_why);
	for (uint64_t pfn = 0; pfn < 41; pfn++) {
		bool gone = pfn == 5 || pfn == 12 || pfn >= 30;

		assert_int_equal(kxdump_page_state(dump, pfn * 1024),
				 gone ? KXDUMP_PAGE_EXCLUDED : KXDUMP_PAGE_PRESENT);
	}
	kxdump_close(dump);
	remove_files(1);
	save_report_deinit(&report);
	dump_text_free(text);
}

/* A page whose data is damaged is found when it is read, and costs only itself. */
static void test_damaged(void **state)
{
	static const enum kxdump_write_format formats[] = { KXDUMP_WRITE_KDUMP, KXDUMP_WRITE_ELF };
	struct dump_text *text =
		dump_text_load("kdump.txt", "codec zstd\nvmcoreinfo PAGESIZE=1024");
	struct save_report report;
	uint8_t junk[8];

	/* The last page's data. */
	memset(junk, 0xa5, sizeof(junk));
	dump_text_change(text, 0, text->files[0].size - 12, junk, sizeof(junk));
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct save_options options = options_for(formats[i], 1);

		assert_ok(save(text, &options, &report));
		assert_int_equal(report.lost, 1);
		assert_int_equal(report.nr_errors, 1);
		assert_true(report.incomplete);
		compare(text, 1, true);
		remove_files(1);
		save_report_deinit(&report);
	}
	dump_text_free(text);
}

/* Cut at any place: never a page that is not the truth, never a crash. */
static void test_truncated(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", "codec lzo\nvmcoreinfo PAGESIZE=1024");

	for (size_t size = text->files[0].size - 1; size > 3000; size -= min(size, (size_t)3777)) {
		struct save_options options = options_for(KXDUMP_WRITE_KDUMP, 1);
		struct save_report report;
		struct error *err;

		dump_text_cut(text, 0, size);
		err = save(text, &options, &report);
		if (!err) {
			assert_true(report.incomplete);
			compare(text, 1, true);
			remove_files(1);
		}
		error_free(err);
		save_report_deinit(&report);
	}
	dump_text_free(text);
}

/* Zeros left out of ELF; nothing written by a dry run, which knows the size all the same. */
static void test_zeros_and_dry_run(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", "vmcoreinfo PAGESIZE=1024");
	struct save_options options = options_for(KXDUMP_WRITE_ELF, 1);
	struct save_report report;
	struct kxdump *dump;
	uint64_t size;

	options.rules.zero = true;
	assert_ok(save(text, &options, &report));
	assert_int_equal(report.zero, 5); /* 2, 7, 8, 20, 31 */
	assert_ok(kxdump_open(paths, 1, &dump));
	assert_int_equal(kxdump_page_state(dump, 2 * 1024), KXDUMP_PAGE_EXCLUDED);
	kxdump_close(dump);
	remove_files(1);
	save_report_deinit(&report);

	options = options_for(KXDUMP_WRITE_KDUMP, 1);
	assert_ok(save(text, &options, &report));
	size = report.written.file_bytes;
	save_report_deinit(&report);
	assert_ok(kxdump_open(paths, 1, &dump));
	assert_int_equal(kxdump_info(dump)->file_size, size);
	kxdump_close(dump);
	remove_files(1);
	options.dry_run = true;
	assert_ok(save(text, &options, &report));
	assert_int_equal(report.written.file_bytes, size);
	assert_int_not_equal(access(paths[0], F_OK), 0);
	save_report_deinit(&report);
	dump_text_free(text);
}

/* A machine of 1 TiB: its bitmaps lie in a file, and what is written is sparse. */
static void test_large(void **state)
{
	static const enum kxdump_write_format formats[] = { KXDUMP_WRITE_KDUMP, KXDUMP_WRITE_ELF };
	struct dump_text *text =
		dump_text_make("format elf\nmachine 62\nvmcoreinfo PAGESIZE=4096\n"
			       "load phys=0x1000 virt=0xffff888000001000 size=0x9000\n"
			       "load phys=0x10000000000 virt=0xffff898000000000 size=0x5000\n",
			       NULL);

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct save_options options = options_for(formats[i], 1);
		struct save_report report;

		assert_ok(save(text, &options, &report));
		assert_int_equal(report.kept, 9 + 5);
		compare(text, 1, false);
		remove_files(1);
		save_report_deinit(&report);
	}
	dump_text_free(text);
}

static void test_levels(void **state)
{
	struct filter_rules rules;

	for (unsigned int level = 0; level <= 31; level++) {
		assert_ok(filter_rules_level(level, &rules));
		/* private pages of the cache take the others along: 4 means 6 */
		assert_int_equal(save_dump_level(&rules), level & 4 ? level | 2 : level);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_zeros_and_dry_run),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
