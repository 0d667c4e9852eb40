// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/estimate.c, initrd.c, defaults.c: archives made here, with sizes that are known. */
#include "base/text.h"
#include "kexec/defaults.h"
#include "kexec/estimate.h"
#include "support/data.h"
#include "support/made_kernel.h"
#include "support/made_machine.h"
#include "support/snapshot_dir.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1ULL << 20)

static void pad(struct text *t)
{
	while (t->len % 4)
		text_addc(t, 0);
}

/* An entry of newc: buffer-format.rst. */
static void add_entry(struct text *t, const char *name, unsigned int mode, size_t size)
{
	char *body = calloc(1, size + 1);

	text_addf(t, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, mode, 0, 0,
		  1, 0, size, 0, 0, 0, 0, strlen(name) + 1, 0);
	text_add(t, name, strlen(name) + 1);
	pad(t);
	text_add(t, body, size);
	pad(t);
	free(body);
}

static void add_archive(struct text *t, const char *extra)
{
	add_entry(t, "bin", 040755, 0);
	add_entry(t, "bin/sh", 0100755, 5000);
	add_entry(t, extra, 0100644, 1);
	add_entry(t, "TRAILER!!!", 0, 0);
}
#define ARCHIVE_FILES 3
#define ARCHIVE_BYTES (3 * 4096 + ARCHIVE_FILES * 1024) /* two pages, one page, three inodes */

/* @data as libarchive's writer compresses it. */
static void compress(const struct text *data, const char *filter, struct text *ret)
{
	static char out[1 << 20];
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used;

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_by_name(archive, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(archive, 1);
	assert_int_equal(archive_write_open_memory(archive, out, sizeof(out), &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, data->data, data->len), data->len);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	archive_entry_free(entry);
	text_add(ret, out, used);
}

static void expect(const struct text *data, uint64_t files, uint64_t unpacked,
		   const char *compression)
{
	struct initrd_size size;

	assert_ok(initrd_measure((const uint8_t *)data->data, data->len, &size));
	assert_int_equal(size.packed, data->len);
	assert_int_equal(size.files, files);
	assert_int_equal(size.unpacked, unpacked);
	assert_string_equal(size.compression, compression);
}

static void plain_archives(void **state)
{
	auto_text t = { 0 };

	add_archive(&t, "etc/passwd");
	expect(&t, ARCHIVE_FILES, ARCHIVE_BYTES, "none");
	/* A second one behind zeros, as the kernel takes it. */
	text_add(&t, "\0\0\0\0\0\0\0", 8);
	add_archive(&t, "etc/group");
	expect(&t, 2 * ARCHIVE_FILES, 2 * ARCHIVE_BYTES, "none");
}

static void compressed_archives(void **state)
{
	static const char *const filters[] = { "gzip", "xz", "zstd", "lz4", "bzip2", "lzma" };

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		auto_text plain = { 0 }, all = { 0 };

		/* Microcode in front, not compressed, then two archives in one stream. */
		add_archive(&all, "kernel/x86/microcode/GenuineIntel.bin");
		add_archive(&plain, "a");
		add_archive(&plain, "b");
		compress(&plain, filters[i], &all);
		expect(&all, 3 * ARCHIVE_FILES, 3 * ARCHIVE_BYTES, filters[i]);
	}
}

static void notices_cryptsetup(void **state)
{
	struct initrd_size size;
	auto_text t = { 0 }, packed = { 0 };

	add_archive(&t, "usr/sbin/cryptsetup");
	compress(&t, "zstd", &packed);
	assert_ok(initrd_measure((const uint8_t *)packed.data, packed.len, &size));
	assert_true(size.has_cryptsetup);
	text_clear(&t);
	add_archive(&t, "usr/share/cryptsetup/README");
	assert_ok(initrd_measure((const uint8_t *)t.data, t.len, &size));
	assert_false(size.has_cryptsetup);
}

static void damaged_archives(void **state)
{
	struct initrd_size size;
	auto_text t = { 0 }, packed = { 0 };

	add_archive(&t, "etc/passwd");
	/* Cut anywhere before the trailer. */
	for (size_t len = 0; len < t.len - 124; len += 97)
		assert_fails(initrd_measure((const uint8_t *)t.data, len, &size), ERROR_BAD_DATA);
	compress(&t, "gzip", &packed);
	for (size_t len = 1; len < packed.len - 16; len += 7)
		assert_fails(initrd_measure((const uint8_t *)packed.data, len, &size),
			     ERROR_BAD_DATA);
	t.data[6 + 6 * 8] = 'g'; /* a size that is no number */
	assert_fails(initrd_measure((const uint8_t *)t.data, t.len, &size), ERROR_BAD_DATA);
	t.data[6 + 6 * 8] = 'f'; /* and one of 4 GiB */
	assert_fails(initrd_measure((const uint8_t *)t.data, t.len, &size), ERROR_BAD_DATA);
	assert_fails(initrd_measure((const uint8_t *)"root:x:0:0", 10, &size), ERROR_BAD_DATA);
}

static const struct estimate_part *part(const struct estimate *e, const char *name)
{
	for (size_t i = 0; i < e->nr_parts; i++) {
		if (!strcmp(e->parts[i].name, name))
			return &e->parts[i];
	}
	return NULL;
}

static void sums_up(void **state)
{
	struct estimate small, large, none, many;
	struct text_bytes bytes;
	struct kernel_image image;
	struct machine machine;
	uint64_t sum = 0;
	auto_text t = { 0 };

	made_machine(made_iomem_pc, 4, &machine);
	made_bzimage(&made_bzimage_default, &bytes);
	assert_ok(kernel_image_open_bytes("made", bytes.data, bytes.size, &image));
	add_archive(&t, "a");
	assert_ok(estimate_make(&machine, &image, (const uint8_t *)t.data, t.len, NULL, &small));
	for (size_t i = 0; i < small.nr_parts; i++)
		sum += small.parts[i].bytes;
	assert_int_equal(small.total, sum);
	assert_true(small.size >= small.total && small.size < small.total + 16 * MIB);
	assert_int_equal(small.size % (16 * MIB), 0);
	assert_int_equal(part(&small, "kernel")->bytes, 0x3378000);
	assert_int_equal(part(&small, "initramfs")->bytes, t.len);
	assert_int_equal(part(&small, "initramfs_unpacked")->bytes, ARCHIVE_BYTES);

	assert_ok(estimate_make(&machine, &image, NULL, 0, NULL, &none));
	assert_null(part(&none, "initramfs"));
	assert_true(none.total < small.total);
	/* Every CPU that the capture kernel starts takes more. */
	assert_ok(estimate_make(&machine, &image, NULL, 0, "nr_cpus=8", &many));
	assert_true(many.total > none.total + 7 * MIB);
	assert_ok(estimate_make(&machine, &image, NULL, 0, "quiet", &many));
	assert_true(many.total > none.total + 3 * MIB);
	/* A page of tables for each GiB, two bits a page: 1 TiB takes 4 + 64 MiB. */
	machine.memory_bytes = 1ULL << 40;
	assert_ok(estimate_make(&machine, &image, NULL, 0, NULL, &large));
	assert_int_equal(part(&large, "bitmaps")->bytes, 64 * MIB);
	assert_int_equal(part(&large, "page_tables")->bytes, 5 * MIB);
	/* struct page of all of it: 2 MiB for each 128. */
	assert_true(part(&large, "page_map")->bytes * 64 >= large.total);
	kernel_image_close(&image);
	free(bytes.data);
	machine_deinit(&machine);
}

static void expect_path(struct error *err, char *path, const char *wanted)
{
	assert_ok(err);
	assert_string_equal(path, wanted);
	free(path);
}

static void finds_defaults(void **state)
{
	char *dir = snapshot_dir_create(), *path = NULL;
	struct error *err;
	struct host *host;

	assert_ok(host_open(dir, &host));
	err = defaults_kernel(host, "6.1", NULL, &path);
	assert_non_null(strstr(err->message, "/usr/lib/modules/6.1/vmlinuz"));
	assert_int_equal(err->code, ERROR_NOT_FOUND);
	error_free(err);
	assert_fails(defaults_initrd(host, "6.1", true, &path), ERROR_NOT_FOUND);
	assert_fails(defaults_initrd(host, "../../etc", true, &path), ERROR_NOT_FOUND);

	/* A partition of its own for /boot; GRUB knows it as (hd0,gpt2). */
	snapshot_dir_puts(dir, "/boot/linux", "");
	err = defaults_kernel(host, "6.1", "BOOT_IMAGE=(hd0,gpt2)/linux quiet", &path);
	expect_path(err, path, "/boot/linux");
	snapshot_dir_puts(dir, "/usr/lib/modules/6.1/vmlinuz", "");
	err = defaults_kernel(host, "6.1", "BOOT_IMAGE=/linux", &path);
	expect_path(err, path, "/usr/lib/modules/6.1/vmlinuz");
	snapshot_dir_puts(dir, "/boot/vmlinuz-6.1", "");
	err = defaults_kernel(host, "6.1", NULL, &path);
	expect_path(err, path, "/boot/vmlinuz-6.1");

	snapshot_dir_puts(dir, "/boot/initrd.img-6.1", "");
	err = defaults_initrd(host, "6.1", true, &path);
	expect_path(err, path, "/boot/initrd.img-6.1");
	/* One made for kdump is better, but not for exec. */
	snapshot_dir_puts(dir, "/var/lib/kdump/initrd.img-6.1", "");
	err = defaults_initrd(host, "6.1", true, &path);
	expect_path(err, path, "/var/lib/kdump/initrd.img-6.1");
	err = defaults_initrd(host, "6.1", false, &path);
	expect_path(err, path, "/boot/initrd.img-6.1");
	host_close(host);
	snapshot_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_archives),
		cmocka_unit_test(compressed_archives),
		cmocka_unit_test(notices_cryptsetup),
		cmocka_unit_test(damaged_archives),
		cmocka_unit_test(sums_up),
		cmocka_unit_test(finds_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
