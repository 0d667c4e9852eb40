// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file is written under the name PATH.incomplete, and gets its own name once it is whole and on
 * the disk: whoever sees PATH sees all of it. A lock on the file keeps two writers apart.
 *
 * Flattened: see flattened.c for the format.
 */
#include "dumpfmt/write_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FLAT_HEADER 4096
#define FILE_MODE   0600 /* a dump holds every secret of the machine */
/* A record holds no more, so that a reader's buffer need not. */
#define RECORD_MAX ((size_t)1 << 20)

static void put_be64(uint8_t *to, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> (56 - 8 * i));
}

static const char *name_of(const struct sink *sink)
{
	return sink->path ? sink->path : "standard output";
}

static struct error *write_failed(const struct sink *sink, int errnum)
{
	return error_os(errnum, "%s: cannot be written", name_of(sink));
}

/* All of @parts, one behind the other, where the descriptor stands. */
static struct error *write_vector(struct sink *sink, struct iovec *parts, int count)
{
	while (count) {
		ssize_t n = writev(sink->fd, parts, count);

		if (n < 0 && errno != EINTR)
			return write_failed(sink, errno);
		if (n > 0)
			__atomic_fetch_add(&sink->stored, (uint64_t)n, __ATOMIC_RELAXED);
		for (; count && n >= (ssize_t)parts->iov_len; count--, parts++)
			n -= (ssize_t)parts->iov_len;
		if (count && n > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return NULL;
}

static struct error *write_record(struct sink *sink, uint64_t offset, uint64_t size,
				  const void *buf)
{
	uint8_t head[16];
	struct iovec parts[] = { { head, sizeof(head) }, { (void *)buf, buf ? size : 0 } };
	struct error *err;

	put_be64(head, offset);
	put_be64(head + 8, size);
	if (sink->fd < 0) {
		__atomic_fetch_add(&sink->stored, sizeof(head) + (buf ? size : 0),
				   __ATOMIC_RELAXED);
		return NULL;
	}
	pthread_mutex_lock(&sink->lock);
	err = write_vector(sink, parts, buf ? 2 : 1);
	pthread_mutex_unlock(&sink->lock);
	return err;
}

static struct error *begin_flattened(struct sink *sink)
{
	uint8_t head[FLAT_HEADER] = "makedumpfile";
	struct iovec part = { head, sizeof(head) };

	put_be64(head + 16, 1); /* type */
	put_be64(head + 24, 1); /* version */
	if (sink->fd < 0) {
		sink->stored += sizeof(head);
		return NULL;
	}
	return write_vector(sink, &part, 1);
}

static struct error *check_target(const struct sink *sink, bool overwrite)
{
	struct stat st;

	if (stat(sink->path, &st))
		return errno == ENOENT ? NULL : error_os(errno, "%s", sink->path);
	if (!S_ISREG(st.st_mode))
		return error_create(ERROR_USAGE, "%s: is there already, and no regular file",
				    sink->path);
	if (!overwrite)
		return error_create(ERROR_USAGE, "%s: is there already", sink->path);
	return NULL;
}

static struct error *open_file(struct sink *sink, bool overwrite)
{
	TRY(check_target(sink, overwrite));
	if (asprintf(&sink->temporary, "%s.incomplete", sink->path) < 0) {
		sink->temporary = NULL;
		return error_nomem();
	}
	sink->fd = open(sink->temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (sink->fd < 0)
		return error_os(errno, "%s", sink->temporary);
	sink->own_fd = true;
	if (flock(sink->fd, LOCK_EX | LOCK_NB)) {
		close(sink->fd);
		sink->fd = -1;
		free(sink->temporary); /* another one's: it is not to be removed */
		sink->temporary = NULL;
		return error_create(ERROR_USAGE, "%s: is being written already", sink->path);
	}
	/* What an earlier one left behind. */
	return ftruncate(sink->fd, 0) ? write_failed(sink, errno) : NULL;
}

struct error *sink_open(const struct sink_options *options, struct sink *ret)
{
	struct sink *sink = ret;

	*sink = (struct sink){ .fd = -1, .flattened = options->flattened };
	pthread_mutex_init(&sink->lock, NULL);
	if (options->path) {
		sink->path = strdup(options->path);
		if (!sink->path)
			return error_nomem();
		if (!options->dry_run)
			TRY(open_file(sink, options->overwrite));
	} else if (!options->dry_run) {
		sink->fd = options->fd;
	}
	return sink->flattened ? begin_flattened(sink) : NULL;
}

static void note_end(struct sink *sink, uint64_t end)
{
	uint64_t before = __atomic_load_n(&sink->end, __ATOMIC_RELAXED);

	while (before < end && !__atomic_compare_exchange_n(&sink->end, &before, end, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

struct error *sink_write(struct sink *sink, uint64_t offset, const void *buf, size_t size)
{
	const uint8_t *from = buf;

	note_end(sink, offset + size);
	while (size) {
		size_t n = min(size, RECORD_MAX);
		ssize_t done = (ssize_t)n;

		if (sink->flattened)
			TRY(write_record(sink, offset, n, from));
		else if (sink->fd >= 0)
			done = pwrite(sink->fd, from, n, (off_t)offset);
		if (done < 0 && errno != EINTR)
			return write_failed(sink, errno);
		if (done <= 0)
			continue;
		if (!sink->flattened)
			__atomic_fetch_add(&sink->stored, (uint64_t)done, __ATOMIC_RELAXED);
		from += done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return NULL;
}

struct error *sink_settle(struct sink *sink, uint64_t size)
{
	static const uint8_t last;

	if (sink->flattened)
		return size > sink->end ? sink_write(sink, size - 1, &last, 1) : NULL;
	note_end(sink, size);
	if (sink->fd < 0)
		return NULL;
	if (ftruncate(sink->fd, (off_t)size))
		return write_failed(sink, errno);
	return fsync(sink->fd) ? write_failed(sink, errno) : NULL;
}

/* So that the name, too, survives. */
static struct error *sync_directory(const struct sink *sink)
{
	char *copy = strdup(sink->path);
	struct error *err = NULL;
	int fd;

	if (!copy)
		return error_nomem();
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Not every filesystem can. */
	if (fd >= 0 && fsync(fd) && errno != EINVAL)
		err = write_failed(sink, errno);
	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}

struct error *sink_finish(struct sink *sink)
{
	if (sink->flattened)
		TRY(write_record(sink, UINT64_MAX, UINT64_MAX, NULL));
	if (sink->fd < 0 || !sink->temporary)
		return NULL;
	if (fsync(sink->fd))
		return write_failed(sink, errno);
	if (rename(sink->temporary, sink->path))
		return error_os(errno, "%s", sink->path);
	free(sink->temporary);
	sink->temporary = NULL;
	return sync_directory(sink);
}

void sink_close(struct sink *sink, bool keep)
{
	if (sink->temporary && !keep)
		unlink(sink->temporary);
	if (sink->own_fd && sink->fd >= 0)
		close(sink->fd);
	pthread_mutex_destroy(&sink->lock);
	free(sink->path);
	free(sink->temporary);
	*sink = (struct sink){ .fd = -1 };
}
