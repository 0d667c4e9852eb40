// SPDX-License-Identifier: GPL-2.0-or-later
/* The initramfs, through libarchive. */
#include "initramfs/initramfs.h"

#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FILE_CAP (256u << 20)

struct initramfs {
	struct archive *archive;
	char *path;
};

static struct error *failed(struct initramfs *initramfs)
{
	const char *why = archive_error_string(initramfs->archive);

	return error_create(ERROR_OS, "%s: %s", initramfs->path, why ? why : "cannot be written");
}

struct error *initramfs_create(const char *path, enum initramfs_effort effort,
			       struct initramfs **ret)
{
	struct initramfs *i = calloc(1, sizeof(*i));
	struct error *err;

	if (!i)
		return error_nomem();
	i->path = strdup(path);
	i->archive = archive_write_new();
	if (!i->path || !i->archive) {
		initramfs_destroy(i);
		return error_nomem();
	}
	if (archive_write_set_format_cpio_newc(i->archive) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(i->archive) != ARCHIVE_OK ||
	    archive_write_set_filter_option(i->archive, "gzip", "compression-level",
					    effort == INITRAMFS_SMALL ? "9" : "1") != ARCHIVE_OK ||
	    /* The same contents are the same file, whenever it is made. */
	    archive_write_set_filter_option(i->archive, "gzip", "timestamp", NULL) != ARCHIVE_OK ||
	    archive_write_open_filename(i->archive, path) != ARCHIVE_OK) {
		err = failed(i);
		initramfs_destroy(i);
		return err;
	}
	*ret = i;
	return NULL;
}

void initramfs_destroy(struct initramfs *initramfs)
{
	if (!initramfs)
		return;
	if (initramfs->archive)
		archive_write_free(initramfs->archive);
	free(initramfs->path);
	free(initramfs);
}

static struct error *add(struct initramfs *i, const char *name, unsigned int type,
			 unsigned int mode, dev_t device, const void *data, size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	struct error *err = NULL;

	if (!entry)
		return error_nomem();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, (mode_t)mode);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, (int64_t)size);
	if (type == AE_IFCHR)
		archive_entry_set_rdev(entry, device);
	if (archive_write_header(i->archive, entry) != ARCHIVE_OK ||
	    (size && archive_write_data(i->archive, data, size) != (ssize_t)size))
		err = failed(i);
	archive_entry_free(entry);
	return err;
}

struct error *initramfs_add_directory(struct initramfs *initramfs, const char *name)
{
	return add(initramfs, name, AE_IFDIR, 0755, 0, NULL, 0);
}

struct error *initramfs_add_device(struct initramfs *initramfs, const char *name,
				   unsigned int major, unsigned int minor)
{
	return add(initramfs, name, AE_IFCHR, 0600, makedev(major, minor), NULL, 0);
}

struct error *initramfs_add_link(struct initramfs *initramfs, const char *name, const char *target)
{
	struct archive_entry *entry = archive_entry_new();
	struct error *err = NULL;

	if (!entry)
		return error_nomem();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFLNK);
	archive_entry_set_symlink(entry, target);
	archive_entry_set_size(entry, 0);
	archive_entry_set_perm(entry, 0777);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_mtime(entry, 0, 0);
	if (archive_write_header(initramfs->archive, entry) != ARCHIVE_OK)
		err = failed(initramfs);
	archive_entry_free(entry);
	return err;
}

struct error *initramfs_add(struct initramfs *initramfs, const char *name, unsigned int mode,
			    const void *data, size_t size)
{
	return add(initramfs, name, AE_IFREG, mode, 0, data, size);
}

static struct error *read_body(struct archive *archive, const char *path, struct text *ret)
{
	struct archive_entry *entry;
	char buf[65536];
	ssize_t n = 0;

	int found = archive_read_open_filename(archive, path, sizeof(buf));

	if (found == ARCHIVE_OK)
		found = archive_read_next_header(archive, &entry);
	if (found == ARCHIVE_EOF) /* an empty file */
		return NULL;
	if (found != ARCHIVE_OK)
		return error_create(ERROR_OS, "%s: %s", path, archive_error_string(archive));
	while (ret->len <= FILE_CAP && (n = archive_read_data(archive, buf, sizeof(buf))) > 0)
		text_add(ret, buf, (size_t)n);
	if (n < 0)
		return error_create(ERROR_BAD_DATA, "%s: %s", path, archive_error_string(archive));
	if (ret->len > FILE_CAP)
		return error_create(ERROR_BAD_DATA, "%s: over %u MiB", path, FILE_CAP >> 20);
	return ret->failed ? error_nomem() : NULL;
}

struct error *initramfs_add_file(struct initramfs *initramfs, const char *name, unsigned int mode,
				 const char *path, bool unpack)
{
	struct archive *archive = archive_read_new();
	auto_text body = { 0 };
	struct error *err;

	if (!archive)
		return error_nomem();
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	if (unpack)
		archive_read_support_filter_all(archive);
	err = read_body(archive, path, &body);
	archive_read_free(archive);
	return err ? err : initramfs_add(initramfs, name, mode, body.data, body.len);
}

struct error *initramfs_finish(struct initramfs *initramfs)
{
	return archive_write_close(initramfs->archive) == ARCHIVE_OK ? NULL : failed(initramfs);
}
