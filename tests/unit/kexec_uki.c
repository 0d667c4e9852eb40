// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/uki.c and kexec/pe.c. */
#include "kexec/kernel_image.h"
#include "kexec/pe.h"
#include "support/made_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COMMAND_LINE "root=/dev/vda1 quiet \n"

static void make(const struct text_bytes *kernel, struct text_bytes *ret)
{
	const struct made_section sections[] = {
		{ ".osrel", "ID=made\n", 8 },
		{ ".cmdline", COMMAND_LINE, strlen(COMMAND_LINE) },
		{ ".linux", kernel->data, kernel->size },
		{ ".initrd", "070701made", 10 },
	};

	made_pe(sections, ARRAY_SIZE(sections), ret);
}

static void expect_error(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, part))
		fail_msg("%s, expected \"%s\"", err->message, part);
	error_free(err);
}

static void opens(void **state)
{
	struct text_bytes kernel, bytes;
	struct kernel_image image;

	made_bzimage(&made_bzimage_default, &kernel);
	make(&kernel, &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_string_equal(image.ops->name, "uki");
	assert_string_equal(image.release, "6.1.0-made");
	assert_int_equal(image.kernel_size, kernel.size);
	assert_memory_equal(image.kernel, kernel.data, kernel.size);
	/* On disk the section is padded; its virtual size counts. */
	assert_int_equal(image.initrd_size, 10);
	assert_memory_equal(image.initrd, "070701made", 10);
	assert_string_equal(image.command_line, "root=/dev/vda1 quiet");
	assert_false(image.file_load);
	assert_false(image.has_signature);
	kernel_image_close(&image);
	free(kernel.data);
	free(bytes.data);
}

static void without_parts(void **state)
{
	struct text_bytes kernel, bytes;
	struct kernel_image image;
	struct made_section section = { ".linux" };

	made_bzimage(&made_bzimage_default, &kernel);
	section.data = kernel.data;
	section.size = kernel.size;
	made_pe(&section, 1, &bytes);
	assert_null(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	assert_null(image.initrd);
	assert_null(image.command_line);
	kernel_image_close(&image);
	free(kernel.data);
	free(bytes.data);
}

static void damaged(void **state)
{
	struct text_bytes kernel, bytes;
	struct kernel_image image;
	size_t table = 0x40 + 24 + 0xf0;

	made_bzimage(&made_bzimage_default, &kernel);
	make(&kernel, &bytes);
	/* .linux reaches beyond the file. */
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size - 1024, &image),
		     ERROR_BAD_DATA, "truncated?");
	expect_error(kernel_image_open_bytes("made", bytes.data, 0x190, &image), ERROR_BAD_DATA,
		     "the header of section 1 of 4 at 0x170 is beyond the file's end");
	/* The initrd's offset. */
	text_store(&bytes, table + 3 * 40 + 20, 0xfffffff0, 4, false);
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
		     ERROR_BAD_DATA, "section .initrd");
	/* Another machine's. */
	text_store(&bytes, 0x44, 0xaa64, 2, false);
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
		     ERROR_UNSUPPORTED, "another machine");
	free(kernel.data);
	free(bytes.data);
}

static void other_kernels(void **state)
{
	const struct made_section section = { ".linux", "\x1f\x8b\x08\0made", 8 };
	struct text_bytes bytes;
	struct kernel_image image;

	made_pe(&section, 1, &bytes);
	expect_error(kernel_image_open_bytes("made", bytes.data, bytes.size, &image),
		     ERROR_UNSUPPORTED, "a gzip file");
	free(bytes.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens),
		cmocka_unit_test(without_parts),
		cmocka_unit_test(damaged),
		cmocka_unit_test(other_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
