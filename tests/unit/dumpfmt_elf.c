// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF dumps: of the kernel, of makedumpfile, of QEMU, and /proc/kcore. */
#include "base/bytes.h"
#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

	assert_null(kxdump_info(dump)->partial_why);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_matrix(void **state)
{
	static const char *const names[] = { "vmcore.txt", "qemu.txt", "filtered.txt",
					     "overlaps.txt" };
	static const char *const how[] = {
		"bits 64\nendian little", "bits 64\nendian big", "bits 32\nendian little",
		"bits 32\nendian big",	  "note_segments 2",	 "xnum",
		"xnum\nbits 32",	  "flattened",		 "flattened shuffled overlapping",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(how); j++)
			compare_with(names[i], how[j]);
	}
}

static void test_info(void **state)
{
	struct dump_text *text = dump_text_load("vmcore.txt", NULL);
	struct kxdump *dump = open_text(text);
	const struct kxdump_info *info = kxdump_info(dump);
	size_t size;

	assert_string_equal(info->format, "elf");
	assert_string_equal(info->detail, "ELF64, little-endian, 4 segments");
	assert_int_equal(info->elf_machine, 62);
	assert_int_equal(info->word_size, 8);
	assert_int_equal(info->page_size, 4096); /* VMCOREINFO's */
	assert_int_equal(info->max_pfn, 0x1004);
	assert_int_equal(info->dump_level, -1);
	assert_false(info->has_phys_base);
	assert_false(info->has_time);
	assert_false(info->live);
	assert_null(info->release);
	assert_int_equal(kxdump_nr_notes(dump), 3);
	assert_non_null(kxdump_vmcoreinfo(dump, &size));
	assert_int_equal(size, strlen(text->vmcoreinfo));
	kxdump_close(dump);
	dump_text_free(text);
}

/* kexec-tools writes 32-bit headers for 64-bit machines too, and the other way round. */
static void test_word_size(void **state)
{
	static const struct {
		const char *more;
		uint8_t word_size;
	} cases[] = {
		{ "bits 64\nmachine 62", 8 }, { "bits 32\nmachine 62", 8 },
		{ "bits 64\nmachine 3", 4 },  { "bits 32\nmachine 3", 4 },
		{ "bits 32\nmachine 8", 4 },  { "bits 64\nmachine 243", 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dump_text *text = dump_text_load("vmcore.txt", cases[i].more);
		struct kxdump *dump = open_text(text);

		assert_int_equal(kxdump_info(dump)->word_size, cases[i].word_size);
		kxdump_close(dump);
		dump_text_free(text);
	}
}

static void test_page_size(void **state)
{
	static const char lines[] = "format elf\npage 65536\nvmcoreinfo PAGESIZE=65536\n"
				    "load phys=0x10000 virt=0xffff000000010000 size=0x30000\n"
				    "load phys=0x80000 virt=0xffff000000080000 size=0x10000 "
				    "filesz=0x8000";
	struct dump_text *text = dump_text_make(lines, NULL);
	struct kxdump *dump = open_text(text);

	assert_int_equal(kxdump_info(dump)->page_size, 65536);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_regions(void **state)
{
	static const struct kxdump_region wanted[] = {
		{ .phys = 0x1000, .size = 0x3c00, .virt = 0xffff888000001000, .present = 4 },
		{ .phys = 0x100000, .size = 0x8000, .virt = 0xffff888000100000, .present = 8 },
		{ .phys = 0xffe000, .size = 0x6000, .virt = 0xffff888000ffe000, .present = 6 },
		{ .phys = 0x1000000, .size = 0x2000, .virt = 0xffffffff81000000, .present = 2 },
	};
	struct dump_text *text = dump_text_load("vmcore.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_totals totals;

	assert_int_equal(kxdump_nr_regions(dump), ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct kxdump_region region;

		assert_ok(kxdump_region(dump, i, &region));
		assert_int_equal(region.phys, wanted[i].phys);
		assert_int_equal(region.size, wanted[i].size);
		assert_true(region.has_virt);
		assert_int_equal(region.virt, wanted[i].virt);
		assert_int_equal(region.present, wanted[i].present);
		assert_int_equal(region.excluded, 0);
		assert_int_equal(region.file_size, wanted[i].size);
		assert_int_equal(region.flags, 7);
	}
	assert_ok(kxdump_totals(dump, &totals));
	assert_int_equal(totals.described, 4 + 8 + 6); /* the text is within */
	assert_int_equal(totals.present, 4 + 8 + 6);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_filtered(void **state)
{
	struct dump_text *text = dump_text_load("filtered.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_region region;
	struct kxdump_totals totals;
	struct error *err;
	char buf[16];

	assert_ok(kxdump_totals(dump, &totals));
	assert_int_equal(totals.described, 4 + 3 + 2 + 3);
	assert_int_equal(totals.present, 1 + 2 + 3);
	assert_int_equal(totals.excluded, 3 + 3);
	assert_ok(kxdump_region(dump, 0, &region));
	assert_int_equal(region.present, 1);
	assert_int_equal(region.excluded, 3);
	err = kxdump_read(dump, 0x1ff8, buf, 16);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_EXCLUDED);
	assert_int_equal(err->address, 0x2000);
	assert_non_null(strstr(err->message, "not in the dump"));
	error_free(err);
	assert_fails(kxdump_read(dump, 0xf000, buf, 1), ERROR_ABSENT);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_virt(void **state)
{
	struct dump_text *text = dump_text_load("vmcore.txt", NULL);
	struct kxdump *dump = open_text(text);
	uint64_t phys;
	uint8_t a[64], b[64];

	assert_ok(kxdump_virt_to_phys(dump, 0xffffffff81001234, &phys));
	assert_int_equal(phys, 0x1001234);
	assert_ok(kxdump_virt_to_phys(dump, 0xffff888000001000, &phys));
	assert_int_equal(phys, 0x1000);
	assert_fails(kxdump_virt_to_phys(dump, 0xffff888000000fff, &phys), ERROR_NOT_FOUND);
	assert_fails(kxdump_virt_to_phys(dump, 0, &phys), ERROR_NOT_FOUND);
	assert_ok(kxdump_read_virt(dump, 0xffffffff81000123, a, sizeof(a)));
	assert_ok(kxdump_read(dump, 0x1000123, b, sizeof(b)));
	assert_memory_equal(a, b, sizeof(a));
	assert_fails(kxdump_read_virt(dump, 0xffffffff81001fff, a, 2), ERROR_NOT_FOUND);
	kxdump_close(dump);
	dump_text_free(text);
}

/* Without paging, QEMU's virtual addresses are no claim. */
static void test_qemu(void **state)
{
	struct dump_text *text = dump_text_load("qemu.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_region region;
	uint64_t phys;

	assert_non_null(strstr(kxdump_info(dump)->detail, "written by QEMU"));
	assert_ok(kxdump_region(dump, 1, &region));
	assert_false(region.has_virt);
	assert_fails(kxdump_virt_to_phys(dump, 0xfffc0000, &phys), ERROR_NOT_FOUND);
	assert_int_equal(kxdump_nr_notes(dump), 5);
	assert_string_equal(kxdump_note(dump, 2)->name, "QEMU");
	assert_int_equal(kxdump_note(dump, 2)->size, 440);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_kcore(void **state)
{
	struct dump_text *text = dump_text_load("kcore.txt", NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_region region;
	uint64_t phys;
	uint8_t buf[0x1800], top[4];

	assert_string_equal(kxdump_info(dump)->format, "kcore");
	assert_false(kxdump_info(dump)->live); /* a copy of it */
	assert_fails(kxdump_virt_to_phys(dump, 0xffffc90000000010, &phys), ERROR_NOT_FOUND);
	assert_ok(kxdump_read_virt(dump, 0xffffc90000000000, buf, sizeof(buf)));
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], text_load_byte(&text->loads[1], 0x7000 + i));
	assert_ok(kxdump_read_virt(dump, UINT64_MAX - 3, top, 4)); /* the very last bytes */
	assert_int_equal(top[3], text_load_byte(&text->loads[4], 0xfff));
	assert_int_equal(kxdump_nr_regions(dump), 5);
	assert_ok(kxdump_region(dump, 4, &region));
	assert_int_equal(region.phys, UINT64_MAX);
	dump_text_compare(text, dump, false);
	kxdump_close(dump);
	dump_text_free(text);
}

/* p_paddr 0 everywhere: old kernels' /proc/kcore. */
static void test_no_phys(void **state)
{
	struct dump_text *text = dump_text_make(
		"format elf\nnote CORE 4 64\nload phys=0 virt=0xffff888000000000 size=0x2000\n"
		"load phys=0 virt=0xffffffff81000000 size=0x1000 seed=1",
		NULL);
	struct kxdump *dump = open_text(text);
	struct kxdump_totals totals;
	struct kxdump_region region;
	uint64_t start, size;
	uint8_t buf[8];

	assert_non_null(strstr(kxdump_info(dump)->detail, "no physical addresses"));
	assert_fails(kxdump_read(dump, 0, buf, 8), ERROR_ABSENT);
	assert_false(kxdump_next_present(dump, 0, &start, &size));
	assert_ok(kxdump_read_virt(dump, 0xffffffff81000ff8, buf, 8));
	assert_int_equal(buf[0], text_load_byte(&text->loads[1], 0xff8));
	assert_ok(kxdump_totals(dump, &totals));
	assert_int_equal(totals.present, 3);
	assert_ok(kxdump_region(dump, 0, &region));
	assert_int_equal(region.phys, UINT64_MAX);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_incomplete(void **state)
{
	struct dump_text *text = dump_text_load("filtered.txt", "flags 1");
	struct kxdump *dump = open_text(text);

	assert_non_null(strstr(kxdump_info(dump)->partial_why, "marked incomplete"));
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_not_mine(void **state)
{
	static const struct {
		const char *name, *more, *why;
	} cases[] = {
		{ "process.txt", NULL, "the core file of a process" },
		{ "vmcore.txt", "type 2", "an ELF executable (a vmlinux?)" },
		{ "vmcore.txt", "type 1", "an ELF object file (a kernel module?)" },
		{ "vmcore.txt", "type 3", "an ELF shared object" },
		{ "vmcore.txt", "type 513\nendian big", "an ELF file of an unknown type" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dump_text *text = dump_text_load(cases[i].name, cases[i].more);
		struct kxdump *dump = NULL;
		struct error *err = dump_text_open(text, &dump);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_NOT_MINE);
		if (!strstr(err->message, cases[i].why))
			fail_msg("%s", err->message);
		error_free(err);
		dump_text_free(text);
	}
}

/* A truncated file: what is there can be read, what is not is said to be lost. */
static void test_truncated(void **state)
{
	struct dump_text *text = dump_text_load("qemu.txt", NULL);
	struct kxdump *dump;
	struct error *err;
	uint8_t buf[0x2000];

	dump_text_write(text, 0, text->files[0].data, text->files[0].size - 0x1800);
	dump = open_text(text);
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "truncated"));
	assert_int_equal(kxdump_page_state(dump, 0xfffc0000), KXDUMP_PAGE_PRESENT);
	assert_int_equal(kxdump_page_state(dump, 0xfffc1000), KXDUMP_PAGE_LOST);
	err = kxdump_read(dump, 0xfffc0000, buf, sizeof(buf));
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_BAD_DATA);
	assert_int_equal(err->address, 0xfffc0800);
	assert_non_null(strstr(err->message, "beyond the end of the file (truncated)"));
	error_free(err);
	assert_ok(kxdump_read(dump, 0xfffc0000, buf, 0x800));
	dump_text_compare(text, dump, true);
	kxdump_close(dump);
	dump_text_free(text);
}

/* A segment that wraps around, sizes that are wild: no more than an error. */
static void test_wild_segments(void **state)
{
	struct dump_text *text = dump_text_make(
		"format elf\nnote_segments 0\n"
		"load phys=0x1000 virt=0x1000 size=0x1000\n"
		"load phys=0xfffffffffffff000 virt=0xfffffffffffff000 size=0x10000 filesz=0x2000\n"
		"load phys=0x10000 virt=0x10000 size=0xffffffffffffffff filesz=0x1000\n",
		NULL);
	uint8_t buf[0x4000];
	struct kxdump *dump;
	uint64_t start, size;

	/* The offset of the last one's data: near the end of the space. */
	text_store(&text->files[0], 64 + 2 * 56 + 8, UINT64_MAX - 0x100, 8, false);
	dump_text_write(text, 0, text->files[0].data, text->files[0].size);
	dump = open_text(text);
	assert_ok(kxdump_read(dump, 0x1000, buf, 0x1000));
	assert_ok(kxdump_read(dump, 0xfffffffffffff000, buf, 0x1000));
	assert_fails(kxdump_read(dump, 0xfffffffffffff000, buf, 0x1001), ERROR_ABSENT);
	assert_fails(kxdump_read(dump, 0x10000, buf, 1), ERROR_BAD_DATA);
	assert_fails(kxdump_read(dump, 0x20000, buf, 1), ERROR_EXCLUDED);
	assert_true(kxdump_next_present(dump, 0x2000, &start, &size));
	assert_int_equal(start, 0xfffffffffffff000);
	assert_int_equal(size, 0x1000);
	dump_text_exercise(dump);
	kxdump_close(dump);
	dump_text_free(text);
}

static void test_many_segments(void **state)
{
	enum { COUNT = 70000 };
	struct text_bytes file = { 0 };
	struct dump_text *text = dump_text_make("format elf\nxnum\nnote_segments 0", NULL);
	char path[40];
	const char *paths[] = { path };
	struct kxdump *dump;
	uint64_t data;
	uint8_t buf[32];
	int fd;

	text_append(&file, text->files[0].data, text->files[0].size);
	text_store(&file, 64 + 44, COUNT, 4, false);
	data = file.size + COUNT * 56;
	for (uint64_t i = 0; i < COUNT; i++) { /* backwards, of 16 bytes each */
		uint64_t fields[] = {
			(uint64_t)7 << 32 | 1, data + 16 * i, 0, 16 * (COUNT - 1 - i), 16, 16, 0
		};

		for (size_t j = 0; j < ARRAY_SIZE(fields); j++)
			text_append_number(&file, fields[j], 8, false);
	}
	for (uint64_t i = 0; i < COUNT; i++)
		text_append_number(&file, COUNT - 1 - i, 8, false), text_append_zeros(&file, 8);
	dump_text_memory(file.data, file.size, &fd, path);
	assert_ok(kxdump_open(paths, 1, &dump));
	assert_int_equal(kxdump_nr_regions(dump), COUNT);
	for (uint64_t i = 0; i + 1 < COUNT; i += 7) {
		assert_ok(kxdump_read(dump, 16 * i, buf, 32));
		assert_int_equal(load_number(buf, 8, false), i);
		assert_int_equal(load_number(buf + 16, 8, false), i + 1);
	}
	kxdump_close(dump);
	close(fd);
	free(file.data);
	dump_text_free(text);
}

static void test_two_files(void **state)
{
	struct dump_text *text = dump_text_load("vmcore.txt", NULL);
	struct dump_text *other = dump_text_load("qemu.txt", NULL);
	const char *paths[] = { text->paths[0], other->paths[0] };
	struct kxdump *dump;

	assert_fails(kxdump_open(paths, 2, &dump), ERROR_USAGE);
	dump_text_free(text);
	dump_text_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),	      cmocka_unit_test(test_info),
		cmocka_unit_test(test_word_size),     cmocka_unit_test(test_page_size),
		cmocka_unit_test(test_regions),	      cmocka_unit_test(test_filtered),
		cmocka_unit_test(test_virt),	      cmocka_unit_test(test_qemu),
		cmocka_unit_test(test_kcore),	      cmocka_unit_test(test_no_phys),
		cmocka_unit_test(test_incomplete),    cmocka_unit_test(test_not_mine),
		cmocka_unit_test(test_truncated),     cmocka_unit_test(test_wild_segments),
		cmocka_unit_test(test_many_segments), cmocka_unit_test(test_two_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
