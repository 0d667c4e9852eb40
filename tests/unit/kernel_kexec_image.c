// SPDX-License-Identifier: GPL-2.0-or-later
/* struct kimage in the layouts of several kernels, whole and broken; crashk_*, iomem_resource. */
#include "kernel/kexec_image.h"
#include "support/entries.h"
#include "support/fake_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define GLOBALS	  0x1000
#define KIMAGE	  0x10000
#define RESOURCES 0x20000

static struct fake_kernel kernel;
static struct image *image;
static uint32_t word, number, flag;

static void make_common(struct fake_btf *btf)
{
	uint32_t pointer, resource;

	number = fake_int(btf, "unsigned int", 4, 0);
	word = fake_int(btf, "unsigned long", 8, 0);
	flag = fake_int(btf, "_Bool", 1, FAKE_BOOL);
	pointer = fake_pointer(btf, 0);
	fake_struct(btf, "kexec_segment", 32, 4,
		    (struct fake_member[]){ { "buf", pointer, 0, 0 },
					    { "bufsz", word, 64, 0 },
					    { "mem", word, 128, 0 },
					    { "memsz", word, 192, 0 } });
	resource = fake_struct(btf, "resource", 48, 6,
			       (struct fake_member[]){ { "start", word, 0, 0 },
						       { "end", word, 64, 0 },
						       { "name", pointer, 128, 0 },
						       { "sibling", pointer, 192, 0 },
						       { "child", pointer, 256, 0 },
						       { "parent", pointer, 320, 0 } });
	fake_struct(btf, "range", 16, 2,
		    (struct fake_member[]){ { "start", word, 0, 0 }, { "end", word, 64, 0 } });
	(void)resource;
}

/* Bits 0, 1, 2 of a word at 600 are type, preserve_context and file_mode, as they all have it. */
#define FLAGS 600
#define COMMON                                                                                     \
	{ "head", word, 0, 0 }, { "start", word, 64, 0 }, { "nr_segments", word, 128, 0 },         \
		{ "segment", segments, 192, 0 }, { "type", number, FLAGS * 8, 1 },                 \
		{ "preserve_context", number, FLAGS * 8 + 1, 1 },                                  \
	{                                                                                          \
		"file_mode", number, FLAGS * 8 + 2, 1                                              \
	}

/* 5.10's: elf_headers with the architecture's. */
static void make_old(struct fake_btf *btf)
{
	uint32_t segments, arch;

	make_common(btf);
	segments = fake_array(btf, 5, 16);
	arch = fake_struct(btf, "kimage_arch", 24, 3,
			   (struct fake_member[]){ { "elf_headers", word, 0, 0 },
						   { "elf_headers_sz", word, 64, 0 },
						   { "elf_load_addr", word, 128, 0 } });
	fake_struct(btf, "kimage", 700, 8,
		    (struct fake_member[]){ COMMON, { "arch", arch, 610 * 8, 0 } });
}

/* 7.x's. */
static void make_new(struct fake_btf *btf)
{
	uint32_t segments, pages, kho, integer;

	make_common(btf);
	segments = fake_array(btf, 5, 16);
	pages = fake_array(btf, word, 16);
	kho = fake_struct(
		btf, NULL, 16, 2,
		(struct fake_member[]){ { "scratch", word, 0, 0 }, { "fdt", word, 64, 0 } });
	integer = fake_int(btf, "int", 4, FAKE_SIGNED);
	fake_struct(btf, "kimage", 900, 13,
		    (struct fake_member[]){ COMMON,
					    { "hotplug_support", number, FLAGS * 8 + 3, 1 },
					    { "segment_cma", pages, 640 * 8, 0 },
					    { "kho", kho, 800 * 8, 0 },
					    { "elfcorehdr_index", integer, 816 * 8, 0 },
					    { "elf_load_addr", word, 824 * 8, 0 },
					    { "dm_crypt_keys_addr", word, 832 * 8, 0 } });
}

static void start(void (*make)(struct fake_btf *btf))
{
	kernel = (struct fake_kernel){ 0 };
	make(&kernel.btf);
	fake_kernel_init(&kernel);
	fake_memory(&kernel, GLOBALS, 0x1000);
	fake_memory(&kernel, KIMAGE, 0x1000);
	fake_memory(&kernel, RESOURCES, 0x1000);
	fake_symbol(&kernel, "kexec_crash_image", GLOBALS, 0);
	fake_symbol(&kernel, "kexec_image", GLOBALS + 8, 0);
	fake_symbol(&kernel, "crashk_res", GLOBALS + 0x100, 0);
	fake_symbol(&kernel, "iomem_resource", RESOURCES, 0);
	fake_put(&kernel, GLOBALS, KIMAGE, 8);
	fake_put(&kernel, KIMAGE, 4, 8);
	fake_put(&kernel, KIMAGE + 8, 0x301150, 8);
	fake_put(&kernel, KIMAGE + 16, 2, 8);
	fake_put(&kernel, KIMAGE + FLAGS, 1 | 4 | 8, 4);
	for (uint64_t i = 0; i < 2; i++) {
		fake_put(&kernel, KIMAGE + 24 + 32 * i + 8, 0x800, 8);
		fake_put(&kernel, KIMAGE + 24 + 32 * i + 16, 0x300000 + 0x1000 * i, 8);
		fake_put(&kernel, KIMAGE + 24 + 32 * i + 24, 0x1000, 8);
	}
	image = fake_image_create(&kernel);
}

static int stop(void **state)
{
	fake_image_destroy(image);
	fake_kernel_deinit(&kernel);
	return 0;
}

static void old_layout(void **state)
{
	struct kexec_image kexec;

	start(make_old);
	fake_put(&kernel, KIMAGE + 610, 0xffffc90000001000, 8);
	fake_put(&kernel, KIMAGE + 618, 0x1000, 8);
	fake_put(&kernel, KIMAGE + 626, 0x300000, 8);
	assert_null(kexec_image_read(image, true, &kexec));
	assert_null(kexec.problem);
	assert_int_equal(kexec.address, KIMAGE);
	assert_int_equal(kexec.value[KEXEC_ELF_HEADERS], 0xffffc90000001000);
	assert_int_equal(kexec.elf_headers_segment, 0);
	assert_int_equal(kexec.value[KEXEC_TYPE], 1);
	assert_int_equal(kexec.value[KEXEC_PRESERVE_CONTEXT], 0);
	assert_int_equal(kexec.value[KEXEC_FILE_MODE], 1);
	assert_false(kexec.has[KEXEC_HOTPLUG_SUPPORT]);
	assert_false(kexec.has[KEXEC_KHO_FDT]);
	assert_int_equal(kexec.nr_segments, 2);
	assert_int_equal(kexec.segments[1].address, 0x301000);
	assert_int_equal(kexec_image_segment(&kexec, kexec.value[KEXEC_START]), 1);
	assert_int_equal(kexec_image_segment(&kexec, 0x302000), -1);
	kexec_image_deinit(&kexec);
}

static void new_layout(void **state)
{
	struct kexec_image kexec;

	start(make_new);
	fake_put(&kernel, KIMAGE + 640 + 8, 0xffffea0000012340, 8);
	fake_put(&kernel, KIMAGE + 800, KIMAGE + 24, 8);
	fake_put(&kernel, KIMAGE + 808, 0x12345000, 8);
	fake_put(&kernel, KIMAGE + 816, 0xffffffff, 4);
	assert_null(kexec_image_read(image, true, &kexec));
	assert_null(kexec.problem);
	assert_int_equal(kexec.value[KEXEC_HOTPLUG_SUPPORT], 1);
	assert_int_equal((int64_t)kexec.value[KEXEC_ELFCOREHDR_INDEX], -1);
	assert_int_equal(kexec.segments[0].cma, 0);
	assert_int_equal(kexec.segments[1].cma, 0xffffea0000012340);
	assert_int_equal(kexec.segments[0].at, kexec.value[KEXEC_KHO_SCRATCH]);
	assert_int_equal(kexec.value[KEXEC_KHO_FDT], 0x12345000);
	assert_true(kexec.has[KEXEC_DM_CRYPT_KEYS]);
	kexec_image_deinit(&kexec);
}

static void nothing_loaded(void **state)
{
	struct kexec_image kexec;

	start(make_new);
	assert_null(kexec_image_read(image, false, &kexec));
	assert_int_equal(kexec.address, 0);
	assert_string_equal(kexec.name, "normal");
	kexec_image_deinit(&kexec);
}

static void wild_count(void **state)
{
	struct kexec_image kexec;

	start(make_new);
	fake_put(&kernel, KIMAGE + 16, UINT64_MAX, 8);
	assert_null(kexec_image_read(image, true, &kexec));
	assert_non_null(kexec.problem);
	assert_int_equal(kexec.problem->code, ERROR_BAD_DATA);
	assert_int_equal(kexec.nr_segments, KEXEC_MAX_SEGMENTS);
	kexec_image_deinit(&kexec);
}

static void not_in_the_dump(void **state)
{
	struct kexec_image kexec;
	struct error *err;

	start(make_new);
	fake_missing(&kernel, 0x90000, 0x1000, ERROR_EXCLUDED);
	fake_put(&kernel, GLOBALS, 0x90000, 8);
	err = kexec_image_read(image, true, &kexec);
	given_expect_error(err, ERROR_EXCLUDED, "struct kimage at");
	fake_put(&kernel, GLOBALS, 0xdead0000, 8);
	err = kexec_image_read(image, true, &kexec);
	given_expect_error(err, ERROR_ABSENT, "struct kimage at");
	/* Its second half lies on a page that was left out: the first half is shown. */
	fake_put(&kernel, GLOBALS, 0x90000 - 700, 8);
	fake_memory(&kernel, 0x8f000, 0x1000);
	fake_put(&kernel, 0x90000 - 700 + 8, 0x4711, 8);
	assert_null(kexec_image_read(image, true, &kexec));
	assert_int_equal(kexec.problem->code, ERROR_EXCLUDED);
	assert_true(kexec.has[KEXEC_START]);
	assert_int_equal(kexec.value[KEXEC_START], 0x4711);
	assert_false(kexec.has[KEXEC_KHO_FDT]);
	kexec_image_deinit(&kexec);
}

/* ---- resources ---- */

static struct error *keep(void *context, const struct kexec_resource *resource)
{
	struct given *given = context;

	given->entries[given->count] = resource->start;
	given->indices[given->count++] = resource->end;
	return NULL;
}

static void reserved(void **state)
{
	struct given given = { 0 };

	start(make_new);
	/* Nothing was reserved: zeros. */
	assert_null(kexec_resources_each(image, keep, &given));
	assert_int_equal(given.count, 0);
	fake_put(&kernel, GLOBALS + 0x100, 0x1000000, 8);
	fake_put(&kernel, GLOBALS + 0x108, 0x1ffffff, 8);
	fake_symbol(&kernel, "crashk_cma_ranges", GLOBALS + 0x200, 0);
	fake_symbol(&kernel, "crashk_cma_cnt", GLOBALS + 0x300, 0);
	fake_put(&kernel, GLOBALS + 0x300, 2, 4);
	for (uint64_t i = 0; i < 2; i++) {
		fake_put(&kernel, GLOBALS + 0x200 + 16 * i, 0x10000000 * (i + 1), 8);
		fake_put(&kernel, GLOBALS + 0x208 + 16 * i, 0x10000000 * (i + 1) + 0xfffff, 8);
	}
	assert_null(kexec_resources_each(image, keep, &given));
	given_expect(&given, 3, (uint64_t[]){ 0x1000000, 0x10000000, 0x20000000 },
		     (uint64_t[]){ 0x1ffffff, 0x100fffff, 0x200fffff });
	fake_put(&kernel, GLOBALS + 0x300, 0x7fffffff, 4);
	given_expect_error(kexec_resources_each(image, keep, &given), ERROR_BAD_DATA,
			   "crashk_cma_cnt");
}

static struct error *keep_memory(void *context, const struct kexec_memory *memory)
{
	struct given *given = context;

	given->entries[given->count] = memory->start;
	given->indices[given->count++] = memory->depth;
	return NULL;
}

static void put_resource(uint64_t at, uint64_t begin, uint64_t sibling, uint64_t child)
{
	fake_put(&kernel, at, begin, 8);
	fake_put(&kernel, at + 8, begin + 0xfff, 8);
	fake_put(&kernel, at + 24, sibling, 8);
	fake_put(&kernel, at + 32, child, 8);
}

static void memory_tree(void **state)
{
	struct given given = { 0 };

	start(make_new);
	put_resource(RESOURCES, 0, 0, RESOURCES + 0x100);
	put_resource(RESOURCES + 0x100, 0x1000, RESOURCES + 0x200, RESOURCES + 0x300);
	put_resource(RESOURCES + 0x200, 0x9000, 0, 0);
	put_resource(RESOURCES + 0x300, 0x1100, 0, RESOURCES + 0x400);
	put_resource(RESOURCES + 0x400, 0x1200, 0, 0);
	assert_null(kexec_memory_walk(image, 1, keep_memory, &given));
	given_expect(&given, 3, (uint64_t[]){ 0x1000, 0x1100, 0x9000 }, (uint64_t[]){ 0, 1, 0 });
	/* A sibling that leads back, a child that is its own parent. */
	put_resource(RESOURCES + 0x200, 0x9000, RESOURCES + 0x100, 0);
	given.count = 0;
	given_expect_error(kexec_memory_walk(image, 1, keep_memory, &given), ERROR_BAD_DATA,
			   "struct resource");
	put_resource(RESOURCES + 0x100, 0x1000, 0, RESOURCES + 0x100);
	given.count = 0;
	given_expect_error(kexec_memory_walk(image, 9, keep_memory, &given), ERROR_BAD_DATA,
			   "struct resource");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(old_layout, stop),
		cmocka_unit_test_teardown(new_layout, stop),
		cmocka_unit_test_teardown(nothing_loaded, stop),
		cmocka_unit_test_teardown(wild_count, stop),
		cmocka_unit_test_teardown(not_in_the_dump, stop),
		cmocka_unit_test_teardown(reserved, stop),
		cmocka_unit_test_teardown(memory_tree, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
