/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libkxdump, for those who examine the container itself: its tables as they are in the files, good
 * or bad. For one thread. Offsets are those of the payload, which is what a flattened file holds,
 * unless they are said to be of the file.
 */
#ifndef KXDUMP_CHECK_H
#define KXDUMP_CHECK_H

#include "kxdump.h"

struct kxdump_file {
	const char *path;
	uint64_t size;	 /* of the payload */
	uint64_t stored; /* of the file */
	bool flattened;
};
/* File @i in the order in which they were given; false past the last. */
bool kxdump_check_file(const struct kxdump *dump, size_t i, struct kxdump_file *ret);
/* All @size bytes at @offset of the payload, as far as they exist; else as kxdump_read(). */
must_check struct error *kxdump_check_read(struct kxdump *dump, size_t file, uint64_t offset,
					   void *buf, size_t size);
/* The same of the file as it is stored, flattened or not. */
must_check struct error *kxdump_check_read_stored(struct kxdump *dump, size_t file, uint64_t offset,
						  void *buf, size_t size);

/* ---- flattened files ---- */

struct kxdump_record {
	uint64_t at;	       /* of the record's header, in the file */
	uint64_t offset, size; /* of its data in the payload */
};
/*
 * Calls @each for the records in the order of the file, up to the end mark or to what is no record;
 * an error of it ends that and is returned. @end: where in the file it ended, behind the mark if
 * there is one (@marked).
 */
must_check struct error *
kxdump_check_records(struct kxdump *dump, size_t file,
		     struct error *(*each)(void *context, const struct kxdump_record *record),
		     void *context, uint64_t *end, bool *marked);
/* The first stretch of the payload at or behind @offset that no record holds, or false. */
bool kxdump_check_gap(const struct kxdump *dump, size_t file, uint64_t offset, uint64_t *start,
		      uint64_t *size);

/* ---- makedumpfile's compressed format ---- */

struct kxdump_extent {
	uint64_t offset, size;
};

/* One file: of a split set, those of the lowest pages first. */
struct kxdump_kdump {
	size_t file;
	uint8_t word_size; /* bytes */
	uint32_t version, status, block_size, sub_blocks, bitmap_blocks, max_mapnr, nr_cpus;
	bool has_sub;
	uint32_t dump_level, split;
	uint64_t start_pfn, end_pfn, max_mapnr_64; /* as the header has them */
	struct kxdump_extent vmcoreinfo, notes, eraseinfo;
	const char *uts[6];	      /* 65 bytes each, not terminated when full */
	uint64_t max_pfn, start, end; /* the file's pages: @start up to @end */
	bool single_bitmap;
	struct kxdump_extent described, dumped; /* the bitmaps; the same when there is one */
	struct kxdump_extent descs;		/* of this file's pages */
	uint64_t data;				/* behind the room for all descriptors of the set */
};
/* False past the last file, or when the dump is of another format. */
bool kxdump_check_kdump(struct kxdump *dump, size_t i, struct kxdump_kdump *ret);

#define KXDUMP_DESC_SIZE 24
struct kxdump_desc {
	uint64_t offset;
	uint32_t size, flags;
	uint64_t page_flags;
};
/* @count descriptors of file @i as above, from its @first one on. */
must_check struct error *kxdump_check_descs(struct kxdump *dump, size_t i, uint64_t first,
					    size_t count, struct kxdump_desc *ret);
/* The name of exactly this codec's flag, or NULL. */
const char *kxdump_check_codec(uint32_t flag);

/* ---- ELF ---- */

struct kxdump_elf {
	bool is_64;
	uint32_t version, flags;
	uint64_t phoff, shoff, nr_phdrs;
	uint16_t phentsize;
	uint64_t sections_end; /* of what sections have of the file, and of their headers */
};
bool kxdump_check_elf(struct kxdump *dump, struct kxdump_elf *ret);

struct kxdump_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz;
};
must_check struct error *kxdump_check_phdr(struct kxdump *dump, uint64_t i,
					   struct kxdump_phdr *ret);

#endif
