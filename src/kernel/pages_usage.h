/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory is used for what, by the kernel's own counters: fs/proc/meminfo.c of Linux. */
#ifndef KERNEL_PAGES_USAGE_H
#define KERNEL_PAGES_USAGE_H

#include "image/image.h"

#define USAGE_UNKNOWN INT64_MIN

enum usage {
	USAGE_TOTAL,
	USAGE_FREE,
	USAGE_BUFFERS,
	USAGE_CACHED,
	USAGE_SWAP_CACHED,
	USAGE_ANON,
	USAGE_MAPPED,
	USAGE_SHMEM,
	USAGE_SLAB_RECLAIMABLE,
	USAGE_SLAB_UNRECLAIMABLE,
	USAGE_STACKS,
	USAGE_TABLES,
	USAGE_HUGE,
	USAGE_HUGE_FREE,
	USAGE_SWAP,
	USAGE_SWAP_FREE,
	USAGE_COMMIT_LIMIT,
	USAGE_COMMITTED,
	USAGES,
};

/* All in pages; USAGE_UNKNOWN where the kernel does not tell. Fails only when interrupted or out of
 * memory. */
must_check struct error *usage_read(struct image *image, int64_t ret[USAGES]);

#endif
