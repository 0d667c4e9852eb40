// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a KDUMP dump is whole, as far as that can be told without a look at every page: all files
 * of its set, all descriptors, and the data of the last pages.
 */
#include "dumpfmt/kdump.h"

#define TAIL_DESCS  KDUMP_BATCH /* looked at together, from the end, for where the data ends */
#define TAIL_PAGES  2048	/* so many at least: threads finish in another order */
#define TAIL_ROUNDS 64

/* Names the dumped pages from @start up to @end as missing, when there are any. */
static struct error *check_gap(struct kdump *k, uint64_t start, uint64_t end)
{
	uint64_t before, after;

	if (start >= end)
		return NULL;
	TRY(bitmap_rank(&k->dumped, start, &before));
	TRY(bitmap_rank(&k->dumped, end, &after));
	if (before == after)
		return NULL;
	k->doubtful = true;
	return dump_partial(k->dump,
			    "files of the split set are missing: the %llu pages from pfn 0x%llx "
			    "up to 0x%llx",
			    (unsigned long long)(after - before), (unsigned long long)start,
			    (unsigned long long)end);
}

/*
 * Whether the data of @part's last pages is in the file. Writers put data in the order of pages, or
 * of the threads that each take some hundred pages, so that these are at the end; the shared page
 * of zeros is elsewhere and tells nothing.
 */
static struct error *check_tail(struct kdump *k, struct kdump_part *part, uint64_t count)
{
	struct page_desc *descs = k->batch;
	bool telling = false;
	size_t n;

	for (size_t round = 0; count && round < TAIL_ROUNDS; round++, count -= n) {
		n = (size_t)min(count, (uint64_t)TAIL_DESCS);
		if (error_dropped(kdump_pages_descs(k, part, count - n, n, descs)))
			return NULL; /* a damaged source has said so */
		for (size_t i = 0; i < n; i++) {
			telling |= descs[i].offset != k->data_offset;
			if (kdump_pages_there(part, &descs[i]))
				continue;
			k->doubtful = true;
			if (!descs[i].offset) {
				if (part->header.status & KDUMP_INCOMPLETE)
					return NULL;
				return dump_partial(k->dump,
						    "%s: pages were lost: descriptors are empty",
						    part->source->path);
			}
			return dump_partial(k->dump,
					    "%s: truncated: the data of pages lies beyond the end "
					    "of the file (%llu bytes)",
					    part->source->path,
					    (unsigned long long)part->source->size);
		}
		if (telling && (round + 1) * TAIL_DESCS >= TAIL_PAGES)
			return NULL;
	}
	return NULL;
}

static struct error *check_part(struct kdump *k, struct kdump_part *part)
{
	uint64_t end, size;

	TRY(bitmap_rank(&k->dumped, part->start, &part->rank));
	TRY(bitmap_rank(&k->dumped, part->end, &end));
	if (part->source->damage)
		k->doubtful = true;
	size = (end - part->rank) * KDUMP_DESC_SIZE;
	if (!size)
		return NULL;
	if (source_has(part->source, k->desc_offset, size))
		return check_tail(k, part, end - part->rank);
	k->doubtful = true;
	return dump_partial(k->dump,
			    "%s: truncated: the page descriptors (%llu bytes at offset 0x%llx) lie "
			    "beyond the end of the file (%llu bytes)",
			    part->source->path, (unsigned long long)size,
			    (unsigned long long)k->desc_offset,
			    (unsigned long long)part->source->size);
}

struct error *kdump_check_parts(struct kdump *k)
{
	uint64_t total, covered = 0;

	TRY(bitmap_rank(&k->dumped, k->max_pfn, &total));
	k->data_offset = k->desc_offset + total * KDUMP_DESC_SIZE;
	for (size_t i = 0; i < k->nr_parts; i++) {
		TRY(check_gap(k, covered, k->parts[i].start));
		TRY(check_part(k, &k->parts[i]));
		covered = k->parts[i].end;
	}
	return check_gap(k, covered, k->max_pfn);
}
