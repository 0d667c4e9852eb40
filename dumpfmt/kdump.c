// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makedumpfile's "compressed kdump" format, also as QEMU writes it, and its ancestor diskdump:
 *
 *	block 0         the header
 *	block 1…        the sub-header and the notes
 *	then            bitmap 1: pages that exist; bitmap 2: pages that were dumped
 *	then            a descriptor for each dumped page
 *	then            the pages' data
 *
 * See makedumpfile's IMPLEMENTATION and diskdump_mod.h, QEMU's include/sysemu/dump.h.
 */
#include "dumpfmt/kdump.h"

#include "base/alloc.h"

/* How many of the @bits of a bitmap at @offset the file holds, counted from the start. */
static uint64_t bits_there(const struct source *source, uint64_t offset, uint64_t bits)
{
	bool there;
	uint64_t run = source_run(source, offset, (bits + 7) / 8, &there);

	/* A flattened or a sparse file can claim to span anything: it must not cost anything. */
	return there ? min(bits, min(run, source->measure) * 8) : 0;
}

/* Lays out the bitmaps, as far as the file holds them. */
static struct error *set_bitmaps(struct kdump *k)
{
	const struct kdump_header *h = &k->parts[0].header;
	struct source *source = k->parts[0].source;
	uint64_t start = (uint64_t)(1 + h->sub_blocks) * h->block_size;
	uint64_t size = (uint64_t)h->bitmap_blocks * h->block_size, second, one;

	k->max_pfn = kdump_header_max_pfn(h);
	if (k->max_pfn > size * 8 || k->max_pfn > UINT64_MAX / h->block_size)
		return error_create(ERROR_BAD_DATA,
				    "%s: max_mapnr is 0x%llx, but the bitmaps (%u blocks of %u "
				    "bytes) have room for 0x%llx pages",
				    source->path, (unsigned long long)k->max_pfn, h->bitmap_blocks,
				    h->block_size, (unsigned long long)size * 8);
	/* Two, each of them rounded up to blocks, or one. */
	one = ((k->max_pfn + 7) / 8 + h->block_size - 1) / h->block_size;
	k->single_bitmap = h->bitmap_blocks < 2 * one;
	second = k->single_bitmap ? start : start + size / 2;
	k->desc_offset = start + size;
	bitmap_init(&k->ram, source, start, k->max_pfn);
	bitmap_init(&k->dumped, source, second, k->max_pfn);
	k->dumped.bits = bits_there(source, second, k->max_pfn);
	k->ram.bits = bits_there(source, start, k->max_pfn);
	if (k->dumped.bits == k->max_pfn && k->ram.bits == k->max_pfn)
		return NULL;
	k->doubtful = true;
	return dump_partial(k->dump,
			    "%s: truncated: the bitmaps (%llu bytes at offset 0x%llx) lie beyond "
			    "the end of the file (%llu bytes)",
			    source->path, (unsigned long long)size, (unsigned long long)start,
			    (unsigned long long)source->size);
}

static struct error *open_kdump(struct kxdump *dump)
{
	struct kdump *k = calloc(1, sizeof(*k));

	if (!k)
		return error_nomem();
	dump->format = k;
	k->dump = dump;
	TRY(kdump_set_open(k));
	k->page_size = k->parts[0].header.block_size;
	TRY(set_bitmaps(k));
	TRY(kdump_info_set(k));
	TRY(kdump_pages_init(k));
	TRY(kdump_info_notes(k));
	return kdump_check_parts(k);
}

static void close_kdump(struct kxdump *dump)
{
	struct kdump *k = dump->format;

	if (!k)
		return;
	kdump_pages_deinit(k);
	bitmap_deinit(&k->ram);
	bitmap_deinit(&k->dumped);
	free(k->region_marks);
	free(k->parts);
	free(k);
	dump->format = NULL;
}

static struct error *read_kdump(struct kxdump *dump, uint64_t phys, void *buf, size_t size)
{
	return kdump_pages_read(dump->format, phys, buf, size);
}

static enum kxdump_page page_state(struct kxdump *dump, uint64_t phys)
{
	struct kdump *k = dump->format;

	return kdump_page_state(k, phys / k->page_size);
}

static bool next_present(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size)
{
	struct kdump *k = dump->format;
	uint64_t pfn = phys / k->page_size + (phys % k->page_size != 0), end;

	if (error_dropped(kdump_next_present(k, pfn, &pfn, &end)) || pfn >= end)
		return false;
	*start = pfn * k->page_size;
	*size = (end - pfn) * k->page_size;
	return true;
}

static size_t nr_regions(struct kxdump *dump)
{
	size_t count;

	return error_dropped(kdump_nr_regions(dump->format, &count)) ? 0 : count;
}

static struct error *region(struct kxdump *dump, size_t i, struct kxdump_region *ret)
{
	return kdump_region(dump->format, i, ret);
}

static struct error *totals(struct kxdump *dump, struct kxdump_totals *ret)
{
	return kdump_totals(dump->format, ret);
}

static void header(struct kxdump *dump, const struct dump_fields *fields)
{
	struct kdump *k = dump->format;

	kdump_header_fields(&k->parts[0].header, fields);
	for (size_t i = 0; k->nr_parts > 1 && i < k->nr_parts; i++)
		dump_field(fields, "split_file", "%s: pfns 0x%llx up to 0x%llx",
			   k->parts[i].source->path, (unsigned long long)k->parts[i].start,
			   (unsigned long long)k->parts[i].end);
}

static struct error *bits(struct kxdump *dump, uint64_t pfn, uint64_t count, uint8_t *described,
			  uint8_t *dumped)
{
	return kdump_bits(dump->format, pfn, count, described, dumped);
}

static struct error *share(struct kxdump *dump, struct kxdump *other)
{
	struct kdump *from = dump->format, *k = calloc(1, sizeof(*k));
	struct source *first;

	if (!k)
		return error_nomem();
	other->format = k;
	k->dump = other;
	k->page_size = from->page_size;
	k->max_pfn = from->max_pfn;
	k->single_bitmap = from->single_bitmap;
	k->desc_offset = from->desc_offset;
	k->data_offset = from->data_offset;
	k->doubtful = from->doubtful;
	TRY(alloc_array(from->nr_parts, sizeof(*k->parts), from->nr_parts, "files", &k->parts));
	for (; k->nr_parts < from->nr_parts; k->nr_parts++) {
		k->parts[k->nr_parts] = from->parts[k->nr_parts];
		k->parts[k->nr_parts].source =
			dump_shared_source(dump, other, from->parts[k->nr_parts].source);
	}
	first = k->parts[0].source;
	bitmap_share(&from->dumped, first, &k->dumped);
	bitmap_init(&k->ram, first, from->ram.offset, from->ram.bits);
	return kdump_pages_init(k);
}

const struct dump_ops dump_format_kdump = {
	.name = "kdump",
	.magic = { { "KDUMP   ", 8, 0 }, { "DISKDUMP", 8, 0 } },
	.open = open_kdump,
	.close = close_kdump,
	.read = read_kdump,
	.page_state = page_state,
	.next_present = next_present,
	.nr_regions = nr_regions,
	.region = region,
	.totals = totals,
	.header = header,
	.bits = bits,
	.share = share,
};
