/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All pages of a dump that can be read, once, by several threads. */
#ifndef VALIDATE_PAGE_SCAN_H
#define VALIDATE_PAGE_SCAN_H

#include "kxdump.h"

#include <stddef.h>

struct page_run {
	uint64_t pfn, count; /* the first page, and how many: there as a whole */
	uint64_t index;	     /* pages of the dump before these */
	bool part;	     /* one page, of which only a part is memory; the rest reads as zeros */
};

struct page_scan {
	struct kxdump *dump;
	unsigned int threads;
	uint32_t page_size; /* bytes */
	void *context;
	/* Of each run, in ascending order, before any other call about it. By one thread at a time.
	 */
	struct error *(*found)(void *context, const struct page_run *run);
	/* Pages that were read. By any thread. */
	struct error *(*read)(void *context, const struct page_run *run, const uint8_t *pages);
	/* A page that cannot be read: @err is taken over. By any thread. */
	struct error *(*failed)(void *context, const struct page_run *page, struct error *err);
	/* By the thread that began it. */
	struct error *(*progress)(void *context, uint64_t pages_done);
};

/*
 * Begins a scan by the other threads, with handles on the dump of their own; @scan is copied. An
 * error of any call ends the scan, and is told at its end.
 */
struct page_scan_run;
must_check struct error *page_scan_start(const struct page_scan *scan, struct page_scan_run **ret);
/* Reads, too, until all is read; destroys @run. By the thread that started it. */
must_check struct error *page_scan_finish(struct page_scan_run *run);

#endif
