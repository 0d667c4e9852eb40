// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/initramfs.c, read back by libarchive and measured by kexec/initrd.c. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "initramfs/initramfs.h"
#include "kexec/host.h"
#include "kexec/initrd.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char module[] = "\x7f"
			     "ELF, or what stands for it";

/* @data in xz, as Debian's modules are. */
static void compress_file(const char *path, const void *data, size_t size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_add_filter_xz(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, data, size), size);
	archive_entry_free(entry);
	archive_write_free(archive);
}

static void next(struct archive *archive, const char *name, unsigned int mode, const char *body)
{
	struct archive_entry *entry;
	char buf[128];

	assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(entry), name);
	assert_int_equal(archive_entry_mode(entry), mode);
	if (S_ISCHR(mode)) {
		assert_int_equal(archive_entry_rdevmajor(entry), 5);
		assert_int_equal(archive_entry_rdevminor(entry), 1);
	}
	if (body) {
		assert_int_equal(archive_read_data(archive, buf, sizeof(buf)), strlen(body));
		assert_memory_equal(buf, body, strlen(body));
	}
}

static void round_trip(void **state)
{
	char *dir = snapshot_dir_create(), path[512], xz[512], *data;
	struct archive *archive = archive_read_new();
	struct initramfs *initramfs;
	struct archive_entry *entry;
	struct initrd_size measured;
	struct host *host;
	size_t size;

	snprintf(path, sizeof(path), "%s/initrd", dir);
	snprintf(xz, sizeof(xz), "%s/a.ko.xz", dir);
	compress_file(xz, module, strlen(module));
	assert_ok(initramfs_create(path, INITRAMFS_FAST, &initramfs));
	assert_ok(initramfs_add_directory(initramfs, "dev"));
	assert_ok(initramfs_add_device(initramfs, "dev/console", 5, 1));
	assert_ok(initramfs_add(initramfs, "init", 0755, "#!", 2));
	assert_ok(initramfs_add_file(initramfs, "a.ko", 0644, xz, true));
	assert_true(error_dropped(initramfs_add_file(initramfs, "b", 0644, "/nonexistent", true)));
	assert_ok(initramfs_finish(initramfs));
	initramfs_destroy(initramfs);

	archive_read_support_format_cpio(archive);
	archive_read_support_filter_gzip(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 4096), ARCHIVE_OK);
	next(archive, "dev", S_IFDIR | 0755, NULL);
	next(archive, "dev/console", S_IFCHR | 0600, NULL);
	next(archive, "init", S_IFREG | 0755, "#!");
	next(archive, "a.ko", S_IFREG | 0644, module);
	assert_int_equal(archive_read_next_header(archive, &entry), ARCHIVE_EOF);
	archive_read_free(archive);

	/* As a kernel would unpack it. */
	assert_ok(host_open(dir, &host));
	assert_ok(host_read(host, "/initrd", 1 << 20, &data, &size));
	assert_ok(initrd_measure((const uint8_t *)data, size, &measured));
	assert_int_equal(measured.files, 4);
	assert_string_equal(measured.compression, "gzip");
	free(data);
	host_close(host);
	snapshot_dir_remove(dir);
}

static void nowhere(void **state)
{
	struct initramfs *initramfs;

	assert_fails(initramfs_create("/nonexistent/initrd", INITRAMFS_FAST, &initramfs), ERROR_OS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
