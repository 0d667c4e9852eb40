// SPDX-License-Identifier: GPL-2.0-or-later
/* The formats' tables as they are in the file. */
#include "dumpfmt/elf.h"
#include "dumpfmt/kdump.h"
#include "kxdump_check.h"

#include "base/bytes.h"

#include <elf.h>

extern const struct dump_ops dump_format_kdump, dump_format_elf;

static void copy_header(const struct kdump_header *h, struct kxdump_kdump *ret)
{
	ret->word_size = h->word_size;
	ret->version = h->version;
	ret->status = h->status;
	ret->block_size = h->block_size;
	ret->sub_blocks = h->sub_blocks;
	ret->bitmap_blocks = h->bitmap_blocks;
	ret->max_mapnr = h->max_mapnr;
	ret->nr_cpus = h->nr_cpus;
	ret->has_sub = h->has_sub;
	ret->dump_level = h->dump_level;
	ret->split = h->split;
	ret->start_pfn = h->version >= 6 ? h->start_pfn_64 : h->start_pfn;
	ret->end_pfn = h->version >= 6 ? h->end_pfn_64 : h->end_pfn;
	ret->max_mapnr_64 = h->max_mapnr_64;
	ret->vmcoreinfo = (struct kxdump_extent){ h->vmcoreinfo_offset, h->vmcoreinfo_size };
	ret->notes = (struct kxdump_extent){ h->note_offset, h->note_size };
	ret->eraseinfo = (struct kxdump_extent){ h->erase_offset, h->erase_size };
	for (size_t i = 0; i < NR_UTS; i++)
		ret->uts[i] = h->uts[i];
}

bool kxdump_check_kdump(struct kxdump *dump, size_t i, struct kxdump_kdump *ret)
{
	const struct kdump_part *part;
	struct kdump *k = dump->format;
	uint64_t end, bytes;

	if (dump->ops != &dump_format_kdump || i >= k->nr_parts)
		return false;
	part = &k->parts[i];
	if (error_dropped(bitmap_rank(&k->dumped, part->end, &end)))
		end = part->rank;
	*ret = (struct kxdump_kdump){
		.max_pfn = k->max_pfn,
		.start = part->start,
		.end = part->end,
		.single_bitmap = k->single_bitmap,
		.data = k->data_offset,
	};
	copy_header(&part->header, ret);
	while (dump->sources[ret->file] != part->source)
		ret->file++;
	bytes = (uint64_t)k->parts[0].header.bitmap_blocks * k->page_size;
	if (!k->single_bitmap)
		bytes /= 2;
	ret->described = (struct kxdump_extent){ k->ram.offset, bytes };
	ret->dumped = (struct kxdump_extent){ k->dumped.offset, bytes };
	ret->descs = (struct kxdump_extent){ k->desc_offset, (end - part->rank) * KDUMP_DESC_SIZE };
	return true;
}

struct error *kxdump_check_descs(struct kxdump *dump, size_t i, uint64_t first, size_t count,
				 struct kxdump_desc *ret)
{
	struct kdump *k = dump->format;
	const struct kdump_part *part = &k->parts[i];
	uint64_t offset = k->desc_offset + first * KDUMP_DESC_SIZE;
	uint8_t data[64 * KDUMP_DESC_SIZE];

	while (count) {
		size_t n = min(count, sizeof(data) / KDUMP_DESC_SIZE);
		struct bytes b = bytes_of(data, n * KDUMP_DESC_SIZE, part->header.big_endian);

		TRY(source_peek(part->source, offset, data, n * KDUMP_DESC_SIZE));
		for (size_t j = 0; j < n; j++, ret++) {
			ret->offset = bytes_u64(&b);
			ret->size = bytes_u32(&b);
			ret->flags = bytes_u32(&b);
			ret->page_flags = bytes_u64(&b);
		}
		offset += n * KDUMP_DESC_SIZE;
		count -= n;
	}
	return NULL;
}

const char *kxdump_check_codec(uint32_t flag)
{
	const struct codec *codec = codec_find(flag);

	return codec ? codec->name : NULL;
}

/* The end of section @i's bytes and of its header; 0 where that cannot be. */
static uint64_t section_end(struct source *source, const struct elf_header *h, unsigned int i)
{
	uint8_t data[sizeof(Elf64_Shdr)];
	size_t size = h->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	struct bytes b = bytes_of(data, size, h->big_endian);
	uint64_t at, offset, length, end;
	uint32_t type;

	if (__builtin_add_overflow(h->shoff, (uint64_t)i * h->shentsize, &at) ||
	    error_dropped(source_peek(source, at, data, size)))
		return 0;
	bytes_skip(&b, 4);
	type = bytes_u32(&b);
	bytes_skip(&b, h->is_64 ? 16 : 8);
	offset = bytes_number(&b, h->is_64 ? 8 : 4);
	length = bytes_number(&b, h->is_64 ? 8 : 4);
	if (type == SHT_NULL || type == SHT_NOBITS || __builtin_add_overflow(offset, length, &end))
		end = 0;
	return max(end, at + size);
}

bool kxdump_check_elf(struct kxdump *dump, struct kxdump_elf *ret)
{
	const struct elf *elf = dump->format;
	const struct elf_header *h = &elf->header;

	if (dump->ops != &dump_format_elf)
		return false;
	*ret = (struct kxdump_elf){
		.is_64 = h->is_64,
		.version = h->version,
		.flags = h->flags,
		.phoff = h->phoff,
		.shoff = h->shoff,
		.nr_phdrs = h->nr_phdrs,
		.phentsize = h->phentsize,
	};
	for (unsigned int i = 0; h->shoff && i < h->shnum; i++)
		ret->sections_end = max(ret->sections_end, section_end(dump->sources[0], h, i));
	return true;
}

struct error *kxdump_check_phdr(struct kxdump *dump, uint64_t i, struct kxdump_phdr *ret)
{
	const struct elf *elf = dump->format;
	struct elf_segment segment;

	TRY(elf_header_segment(dump->sources[0], &elf->header, i, &segment));
	*ret = (struct kxdump_phdr){ segment.type,  segment.flags,  segment.offset, segment.vaddr,
				     segment.paddr, segment.filesz, segment.memsz };
	return NULL;
}
