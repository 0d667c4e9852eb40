/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that go over the kept pages of a dump. */
#ifndef SAVE_SAVE_POOL_H
#define SAVE_SAVE_POOL_H

#include "save/save_bits.h"

struct save_pool {
	struct kxdump *dump;
	struct save_bits *bits;
	/* NULL: look only, and clear the bits of pages that are lost, and with @drop_zeros of
	 * zeros. */
	struct kxdump_writer *writer;
	bool drop_zeros;
	unsigned int threads;
	struct save_report *report; /* lost and padded pages, and the first errors, are added */
	uint64_t dropped;	    /* pages of zeros whose bits were cleared */
};

/* Goes over all kept pages once. What fails other than a page's reading ends it. */
must_check struct error *save_pool_run(struct save_pool *pool, const char *label);

#endif
