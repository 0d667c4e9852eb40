// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block device that becomes the dump: it begins with it, and opens as it. The log lies at the
 * end, so that it is there before the dump is: its text, then a last block of 4096 bytes that says
 * where, in words:
 *
 *	kx-crash log 1
 *	offset BYTES
 *	size BYTES
 */
#include "base/alloc.h"
#include "capture/device.h"
#include "capture/job.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK	  4096u
#define LOG_MOST  ((uint64_t)8 << 20)
#define LOG_PART  16 /* of the device, at most, is for the log */
#define RECORD	  "kx-crash log 1\noffset %" PRIu64 "\nsize %" PRIu64 "\n"
#define RECORD_IN "kx-crash log 1\noffset %" SCNu64 "\nsize %" SCNu64 "\n"

struct device {
	char *path;
	int fd;
	uint64_t size, log_start; /* bytes */
};

static struct error *put(const struct device *d, const void *data, size_t size, uint64_t at)
{
	const uint8_t *from = data;

	while (size) {
		ssize_t n = pwrite(d->fd, from, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_os(n ? errno : ENOSPC, "%s: cannot be written", d->path);
		from += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return NULL;
}

static struct error *get(int fd, void *data, size_t size, uint64_t at)
{
	ssize_t n = pread(fd, data, size, (off_t)at);

	return n == (ssize_t)size ? NULL : error_os(n < 0 ? errno : EIO, "reading the log's place");
}

static struct error *put_log(const struct device *d, const char *text, size_t size)
{
	uint64_t room = d->size - BLOCK - d->log_start;
	char record[BLOCK] = "";

	/* The end of a log tells more than its start. */
	if (size > room) {
		text += size - room;
		size = room;
	}
	TRY(put(d, text, size, d->log_start));
	snprintf(record, sizeof(record), RECORD, d->log_start, (uint64_t)size);
	TRY(put(d, record, sizeof(record), d->size - BLOCK));
	return fsync(d->fd) ? error_os(errno, "%s", d->path) : NULL;
}

static struct error *send_log(struct job *job, const struct device *d)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct error *err;

	if (!file)
		return error_nomem();
	err = job_log(job, file);
	if (fclose(file) && !err)
		err = error_nomem();
	if (!err)
		err = put_log(d, text, size);
	free(text);
	return err;
}

static struct error *open_device(const struct job *job, struct device *d)
{
	off_t size;

	TRY(device_find(job->target->device, job->config->device_wait, &d->path));
	TRY(device_check_free(d->path, job->config->force));
	d->fd = open(d->path, O_RDWR | O_CLOEXEC);
	size = d->fd < 0 ? -1 : lseek(d->fd, 0, SEEK_END);
	if (size < 0)
		return error_os(errno, "%s", d->path);
	d->size = (uint64_t)size / BLOCK * BLOCK;
	if (d->size < 2 * LOG_PART * BLOCK)
		return error_create(ERROR_USAGE, "%s has %" PRIu64 " bytes, too few for a dump",
				    d->path, (uint64_t)size);
	d->log_start = d->size - min(LOG_MOST, d->size / LOG_PART) / BLOCK * BLOCK;
	return NULL;
}

static struct error *save(struct job *job, struct device *d)
{
	const char *path = d->path;
	struct save_options where = {
		.paths = &path, .nr_paths = 1, .overwrite = true, .max_size = d->log_start
	};
	struct error *err = send_log(job, d);

	job_log_saved(job, err, d->path);
	TRY(job_save(job, &where));
	return job_place(job, "%s", d->path);
}

struct error *block_save(struct job *job)
{
	struct device d = { .fd = -1 };
	struct error *err = open_device(job, &d);

	if (!err)
		err = save(job, &d);
	if (d.fd >= 0)
		close(d.fd);
	free(d.path);
	return err;
}

/* ---- and back ---- */

static struct error *copy_log(int fd, uint64_t offset, uint64_t size, FILE *to)
{
	char *text auto_free = malloc(BLOCK);

	if (!text)
		return error_nomem();
	while (size) {
		size_t n = (size_t)min(size, (uint64_t)BLOCK);

		TRY(get(fd, text, n, offset));
		if (fwrite(text, 1, n, to) != n)
			return error_os(errno, "writing the log");
		offset += n;
		size -= n;
	}
	return NULL;
}

static struct error *read_log(int fd, const char *path, FILE *to)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char record[BLOCK + 1] = "";
	uint64_t offset, size, limit;

	if (end < (off_t)BLOCK)
		return error_create(ERROR_NOT_FOUND, "%s holds no log", path);
	limit = (uint64_t)end / BLOCK * BLOCK - BLOCK;
	TRY(get(fd, record, BLOCK, limit));
	if (sscanf(record, RECORD_IN, &offset, &size) != 2 || offset > limit ||
	    size > limit - offset)
		return error_create(ERROR_NOT_FOUND, "%s holds no log", path);
	return copy_log(fd, offset, size, to);
}

struct error *block_log(const char *path, FILE *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct error *err;

	if (fd < 0)
		return error_os(errno, "%s", path);
	err = read_log(fd, path, to);
	close(fd);
	return err;
}

bool block_has_log(const char *path)
{
	FILE *null = fopen("/dev/null", "we");
	bool has = null && !error_dropped(block_log(path, null));

	if (null)
		fclose(null);
	return has;
}

/* Neither the dump nor the log is found any more. */
struct error *block_forget(const char *path)
{
	static const uint8_t zeros[BLOCK];
	struct device d = { .path = (char *)path, .fd = open(path, O_RDWR | O_CLOEXEC) };
	struct stat st;
	off_t size = d.fd < 0 ? -1 : lseek(d.fd, 0, SEEK_END);
	struct error *err;

	if (size < (off_t)(2 * BLOCK) || fstat(d.fd, &st) || !S_ISBLK(st.st_mode))
		err = error_create(ERROR_USAGE, "%s is no block device, and stays as it is", path);
	else
		err = put(&d, zeros, BLOCK, 0);
	if (!err)
		err = put(&d, zeros, BLOCK, (uint64_t)size / BLOCK * BLOCK - BLOCK);
	if (!err && fsync(d.fd))
		err = error_os(errno, "%s", path);
	if (d.fd >= 0)
		close(d.fd);
	return err;
}
