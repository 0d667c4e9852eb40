// SPDX-License-Identifier: GPL-2.0-or-later
/* Hosts, and the way to their files: no path of a snapshot leaves its directory. */
#include "kexec/host_files.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define UNREADABLE_CAP (1 << 20)

static struct error *open_error(int errnum, const char *path)
{
	if (errnum == ENOENT || errnum == ENOTDIR)
		return error_create(ERROR_NOT_FOUND, "%s: no such file", path);
	return error_os(errnum, "%s", path);
}

/* The snapshot's own word on why it has no @path. */
static struct error *why_missing(struct host *host, const char *path)
{
	size_t len = strlen(path);
	const char *line = host->unreadable;

	while (line && *line) {
		const char *end = strchrnul(line, '\n');

		if (!strncmp(line, path, len) && !strncmp(line + len, ": ", 2))
			return error_create(
				ERROR_OS, "%s: could not be read when the snapshot was made: %.*s",
				path, (int)min(end - line - (ptrdiff_t)len - 2, (ptrdiff_t)200),
				line + len + 2);
		line = *end ? end + 1 : end;
	}
	return open_error(ENOENT, path);
}

/* The next part of @path after *@at, without its slashes; false at the end. */
static bool next_part(const char *path, size_t *at, char part[256], bool *fits)
{
	const char *start = path + *at + strspn(path + *at, "/");
	size_t len = strcspn(start, "/");

	*fits = len < 256;
	if (!len || !*fits)
		return false;
	memcpy(part, start, len);
	part[len] = 0;
	*at = (size_t)(start - path) + len;
	return true;
}

/*
 * Goes down part by part, as O_NOFOLLOW guards the last one alone. Everything that is opened on the
 * way stays below the root.
 */
static struct error *open_in_snapshot(struct host *host, const char *path, int flags, int *ret)
{
	int fd = openat(host->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	char part[256];
	size_t at = 0;
	bool fits;

	if (fd < 0)
		return error_os(errno, "%s", host->root);
	while (next_part(path, &at, part, &fits)) {
		bool last = !path[at + strspn(path + at, "/")];

		if (!strcmp(part, "..")) {
			close(fd);
			return error_create(ERROR_BAD_DATA, "%s: leaves the snapshot", path);
		}
		next = openat(fd, part,
			      (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0) {
			int errnum = errno;

			close(fd);
			if (errnum == ENOENT)
				return why_missing(host, path);
			if (errnum == ELOOP)
				return error_create(ERROR_BAD_DATA,
						    "%s: a symbolic link, in a snapshot", path);
			return open_error(errnum, path);
		}
		close(fd);
		fd = next;
	}
	if (!fits) {
		close(fd);
		return open_error(ENAMETOOLONG, path);
	}
	*ret = fd;
	return NULL;
}

struct error *host_open_file(struct host *host, const char *path, bool directory, int *ret)
{
	/* A FIFO in a snapshot must not hold us up. */
	int flags = O_RDONLY | O_CLOEXEC | (directory ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY), fd;
	struct stat st;

	if (!host->root) {
		fd = open(path, flags);
		if (fd < 0)
			return open_error(errno, path);
	} else {
		TRY(open_in_snapshot(host, path, flags, &fd));
	}
	if (fstat(fd, &st) || (S_ISDIR(st.st_mode) != directory) ||
	    (!directory && !S_ISREG(st.st_mode))) {
		close(fd);
		return error_create(ERROR_BAD_DATA, "%s: not a %s", path,
				    directory ? "directory" : "plain file");
	}
	*ret = fd;
	return NULL;
}

bool host_has(struct host *host, const char *path)
{
	struct stat st;
	bool has;
	int fd;

	if (!host->root) {
		has = !stat(path, &st);
	} else {
		has = !error_dropped(open_in_snapshot(host, path, O_PATH, &fd));
		if (has) {
			has = !fstat(fd, &st);
			close(fd);
		}
	}
	if (has && S_ISDIR(st.st_mode) && host->recorder)
		host->recorder->directory(host->recorder->context, path);
	return has;
}

struct error *host_open(const char *root, struct host **ret)
{
	struct host *host = calloc(1, sizeof(*host));
	struct error *err;
	size_t size;

	if (!host)
		return error_nomem();
	host->fd = -1;
	if (root) {
		host->root = strdup(root);
		host->fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (!host->root || host->fd < 0) {
			err = host->root ? error_os(errno, "%s", root) : error_nomem();
			host_close(host);
			return err;
		}
		err = host_read(host, "/unreadable", UNREADABLE_CAP, &host->unreadable, &size);
		if (err && err->code != ERROR_NOT_FOUND) {
			host_close(host);
			return err;
		}
		error_free(err);
	}
	*ret = host;
	return NULL;
}

void host_close(struct host *host)
{
	if (!host)
		return;
	if (host->fd >= 0)
		close(host->fd);
	free(host->root);
	free(host->unreadable);
	free(host);
}

const char *host_root(const struct host *host)
{
	return host->root;
}

void host_record(struct host *host, const struct host_recorder *recorder)
{
	host->recorder = recorder;
}

static struct error *uname_of_snapshot(struct host *host, char release[65], char machine[65])
{
	char text[160], *newline;

	TRY(host_read_line(host, "/uname", text, sizeof(text)));
	newline = strchr(text, '\n');
	if (!newline || newline - text > 64 || strlen(newline + 1) > 64)
		return error_create(ERROR_BAD_DATA,
				    "uname: expected a line with the kernel's release and one "
				    "with the machine's name");
	*newline = 0;
	strcpy(release, text);
	strcpy(machine, newline + 1);
	return NULL;
}

struct error *host_uname(struct host *host, char release[65], char machine[65])
{
	struct utsname name;
	char text[160];
	int len;

	if (host->root)
		return uname_of_snapshot(host, release, machine);
	if (uname(&name))
		return error_os(errno, "uname");
	snprintf(release, 65, "%.64s", name.release);
	snprintf(machine, 65, "%.64s", name.machine);
	len = snprintf(text, sizeof(text), "%s\n%s\n", release, machine);
	if (host->recorder)
		host->recorder->file(host->recorder->context, "/uname", text, (size_t)len, NULL);
	return NULL;
}
