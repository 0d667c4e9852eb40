// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the crash region through /proc/kcore (fs/proc/kcore.c of Linux). */
#include "kexec/fingerprint.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PAGE_BYTES  4096
#define CHUNK_BYTES (1 << 20)
#define MAX_HEADERS 65534
/* Odd, and with bits all over: the golden ratio in 64 bits. */
#define MULTIPLIER 0x9e3779b97f4a7c15ull

static struct error *read_at(int fd, uint64_t offset, void *buf, size_t size)
{
	size_t at = 0;

	while (at < size) {
		ssize_t got = pread(fd, (char *)buf + at, size - at, (off_t)(offset + at));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_os(errno, "/proc/kcore");
		if (!got)
			return error_create(ERROR_BAD_DATA, "/proc/kcore ends at 0x%llx",
					    (unsigned long long)(offset + at));
		at += (size_t)got;
	}
	return NULL;
}

/* Where in the file @size bytes at @virt are. */
static struct error *find_offset(int fd, uint64_t virt, uint64_t size, uint64_t *ret)
{
	auto_free uint8_t *headers = NULL;
	uint8_t head[sizeof(Elf64_Ehdr)];
	uint64_t count;
	struct bytes b;

	TRY(read_at(fd, 0, head, sizeof(head)));
	count = load_number(head + offsetof(Elf64_Ehdr, e_phnum), 2, false);
	TRY(alloc_array(count, sizeof(Elf64_Phdr), MAX_HEADERS, "program headers", &headers));
	TRY(read_at(fd, load_number(head + offsetof(Elf64_Ehdr, e_phoff), 8, false), headers,
		    count * sizeof(Elf64_Phdr)));
	b = bytes_of(headers, count * sizeof(Elf64_Phdr), false);
	while (bytes_left(&b)) {
		uint32_t type = bytes_u32(&b);
		uint64_t offset, start, length;

		bytes_skip(&b, 4);
		offset = bytes_u64(&b);
		start = bytes_u64(&b);
		bytes_skip(&b, 8);
		length = bytes_u64(&b);
		bytes_skip(&b, 16);
		if (type == PT_LOAD && virt >= start && virt - start < length &&
		    size <= length - (virt - start)) {
			*ret = offset + (virt - start);
			return NULL;
		}
	}
	return error_create(ERROR_UNSUPPORTED, "/proc/kcore does not hold the crash region");
}

static void mix(uint64_t *hash, const uint8_t *page)
{
	for (size_t i = 0; i < PAGE_BYTES; i += 8) {
		*hash = (*hash ^ load_number(page + i, 8, false)) * MULTIPLIER;
		*hash ^= *hash >> 32;
	}
}

static struct error *hash_region(int fd, uint64_t offset, uint64_t size, uint64_t skip_bytes,
				 uint64_t *ret)
{
	auto_free uint8_t *chunk = malloc(CHUNK_BYTES);
	uint64_t hash = size, skip = 0;

	if (!chunk)
		return error_nomem();
	for (uint64_t at = 0; at < size; at += CHUNK_BYTES) {
		size_t part = (size_t)min(size - at, (uint64_t)CHUNK_BYTES);

		TRY(interrupt_check());
		TRY(read_at(fd, offset + at, chunk, part));
		for (size_t i = 0; i + PAGE_BYTES <= part; i += PAGE_BYTES) {
			if (skip_bytes && !memcmp(chunk + i, ELFMAG, SELFMAG))
				skip = skip_bytes;
			if (skip)
				skip -= min(skip, (uint64_t)PAGE_BYTES);
			else
				mix(&hash, chunk + i);
		}
	}
	*ret = hash;
	return NULL;
}

struct error *fingerprint_make(const struct machine *machine, char ret[17])
{
	const struct range *region = &machine->crash_region;
	uint64_t size = region->end - region->start + 1, offset, hash = 0;
	struct error *err;
	int fd;

	if (!machine->has_crash_region || !machine->has_page_offset)
		return error_create(ERROR_UNSUPPORTED,
				    "the crash region or the direct map is not known");
	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_os(errno, "/proc/kcore");
	err = find_offset(fd, machine->page_offset + region->start, size, &offset);
	if (!err)
		err = hash_region(fd, offset, size, machine->elfcorehdr_size, &hash);
	close(fd);
	TRY(err);
	snprintf(ret, 17, "%016llx", (unsigned long long)hash);
	return NULL;
}
