// SPDX-License-Identifier: GPL-2.0-or-later
/* Notes: names, sizes, padding, device dumps, and what is damaged among them. */
#include "dumpfmt/notes.h"

#include "support/data.h"
#include "support/dump_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(struct text_bytes *to, uint32_t namesz, const char *name, uint32_t type,
		 uint32_t descsz, size_t there)
{
	text_append_number(to, namesz, 4, false);
	text_append_number(to, descsz, 4, false);
	text_append_number(to, type, 4, false);
	text_append(to, name, namesz < 256 ? namesz : 0);
	text_align(to, 4);
	for (size_t i = 0; i < there; i++)
		text_append_number(to, i % 251, 1, false);
	text_align(to, 4);
}

/* An ELF dump of these notes and nothing else. */
static struct kxdump *open_notes(struct text_bytes *notes)
{
	struct dump_text *text = dump_text_make("format elf\nnote CORE 1 4", NULL);
	struct text_bytes *file = &text->files[0];
	struct kxdump *dump = NULL;

	file->size = 64 + 56;
	text_append(file, notes->data, notes->size);
	text_store(file, 64 + 32, notes->size, 8, false);
	text_store(file, 64 + 40, notes->size, 8, false);
	dump_text_write(text, 0, file->data, file->size);
	assert_ok(dump_text_open(text, &dump));
	free(notes->data);
	*notes = (struct text_bytes){ 0 };
	dump_text_free(text);
	return dump;
}

static void test_all_kinds(void **state)
{
	struct text_bytes bytes = { 0 };
	struct kxdump *dump;
	size_t size;

	note(&bytes, 5, "CORE", 1, 336, 336);
	note(&bytes, 4, "QEMU", 0, 3, 3); /* a name without its NUL, data to be padded */
	note(&bytes, 0, "", 7, 5, 5);
	note(&bytes, 11, "VMCOREINFO", 0, 8, 8);
	note(&bytes, 6, "EMPTY", 9, 0, 0);
	text_append_zeros(&bytes, 52);
	dump = open_notes(&bytes);
	assert_null(kxdump_info(dump)->partial_why);
	assert_int_equal(kxdump_nr_notes(dump), 5);
	assert_string_equal(kxdump_note(dump, 0)->name, "CORE");
	assert_int_equal(kxdump_note(dump, 0)->type, 1);
	assert_int_equal(kxdump_note(dump, 0)->size, 336);
	assert_int_equal(kxdump_note(dump, 0)->full_size, 336);
	assert_int_equal(((const uint8_t *)kxdump_note(dump, 0)->data)[300], 300 % 251);
	assert_string_equal(kxdump_note(dump, 1)->name, "QEMU");
	assert_int_equal(kxdump_note(dump, 1)->size, 3);
	assert_string_equal(kxdump_note(dump, 2)->name, "");
	assert_int_equal(kxdump_note(dump, 4)->size, 0);
	assert_non_null(kxdump_vmcoreinfo(dump, &size)); /* bytes 0, 1, …: up to the NUL */
	assert_int_equal(size, 0);
	kxdump_close(dump);
}

/* The kernel's device dumps come first, and may be of any size. */
static void test_device_dump(void **state)
{
	struct text_bytes bytes = { 0 };
	struct kxdump *dump;

	note(&bytes, 6, "LINUX", 0x700, 300000, 300000);
	note(&bytes, 5, "CORE", 1, 336, 336);
	dump = open_notes(&bytes);
	assert_int_equal(kxdump_nr_notes(dump), 2);
	assert_int_equal(kxdump_note(dump, 0)->size, 65536);
	assert_int_equal(kxdump_note(dump, 0)->full_size, 300000);
	assert_string_equal(kxdump_note(dump, 1)->name, "CORE");
	kxdump_close(dump);
}

static void check_damaged(uint32_t namesz, uint32_t descsz)
{
	struct text_bytes bytes = { 0 };
	struct kxdump *dump;

	note(&bytes, 5, "CORE", 1, 20, 20);
	note(&bytes, namesz, "BAD", 1, descsz, 20);
	dump = open_notes(&bytes);
	assert_int_equal(kxdump_nr_notes(dump), 1);
	assert_non_null(kxdump_info(dump)->partial_why);
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "the note at offset"));
	kxdump_close(dump);
}

static void test_damaged(void **state)
{
	check_damaged(4, 21);
	check_damaged(4, UINT32_MAX);
	check_damaged(4, UINT32_MAX - 3);
	check_damaged(257, 20);
	check_damaged(UINT32_MAX, 0);
	check_damaged(UINT32_MAX, UINT32_MAX);
}

/* Segments that are all the same bytes must not be more notes than the file could hold. */
static void test_aliases(void **state)
{
	enum { COUNT = 2000 };
	struct dump_text *text = dump_text_make("format elf\nnote CORE 1 4000", NULL);
	struct text_bytes file = { 0 };
	struct kxdump *dump;

	text_append(&file, text->files[0].data, 64);
	text_store(&file, 56, COUNT, 2, false);
	for (size_t i = 0; i < COUNT; i++) {
		text_append(&file, text->files[0].data + 64, 56);
		text_store(&file, file.size - 48, 64 + COUNT * 56, 8, false);
	}
	text_append(&file, text->files[0].data + 120, text->files[0].size - 120);
	dump_text_write(text, 0, file.data, file.size);
	assert_ok(dump_text_open(text, &dump));
	assert_true(kxdump_nr_notes(dump) * 4000 <= file.size);
	assert_non_null(strstr(kxdump_info(dump)->partial_why, "larger than the file"));
	assert_true(strlen(kxdump_info(dump)->partial_why) < 2000); /* not said 2000 times */
	kxdump_close(dump);
	free(file.data);
	dump_text_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_device_dump),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
