/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libkxdump, the other way: write a dump file from pages.
 *
 * Who writes knows first which pages there will be (two bitmaps), then gives them in any order,
 * from any number of threads, each through a packer of its own. What was never given is lost: the
 * dump says so of itself.
 *
 * A file is marked incomplete and carries the name PATH.incomplete until kxdump_writer_finish() (a
 * block device keeps its name);
 * what is there before that opens as a dump of which the rest is lost. A flattened one lacks its
 * end mark until then, and is not marked beside.
 */
#ifndef KXDUMP_WRITE_H
#define KXDUMP_WRITE_H

#include "kxdump.h"

enum kxdump_write_format {
	KXDUMP_WRITE_KDUMP, /* makedumpfile's, version 6, of 64-bit machines */
	KXDUMP_WRITE_ELF,   /* ELF64; pages left out are p_filesz < p_memsz */
};

/* One above the last pfn that can be written: 128 TiB of 4 KiB pages. */
#define KXDUMP_WRITE_PFNS  ((uint64_t)1 << 35)
#define KXDUMP_WRITE_FILES 1024

/* ELF: memory that a segment describes, ascending. Ones without described pages are no segment. */
struct kxdump_write_region {
	uint64_t phys, size; /* bytes, of any alignment */
	uint64_t file_size;  /* none of those behind are in the dump, whatever is kept */
	uint64_t virt;	     /* of @phys; 0: not known */
	uint32_t flags;	     /* p_flags */
};

struct kxdump_write {
	/* ---- where to ---- */
	const char *const *paths; /* more than one: a split set, of KDUMP */
	size_t nr_paths;	  /* 0: to @fd, which stays the caller's, flattened */
	int fd;
	/* Bytes that each file may have, 0: no bound. Beyond, writing fails as on a full disk. */
	uint64_t max_size;
	bool flattened;
	bool overwrite;	   /* what is there already under that name may go */
	bool keep_partial; /* what was not finished stays, as PATH.incomplete */
	bool dry_run;	   /* nothing is written, only counted */
	/* ---- how ---- */
	enum kxdump_write_format format;
	const char *codec; /* KDUMP: "raw", "zlib", "lzo", "snappy", "zstd" */
	int level;	   /* of the codec; 0: one that is fast, and no worse than zlib 1 */
	/* ---- what the headers say; strings may be NULL ---- */
	struct kxdump *source; /* its notes and its eraseinfo are copied */
	/* What is erased, in makedumpfile's words; NULL: as the source's own. */
	const char *eraseinfo;
	size_t eraseinfo_size;
	const char *vmcoreinfo; /* for a note of it, where the source's notes have none */
	size_t vmcoreinfo_size;
	uint16_t elf_machine;
	uint8_t word_size; /* KDUMP: 8 */
	bool big_endian;
	uint32_t page_size; /* a power of two, 1024 … 1 MiB */
	const char *sysname, *nodename, *release, *version, *machine;
	int64_t phys_base, seconds;
	unsigned int nr_cpus;
	uint32_t dump_level; /* makedumpfile's -d */
	/* ---- the pages ---- */
	uint64_t max_pfn;
	/* Least significant bit first, zeroed up to a multiple of 8 bytes. Borrowed until
	 * destroyed. Kept pages are described ones. */
	const uint8_t *described, *kept;
	const struct kxdump_write_region *regions; /* ELF */
	size_t nr_regions;
};

struct kxdump_writer;
struct kxdump_packer;

/* USAGE for what cannot be: a codec or level there is not, a file that is there… */
must_check struct error *kxdump_writer_create(const struct kxdump_write *what,
					      struct kxdump_writer **ret);
/*
 * After all packers are flushed. With @incomplete the dump stays marked as such: pages are lost, or
 * were so in the source. Then the file gets its name, and is on the disk.
 */
must_check struct error *kxdump_writer_finish(struct kxdump_writer *writer, bool incomplete);
/* What was not finished goes, or stays under its temporary name. NULL is allowed. */
void kxdump_writer_destroy(struct kxdump_writer *writer);

/* A thread's own. @writer must outlive it. */
must_check struct error *kxdump_packer_create(struct kxdump_writer *writer,
					      struct kxdump_packer **ret);
/*
 * @count pages from @pfn on, all of them kept; @index is the number of @pfn among all kept ones.
 * Cheapest in ascending order: neighbours are written together.
 */
must_check struct error *kxdump_packer_add(struct kxdump_packer *packer, uint64_t pfn,
					   uint64_t index, const void *pages, size_t count);
must_check struct error *kxdump_packer_flush(struct kxdump_packer *packer);
void kxdump_packer_destroy(struct kxdump_packer *packer);

/* Of what was flushed so far; may be asked by any thread. */
struct kxdump_written {
	uint64_t zero_pages;	   /* share one page, or are a hole */
	uint64_t compressed_pages; /* smaller than they were */
	uint64_t raw_pages;	   /* did not compress, or were not to */
	uint64_t data_bytes;	   /* of the pages, as they are stored */
	uint64_t file_bytes;	   /* the size of all files, holes counted */
	uint64_t stored_bytes;	   /* written, flattened heads counted */
};
void kxdump_writer_written(const struct kxdump_writer *writer, struct kxdump_written *ret);

/* Is all of it 0? @size is a multiple of 64. */
bool kxdump_page_is_zero(const void *page, size_t size);

/* Is there such a codec, and has it that level (0: its usual one)? USAGE. */
must_check struct error *kxdump_codec_check(const char *codec, int level);

#endif
