// SPDX-License-Identifier: GPL-2.0-or-later
/* A JSON document in a file, replaced by rename(2). */
#include "kexec/state_file.h"

#include "base/text.h"
#include "base/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES (1 << 20)

static struct error *join(struct text *path, const char *folder, const char *name,
			  const char *suffix)
{
	text_addf(path, "%s/%s%s", folder, name, suffix);
	return path->failed ? error_nomem() : NULL;
}

/* Up to MAX_BYTES of @fd in *@ret, the caller's. */
static struct error *read_all(int fd, const char *path, char **ret, size_t *size)
{
	char *data = malloc(MAX_BYTES + 1);
	size_t at = 0;
	ssize_t got;

	if (!data)
		return error_nomem();
	while ((got = read(fd, data + at, MAX_BYTES + 1 - at)) > 0)
		at += (size_t)got;
	if (got < 0 || at > MAX_BYTES) {
		struct error *err = got < 0 ? error_os(errno, "%s", path)
					    : error_create(ERROR_BAD_DATA, "%s: over %d bytes",
							   path, MAX_BYTES);

		free(data);
		return err;
	}
	*ret = data;
	*size = at;
	return NULL;
}

struct error *state_file_read(const char *folder, const char *name, json_t **ret)
{
	auto_text path = { 0 };
	struct error *err;
	json_error_t why;
	json_t *document;
	size_t size;
	char *data;
	int fd;

	TRY(join(&path, folder, name, ""));
	fd = open(path.data, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_create(ERROR_NOT_FOUND, "%s is not there", path.data);
	if (fd < 0)
		return error_os(errno, "%s", path.data);
	err = read_all(fd, path.data, &data, &size);
	close(fd);
	TRY(err);
	document = json_loadb(data, size, JSON_REJECT_DUPLICATES, &why);
	free(data);
	if (!document || !json_is_object(document)) {
		err = error_create(ERROR_BAD_DATA, "%s: byte %d: %s", path.data,
				   document ? 0 : why.position,
				   document ? "a JSON object is expected" : why.text);
		json_decref(document);
		return err;
	}
	*ret = document;
	return NULL;
}

/* The rename itself must reach the disk. */
static bool sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return synced;
}

static struct error *replace(const char *folder, const char *path, const char *fresh,
			     const char *data, size_t size)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int why = 0;

	if (fd < 0)
		return error_os(errno, "%s", fresh);
	if (!write_all(fd, data, size) || fsync(fd))
		why = errno;
	if (close(fd) && !why)
		why = errno;
	if (!why && rename(fresh, path))
		why = errno;
	if (why) {
		unlink(fresh);
		return error_os(why, "%s", fresh);
	}
	return sync_folder(folder) ? NULL : error_os(errno, "%s", folder);
}

/* @folder with those above it, as mkdir -p makes them. */
static struct error *make_folder(const char *folder)
{
	auto_text path = { 0 };

	for (const char *end = folder; *end; end += *end == '/') {
		end += strcspn(end, "/");
		text_clear(&path);
		text_add(&path, folder, (size_t)(end - folder));
		if (path.failed)
			return error_nomem();
		if (path.len && mkdir(path.data, 0755) && errno != EEXIST)
			return error_os(errno, "%s", path.data);
	}
	return NULL;
}

struct error *state_file_write(const char *folder, const char *name, json_t *document)
{
	auto_text path = { 0 }, fresh = { 0 };
	struct error *err;
	char *data;

	data = document ? json_dumps(document, JSON_INDENT(1)) : NULL;
	json_decref(document);
	if (!data)
		return error_nomem();
	err = join(&path, folder, name, "");
	if (!err)
		err = join(&fresh, folder, name, ".new");
	if (!err)
		err = make_folder(folder);
	if (!err)
		err = replace(folder, path.data, fresh.data, data, strlen(data));
	free(data);
	return err;
}
