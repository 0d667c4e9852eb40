/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats of written dumps implement, and what write.c gives them. */
#ifndef DUMPFMT_WRITE_H
#define DUMPFMT_WRITE_H

#include "dumpfmt/write_bits.h"
#include "dumpfmt/write_codec.h"
#include "dumpfmt/write_notes.h"
#include "dumpfmt/write_target.h"

/* One file: the pages of the pfns from @start up to, not including, @end. */
struct write_part {
	struct target target;
	uint64_t start, end;
	uint64_t first_index; /* kept pages before @start */
	uint64_t data_end;    /* where the next data goes; atomic */
};

struct write_ops {
	/* Lays the files out and writes all but the pages. */
	struct error *(*begin)(struct kxdump_writer *w);
	struct error *(*add)(struct kxdump_packer *p, uint64_t pfn, uint64_t index,
			     const uint8_t *pages, size_t count);
	struct error *(*flush)(struct kxdump_packer *p);
	/* Pages are done: what says whether the dump is whole. */
	struct error *(*mark)(struct kxdump_writer *w, struct write_part *part, bool incomplete);
	/* How long the payload of @part is. */
	uint64_t (*size)(struct kxdump_writer *w, struct write_part *part);
};
extern const struct write_ops write_kdump, write_elf;

struct kxdump_writer {
	struct kxdump_write what;
	const struct write_ops *ops;
	const struct write_codec *codec;
	int level;
	struct write_part *parts;
	size_t nr_parts, nr_open;
	uint64_t nr_kept;
	struct write_notes notes;
	uint64_t notes_offset;
	uint64_t sub_blocks, bitmap_blocks, desc_offset; /* KDUMP */
	uint64_t nr_phdrs, phdrs_offset;		 /* ELF */
	uint64_t data_offset; /* the page that all zero pages share; ELF: the first kept page */
	struct kxdump_written written; /* atomic members */
};

#define PACKER_DESCS 512

struct packer_desc {
	uint64_t offset; /* @pending: in the packer's data */
	uint32_t size, flags;
	bool pending;
};

struct kxdump_packer {
	struct kxdump_writer *writer;
	struct compressor compressor;
	bool compressor_open;
	/* KDUMP: a row of pages, whose descriptors are neighbours in @part */
	struct write_part *part;
	uint64_t first_index;
	struct packer_desc *descs;
	size_t nr_descs, first_pending;
	uint8_t *data, *encoded;
	size_t size, room;	      /* of @data */
	struct kxdump_written counts; /* since the last flush */
};

void write_count(struct kxdump_packer *p);

/*
 * Is the dump marked incomplete while it is written? A flattened one need not be: its end mark is
 * missing until then. And it had better not be, as crash(8) takes the first of two records that
 * overlap, where the format says the last.
 */
static inline bool write_marked(const struct write_part *part)
{
	return !part->target.flattened;
}

/* The eraseinfo that the dump shall have; NULL: none. */
static inline const void *write_eraseinfo(const struct kxdump_write *what, size_t *size)
{
	*size = what->eraseinfo_size;
	if (what->eraseinfo || !what->source)
		return what->eraseinfo;
	return kxdump_eraseinfo(what->source, size);
}

/* write_kdump_header.c: block 0 and the sub-header, written. */
must_check struct error *write_kdump_header(struct kxdump_writer *w, struct write_part *part,
					    bool incomplete);

/* A number of @size bytes at @to. */
static inline void put_number(uint8_t *to, uint64_t value, size_t size, bool big_endian)
{
	for (size_t i = 0; i < size; i++)
		to[big_endian ? size - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

/* A record being built, number by number. */
struct record {
	uint8_t *data;
	size_t at;
	bool big_endian;
};

static inline void record_add(struct record *r, uint64_t value, size_t size)
{
	put_number(r->data + r->at, value, size, r->big_endian);
	r->at += size;
}

#endif
