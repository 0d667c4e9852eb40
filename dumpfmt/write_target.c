// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file is written under the name PATH.incomplete, and gets its own name once it is whole and on
 * the disk: whoever sees PATH sees all of it. A lock on the file keeps two writers apart. A block
 * device is written as it is; that it is not whole yet, only the dump's own mark says.
 *
 * Flattened: see flattened.c for the format.
 */
#include "dumpfmt/write_target.h"

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

static const char *name_of(const struct target *target)
{
	return target->path ? target->path : "standard output";
}

static struct error *write_failed(const struct target *target, int errnum)
{
	return error_os(errnum, "%s: cannot be written", name_of(target));
}

/* All of @parts, one behind the other, where the descriptor stands. */
static struct error *write_vector(struct target *target, struct iovec *parts, int count)
{
	while (count) {
		ssize_t n = writev(target->fd, parts, count);

		if (n < 0 && errno != EINTR)
			return write_failed(target, errno);
		if (n > 0)
			__atomic_fetch_add(&target->stored, (uint64_t)n, __ATOMIC_RELAXED);
		for (; count && n >= (ssize_t)parts->iov_len; count--, parts++)
			n -= (ssize_t)parts->iov_len;
		if (count && n > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return NULL;
}

static struct error *write_record(struct target *target, uint64_t offset, uint64_t size,
				  const void *buf)
{
	uint8_t head[16];
	struct iovec parts[] = { { head, sizeof(head) }, { (void *)buf, buf ? size : 0 } };
	struct error *err;

	put_be64(head, offset);
	put_be64(head + 8, size);
	if (target->fd < 0) {
		__atomic_fetch_add(&target->stored, sizeof(head) + (buf ? size : 0),
				   __ATOMIC_RELAXED);
		return NULL;
	}
	pthread_mutex_lock(&target->lock);
	err = write_vector(target, parts, buf ? 2 : 1);
	pthread_mutex_unlock(&target->lock);
	return err;
}

static struct error *begin_flattened(struct target *target)
{
	uint8_t head[FLAT_HEADER] = "makedumpfile";
	struct iovec part = { head, sizeof(head) };

	put_be64(head + 16, 1); /* type */
	put_be64(head + 24, 1); /* version */
	if (target->fd < 0) {
		target->stored += sizeof(head);
		return NULL;
	}
	return write_vector(target, &part, 1);
}

static struct error *check_target(struct target *target, bool overwrite)
{
	struct stat st;

	if (stat(target->path, &st))
		return errno == ENOENT ? NULL : error_os(errno, "%s", target->path);
	target->is_device = S_ISBLK(st.st_mode);
	if (!S_ISREG(st.st_mode) && !target->is_device)
		return error_create(ERROR_USAGE,
				    "%s: is there already, and neither a regular file nor a block "
				    "device",
				    target->path);
	if (!overwrite)
		return error_create(ERROR_USAGE, "%s: is there already", target->path);
	return NULL;
}

static struct error *open_device(struct target *target)
{
	off_t size;

	/* For us alone: EBUSY tells of a mounted one. */
	target->fd = open(target->path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (target->fd < 0)
		return error_os(errno, "%s", target->path);
	target->own_fd = true;
	size = lseek(target->fd, 0, SEEK_END);
	if (size < 0)
		return error_os(errno, "%s", target->path);
	target->max_size =
		target->max_size ? min(target->max_size, (uint64_t)size) : (uint64_t)size;
	return NULL;
}

static struct error *open_file(struct target *target, bool overwrite)
{
	TRY(check_target(target, overwrite));
	if (target->is_device)
		return open_device(target);
	if (asprintf(&target->temporary, "%s.incomplete", target->path) < 0) {
		target->temporary = NULL;
		return error_nomem();
	}
	target->fd = open(target->temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (target->fd < 0)
		return error_os(errno, "%s", target->temporary);
	target->own_fd = true;
	if (flock(target->fd, LOCK_EX | LOCK_NB)) {
		close(target->fd);
		target->fd = -1;
		free(target->temporary); /* another one's: it is not to be removed */
		target->temporary = NULL;
		return error_create(ERROR_USAGE, "%s: is being written already", target->path);
	}
	/* What an earlier one left behind. */
	return ftruncate(target->fd, 0) ? write_failed(target, errno) : NULL;
}

struct error *target_open(const struct target_options *options, struct target *ret)
{
	struct target *target = ret;

	*target = (struct target){ .fd = -1,
				   .flattened = options->flattened,
				   .max_size = options->max_size,
				   .overwrite = options->overwrite };
	pthread_mutex_init(&target->lock, NULL);
	if (options->path) {
		target->path = strdup(options->path);
		if (!target->path)
			return error_nomem();
		if (!options->dry_run)
			TRY(open_file(target, options->overwrite));
	} else if (!options->dry_run) {
		target->fd = options->fd;
	}
	return target->flattened ? begin_flattened(target) : NULL;
}

static void note_end(struct target *target, uint64_t end)
{
	uint64_t before = __atomic_load_n(&target->end, __ATOMIC_RELAXED);

	while (before < end && !__atomic_compare_exchange_n(&target->end, &before, end, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

struct error *target_write(struct target *target, uint64_t offset, const void *buf, size_t size)
{
	const uint8_t *from = buf;

	if (target->max_size && !target->flattened &&
	    (size > target->max_size || offset > target->max_size - size))
		return write_failed(target, ENOSPC);
	note_end(target, offset + size);
	while (size) {
		size_t n = min(size, RECORD_MAX);
		ssize_t done = (ssize_t)n;

		if (target->flattened)
			TRY(write_record(target, offset, n, from));
		else if (target->fd >= 0)
			done = pwrite(target->fd, from, n, (off_t)offset);
		if (done < 0 && errno != EINTR)
			return write_failed(target, errno);
		if (done <= 0)
			continue;
		if (!target->flattened)
			__atomic_fetch_add(&target->stored, (uint64_t)done, __ATOMIC_RELAXED);
		from += done;
		offset += (uint64_t)done;
		size -= (size_t)done;
	}
	return NULL;
}

struct error *target_settle(struct target *target, uint64_t size)
{
	static const uint8_t last;

	if (target->flattened)
		return size > target->end ? target_write(target, size - 1, &last, 1) : NULL;
	note_end(target, size);
	if (target->fd < 0)
		return NULL;
	if (!target->is_device && ftruncate(target->fd, (off_t)size))
		return write_failed(target, errno);
	return fsync(target->fd) ? write_failed(target, errno) : NULL;
}

/* So that the name, too, survives. */
static struct error *sync_directory(const struct target *target)
{
	char *copy = strdup(target->path);
	struct error *err = NULL;
	int fd;

	if (!copy)
		return error_nomem();
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Not every filesystem can. */
	if (fd >= 0 && fsync(fd) && errno != EINVAL)
		err = write_failed(target, errno);
	if (fd >= 0)
		close(fd);
	free(copy);
	return err;
}

/* A file of that name may have come since it was looked for. */
static struct error *give_name(struct target *target)
{
	const char *from = target->temporary, *to = target->path;
	int failed = -1;

	if (!target->overwrite) {
		failed = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
		if (failed && errno != EINVAL && errno != ENOSYS)
			return error_os(errno, "%s", to);
	}
	/* Filesystems that cannot do that, NFS for one. */
	if (failed)
		failed = rename(from, to);
	return failed ? error_os(errno, "%s", to) : NULL;
}

struct error *target_finish(struct target *target)
{
	if (target->flattened)
		TRY(write_record(target, UINT64_MAX, UINT64_MAX, NULL));
	if (target->fd < 0 || !target->own_fd)
		return NULL;
	if (fsync(target->fd))
		return write_failed(target, errno);
	if (target->is_device)
		return NULL;
	TRY(give_name(target));
	free(target->temporary);
	target->temporary = NULL;
	return sync_directory(target);
}

void target_close(struct target *target, bool keep)
{
	if (target->temporary && !keep)
		unlink(target->temporary);
	if (target->own_fd && target->fd >= 0)
		close(target->fd);
	pthread_mutex_destroy(&target->lock);
	free(target->path);
	free(target->temporary);
	*target = (struct target){ .fd = -1 };
}
