// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of a KDUMP file. A dumped page's descriptor is found by the rank of its bit; it says where
 * the page's data lies, how long it is and how it is compressed. Data may lie in any order.
 *
 * Small reads go through a cache of expanded pages. Large ones take descriptors by the batch, read
 * raw neighbours straight into the caller's buffer, and compressed ones by a window at a time.
 */
#include "dumpfmt/kdump.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_SIZE	(256 * 1024)
#define WINDOW_GAP	4096 /* bytes that may be read in vain between two pages' data */
#define BULK_PAGES	4    /* from so many pages on, a read goes past the cache */
#define CACHE_BYTES	(8 << 20)
#define CACHE_SHARED	(64 << 10) /* of a share, which is read in order */
#define CACHE_PAGES	2048
#define CACHE_PAGES_MIN 8

struct error *kdump_pages_init(struct kdump *k)
{
	uint32_t bytes = k->dump->shared ? CACHE_SHARED : CACHE_BYTES, pages = bytes / k->page_size;

	cache_init(&k->pages, k->page_size,
		   max(min(pages, (uint32_t)CACHE_PAGES), (uint32_t)CACHE_PAGES_MIN));
	k->zero_page = malloc(k->page_size);
	k->compressed = malloc(k->page_size);
	k->batch = calloc(KDUMP_BATCH, sizeof(*k->batch));
	if (!k->zero_page || !k->compressed || !k->batch)
		return error_nomem();
	return NULL;
}

void kdump_pages_deinit(struct kdump *k)
{
	cache_deinit(&k->pages);
	codec_state_deinit(&k->codecs);
	free(k->window);
	free(k->zero_page);
	free(k->compressed);
	free(k->batch);
}

static unsigned long long address_of(const struct kdump *k, uint64_t pfn)
{
	return (unsigned long long)pfn * k->page_size;
}

static struct page_desc decode_desc(const struct kdump_part *part, const uint8_t *data)
{
	struct bytes b = bytes_of(data, KDUMP_DESC_SIZE, part->header.big_endian);
	struct page_desc desc;

	desc.offset = bytes_u64(&b);
	desc.size = bytes_u32(&b);
	desc.flags = bytes_u32(&b);
	return desc;
}

struct error *kdump_pages_descs(struct kdump *k, const struct kdump_part *part, uint64_t index,
				size_t count, struct page_desc *ret)
{
	uint64_t offset = k->desc_offset + index * KDUMP_DESC_SIZE;
	uint8_t data[64 * KDUMP_DESC_SIZE];

	while (count) {
		size_t n = min(count, ARRAY_SIZE(data) / KDUMP_DESC_SIZE);

		TRY(source_peek(part->source, offset, data, n * KDUMP_DESC_SIZE));
		for (size_t i = 0; i < n; i++)
			*ret++ = decode_desc(part, data + i * KDUMP_DESC_SIZE);
		offset += n * KDUMP_DESC_SIZE;
		count -= n;
	}
	return NULL;
}

bool kdump_pages_there(const struct kdump_part *part, const struct page_desc *desc)
{
	bool there;

	return desc->offset && source_has(part->source, desc->offset, desc->size) &&
	       source_run(part->source, desc->offset, desc->size, &there) == desc->size && there;
}

static bool is_raw(const struct page_desc *desc)
{
	return !(desc->flags & CODEC_FLAGS);
}

static struct error *check_desc(const struct kdump *k, const struct kdump_part *part, uint64_t pfn,
				const struct page_desc *desc)
{
	if (!desc->offset)
		return error_at(ERROR_BAD_DATA, address_of(k, pfn),
				"physical address 0x%llx: the page was lost: its descriptor in %s "
				"is empty (the dump is incomplete)",
				address_of(k, pfn), part->source->path);
	if (!desc->size || desc->size > k->page_size ||
	    (is_raw(desc) && desc->size != k->page_size))
		return error_at(ERROR_BAD_DATA, address_of(k, pfn),
				"physical address 0x%llx: the page's descriptor in %s has size %u, "
				"flags 0x%x; expected %s %u bytes",
				address_of(k, pfn), part->source->path, desc->size, desc->flags,
				is_raw(desc) ? "exactly" : "1 to", k->page_size);
	if (!is_raw(desc) && !codec_find(desc->flags & CODEC_FLAGS))
		return error_at(ERROR_BAD_DATA, address_of(k, pfn),
				"physical address 0x%llx: the page's descriptor in %s has flags "
				"0x%x; expected one codec",
				address_of(k, pfn), part->source->path, desc->flags);
	if (!kdump_pages_there(part, desc))
		return error_at(ERROR_BAD_DATA, address_of(k, pfn),
				"physical address 0x%llx: the page's data, %u bytes at offset "
				"0x%llx, lies beyond the end of the file (truncated): %s has %llu "
				"bytes",
				address_of(k, pfn), desc->size, (unsigned long long)desc->offset,
				part->source->path, (unsigned long long)part->source->size);
	return NULL;
}

static struct error *expand(struct kdump *k, const struct kdump_part *part, uint64_t pfn,
			    const struct page_desc *desc, const uint8_t *data, void *page)
{
	const struct codec *codec = codec_find(desc->flags & CODEC_FLAGS);

	if (codec->expand(&k->codecs, data, desc->size, page, k->page_size))
		return NULL;
	return error_at(ERROR_BAD_DATA, address_of(k, pfn),
			"physical address 0x%llx: the page is corrupt: %u bytes of %s data at "
			"offset 0x%llx of %s do not expand to %u",
			address_of(k, pfn), desc->size, codec->name,
			(unsigned long long)desc->offset, part->source->path, k->page_size);
}

/* A raw page. The one at the start of the data is kept: every zero page is that one. */
static struct error *load_raw(struct kdump *k, const struct kdump_part *part,
			      const struct page_desc *desc, void *page)
{
	bool shared = desc->offset == k->data_offset;

	if (shared && k->zero_part == part) {
		memcpy(page, k->zero_page, k->page_size);
		return NULL;
	}
	TRY(source_read(part->source, desc->offset, page, k->page_size));
	if (shared) {
		memcpy(k->zero_page, page, k->page_size);
		k->zero_part = part;
	}
	return NULL;
}

static struct error *load_page(struct kdump *k, const struct kdump_part *part, uint64_t pfn,
			       const struct page_desc *desc, void *page)
{
	struct error *err;

	TRY(check_desc(k, part, pfn, desc));
	if (is_raw(desc))
		return dump_error_at(load_raw(k, part, desc, page), address_of(k, pfn));
	err = source_read(part->source, desc->offset, k->compressed, desc->size);
	if (err)
		return dump_error_at(err, address_of(k, pfn));
	return expand(k, part, pfn, desc, k->compressed, page);
}

/* Why there is no page to read at @pfn, whose bit is clear. */
static struct error *missing(struct kdump *k, uint64_t pfn)
{
	unsigned long long phys = address_of(k, pfn);

	switch (kdump_page_state(k, pfn)) {
	case KXDUMP_PAGE_EXCLUDED:
		if (k->single_bitmap)
			return error_at(ERROR_EXCLUDED, phys,
					"physical address 0x%llx: the page is not in the dump",
					phys);
		return error_at(ERROR_EXCLUDED, phys,
				"physical address 0x%llx: the page was excluded from the dump",
				phys);
	case KXDUMP_PAGE_ABSENT:
		return error_at(ERROR_ABSENT, phys,
				"physical address 0x%llx: no memory, as the dump has it", phys);
	default:
		return error_at(ERROR_BAD_DATA, phys,
				"physical address 0x%llx: what tells of this page lies beyond the "
				"end of the file (truncated)",
				phys);
	}
}

/* The file that holds @pfn, a dumped page, and the number of its descriptor there. */
static struct error *locate(struct kdump *k, uint64_t pfn, const struct kdump_part **part,
			    uint64_t *index)
{
	const struct kdump_part *found = kdump_set_find(k, pfn);
	uint64_t rank;

	if (!found)
		return error_at(ERROR_BAD_DATA, address_of(k, pfn),
				"physical address 0x%llx: the page is in a file of the split set "
				"that was not given",
				address_of(k, pfn));
	TRY(dump_error_at(bitmap_rank(&k->dumped, pfn, &rank), address_of(k, pfn)));
	*part = found;
	*index = rank - found->rank;
	return NULL;
}

static struct error *get_page(struct kdump *k, uint64_t pfn, const uint8_t **ret)
{
	const struct kdump_part *part;
	struct page_desc desc;
	uint64_t index;
	uint8_t *page = cache_find(&k->pages, pfn);
	bool dumped;

	if (!page) {
		TRY(dump_error_at(bitmap_test(&k->dumped, pfn, &dumped), address_of(k, pfn)));
		if (!dumped)
			return missing(k, pfn);
		TRY(locate(k, pfn, &part, &index));
		TRY(dump_error_at(kdump_pages_descs(k, part, index, 1, &desc), address_of(k, pfn)));
		TRY(cache_claim(&k->pages, &page));
		TRY(load_page(k, part, pfn, &desc, page));
		cache_commit(&k->pages, pfn);
	}
	*ret = page;
	return NULL;
}

/* Pages from the first of @descs on that are raw and lie one behind the other. */
static size_t raw_run(const struct kdump *k, const struct kdump_part *part,
		      const struct page_desc *descs, size_t count)
{
	size_t n = 0;

	while (n < count && is_raw(&descs[n]) && descs[n].size == k->page_size &&
	       kdump_pages_there(part, &descs[n]) &&
	       (!n || descs[n].offset == descs[n - 1].offset + k->page_size))
		n++;
	return n;
}

static bool window_has(const struct kdump *k, const struct kdump_part *part,
		       const struct page_desc *desc)
{
	return k->window_part == part && desc->offset >= k->window_offset &&
	       desc->offset - k->window_offset <= k->window_size &&
	       desc->size <= k->window_size - (desc->offset - k->window_offset);
}

/* Reads the data of the first of @descs, and with it what lies close behind. */
static struct error *window_fill(struct kdump *k, const struct kdump_part *part,
				 const struct page_desc *descs, size_t count)
{
	uint64_t start = descs->offset, size = descs->size;

	for (size_t i = 1; i < count; i++) {
		const struct page_desc *next = &descs[i];

		if (next->size > k->page_size || next->offset < start + size ||
		    next->offset - (start + size) > WINDOW_GAP ||
		    next->offset - start + next->size > WINDOW_SIZE ||
		    !kdump_pages_there(part, next))
			continue;
		size = next->offset - start + next->size;
	}
	k->window_part = NULL;
	if (!k->window)
		k->window = malloc(WINDOW_SIZE);
	if (!k->window)
		return error_nomem();
	TRY(source_read(part->source, start, k->window, size));
	k->window_part = part;
	k->window_offset = start;
	k->window_size = size;
	return NULL;
}

/* One page, of which it is known that others of @descs are wanted next. */
static struct error *load_ahead(struct kdump *k, const struct kdump_part *part, uint64_t pfn,
				const struct page_desc *descs, size_t count, uint8_t *page)
{
	TRY(check_desc(k, part, pfn, descs));
	if (is_raw(descs) || descs->size > WINDOW_SIZE)
		return load_page(k, part, pfn, descs, page);
	if (!window_has(k, part, descs) && error_dropped(window_fill(k, part, descs, count)))
		return load_page(k, part, pfn, descs, page);
	return expand(k, part, pfn, descs, k->window + (descs->offset - k->window_offset), page);
}

static struct error *load_batch(struct kdump *k, const struct kdump_part *part, uint64_t pfn,
				size_t count, uint8_t *buf)
{
	const struct page_desc *descs = k->batch;

	for (size_t i = 0, n; i < count; i += n) {
		uint8_t *page = buf + i * k->page_size;

		TRY(interrupt_check());
		n = raw_run(k, part, descs + i, count - i);
		if (n > 1 && !error_dropped(source_read(part->source, descs[i].offset, page,
							n * k->page_size)))
			continue;
		/* Alone, or page by page to find the one that cannot be read. */
		n = 1;
		TRY(load_ahead(k, part, pfn + i, descs + i, count - i, page));
	}
	return NULL;
}

/* Whole pages past the cache: *@done of the @wanted ones, at least one. */
static struct error *read_bulk(struct kdump *k, uint64_t pfn, size_t wanted, uint8_t *buf,
			       size_t *done)
{
	const struct kdump_part *part;
	uint64_t index, end = pfn + min(wanted, (size_t)KDUMP_BATCH);
	size_t count;

	TRY(dump_error_at(bitmap_next(&k->dumped, pfn, end, false, &end), address_of(k, pfn)));
	if (end <= pfn)
		return missing(k, pfn);
	TRY(locate(k, pfn, &part, &index));
	count = (size_t)(min(end, part->end) - pfn);
	TRY(dump_error_at(kdump_pages_descs(k, part, index, count, k->batch), address_of(k, pfn)));
	*done = count;
	return load_batch(k, part, pfn, count, buf);
}

struct error *kdump_pages_read(struct kdump *k, uint64_t phys, void *buf, size_t size)
{
	const uint8_t *page = NULL;
	uint8_t *to = buf;
	size_t n = 0;

	for (; size; phys += n, to += n, size -= n) {
		uint64_t pfn = phys / k->page_size;
		size_t inside = phys % k->page_size;
		struct error *err;

		if (!inside && size / k->page_size >= BULK_PAGES) {
			TRY(read_bulk(k, pfn, size / k->page_size, to, &n));
			n *= k->page_size;
			continue;
		}
		n = min(size, k->page_size - inside);
		err = get_page(k, pfn, &page);
		if (err) /* the first byte that was wanted, not the page's first */
			return dump_error_at(err, phys);
		memcpy(to, page + inside, n);
	}
	return NULL;
}
