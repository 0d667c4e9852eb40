// SPDX-License-Identifier: GPL-2.0-or-later
/* Opens a file and reads its payload, plain or flattened. */
#include "dumpfmt/source.h"

#include "dumpfmt/flattened.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BLOCK_SIZE  4096
#define NR_BLOCKS   1024
#define NR_SHARED   64 /* of a share, which is read in order */
#define MEASURE_MIN ((uint64_t)16 << 20)
#define WINDOW	    ((uint64_t)4 << 20)

static void unmap(struct source *source)
{
	if (source->window.size)
		munmap(source->window.data, source->window.size);
	source->window.size = 0;
}

/* Maps the window that holds @offset; false when the kernel does not do that. */
static bool map_window(struct source *source, uint64_t offset)
{
	uint64_t start = offset / WINDOW * WINDOW;
	size_t size = (size_t)min(WINDOW, source->stored - start);
	void *data;

	unmap(source);
	data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, source->fd, (off_t)start);
	if (data == MAP_FAILED)
		return false;
	source->window.start = start;
	source->window.size = size;
	source->window.data = data;
	return true;
}

/* How many bytes of @size at @offset came through a window; fewer where one cannot be mapped. */
static size_t read_mapped(struct source *source, uint64_t offset, uint8_t *buf, size_t size)
{
	size_t done = 0, n;

	while (done < size && offset + done < source->stored) {
		uint64_t at = offset + done;

		if ((at < source->window.start ||
		     at - source->window.start >= source->window.size) &&
		    !map_window(source, at))
			break;
		n = min(size - done, (size_t)(source->window.start + source->window.size - at));
		memcpy(buf + done, source->window.data + (at - source->window.start), n);
		done += n;
	}
	return done;
}

static struct error *check_kind(struct source *source)
{
	struct stat st;
	struct statfs fs;
	off_t end;

	if (fstat(source->fd, &st))
		return error_os(errno, "%s", source->path);
	if (S_ISDIR(st.st_mode))
		return error_create(ERROR_NOT_MINE, "%s: a directory, not a dump", source->path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return error_create(ERROR_NOT_MINE,
				    "%s: not a file (a pipe, a socket or a device); a dump is "
				    "read from a file",
				    source->path);
	source->device = st.st_dev;
	source->inode = st.st_ino;
	source->stored = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode)) {
		end = lseek(source->fd, 0, SEEK_END);
		source->stored = end < 0 ? 0 : (uint64_t)end;
	}
	source->measure = source->stored;
	if (S_ISREG(st.st_mode))
		source->measure =
			min(source->stored, max((uint64_t)st.st_blocks * 512, MEASURE_MIN));
	if (!fstatfs(source->fd, &fs) && fs.f_type == PROC_SUPER_MAGIC)
		source->volatile_bytes = true;
	if (source->volatile_bytes)
		source->measure = source->stored;
	source->size = source->stored;
	source->mapped = source->volatile_bytes && source->stored && map_window(source, 0);
	if (source->mapped)
		source->volatile_bytes = false;
	return NULL;
}

struct error *source_open(const char *path, bool index, struct source **ret)
{
	struct source *source = calloc(1, sizeof(*source));
	struct error *err;

	if (!source)
		return error_nomem();
	source->fd = -1;
	cache_init(&source->blocks, BLOCK_SIZE, NR_BLOCKS);
	source->path = strdup(path);
	if (!source->path) {
		source_close(source);
		return error_nomem();
	}
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	err = source->fd < 0 ? error_os(errno, "%s", path) : check_kind(source);
	if (!err)
		err = flattened_open(source, index);
	if (err) {
		source_close(source);
		return err;
	}
	*ret = source;
	return NULL;
}

struct error *source_share(const struct source *source, struct source **ret)
{
	struct source *share = malloc(sizeof(*share));

	if (!share)
		return error_nomem();
	*share = *source;
	share->borrowed = true;
	share->window.size = 0;
	cache_init(&share->blocks, BLOCK_SIZE, NR_SHARED);
	*ret = share;
	return NULL;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	unmap(source);
	if (source->borrowed) {
		cache_deinit(&source->blocks);
		free(source);
		return;
	}
	if (source->fd >= 0)
		close(source->fd);
	extents_deinit(&source->pieces);
	cache_deinit(&source->blocks);
	free(source->damage);
	free(source->path);
	free(source);
}

bool source_has(const struct source *source, uint64_t offset, uint64_t size)
{
	return offset <= source->size && size <= source->size - offset;
}

uint64_t source_run(const struct source *source, uint64_t offset, uint64_t size, bool *there)
{
	uint64_t run;

	*there = offset < source->size;
	if (!*there)
		return size;
	run = min(size, source->size - offset);
	if (source->flattened && source->damage)
		return flattened_run(source, offset, run, there);
	return run;
}

uint64_t source_hole(const struct source *source, uint64_t offset)
{
	off_t data;

	if (source->flattened || source->volatile_bytes || source->mapped ||
	    offset >= source->size || offset > INT64_MAX)
		return 0;
	data = lseek(source->fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? source->size - offset : 0; /* no more data */
	return (uint64_t)data - offset;
}

static struct error *beyond_the_end(struct source *source, uint64_t offset, uint64_t from,
				    size_t size, uint64_t end)
{
	return error_at(
		ERROR_BAD_DATA, from,
		"%s: %zu bytes at offset 0x%llx lie beyond the end of the file (truncated): "
		"it has %llu bytes",
		source->path, size, (unsigned long long)offset, (unsigned long long)end);
}

struct error *source_pread(struct source *source, uint64_t offset, void *buf, size_t size)
{
	size_t done = 0;

	if (offset > INT64_MAX || size > INT64_MAX - offset)
		return beyond_the_end(source, offset, offset, size, source->stored);
	if (source->mapped)
		done = read_mapped(source, offset, buf, size);
	while (done < size) {
		ssize_t n = pread(source->fd, (uint8_t *)buf + done, size - done,
				  (off_t)(offset + done));

		if (n > 0)
			done += (size_t)n;
		else if (!n)
			return beyond_the_end(source, offset, offset + done, size, offset + done);
		else if (errno != EINTR)
			return error_os(errno, "%s: %zu bytes at offset 0x%llx", source->path, size,
					(unsigned long long)offset);
	}
	return NULL;
}

struct error *source_read(struct source *source, uint64_t offset, void *buf, size_t size)
{
	size_t there = size;

	if (!source_has(source, offset, size))
		there = offset < source->size ? (size_t)(source->size - offset) : 0;
	if (source->flattened)
		TRY(flattened_read(source, offset, buf, there));
	else
		TRY(source_pread(source, offset, buf, there));
	if (there < size)
		return beyond_the_end(source, offset, offset + there, size, source->size);
	return NULL;
}

struct error *source_read_some(struct source *source, uint64_t offset, void *buf, size_t size,
			       size_t *got)
{
	struct error *err = source_read(source, offset, buf, size);

	*got = size;
	if (!err)
		return NULL;
	if (err->code != ERROR_BAD_DATA || err->address < offset || err->address - offset >= size)
		return err;
	*got = (size_t)(err->address - offset);
	error_free(err);
	memset((uint8_t *)buf + *got, 0, size - *got);
	return NULL;
}

static struct error *read_block(struct source *source, uint64_t number, const uint8_t **ret)
{
	uint64_t start = number * BLOCK_SIZE;
	uint8_t *block = cache_find(&source->blocks, number);

	if (!block) {
		TRY(cache_claim(&source->blocks, &block));
		TRY(source_read(source, start, block,
				min((uint64_t)BLOCK_SIZE, source->size - start)));
		cache_commit(&source->blocks, number);
	}
	*ret = block;
	return NULL;
}

struct error *source_peek(struct source *source, uint64_t offset, void *buf, size_t size)
{
	uint8_t *to = buf;
	const uint8_t *block = NULL;
	struct error *err;
	size_t n;

	if (source->volatile_bytes || !source_has(source, offset, size))
		return source_read(source, offset, buf, size);
	for (; size; offset += n, to += n, size -= n) {
		size_t inside = offset % BLOCK_SIZE;

		n = min(size, BLOCK_SIZE - inside);
		err = read_block(source, offset / BLOCK_SIZE, &block);
		if (err) { /* parts of the block may still be there */
			error_free(err);
			TRY(source_read(source, offset, to, n));
			continue;
		}
		memcpy(to, block + inside, n);
	}
	return NULL;
}
