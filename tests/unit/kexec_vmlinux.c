// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/vmlinux.c: what it takes for a kernel, and what not. Placing it is tested with plans. */
#include "kexec/kernel_image.h"
#include "support/made_kernel.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PHDR(i, field) (sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field))

static void expect_error(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	if (err->code != code || !strstr(err->message, part))
		fail_msg("%s (%s), expected \"%s\"", err->message, error_code_name(err->code),
			 part);
	error_free(err);
}

static void opens(void **state)
{
	struct text_bytes bytes;
	struct kernel_image image;

	made_vmlinux("__pgtable_l5_enabled", &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_string_equal(image.ops->name, "vmlinux");
	/* Not the format string that stands before the banner. */
	assert_string_equal(image.release, "6.1.0-made");
	assert_int_equal(image.memory_size, 0x300000);
	assert_int_equal(image.alignment, 0x200000);
	assert_true(image.takes_5level && image.relocatable && image.above_4g);
	/* kexec_file_load of x86 knows bzImages alone. */
	assert_false(image.file_load);
	kernel_image_close(&image);
	free(bytes.data);

	made_vmlinux(NULL, &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_false(image.takes_5level);
	kernel_image_close(&image);
	free(bytes.data);
}

static const struct {
	size_t offset, size;
	uint64_t value;
	enum error_code code;
	const char *part;
} wrong[] = {
	{ 18, 2, EM_AARCH64, ERROR_NOT_MINE, "an ELF file of another architecture" },
	{ 16, 2, ET_REL, ERROR_NOT_MINE, "an ELF object file (a kernel module?)" },
	{ 16, 2, ET_CORE, ERROR_NOT_MINE, "an ELF core file (a dump?)" },
	{ 16, 2, ET_DYN, ERROR_NOT_MINE, "an ELF program or shared library" },
	{ 24, 8, 0x401000, ERROR_BAD_DATA, "e_entry at 0x18 is 0x401000, outside" },
	{ 54, 2, 32, ERROR_BAD_DATA, "e_phentsize at 0x36 is 32, expected 56" },
	{ 56, 2, 0, ERROR_BAD_DATA, "no PT_LOAD" },
	{ 32, 8, UINT64_MAX - 8, ERROR_BAD_DATA, "beyond the file's end" },
	{ PHDR(0, p_offset), 8, 0x30000, ERROR_BAD_DATA, "truncated?" },
	{ PHDR(0, p_offset), 8, UINT64_MAX, ERROR_BAD_DATA, "truncated?" },
	{ PHDR(1, p_filesz), 8, 0x100001, ERROR_BAD_DATA, "more than its p_memsz" },
	{ PHDR(1, p_memsz), 8, UINT64_MAX, ERROR_BAD_DATA, "the program header at 0x78 wants" },
	{ PHDR(1, p_paddr), 8, UINT64_MAX - 1, ERROR_BAD_DATA, "the program header at 0x78 wants" },
	{ PHDR(1, p_paddr), 8, 1ull << 40, ERROR_BAD_DATA, "its segments span" },
};

static void damaged(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct text_bytes bytes;
		struct kernel_image image;

		made_vmlinux(NULL, &bytes);
		text_store(&bytes, wrong[i].offset, wrong[i].value, wrong[i].size, false);
		expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
			     wrong[i].code, wrong[i].part);
		free(bytes.data);
	}
}

/* Linked to an address that no kernel of x86_64 has: a program. */
static void not_aligned(void **state)
{
	struct text_bytes bytes;
	struct kernel_image image;

	made_vmlinux(NULL, &bytes);
	text_store(&bytes, PHDR(0, p_paddr), 0x1001000, 8, false);
	text_store(&bytes, 24, 0x1001070, 8, false);
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
		     ERROR_UNSUPPORTED, "expected a multiple of 2 MiB");
	free(bytes.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(damaged),
		cmocka_unit_test(not_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
