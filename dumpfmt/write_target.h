/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a dump that is made goes: a file, or makedumpfile's flattened records in a file or a pipe.
 * Threads may write at the same time.
 */
#ifndef DUMPFMT_WRITE_TARGET_H
#define DUMPFMT_WRITE_TARGET_H

#include "base/error.h"

#include <pthread.h>

struct target {
	int fd; /* -1: nothing is written, only counted */
	bool flattened, own_fd, overwrite;
	bool is_device; /* it has its name and its size already */
	uint64_t max_size;
	char *path, *temporary; /* NULL: given as a descriptor */
	pthread_mutex_t lock;	/* flattened: whose record it is */
	uint64_t end;		/* bytes of the payload so far; atomic */
	uint64_t stored;	/* bytes that were written, with the records' heads; atomic */
};

struct target_options {
	bool flattened;
	bool overwrite;	   /* a file that is there already may go */
	bool dry_run;	   /* write nothing */
	uint64_t max_size; /* bytes; 0: no bound */
	const char *path;
	int fd; /* when @path is NULL: stays the caller's */
};

/*
 * Opens PATH.incomplete, or PATH when that is a block device, or goes on with the descriptor. USAGE
 * when PATH is there and may not be overwritten, or is neither a regular file nor a block device,
 * or another one uses it.
 */
must_check struct error *target_open(const struct target_options *options, struct target *ret);
/* @size bytes at @offset of the payload. */
must_check struct error *target_write(struct target *target, uint64_t offset, const void *buf,
				      size_t size);
/* The payload is @size bytes long, what was not written is zeros; all of it is on the disk. */
must_check struct error *target_settle(struct target *target, uint64_t size);
/* All is written: the flattened end mark, the disk, and PATH gets its name. */
must_check struct error *target_finish(struct target *target);
/* Closes; what was not finished goes, or stays as PATH.incomplete with @keep. */
void target_close(struct target *target, bool keep);

#endif
