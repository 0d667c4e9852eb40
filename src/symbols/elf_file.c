// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols/elf_file.h"

#include "base/write_all.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXPANDED_MAX (1ULL << 30) /* no module is nearly as large */
#define BLOCK	     65536

/* What the kernel's build makes of modules: CONFIG_MODULE_COMPRESS_GZIP, _XZ, _ZSTD. */
static const struct {
	const char *ending;
	size_t size;
	uint8_t magic[6];
} compressions[] = {
	{ ".gz", 2, { 0x1f, 0x8b } },
	{ ".xz", 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ ".zst", 4, { 0x28, 0xb5, 0x2f, 0xfd } },
};

bool elf_file_has_ending(const char *ending)
{
	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		if (!strcmp(ending, compressions[i].ending))
			return true;
	}
	return !*ending;
}

static struct error *check_kind(const char *path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_os(errno, "%s", path);
	if (S_ISREG(st.st_mode) && st.st_size)
		return NULL;
	return error_create(ERROR_NOT_MINE, "%s is %s", path,
			    S_ISDIR(st.st_mode)	   ? "a directory"
			    : !S_ISREG(st.st_mode) ? "no regular file"
						   : "empty");
}

static bool is_compressed(int fd)
{
	uint8_t magic[6] = { 0 };

	if (pread(fd, magic, sizeof(magic), 0) <= 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(compressions); i++) {
		if (!memcmp(magic, compressions[i].magic, compressions[i].size))
			return true;
	}
	return false;
}

static struct error *expand_from(struct archive *archive, const char *path, int to)
{
	struct archive_entry *entry;
	char block[BLOCK];
	unsigned long long all = 0;
	ssize_t n;

	if (archive_read_support_filter_all(archive) == ARCHIVE_FATAL ||
	    archive_read_support_format_raw(archive) != ARCHIVE_OK ||
	    archive_read_open_filename(archive, path, BLOCK) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return error_create(ERROR_BAD_DATA, "%s does not expand: %s", path,
				    archive_error_string(archive));
	while ((n = archive_read_data(archive, block, sizeof(block))) > 0) {
		all += (size_t)n;
		if (all > EXPANDED_MAX)
			return error_create(ERROR_BAD_DATA, "%s expands to over %llu bytes", path,
					    EXPANDED_MAX);
		if (!write_all(to, block, (size_t)n))
			return error_os(errno, "memory for %s", path);
	}
	if (n < 0)
		return error_create(ERROR_BAD_DATA, "%s does not expand: %s", path,
				    archive_error_string(archive));
	return NULL;
}

static struct error *expand(const char *path, int *ret)
{
	struct archive *archive = archive_read_new();
	struct error *err;

	if (!archive)
		return error_nomem();
	*ret = memfd_create("expanded", MFD_CLOEXEC);
	err = *ret < 0 ? error_os(errno, "memory for %s", path) : expand_from(archive, path, *ret);
	archive_read_free(archive);
	if (err && *ret >= 0)
		close(*ret);
	return err;
}

struct error *elf_file_open(const char *path, int *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *err;

	if (fd < 0)
		return error_os(errno, "%s", path);
	err = check_kind(path, fd);
	if (!err && !is_compressed(fd)) {
		*ret = fd;
		return NULL;
	}
	close(fd);
	return err ? err : expand(path, ret);
}
