// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes makedumpfile's "compressed kdump" format; kdump.c describes it. Pages' data goes behind
 * what is there already, in the order in which threads come with it; the descriptor of a page has
 * its place by the page's number.
 */
#include "base/interrupt.h"
#include "dumpfmt/write.h"

#include <stdlib.h>
#include <string.h>

#define DESC_SIZE 24
#define SUB_SIZE  104
#define CHUNK	  ((uint64_t)1 << 20)

static void lay_out(struct kxdump_writer *w)
{
	uint64_t block = w->what.page_size, bitmap;
	size_t erase_size;

	(void)write_eraseinfo(&w->what, &erase_size);
	w->notes_offset = block + SUB_SIZE;
	w->sub_blocks = (SUB_SIZE + w->notes.size + erase_size + block - 1) / block;
	bitmap = ((w->what.max_pfn + 7) / 8 + block - 1) / block;
	w->bitmap_blocks = 2 * bitmap;
	w->desc_offset = (1 + w->sub_blocks + w->bitmap_blocks) * block;
	/* Every file of a set has room for all descriptors: readers take the data to begin there.
	 */
	w->data_offset = w->desc_offset + w->nr_kept * DESC_SIZE;
}

/*
 * A bitmap at @offset. Not with holes for its zeros: readers that do not trust a file take its
 * bitmaps for no more than it has on the disk.
 */
static struct error *put_bitmap(struct kxdump_writer *w, struct target *target, const uint8_t *bits,
				uint64_t offset)
{
	uint64_t size = (w->what.max_pfn + 7) / 8;

	for (uint64_t at = 0; at < size; at += CHUNK) {
		TRY(interrupt_check());
		TRY(target_write(target, offset + at, bits + at, (size_t)min(CHUNK, size - at)));
	}
	return NULL;
}

static struct error *begin_part(struct kxdump_writer *w, struct write_part *part)
{
	uint64_t block = w->what.page_size, bitmaps = (1 + w->sub_blocks) * block;
	size_t erase_size;
	const void *erase = write_eraseinfo(&w->what, &erase_size);
	uint8_t *zeros;
	struct error *err;

	TRY(write_kdump_header(w, part, write_marked(part)));
	TRY(write_notes_put(&w->notes, &part->target, w->notes_offset));
	if (erase)
		TRY(target_write(&part->target, w->notes_offset + w->notes.size, erase,
				 erase_size));
	TRY(put_bitmap(w, &part->target, w->what.described, bitmaps));
	TRY(put_bitmap(w, &part->target, w->what.kept, bitmaps + w->bitmap_blocks / 2 * block));
	part->data_end = w->data_offset + block;
	zeros = calloc(1, block);
	if (!zeros)
		return error_nomem();
	err = target_write(&part->target, w->data_offset, zeros, block);
	free(zeros);
	return err;
}

static struct error *begin(struct kxdump_writer *w)
{
	lay_out(w);
	for (size_t i = 0; i < w->nr_parts; i++)
		TRY(begin_part(w, &w->parts[i]));
	return NULL;
}

/* Writes the gathered data where there is room, which tells where each page of it lies. */
static struct error *flush_data(struct kxdump_packer *p)
{
	uint64_t offset;

	if (p->size) {
		offset = __atomic_fetch_add(&p->part->data_end, p->size, __ATOMIC_RELAXED);
		TRY(target_write(&p->part->target, offset, p->data, p->size));
		for (size_t i = p->first_pending; i < p->nr_descs; i++) {
			if (p->descs[i].pending)
				p->descs[i].offset += offset;
			p->descs[i].pending = false;
		}
	}
	p->counts.data_bytes += p->size;
	p->first_pending = p->nr_descs;
	p->size = 0;
	return NULL;
}

static struct error *flush(struct kxdump_packer *p)
{
	struct record r = { p->encoded, 0, p->writer->what.big_endian };
	uint64_t number;

	if (!p->nr_descs)
		return NULL;
	TRY(flush_data(p));
	for (size_t i = 0; i < p->nr_descs; i++) {
		record_add(&r, p->descs[i].offset, 8);
		record_add(&r, p->descs[i].size, 4);
		record_add(&r, p->descs[i].flags, 4);
		record_add(&r, 0, 8);
	}
	number = p->first_index - p->part->first_index;
	p->nr_descs = p->first_pending = 0;
	return target_write(&p->part->target, p->writer->desc_offset + number * DESC_SIZE,
			    p->encoded, r.at);
}

static struct write_part *find_part(struct kxdump_writer *w, uint64_t pfn)
{
	size_t i = 0;

	while (i + 1 < w->nr_parts && pfn >= w->parts[i].end)
		i++;
	return &w->parts[i];
}

/* The next page's descriptor goes behind the last one's, or a new row begins. */
static struct error *continue_row(struct kxdump_packer *p, uint64_t pfn, uint64_t index)
{
	bool same = p->part && pfn >= p->part->start && pfn < p->part->end;

	if (same && p->nr_descs && p->nr_descs < PACKER_DESCS &&
	    index == p->first_index + p->nr_descs)
		return NULL;
	TRY(flush(p));
	if (!same)
		p->part = find_part(p->writer, pfn);
	p->first_index = index;
	return NULL;
}

static void pack(struct kxdump_packer *p, const uint8_t *page, struct packer_desc *desc)
{
	const struct write_codec *codec = p->writer->codec;
	uint32_t size = p->writer->what.page_size;
	uint8_t *to = p->data + p->size;
	size_t n = 0;

	if (codec->compress)
		n = codec->compress(&p->compressor, page, size, to);
	*desc = (struct packer_desc){ .offset = p->size, .size = size, .pending = true };
	if (n && n < size) {
		desc->size = (uint32_t)n;
		desc->flags = codec->flag;
		p->counts.compressed_pages++;
	} else {
		memcpy(to, page, size);
		p->counts.raw_pages++;
	}
	p->size += desc->size;
}

static struct error *add(struct kxdump_packer *p, uint64_t pfn, uint64_t index,
			 const uint8_t *pages, size_t count)
{
	uint32_t size = p->writer->what.page_size;

	for (size_t i = 0; i < count; i++, pages += size) {
		struct packer_desc *desc;

		TRY(continue_row(p, pfn + i, index + i));
		desc = &p->descs[p->nr_descs++];
		if (kxdump_page_is_zero(pages, size)) {
			*desc = (struct packer_desc){ .offset = p->writer->data_offset,
						      .size = size };
			p->counts.zero_pages++;
			continue;
		}
		pack(p, pages, desc);
		if (p->size + size > p->room)
			TRY(flush_data(p));
	}
	return NULL;
}

static struct error *mark(struct kxdump_writer *w, struct write_part *part, bool incomplete)
{
	return incomplete == write_marked(part) ? NULL : write_kdump_header(w, part, incomplete);
}

static uint64_t size_of(struct kxdump_writer *w, struct write_part *part)
{
	return part->data_end;
}

const struct write_ops write_kdump = {
	.begin = begin,
	.add = add,
	.flush = flush,
	.mark = mark,
	.size = size_of,
};
