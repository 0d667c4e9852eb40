// SPDX-License-Identifier: GPL-2.0-or-later
/* Saving what is read of a machine while it is read. */
#include "kexec/snapshot.h"

#include "base/alloc.h"
#include "base/text.h"
#include "kexec/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct writer {
	struct snapshot snapshot;
	const char *dir;   /* the temporary one */
	struct error *err; /* the first; nothing is written after it */
};

void snapshot_deinit(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		free(snapshot->files[i].path);
		error_free(snapshot->files[i].why);
	}
	free(snapshot->files);
	*snapshot = (struct snapshot){ 0 };
}

/* Makes all directories of @path below @dir; the last part is one, too, when @whole. */
static struct error *make_directories(const char *dir, const char *path, bool whole)
{
	auto_text full = { 0 };
	const char *at = path;

	while (*at) {
		const char *slash = strchrnul(at + 1, '/');

		if (!*slash && !whole)
			break;
		text_clear(&full);
		text_addf(&full, "%s%.*s", dir, (int)(slash - path), path);
		if (full.failed)
			return error_nomem();
		if (mkdir(full.data, 0700) && errno != EEXIST)
			return error_os(errno, "%s", full.data);
		at = slash;
	}
	return NULL;
}

static struct error *write_file(const char *dir, const char *path, const char *data, size_t size)
{
	auto_text full = { 0 };
	struct error *err = NULL;
	size_t done = 0;
	int fd;

	TRY(make_directories(dir, path, false));
	text_addf(&full, "%s%s", dir, path);
	if (full.failed)
		return error_nomem();
	fd = open(full.data, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_os(errno, "%s", full.data);
	while (!err && done < size) {
		ssize_t n = write(fd, data + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = error_os(errno, "%s", full.data);
	}
	if (close(fd) && !err)
		err = error_os(errno, "%s", full.data);
	return err;
}

/* The entry of @path; it is made when it is new. */
static struct error *find_entry(struct snapshot *snapshot, const char *path,
				struct snapshot_file **ret)
{
	char *copy;

	for (size_t i = 0; i < snapshot->count; i++) {
		if (!strcmp(snapshot->files[i].path, path)) {
			*ret = &snapshot->files[i];
			return NULL;
		}
	}
	TRY(alloc_grow(&snapshot->files, &snapshot->room, snapshot->count + 1,
		       sizeof(*snapshot->files)));
	copy = strdup(path);
	if (!copy)
		return error_nomem();
	*ret = &snapshot->files[snapshot->count++];
	**ret = (struct snapshot_file){ .path = copy };
	return NULL;
}

/* @why without the path before it, which has a column, and a line, of its own. */
static struct error *copy_reason(const struct error *why, const char *path)
{
	const char *message = why->message;
	size_t len = strlen(path);

	if (!strncmp(message, path, len) && !strncmp(message + len, ": ", 2))
		message += len + 2;
	return error_create(why->code, "%s", message);
}

static struct error *save_file(struct writer *writer, const char *path, const char *data,
			       size_t size, const struct error *why)
{
	struct snapshot_file *file;

	TRY(find_entry(&writer->snapshot, path, &file));
	error_free(file->why);
	file->why = why ? copy_reason(why, path) : NULL;
	file->size = size;
	return why ? NULL : write_file(writer->dir, path, data, size);
}

static void on_file(void *context, const char *path, const char *data, size_t size,
		    const struct error *why)
{
	struct writer *writer = context;

	if (!writer->err)
		writer->err = save_file(writer, path, data, size, why);
}

static void on_directory(void *context, const char *path)
{
	struct writer *writer = context;

	if (!writer->err)
		writer->err = make_directories(writer->dir, path, true);
}

/* "PATH: why" lines of what was there and could not be read: see host.h. */
static struct error *write_unreadable(const struct writer *writer)
{
	auto_text text = { 0 };

	for (size_t i = 0; i < writer->snapshot.count; i++) {
		const struct snapshot_file *file = &writer->snapshot.files[i];

		if (file->why && file->why->code != ERROR_NOT_FOUND)
			text_addf(&text, "%s: %s\n", file->path, file->why->message);
	}
	if (text.failed)
		return error_nomem();
	return text.len ? write_file(writer->dir, "/unreadable", text.data, text.len) : NULL;
}

static struct error *fill(struct host *host, struct writer *writer)
{
	const struct host_recorder recorder = { on_file, on_directory, writer };
	struct machine machine;
	struct error *err;

	host_record(host, &recorder);
	err = machine_gather(host, &machine);
	host_record(host, NULL);
	if (err)
		return err;
	machine_deinit(&machine);
	err = writer->err;
	writer->err = NULL;
	return err ? err : write_unreadable(writer);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* Gives the directory its name, unless that has been taken meanwhile. */
static struct error *publish(const char *from, const char *to)
{
	if (!renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE))
		return NULL;
	/* Some file systems know no flags; rename(2) itself replaces nothing but an empty
	 * directory. */
	if ((errno == EINVAL || errno == ENOSYS) && !rename(from, to))
		return NULL;
	return error_os(errno, "%s", to);
}

static struct error *save_at(struct host *host, const char *dir, struct snapshot *ret)
{
	struct writer writer = { 0 };
	auto_text temporary = { 0 };
	struct error *err;

	text_addf(&temporary, "%s.XXXXXX", dir);
	if (temporary.failed)
		return error_nomem();
	if (!mkdtemp(temporary.data))
		return error_os(errno, "%s", dir);
	writer.dir = temporary.data;
	err = fill(host, &writer);
	if (!err)
		err = publish(temporary.data, dir);
	if (err) {
		nftw(temporary.data, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		error_free(writer.err);
		snapshot_deinit(&writer.snapshot);
		return err;
	}
	*ret = writer.snapshot;
	return NULL;
}

struct error *snapshot_save(struct host *host, const char *dir, struct snapshot *ret)
{
	auto_free char *name = strdup(dir);
	struct stat st;
	size_t len;

	if (!name)
		return error_nomem();
	for (len = strlen(name); len > 1 && name[len - 1] == '/'; len--)
		name[len - 1] = 0;
	if (!*name)
		return error_create(ERROR_USAGE, "the directory needs a name");
	if (!lstat(name, &st))
		return error_create(ERROR_USAGE, "%s: is there already: name a new directory",
				    name);
	return save_at(host, name, ret);
}
