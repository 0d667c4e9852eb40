/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the KDUMP format: an open dump, its split set, and the pages in it. */
#ifndef DUMPFMT_KDUMP_H
#define DUMPFMT_KDUMP_H

#include "dumpfmt/bitmap.h"
#include "dumpfmt/codec.h"
#include "dumpfmt/kdump_header.h"

/* One file: the pages of the pfns from @start up to, not including, @end. */
struct kdump_part {
	struct source *source; /* borrowed */
	struct kdump_header header;
	uint64_t start, end;
	uint64_t rank; /* dumped pages before @start: its first descriptor's number in the set */
};

struct page_desc {
	uint64_t offset;
	uint32_t size, flags;
};

struct kdump {
	struct kxdump *dump;
	struct kdump_part *parts; /* by pfn; more than one in a split set */
	size_t nr_parts;
	uint32_t page_size;
	uint64_t max_pfn;
	bool single_bitmap;
	struct bitmap ram, dumped; /* the same one when there is a single one */
	uint64_t desc_offset;	   /* of the descriptors, in every file of a set */
	uint64_t data_offset;	   /* behind them: where the page that all zero pages share lies */
	bool doubtful;	    /* pages whose bits are set may be missing: look at the descriptors */
	struct cache pages; /* expanded ones, by pfn */
	struct codec_state codecs;
	uint8_t *window, *zero_page, *compressed; /* see kdump_pages.c */
	uint64_t window_offset, window_size;
	const struct kdump_part *window_part, *zero_part;
	struct page_desc *batch;
	/* regions: see kdump_regions.c */
	uint64_t *region_marks;
	size_t nr_marks, marks_room, nr_regions, cursor;
	uint64_t cursor_start, cursor_end;
	bool regions_counted;
};

/* kdump_set.c: reads every file's header, sorts them, and checks that they are one set. */
must_check struct error *kdump_set_open(struct kdump *k);
/* The part that holds @pfn, or NULL when that file was not given. */
const struct kdump_part *kdump_set_find(const struct kdump *k, uint64_t pfn);

/* kdump_info.c: @dump's info, and its notes. */
must_check struct error *kdump_info_set(struct kdump *k);
must_check struct error *kdump_info_notes(struct kdump *k);

/* kdump_check.c: tells what is missing by the dump's partial_why, and sets the parts' ranks. */
must_check struct error *kdump_check_parts(struct kdump *k);

/* kdump_pages.c */
#define KDUMP_DESC_SIZE 24 /* bytes of a descriptor in the file */
must_check struct error *kdump_pages_init(struct kdump *k);
void kdump_pages_deinit(struct kdump *k);
must_check struct error *kdump_pages_read(struct kdump *k, uint64_t phys, void *buf, size_t size);
/* @count descriptors of @part, the first one that of its dumped page number @index. */
must_check struct error *kdump_pages_descs(struct kdump *k, const struct kdump_part *part,
					   uint64_t index, size_t count, struct page_desc *ret);
/* True when the page's data is within the file, as far as the descriptor tells. */
bool kdump_pages_there(const struct kdump_part *part, const struct page_desc *desc);
#define KDUMP_BATCH 512 /* descriptors that are read at once; @batch has room for them */

/* kdump_regions.c */
enum kxdump_page kdump_page_state(struct kdump *k, uint64_t pfn);
must_check struct error *kdump_next_present(struct kdump *k, uint64_t pfn, uint64_t *start,
					    uint64_t *end);
must_check struct error *kdump_bits(struct kdump *k, uint64_t pfn, uint64_t count,
				    uint8_t *described, uint8_t *dumped);
must_check struct error *kdump_totals(struct kdump *k, struct kxdump_totals *ret);
must_check struct error *kdump_nr_regions(struct kdump *k, size_t *ret);
must_check struct error *kdump_region(struct kdump *k, size_t i, struct kxdump_region *ret);

#endif
