// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes an ELF core file of a machine, as makedumpfile -E does: the Ehdr, program headers, the
 * notes, then the kept pages in the order of their addresses, each once. A page's place follows
 * from its number, so threads need not agree on anything, and segments over one another (the
 * kernel's text and the memory it lies in) share their bytes.
 *
 * A segment is a run of kept pages with the left-out ones behind it: p_filesz < p_memsz. From 65535
 * program headers on, their number is in section header 0 (elf(5), PN_XNUM).
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "dumpfmt/write.h"

#include <elf.h>
#include <string.h>

#define INCOMPLETE   0x1 /* e_flags, makedumpfile's */
#define HEADERS_MAX  ((uint64_t)1 << 24)
#define PER_WRITE    512 /* program headers that are written at once */
#define EHDR_SIZE    64
#define PHDR_SIZE    56
#define SHDR_SIZE    64
#define FLAGS_OF_RAM (PF_R | PF_W | PF_X)

struct segment {
	uint64_t phys, virt, offset, filesz, memsz;
	uint32_t flags;
};

/* Where a walk over the segments is. */
struct walk {
	const struct kxdump_writer *writer;
	size_t region;
	bool inside;
	uint64_t at;			 /* physical address, in the region */
	uint64_t pfn, index;		 /* kept pages below @pfn */
	uint64_t start_pfn, start_index; /* the same, of the region's start: regions ascend */
};

static void enter_region(struct walk *walk)
{
	const struct kxdump_write *what = &walk->writer->what;
	const struct kxdump_write_region *region = &what->regions[walk->region];
	uint64_t pfn = min(region->phys / what->page_size, what->max_pfn);

	if (pfn < walk->start_pfn)
		walk->start_pfn = walk->start_index = 0;
	walk->start_index += bits_count(what->kept, walk->start_pfn, pfn);
	walk->start_pfn = walk->pfn = pfn;
	walk->index = walk->start_index;
	walk->at = region->phys;
	walk->inside = true;
}

/* Bytes from @at up to @end that may be in the file: a page can be there in part. */
static uint64_t clip(const struct kxdump_write_region *region, uint64_t at, uint64_t end)
{
	uint64_t there = region->phys + min(region->file_size, region->size);

	return there > at ? min(there, end) - at : 0;
}

/* The segment at walk->at, which is in the region and described. */
static struct segment take_segment(struct walk *walk, uint64_t end)
{
	const struct kxdump_write *what = &walk->writer->what;
	const struct kxdump_write_region *region = &what->regions[walk->region];
	uint64_t page = what->page_size, limit = min((end + page - 1) / page, what->max_pfn);
	uint64_t pfn = walk->at / page, kept, next;
	struct segment s = { .phys = walk->at, .flags = region->flags };

	walk->index += bits_count(what->kept, walk->pfn, pfn);
	walk->pfn = pfn;
	kept = bits_next(what->kept, pfn, limit, false);
	next = bits_next(what->kept, kept, limit, true);
	next = min(next, bits_next(what->described, kept, limit, false));
	s.virt = region->virt ? region->virt + (walk->at - region->phys) : 0;
	s.offset = walk->writer->data_offset + walk->index * page + walk->at % page;
	if (kept > pfn)
		s.filesz = clip(region, walk->at, min(kept * page, end));
	s.memsz = min(next * page, end) - walk->at;
	walk->at += s.memsz;
	return s;
}

static bool next_segment(struct walk *walk, struct segment *ret)
{
	const struct kxdump_write *what = &walk->writer->what;
	uint64_t page = what->page_size, pfn, end;

	for (; walk->region < what->nr_regions; walk->region++, walk->inside = false) {
		const struct kxdump_write_region *region = &what->regions[walk->region];

		if (!walk->inside)
			enter_region(walk);
		end = min(region->phys + region->size, what->max_pfn * page);
		if (walk->at >= end)
			continue;
		pfn = bits_next(what->described, walk->at / page, what->max_pfn, true);
		walk->at = max(walk->at, pfn * page);
		if (walk->at >= end)
			continue;
		*ret = take_segment(walk, end);
		return true;
	}
	return false;
}

static struct error *count_segments(struct kxdump_writer *w)
{
	struct walk walk = { .writer = w };
	struct segment s;

	for (w->nr_phdrs = 1; next_segment(&walk, &s); w->nr_phdrs++) {
		TRY(interrupt_check());
		if (w->nr_phdrs >= HEADERS_MAX)
			return error_create(ERROR_UNSUPPORTED,
					    "the pages lie in more than %llu pieces, too many for "
					    "ELF; the kdump format has no such bound",
					    (unsigned long long)HEADERS_MAX);
	}
	return NULL;
}

static bool extended(const struct kxdump_writer *w)
{
	return w->nr_phdrs >= PN_XNUM;
}

static struct error *put_ehdr(struct kxdump_writer *w, struct target *target, bool incomplete)
{
	bool big = w->what.big_endian;
	uint8_t data[EHDR_SIZE] = { 0x7f,      'E',	   'L',
				    'F',       ELFCLASS64, big ? ELFDATA2MSB : ELFDATA2LSB,
				    EV_CURRENT };
	struct record r = { data, EI_NIDENT, big };

	record_add(&r, ET_CORE, 2);
	record_add(&r, w->what.elf_machine, 2);
	record_add(&r, EV_CURRENT, 4);
	record_add(&r, 0, 8); /* e_entry */
	record_add(&r, w->phdrs_offset, 8);
	record_add(&r, extended(w) ? EHDR_SIZE : 0, 8); /* e_shoff */
	record_add(&r, incomplete ? INCOMPLETE : 0, 4);
	record_add(&r, EHDR_SIZE, 2);
	record_add(&r, PHDR_SIZE, 2);
	record_add(&r, extended(w) ? PN_XNUM : w->nr_phdrs, 2);
	record_add(&r, extended(w) ? SHDR_SIZE : 0, 2);
	record_add(&r, extended(w), 2); /* e_shnum */
	record_add(&r, 0, 2);
	return target_write(target, 0, data, sizeof(data));
}

/* Section header 0, which is there for its sh_info alone. */
static struct error *put_shdr(struct kxdump_writer *w, struct target *target)
{
	uint8_t data[SHDR_SIZE] = { 0 };

	put_number(data + 32, 1, 8, w->what.big_endian); /* sh_size: of section headers */
	put_number(data + 44, w->nr_phdrs, 4, w->what.big_endian);
	return target_write(target, EHDR_SIZE, data, sizeof(data));
}

static void add_phdr(struct record *r, uint32_t type, const struct segment *s)
{
	record_add(r, type, 4);
	record_add(r, s->flags, 4);
	record_add(r, s->offset, 8);
	record_add(r, s->virt, 8);
	record_add(r, s->phys, 8);
	record_add(r, s->filesz, 8);
	record_add(r, s->memsz, 8);
	record_add(r, 0, 8);
}

static struct error *put_phdrs(struct kxdump_writer *w, struct target *target)
{
	struct walk walk = { .writer = w };
	struct segment s = { .offset = w->notes_offset, .filesz = w->notes.size };
	uint8_t *data auto_free = malloc(PER_WRITE * PHDR_SIZE);
	struct record r = { data, 0, w->what.big_endian };
	uint64_t offset = w->phdrs_offset;

	if (!data)
		return error_nomem();
	s.memsz = s.filesz;
	add_phdr(&r, PT_NOTE, &s);
	while (next_segment(&walk, &s)) {
		TRY(interrupt_check());
		if (!s.flags)
			s.flags = FLAGS_OF_RAM;
		add_phdr(&r, PT_LOAD, &s);
		if (r.at < PER_WRITE * PHDR_SIZE)
			continue;
		TRY(target_write(target, offset, data, r.at));
		offset += r.at;
		r.at = 0;
	}
	return target_write(target, offset, data, r.at);
}

static struct error *begin(struct kxdump_writer *w)
{
	struct target *target = &w->parts[0].target;
	uint64_t page = w->what.page_size;

	TRY(count_segments(w));
	w->phdrs_offset = EHDR_SIZE + (extended(w) ? SHDR_SIZE : 0);
	w->notes_offset = w->phdrs_offset + w->nr_phdrs * PHDR_SIZE;
	w->data_offset = (w->notes_offset + w->notes.size + page - 1) / page * page;
	TRY(put_ehdr(w, target, write_marked(&w->parts[0])));
	if (extended(w))
		TRY(put_shdr(w, target));
	TRY(put_phdrs(w, target));
	return write_notes_put(&w->notes, target, w->notes_offset);
}

/* Pages of zeros are left to be holes, where the file can have them. */
static struct error *add(struct kxdump_packer *p, uint64_t pfn, uint64_t index,
			 const uint8_t *pages, size_t count)
{
	struct kxdump_writer *w = p->writer;
	uint32_t size = w->what.page_size;

	for (size_t i = 0, n; i < count; i += n) {
		bool zero = kxdump_page_is_zero(pages + i * size, size);

		for (n = 1; i + n < count; n++) {
			if (kxdump_page_is_zero(pages + (i + n) * size, size) != zero)
				break;
		}
		if (zero) {
			p->counts.zero_pages += n;
			continue;
		}
		p->counts.raw_pages += n;
		p->counts.data_bytes += n * size;
		TRY(target_write(&w->parts[0].target, w->data_offset + (index + i) * size,
				 pages + i * size, n * size));
	}
	return NULL;
}

static struct error *flush(struct kxdump_packer *p)
{
	return NULL;
}

static struct error *mark(struct kxdump_writer *w, struct write_part *part, bool incomplete)
{
	return incomplete == write_marked(part) ? NULL : put_ehdr(w, &part->target, incomplete);
}

static uint64_t size_of(struct kxdump_writer *w, struct write_part *part)
{
	return w->data_offset + w->nr_kept * w->what.page_size;
}

const struct write_ops write_elf = {
	.begin = begin,
	.add = add,
	.flush = flush,
	.mark = mark,
	.size = size_of,
};
