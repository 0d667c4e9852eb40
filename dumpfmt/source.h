/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes beneath a format: a plain file, or the payload of a flattened one. Reads with pread,
 * so that a file that shrinks or fails gives an error and not a signal; and it is faster, too, than
 * to map a file of a disk. /proc/vmcore is mapped: to read it, the kernel maps each page by itself.
 */
#ifndef DUMPFMT_SOURCE_H
#define DUMPFMT_SOURCE_H

#include "dumpfmt/cache.h"
#include "dumpfmt/extents.h"

#include <sys/types.h>

struct source {
	char *path; /* as given */
	int fd;
	dev_t device;
	ino_t inode;
	bool volatile_bytes; /* a file of /proc: what was read may differ when read again */
	/* A file of /proc that can be mapped: /proc/vmcore, whose bytes do not change. */
	bool mapped;
	struct {
		uint64_t start;
		size_t size;
		uint8_t *data;
	} window; /* the part that is mapped now; size 0: none */
	bool flattened;
	bool borrowed; /* all but @blocks and @window belong to the source that it is a share of */
	uint64_t size; /* bytes of the payload */
	uint64_t stored; /* bytes of the file that holds it */
	/*
	 * The most that may be allocated for what the file claims to have: what it has on its disk,
	 * as a sparse file can be of any size. At least 16 MiB, where @stored is not less.
	 */
	uint64_t measure;
	char *damage; /* why the payload is not whole, NULL when nothing is known against it */
	struct extents pieces; /* of a flattened file: payload offset to file offset */
	struct cache blocks;
};

/*
 * Opens the file at @path, read-only. NOT_MINE for what is no file (a directory, a pipe). With
 * @index false the pieces of a flattened file are not looked for: only its first bytes can be read.
 */
must_check struct error *source_open(const char *path, bool index, struct source **ret);
void source_close(struct source *source);
/* A second source over what @source, which must outlive it, has open; with a small cache. */
must_check struct error *source_share(const struct source *source, struct source **ret);

/*
 * All @size bytes at @offset of the payload, straight into @buf. BAD_DATA when they lie beyond the
 * end, with the address of the first such offset; what lies before it has been read then.
 */
must_check struct error *source_read(struct source *source, uint64_t offset, void *buf,
				     size_t size);
/* As many of the @size bytes at @offset as there are: *@got, the rest of @buf is zeroed. */
must_check struct error *source_read_some(struct source *source, uint64_t offset, void *buf,
					  size_t size, size_t *got);
/* The same as source_read() through a cache of the file's blocks, for small reads that come again.
 */
must_check struct error *source_peek(struct source *source, uint64_t offset, void *buf,
				     size_t size);
/* True when @size bytes at @offset lie within the payload. */
bool source_has(const struct source *source, uint64_t offset, uint64_t size);
/*
 * How many of the @size bytes at @offset, which is not past the 64-bit space, share the fate of the
 * first: *@there says whether it can be read, as far as known without trying. 0 only for @size 0.
 */
uint64_t source_run(const struct source *source, uint64_t offset, uint64_t size, bool *there);
/* How many bytes from @offset on are a hole in a sparse file, which reads as zeros; 0: none known.
 */
uint64_t source_hole(const struct source *source, uint64_t offset);

/* All @size bytes at @offset of the file itself, as source_read(). For the layers beneath. */
must_check struct error *source_pread(struct source *source, uint64_t offset, void *buf,
				      size_t size);

#endif
