// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The files of a KDUMP dump: one, or a split set (makedumpfile --split). Each file of a set holds
 * the header, the notes and both bitmaps of the whole, and the pages of its own range of pfns.
 */
#include "dumpfmt/kdump.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define COMPARE_MAX (1 << 20) /* bytes of bitmap that are compared */

static int compare_start(const void *a, const void *b)
{
	const struct kdump_part *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end < y->end ? -1 : x->end > y->end;
}

static struct error *strangers(const struct kdump_part *a, const struct kdump_part *b,
			       const char *what)
{
	return error_create(ERROR_USAGE, "%s and %s are not of one dump: they differ in %s",
			    a->source->path, b->source->path, what);
}

/* That @size bytes at the two offsets are alike. What cannot be read is not held against them. */
static struct error *compare_bytes(const struct kdump_part *a, uint64_t a_offset,
				   const struct kdump_part *b, uint64_t b_offset, uint64_t size,
				   const char *what)
{
	uint8_t x[4096], y[4096];

	while (size) {
		size_t n = (size_t)min(size, (uint64_t)sizeof(x));

		if (error_dropped(source_read(a->source, a_offset, x, n)) ||
		    error_dropped(source_read(b->source, b_offset, y, n)))
			return NULL;
		if (memcmp(x, y, n) != 0)
			return strangers(a, b, what);
		a_offset += n;
		b_offset += n;
		size -= n;
	}
	return NULL;
}

static struct error *compare_headers(const struct kdump_part *a, const struct kdump_part *b)
{
	const struct kdump_header *x = &a->header, *y = &b->header;

	if (x->big_endian != y->big_endian || x->word_size != y->word_size)
		return strangers(a, b, "byte order or word size");
	if (x->version != y->version)
		return strangers(a, b, "header version");
	if (x->block_size != y->block_size)
		return strangers(a, b, "block size");
	if (memcmp(x->uts, y->uts, sizeof(x->uts)) != 0)
		return strangers(a, b, "the kernel's or the machine's name");
	if (x->sub_blocks != y->sub_blocks || x->bitmap_blocks != y->bitmap_blocks ||
	    kdump_header_max_pfn(x) != kdump_header_max_pfn(y))
		return strangers(a, b, "the size of memory");
	if (x->vmcoreinfo_size != y->vmcoreinfo_size)
		return strangers(a, b, "VMCOREINFO");
	TRY(compare_bytes(a, x->vmcoreinfo_offset, b, y->vmcoreinfo_offset,
			  min(x->vmcoreinfo_size, (uint64_t)COMPARE_MAX), "VMCOREINFO"));
	if (x->note_size == y->note_size)
		TRY(compare_bytes(a, x->note_offset, b, y->note_offset,
				  min(x->note_size, (uint64_t)COMPARE_MAX), "the notes"));
	return compare_bytes(a, (uint64_t)(1 + x->sub_blocks) * x->block_size, b,
			     (uint64_t)(1 + y->sub_blocks) * y->block_size,
			     min((uint64_t)x->bitmap_blocks * x->block_size, (uint64_t)COMPARE_MAX),
			     "the pages that they say there are");
}

static struct error *check_set(struct kdump *k)
{
	for (size_t i = 0; i < k->nr_parts; i++) {
		struct kdump_part *part = &k->parts[i];

		if (k->nr_parts > 1 && !part->header.split)
			return error_create(ERROR_USAGE,
					    "%s is a dump of its own, no part of a split set",
					    part->source->path);
		if (part->start > part->end)
			return error_create(ERROR_BAD_DATA,
					    "%s: holds pages from pfn 0x%llx up to 0x%llx",
					    part->source->path, (unsigned long long)part->start,
					    (unsigned long long)part->end);
		if (!i)
			continue;
		TRY(compare_headers(&k->parts[0], part));
		if (part->start < k->parts[i - 1].end)
			return error_create(ERROR_USAGE,
					    "%s and %s hold the same pages, from pfn 0x%llx on",
					    k->parts[i - 1].source->path, part->source->path,
					    (unsigned long long)part->start);
	}
	return NULL;
}

struct error *kdump_set_open(struct kdump *k)
{
	struct kxdump *dump = k->dump;

	TRY(alloc_array(dump->nr_sources, sizeof(*k->parts), dump->nr_sources, "files", &k->parts));
	for (size_t i = 0; i < dump->nr_sources; i++) {
		struct kdump_part *part = &k->parts[i];
		struct error *err;

		part->source = dump->sources[i];
		err = kdump_header_read(part->source, &part->header);
		if (err)
			return err;
		kdump_header_range(&part->header, &part->start, &part->end);
		k->nr_parts++;
	}
	qsort(k->parts, k->nr_parts, sizeof(*k->parts), compare_start);
	return check_set(k);
}

const struct kdump_part *kdump_set_find(const struct kdump *k, uint64_t pfn)
{
	size_t low = 0, high = k->nr_parts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (k->parts[middle].end <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < k->nr_parts && k->parts[low].start <= pfn ? &k->parts[low] : NULL;
}
