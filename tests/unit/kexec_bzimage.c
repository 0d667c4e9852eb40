// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/bzimage.c and kexec/kernel_image.c: fields by boot.rst, one damage a time. */
#include "kexec/kernel_image.h"
#include "support/made_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_error(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	if (err->code != code || !strstr(err->message, part))
		fail_msg("%s (%s), expected \"%s\" (%s)", err->message, error_code_name(err->code),
			 part, error_code_name(code));
	error_free(err);
}

static void opens(void **state)
{
	struct text_bytes bytes;
	struct kernel_image image;

	made_bzimage(&made_bzimage_default, &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_string_equal(image.ops->name, "bzImage");
	assert_string_equal(image.release, "6.1.0-made");
	assert_int_equal(image.elf_machine, 62);
	assert_int_equal(image.memory_size, 0x3378000);
	assert_int_equal(image.alignment, 0x200000);
	assert_int_equal(image.lowest, 0x1000000);
	assert_int_equal(image.command_line_max, 2047);
	assert_true(image.relocatable && image.above_4g && image.takes_5level && image.efi_kexec);
	assert_true(image.file_load);
	assert_false(image.has_signature);
	kernel_image_close(&image);
	free(bytes.data);
}

/* Through a file, and the digest as sha256sum(1) has it. */
static void opens_a_file(void **state)
{
	char path[] = "/tmp/kx-bzimage-XXXXXX", command[128], line[65] = "", own[65];
	struct text_bytes bytes;
	struct kernel_image image;
	int fd = mkstemp(path);
	FILE *sum;

	made_bzimage(&made_bzimage_default, &bytes);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.data, bytes.size), bytes.size);
	close(fd);
	assert_null(kernel_image_open(path, &image));
	snprintf(command, sizeof(command), "sha256sum %s", path);
	sum = popen(command, "r");
	assert_non_null(sum);
	assert_int_equal(fread(line, 1, 64, sum), 64);
	pclose(sum);
	for (size_t i = 0; i < 32; i++)
		snprintf(own + 2 * i, 3, "%02x", image.sha256[i]);
	assert_string_equal(own, line);
	kernel_image_close(&image);
	unlink(path);
	expect_error(kernel_image_open(path, &image), ERROR_OS, "No such file");
	expect_error(kernel_image_open("/tmp", &image), ERROR_NOT_MINE, "a directory");
	expect_error(kernel_image_open("/dev/null", &image), ERROR_NOT_MINE, "not a regular file");
	free(bytes.data);
}

static void flags(void **state)
{
	struct made_bzimage made = made_bzimage_default;
	struct text_bytes bytes;
	struct kernel_image image;

	made.xloadflags = 0x1;
	made.relocatable = 0;
	made.preferred = 0x4000;
	made.release = NULL;
	made.signed_pe = true;
	made_bzimage(&made, &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_false(image.relocatable || image.above_4g || image.takes_5level || image.efi_kexec);
	assert_true(image.has_signature);
	/* Never below 1 MiB. */
	assert_int_equal(image.lowest, 0x100000);
	assert_string_equal(image.release, "");
	kernel_image_close(&image);
	free(bytes.data);
}

/* Each field that can be wrong: offset, its size, the value, what the message must name. */
static const struct {
	size_t offset, size;
	uint64_t value;
	const char *part;
} wrong[] = {
	{ 0x206, 2, 0x20b, "version at 0x206 is 0x20b, expected 0x20c" },
	{ 0x211, 1, 0x00, "loadflags at 0x211 is 0x0, expected bit 0 (LOADED_HIGH)" },
	{ 0x236, 2, 0x7e, "xloadflags at 0x236 is 0x7e, expected bit 0 (XLF_KERNEL_64)" },
	{ 0x230, 4, 0x300000, "kernel_alignment at 0x230" },
	{ 0x230, 4, 0, "kernel_alignment at 0x230" },
	{ 0x230, 4, 0x80000000, "kernel_alignment at 0x230" },
	{ 0x258, 8, 0x1000001, "pref_address at 0x258" },
	{ 0x258, 8, UINT64_MAX, "pref_address at 0x258" },
	{ 0x238, 4, 0, "cmdline_size at 0x238" },
	{ 0x238, 4, UINT32_MAX, "cmdline_size at 0x238" },
	{ 0x1f1, 1, 0xff, "setup_sects at 0x1f1" },
	{ 0x1f4, 4, 0x1002, "syssize at 0x1f4" },
	{ 0x24c, 4, 0x10000, "payload (0x248, 0x24c)" },
	{ 0x248, 4, UINT32_MAX, "payload (0x248, 0x24c)" },
	{ 0x260, 4, 0xffff, "init_size at 0x260" },
};

static void wrong_fields(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct text_bytes bytes;
		struct kernel_image image;

		made_bzimage(&made_bzimage_default, &bytes);
		text_store(&bytes, wrong[i].offset, wrong[i].value, wrong[i].size, false);
		expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
			     ERROR_BAD_DATA, wrong[i].part);
		free(bytes.data);
	}
}

static void cut_short(void **state)
{
	struct text_bytes bytes;
	struct kernel_image image;

	made_bzimage(&made_bzimage_default, &bytes);
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size - 0x1100, &image),
		     ERROR_BAD_DATA, "truncated?");
	expect_error(kernel_image_open_bytes("made", bytes.data, 0x5000, &image), ERROR_BAD_DATA,
		     "truncated?");
	expect_error(kernel_image_open_bytes("made", bytes.data, 0x267, &image), ERROR_BAD_DATA,
		     "too few");
	free(bytes.data);
}

/* A release that runs to the file's end, or lies outside of it. */
static void hostile_release(void **state)
{
	struct text_bytes bytes;
	struct kernel_image image;

	made_bzimage(&made_bzimage_default, &bytes);
	memset(bytes.data + 0x500, 'A', bytes.size - 0x500);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_int_equal(strlen(image.release), sizeof(image.release) - 1);
	kernel_image_close(&image);
	text_store(&bytes, 0x20e, 0xffff, 2, false);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_string_equal(image.release, "");
	kernel_image_close(&image);
	free(bytes.data);
}

static void looks_like(void **state)
{
	static const struct {
		const char *data;
		size_t size;
		const char *what;
	} files[] = {
		{ "\x1f\x8b\x08", 3, "a gzip file: unpack it first" },
		{ "\x28\xb5\x2f\xfd", 4, "a zstd file: unpack it first" },
		{ "070701", 6, "a cpio archive (an initramfs?)" },
		{ "#!/bin/sh\n", 10, "a script" },
		{ "hello\n", 6, "text" },
		{ "\0\0\0\0", 4, "begins with nothing but zeros" },
		{ "MZ\220\0", 4, "an EFI or Windows program without a .linux section" },
		{ "\x01\x02\x03\x04", 4, "a file of an unknown kind" },
		{ "", 0, "an empty file" },
	};
	uint8_t arm64[64] = { 0 };
	struct kernel_image image;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		assert_string_equal(
			kernel_image_looks_like((const uint8_t *)files[i].data, files[i].size),
			files[i].what);
		expect_error(kernel_image_open_bytes("f", files[i].data, files[i].size, &image),
			     ERROR_NOT_MINE, files[i].what);
	}
	memcpy(arm64 + 56, "ARM\x64", 4);
	assert_non_null(strstr(kernel_image_looks_like(arm64, sizeof(arm64)), "arm64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),      cmocka_unit_test(opens_a_file),
		cmocka_unit_test(flags),      cmocka_unit_test(wrong_fields),
		cmocka_unit_test(cut_short),  cmocka_unit_test(hostile_release),
		cmocka_unit_test(looks_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
