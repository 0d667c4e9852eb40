/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of a dump that is saved, as bits. */
#ifndef SAVE_SAVE_BITS_H
#define SAVE_SAVE_BITS_H

#include "dumpfmt/write_bits.h"
#include "save/save.h"

struct save_bits {
	uint64_t max_pfn;
	size_t size; /* bytes of each, a multiple of 8 */
	uint8_t *described, *kept;
};

/*
 * Zeroed bits for pages below @max_pfn. Those of a large machine lie in a file that has no name,
 * beside @near (NULL: where temporary files go), so that they take no memory for good.
 */
must_check struct error *save_bits_init(struct save_bits *bits, uint64_t max_pfn, const char *near);
void save_bits_deinit(struct save_bits *bits);
/* Asks @image's filter about every page that the dump has, by @report's threads, and counts. */
must_check struct error *save_bits_decide(struct save_bits *bits, struct image *image,
					  struct filter *filter, struct save_report *report);

#endif
