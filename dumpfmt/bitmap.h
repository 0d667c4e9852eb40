/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bitmap that stays in its file, least significant bit first, with counts along the way: the rank
 * of a bit (how many are set before it) without counting from the start again.
 */
#ifndef DUMPFMT_BITMAP_H
#define DUMPFMT_BITMAP_H

#include "dumpfmt/source.h"

struct bitmap {
	struct source *source; /* borrowed */
	uint64_t offset;       /* bytes */
	uint64_t bits;	       /* those beyond are clear */
	uint64_t *ranks;       /* set bits before each stretch, as far as they were counted */
	size_t nr_ranks, room;
	bool borrowed; /* @ranks, which are all of them then */
};

void bitmap_init(struct bitmap *bitmap, struct source *source, uint64_t offset, uint64_t bits);
void bitmap_deinit(struct bitmap *bitmap);
/* Makes @ret the same bitmap read through @source; it borrows @bitmap's counts once all are made.
 */
void bitmap_share(struct bitmap *bitmap, struct source *source, struct bitmap *ret);
must_check struct error *bitmap_test(struct bitmap *bitmap, uint64_t bit, bool *ret);
/*
 * The first bit at or after @bit that is @value; @limit, or the number of bits if that is less,
 * when there is none before it.
 */
must_check struct error *bitmap_next(struct bitmap *bitmap, uint64_t bit, uint64_t limit,
				     bool value, uint64_t *ret);
/* How many bits before @bit are set. */
must_check struct error *bitmap_rank(struct bitmap *bitmap, uint64_t bit, uint64_t *ret);

#endif
