// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kexec HandOver: trees that libfdt builds, as kernel/liveupdate/kexec_handover.c of Linux does,
 * and maps of preserved memory by include/linux/kho/abi/kexec_handover.h, good and broken.
 */
#include "kernel/kho.h"
#include "support/entries.h"
#include "support/fake_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#define TREE  0x10000
#define INNER 0x11000
#define BLOB  0x12000
#define MAP   0x20000

static struct fake_kernel kernel;
static uint64_t next; /* page for the map */

static int setup(void **state)
{
	kernel = (struct fake_kernel){ 0 };
	fake_int(&kernel.btf, "int", 4, FAKE_SIGNED);
	fake_kernel_init(&kernel);
	fake_memory(&kernel, TREE, 0x3000);
	fake_memory(&kernel, MAP, 0x20000);
	next = MAP + 0x1000;
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

/* ---- trees ---- */

struct seen {
	char text[4096];
};

static struct error *note(void *context, const struct kho_property *property)
{
	struct seen *seen = context;
	size_t len = strlen(seen->text);

	snprintf(seen->text + len, sizeof(seen->text) - len, "%s %s=%s\n", property->path,
		 property->name, property->text);
	return NULL;
}

struct node {
	const char *name;
	uint64_t data, size; /* @size 0: no blob-size */
	const char *property;
};

static void put_tree(uint64_t at, const char *compatible, const struct node *nodes, size_t count)
{
	_Alignas(8) char fdt[0x1000] = "";
	uint64_t map = MAP;

	assert_int_equal(fdt_create(fdt, sizeof(fdt)), 0);
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	fdt_property_string(fdt, "compatible", compatible);
	fdt_property(fdt, "preserved-memory-map", &map, sizeof(map));
	for (size_t i = 0; i < count; i++) {
		fdt_begin_node(fdt, nodes[i].name);
		fdt_property(fdt, nodes[i].property, &nodes[i].data, 8);
		if (nodes[i].size)
			fdt_property(fdt, "blob-size", &nodes[i].size, 8);
		fdt_end_node(fdt);
	}
	fdt_end_node(fdt);
	assert_int_equal(fdt_finish(fdt), 0);
	fake_put_bytes(&kernel, at, fdt, sizeof(fdt));
}

static void put_metadata(uint32_t version)
{
	char blob[73] = "";

	memcpy(blob, &version, 4);
	strcpy(blob + 4, "7.2.0-test");
	blob[69] = 3;
	fake_put_bytes(&kernel, BLOB, blob, sizeof(blob));
}

static void tree_of_version_4(void **state)
{
	static const struct node nodes[] = {
		{ "LUO", BLOB + 0x100, 32, "preserved-data" },
		{ "kexec-metadata", BLOB, 73, "preserved-data" },
	};
	struct seen seen = { "" };
	struct kho_fdt fdt;

	put_tree(TREE, "kho-v4", nodes, 2);
	put_metadata(1);
	fake_put_bytes(&kernel, BLOB + 0x100, "luo-v5", 7);
	fake_put(&kernel, BLOB + 0x108, 2, 8);
	fake_put(&kernel, BLOB + 0x110, 0x5000, 8);
	assert_null(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt));
	assert_string_equal(fdt.compatible, "kho-v4");
	assert_int_equal(fdt.preserved_map, MAP);
	assert_string_equal(seen.text, "/ compatible=kho-v4\n"
				       "/ preserved-memory-map=0x20000\n"
				       "/LUO preserved-data=0x12100\n"
				       "/LUO blob-size=0x20\n"
				       "/LUO compatible=luo-v5\n"
				       "/LUO liveupdate_number=0x2\n"
				       "/LUO sessions=0x5000\n"
				       "/LUO flbs=0x0\n"
				       "/kexec-metadata preserved-data=0x12000\n"
				       "/kexec-metadata blob-size=0x49\n"
				       "/kexec-metadata version=0x1\n"
				       "/kexec-metadata previous_release=7.2.0-test\n"
				       "/kexec-metadata kexec_count=0x3\n");
}

static void tree_in_a_tree(void **state)
{
	/* kho-v1 calls it "fdt" and tells no size. */
	static const struct node outer[] = { { "memblock", INNER, 0, "fdt" } };
	static const struct node inner[] = { { "n1", 0x77, 0, "start" } };
	struct seen seen = { "" };
	struct kho_fdt fdt;

	put_tree(TREE, "kho-v1", outer, 1);
	put_tree(INNER, "memblock-v1", inner, 1);
	assert_null(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt));
	assert_non_null(strstr(seen.text, "/memblock compatible=memblock-v1\n"));
	assert_non_null(strstr(seen.text, "/memblock/n1 start=0x77\n"));
}

static void tree_in_itself(void **state)
{
	static const struct node nodes[] = { { "again", TREE, 0x1000, "preserved-data" } };
	struct seen seen = { "" };
	struct kho_fdt fdt;

	put_tree(TREE, "kho-v4", nodes, 1);
	assert_null(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt));
	assert_non_null(strstr(seen.text, "/again/again compatible"));
	assert_null(strstr(seen.text, "/again/again/again/again/again/again"));
}

static void broken_trees(void **state)
{
	static const struct node nodes[] = { { "LUO", 0x7000000, 32, "preserved-data" },
					     { "behind", 0, 0, "x" } };
	struct seen seen = { "" };
	struct kho_fdt fdt;

	given_expect_error(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt), ERROR_BAD_DATA,
			   "its magic");
	given_expect_error(kho_fdt_walk(&kernel.memory, 0x7000000, note, &seen, &fdt), ERROR_ABSENT,
			   "device tree");
	/* What the tree names is not in the dump: the nodes behind it are shown. */
	put_tree(TREE, "kho-v4", nodes, 2);
	given_expect_error(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt), ERROR_ABSENT,
			   "/LUO");
	assert_non_null(strstr(seen.text, "/behind x="));
	/* A wild size, then one that cuts the tree off. */
	fake_put(&kernel, TREE + 4, 0xffffffff, 4);
	given_expect_error(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt), ERROR_BAD_DATA,
			   "device tree");
	fake_put(&kernel, TREE + 4, 0x40000000, 4); /* 64 bytes, big-endian */
	given_expect_error(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt), ERROR_BAD_DATA,
			   "not sound");
}

static void strange_blobs(void **state)
{
	static const struct node nodes[] = { { "kexec-metadata", BLOB, 73, "preserved-data" } };
	static const struct node cut[] = { { "kexec-metadata", BLOB, 20, "preserved-data" } };
	struct seen seen = { "" };
	struct kho_fdt fdt;

	/* A later version: only that is told. */
	put_tree(TREE, "kho-v4", nodes, 1);
	put_metadata(2);
	assert_null(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt));
	assert_non_null(strstr(seen.text, "version=0x2"));
	assert_null(strstr(seen.text, "kexec_count"));
	put_tree(TREE, "kho-v4", cut, 1);
	given_expect_error(kho_fdt_walk(&kernel.memory, TREE, note, &seen, &fdt), ERROR_BAD_DATA,
			   "too short");
}

/* ---- maps ---- */

/* The bit of a page in the radix tree, with the tables that lead to it. */
static void preserve(uint64_t phys, unsigned int order)
{
	uint64_t key = 1ULL << (52 - order) | phys >> (12 + order), node = MAP, byte;

	for (unsigned int level = 5; level; level--) {
		uint64_t at = node + 8 * (key >> (15 + 9 * (level - 1)) & 511), below;

		assert_null(memory_read_word(&kernel.memory, at, &below));
		if (!below) {
			below = next;
			next += 0x1000;
			fake_put(&kernel, at, below, 8);
		}
		node = below;
	}
	assert_null(memory_read_number(&kernel.memory, node + (key & 32767) / 8, 1, &byte));
	fake_put(&kernel, node + (key & 32767) / 8, byte | 1ULL << (key & 7), 1);
}

static void expect_pages(const struct kho_pages *pages, size_t count, const struct kho_area *want)
{
	assert_int_equal(pages->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(pages->list[i].start, want[i].start);
		assert_int_equal(pages->list[i].size, want[i].size);
	}
}

static void radix_tree(void **state)
{
	struct kho_pages pages;

	preserve(0x1000, 0);
	preserve(0x2000, 1); /* touches it */
	preserve(0x200000, 9);
	assert_null(kho_pages_collect(&kernel.memory, MAP, "kho-v4", &pages));
	expect_pages(&pages, 2, (struct kho_area[]){ { 0x1000, 0x3000 }, { 0x200000, 0x200000 } });
	assert_int_equal(pages.bytes, 0x203000);
	kho_pages_deinit(&pages);
}

static void broken_radix_tree(void **state)
{
	struct kho_pages pages;

	/* Its own child. */
	fake_put(&kernel, MAP, MAP, 8);
	given_expect_error(kho_pages_collect(&kernel.memory, MAP, "kho-v4", &pages), ERROR_BAD_DATA,
			   "map of preserved memory");
	kho_pages_deinit(&pages);
	fake_put(&kernel, MAP, 0x9000000, 8);
	given_expect_error(kho_pages_collect(&kernel.memory, MAP, "kho-v4", &pages), ERROR_ABSENT,
			   "map of preserved memory");
	kho_pages_deinit(&pages);
	/* A bit that tells of no order: key 0, by tables that are all the first entry. */
	for (uint64_t i = 0; i < 5; i++)
		fake_put(&kernel, MAP + 0x1000 * i, MAP + 0x1000 * (i + 1), 8);
	fake_put(&kernel, MAP + 0x5000, 1, 1);
	given_expect_error(kho_pages_collect(&kernel.memory, MAP, "kho-v4", &pages), ERROR_BAD_DATA,
			   "no order");
	kho_pages_deinit(&pages);
}

static void list_of_bitmaps(void **state)
{
	struct kho_pages pages;

	fake_put(&kernel, MAP, MAP + 0x1000, 8);
	fake_put(&kernel, MAP + 12, 1, 4);
	fake_put(&kernel, MAP + 16, 0x1000000, 8);
	fake_put(&kernel, MAP + 24, MAP + 0x2000, 8);
	fake_put(&kernel, MAP + 0x2000, 0x6, 8); /* the second and third page */
	fake_put(&kernel, MAP + 0x1008, 2, 4);	 /* order 2 */
	fake_put(&kernel, MAP + 0x100c, 1, 4);
	fake_put(&kernel, MAP + 0x1010, 0x2000000, 8);
	fake_put(&kernel, MAP + 0x1018, MAP + 0x2200, 8);
	fake_put(&kernel, MAP + 0x2200, 0x1, 8);
	assert_null(kho_pages_collect(&kernel.memory, MAP, "kho-v1", &pages));
	expect_pages(&pages, 2,
		     (struct kho_area[]){ { 0x1001000, 0x2000 }, { 0x2000000, 0x4000 } });
	kho_pages_deinit(&pages);
	/* Round in a ring; more pairs than a page holds. */
	fake_put(&kernel, MAP + 0x1000, MAP, 8);
	given_expect_error(kho_pages_collect(&kernel.memory, MAP, "kho-v1", &pages), ERROR_BAD_DATA,
			   "map of preserved memory");
	kho_pages_deinit(&pages);
	fake_put(&kernel, MAP + 12, 0xffffffff, 4);
	given_expect_error(kho_pages_collect(&kernel.memory, MAP, "kho-v1", &pages), ERROR_BAD_DATA,
			   "bitmaps");
	kho_pages_deinit(&pages);
}

/* ---- the kernel's variables ---- */

static void no_handover(void **state)
{
	struct image *image = fake_image_create(&kernel);
	struct kho kho;

	given_expect_error(kho_read(image, &kho), ERROR_NOT_FOUND, "no Kexec HandOver");
	fake_image_destroy(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tree_of_version_4, setup, teardown),
		cmocka_unit_test_setup_teardown(tree_in_a_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(tree_in_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_trees, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_blobs, setup, teardown),
		cmocka_unit_test_setup_teardown(radix_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(broken_radix_tree, setup, teardown),
		cmocka_unit_test_setup_teardown(list_of_bitmaps, setup, teardown),
		cmocka_unit_test_setup_teardown(no_handover, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
