/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A manifest: a digest of each page of a dump, by the page's number, so that any dump of the same
 * memory can be compared with it, in whatever format; and one of each file, for that very dump.
 * Little-endian:
 *
 *	header, 64 bytes:
 *		"kx-crash pages 2\n" and zeros up to 32
 *		page size u32, number of files u32, number of pages u64, number of runs u64
 *		u64: XXH3 of the runs and files
 *	pages, in ascending order:
 *		u64: XXH3 (64 bits) of the page; 0: it could not be read
 *	runs:
 *		first pfn u64, number of pages u64
 *	files:
 *		size u64, XXH3 (128 bits) u64 low, u64 high
 *
 * XXH3 is for mistakes and decay, not for forgers.
 */
#ifndef VALIDATE_MANIFEST_H
#define VALIDATE_MANIFEST_H

#include "base/error.h"

#include <stddef.h>

/* Of a page's bytes; never 0. */
uint64_t manifest_digest(const void *page, size_t size);

struct manifest_file {
	uint64_t size; /* bytes */
	uint64_t digest[2];
};

/* ---- writing ---- */

struct manifest_writer;
/* The name is taken only by manifest_writer_finish(). USAGE when it is taken already. */
must_check struct error *manifest_writer_create(const char *path, uint32_t page_size,
						struct manifest_writer **ret);
/* Pages that the dump has, in ascending order. By one thread at a time. */
must_check struct error *manifest_writer_run(struct manifest_writer *writer, uint64_t pfn,
					     uint64_t count);
/* The files that are the dump, in the order in which they were given; once. */
must_check struct error *manifest_writer_files(struct manifest_writer *writer,
					       const struct manifest_file *files, size_t count);
/* Digests of @count pages, the first of which is number @index. By any thread. */
must_check struct error *manifest_writer_put(struct manifest_writer *writer, uint64_t index,
					     const uint64_t *digests, size_t count);
must_check struct error *manifest_writer_finish(struct manifest_writer *writer);
/* Of one that was not finished, nothing stays. NULL is allowed. */
void manifest_writer_destroy(struct manifest_writer *writer);

/* ---- reading ---- */

struct manifest;

struct manifest_run {
	uint64_t pfn, count, index;
};

/* BAD_DATA for what is no manifest, or a damaged one. */
must_check struct error *manifest_open(const char *path, struct manifest **ret);
void manifest_close(struct manifest *manifest);
uint32_t manifest_page_size(const struct manifest *manifest);
/* Owned by @manifest. */
const struct manifest_file *manifest_files(const struct manifest *manifest, size_t *count);
/* The first run that ends behind @pfn, or NULL. */
const struct manifest_run *manifest_find(const struct manifest *manifest, uint64_t pfn);
/* By any thread. */
must_check struct error *manifest_read(const struct manifest *manifest, uint64_t index,
				       uint64_t *digests, size_t count);

#endif
