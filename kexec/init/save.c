// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The capture kernel's part: /proc/vmcore, byte for byte, to its disk. Pages of zeros are skipped:
 * the disk is zero where nothing was written. Written past the page cache, since memory is short.
 */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE  4096u
#define CHUNK (1u << 20)
#define TELL  1000000000ull /* ns between lines of progress */

struct save {
	int from, to;
	uint64_t size, done, written;
	uint64_t started, told;
	uint8_t *chunk;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool is_zero(const uint8_t *page)
{
	static const uint8_t zero[PAGE];

	return !memcmp(page, zero, PAGE);
}

static struct error *write_all(struct save *s, const uint8_t *data, size_t size, uint64_t at)
{
	while (size) {
		ssize_t n = pwrite(s->to, data, size, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_os(n ? errno : ENOSPC, "writing at 0x%llx",
					(unsigned long long)at);
		data += n;
		size -= (size_t)n;
		at += (uint64_t)n;
		s->written += (uint64_t)n;
	}
	return NULL;
}

/* Fills the chunk as far as the file goes; bytes in *@ret. */
static struct error *read_chunk(struct save *s, size_t *ret)
{
	size_t have = 0;

	while (have < CHUNK) {
		ssize_t n = read(s->from, s->chunk + have, CHUNK - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_os(errno, "/proc/vmcore at 0x%llx",
					(unsigned long long)(s->done + have));
		if (!n)
			break;
		have += (size_t)n;
	}
	*ret = have;
	return NULL;
}

/* The runs of pages that are not zero. The last page of all may be in part: the rest is zero. */
static struct error *write_chunk(struct save *s, size_t have)
{
	size_t pages = (have + PAGE - 1) / PAGE, first = 0, end;

	memset(s->chunk + have, 0, pages * PAGE - have);
	while (first < pages) {
		if (is_zero(s->chunk + first * PAGE)) {
			first++;
			continue;
		}
		for (end = first + 1; end < pages && !is_zero(s->chunk + end * PAGE); end++)
			;
		TRY(write_all(s, s->chunk + first * PAGE, (end - first) * PAGE,
			      s->done + first * PAGE));
		first = end;
	}
	return NULL;
}

static void tell(struct save *s, bool last)
{
	uint64_t t = now(), ms = (t - s->started) / 1000000;

	if (!last && t - s->told < TELL)
		return;
	s->told = t;
	say("saving: %llu of %llu bytes, %llu MiB/s", (unsigned long long)s->done,
	    (unsigned long long)s->size,
	    (unsigned long long)(ms ? (s->done >> 10) * 1000 / 1024 / ms : 0));
}

static struct error *save(struct save *s)
{
	size_t have;

	s->started = s->told = now();
	do {
		TRY(read_chunk(s, &have));
		TRY(write_chunk(s, have));
		s->done += have;
		tell(s, false);
	} while (have == CHUNK);
	tell(s, true);
	if (fsync(s->to))
		return error_os(errno, "the dump's disk");
	if (s->done != s->size)
		return error_create(ERROR_BAD_DATA,
				    "/proc/vmcore ended after %llu bytes, it has %llu",
				    (unsigned long long)s->done, (unsigned long long)s->size);
	say("saved: %llu bytes, %llu of them not zero", (unsigned long long)s->size,
	    (unsigned long long)s->written);
	return NULL;
}

static void tell_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long total = 0, available = 0, value;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemTotal: %llu", &value) == 1)
			total = value;
		else if (sscanf(line, "MemAvailable: %llu", &value) == 1)
			available = value;
	}
	if (file)
		fclose(file);
	say("memory: %llu KiB, %llu available", total, available);
}

struct error *save_run(void)
{
	struct save s = { .from = -1, .to = -1 };
	struct stat st;
	struct error *err;

	tell_memory();
	s.from = open("/proc/vmcore", O_RDONLY | O_CLOEXEC);
	if (s.from < 0 || fstat(s.from, &st))
		return error_os(errno, "/proc/vmcore");
	s.size = (uint64_t)st.st_size;
	err = disk_open(INIT_VMCORE_DISK, O_WRONLY | O_DIRECT, &s.to);
	if (!err && posix_memalign((void **)&s.chunk, PAGE, CHUNK))
		err = error_nomem();
	if (!err)
		err = save(&s);
	free(s.chunk);
	close(s.from);
	if (s.to >= 0)
		close(s.to);
	return err;
}
