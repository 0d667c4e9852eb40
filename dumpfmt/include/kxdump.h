/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libkxdump: read a machine's memory from a dump file, whatever its format.
 *
 * Nothing here knows what a kernel is. Addresses are physical, in bytes. A page that cannot be read
 * is one of three things, and the error's code says which: ERROR_EXCLUDED (a filter left it out),
 * ERROR_ABSENT (the dump never had it), ERROR_BAD_DATA / ERROR_OS (it is there, and unreadable).
 * Where a format cannot tell excluded from absent (ELF: p_filesz < p_memsz), the page is EXCLUDED
 * and the message says "not in the dump".
 *
 * A struct kxdump is used by one thread at a time; kxdump_share() makes one for another thread.
 */
#ifndef KXDUMP_H
#define KXDUMP_H

#include "base/error.h"

#include <stdio.h>

struct kxdump;

/* What the container says of itself; strings are owned by the dump, NULL or 0 when unknown. */
struct kxdump_info {
	const char *path;   /* the first file's */
	const char *format; /* short and stable: "elf", "kdump", "kcore" */
	const char *detail; /* for people: "makedumpfile compressed, version 6, zstd" */
	bool flattened;	    /* one or more files are flattened */
	bool live;	    /* /proc/kcore: the memory changes while it is read */
	unsigned int nr_files;
	uint64_t file_size;   /* bytes, over all files */
	uint16_t elf_machine; /* EM_*, EM_NONE (0) when the container does not say */
	uint8_t word_size;    /* 8 or 4; 0 unknown */
	bool big_endian;
	uint32_t page_size; /* the dumped machine's; 0 unknown (ELF) */
	uint64_t max_pfn;   /* one above the last pfn that the container describes */
	int dump_level;	    /* makedumpfile's -d; -1 unknown */
	bool has_phys_base;
	int64_t phys_base;
	bool has_time;
	int64_t time; /* seconds since 1970, of the crash or the dump, from the header */
	const char *sysname, *nodename, *release, *version, *machine; /* utsname of the header */
	unsigned int nr_cpus;					      /* from the header */
	/*
	 * The dump is known not to be whole: marked incomplete by its writer, truncated, or files
	 * of a split set are missing. @partial_why says it in words; NULL when whole as far as
	 * known.
	 */
	const char *partial_why;
};

/* A run of physical memory that the container describes. */
struct kxdump_region {
	uint64_t phys, size; /* bytes; @phys is UINT64_MAX where the container gives none */
	uint64_t virt;	     /* the container's own claim (ELF p_vaddr) */
	bool has_virt;
	uint64_t file_offset;	    /* where the bytes lie, after unflattening; 0 when compressed */
	uint64_t file_size;	    /* bytes of it that are in the file uncompressed (ELF) */
	uint64_t present, excluded; /* pages */
	uint32_t flags;		    /* ELF p_flags */
};

struct kxdump_note {
	const char *name; /* "CORE", "VMCOREINFO", "QEMU"… terminated, owned by the dump */
	uint32_t type;
	const void *data;
	size_t size;
	/* In the file; more than @size only for a device's dump (NT_VMCOREDD), of which the start
	 * is kept. */
	uint64_t full_size;
	uint64_t file_offset; /* of its data, after unflattening */
	size_t file;	      /* which one of several */
};

enum kxdump_page {
	KXDUMP_PAGE_ABSENT,
	KXDUMP_PAGE_EXCLUDED,
	KXDUMP_PAGE_PRESENT,
	/* It was dumped, and is not to be had: the file is truncated, or another one of the set. */
	KXDUMP_PAGE_LOST,
};

/*
 * Opens @count paths that together are one dump (several: a split set). The order of a split set
 * does not matter. Files are opened read-only; nothing but these paths is touched. Fails with
 * NOT_MINE when no format knows the file; the message says what it looks like instead (empty, text,
 * an ELF executable, a directory…). What is damaged but readable opens, with partial_why set.
 */
must_check struct error *kxdump_open(const char *const *paths, size_t count, struct kxdump **ret);
void kxdump_close(struct kxdump *dump);
/*
 * A second handle on @dump for another thread, to be closed before it. To be made by the thread
 * that uses @dump; after that, each handle may be used by a thread of its own at the same time.
 */
must_check struct error *kxdump_share(struct kxdump *dump, struct kxdump **ret);

/* True when the file at @path looks like a dump (as against, say, a vmlinux). Opens and closes. */
bool kxdump_probe(const char *path);
/* What uname -m says on a machine of ELF's number EM_*; NULL when it is not known. */
const char *kxdump_machine_name(uint16_t elf_machine);

const struct kxdump_info *kxdump_info(const struct kxdump *dump);

/*
 * All @size bytes at physical address @phys, or an error whose address is the first byte that
 * cannot be had (what was read before it is in @buf then). Small reads are served from a cache.
 */
must_check struct error *kxdump_read(struct kxdump *dump, uint64_t phys, void *buf, size_t size);
/* The same of a page that is there in part, where a segment ends within it: zeros for what is not.
 * False: nothing of it is there. */
bool kxdump_read_parts(struct kxdump *dump, uint64_t phys, void *buf, size_t size);

/* State of the page that holds @phys. Needs no page's content. */
enum kxdump_page kxdump_page_state(struct kxdump *dump, uint64_t phys);

/*
 * The next run of readable pages at or above @phys: *@start, *@size in bytes, whole pages, or false
 * at the end. For scanning all of memory without asking for each page. The run may go on behind its
 * end, as the next one.
 */
bool kxdump_next_present(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size);
/*
 * The same, passing over the pages at the run's start that are a hole in a sparse file: those read
 * as zeros. For looking for something: a small file can claim to be of any size.
 */
bool kxdump_next_stored(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size);

/*
 * Pages as bits, least significant first: the @count pages from @pfn on, both multiples of 8.
 * @described: the page is memory (not ABSENT); @dumped: it was dumped (PRESENT, LOST, or there in
 * part). Pages of which the file's damage leaves nothing known are in neither.
 */
must_check struct error *kxdump_bits(struct kxdump *dump, uint64_t pfn, uint64_t count,
				     uint8_t *described, uint8_t *dumped);

/*
 * Reads by the container's own virtual addresses (ELF p_vaddr: /proc/kcore, QEMU with paging).
 * NOT_FOUND when no region claims @virt.
 */
must_check struct error *kxdump_virt_to_phys(struct kxdump *dump, uint64_t virt, uint64_t *ret);
/* As kxdump_read for a kcore segment that has no physical address (vmalloc, modules). */
must_check struct error *kxdump_read_virt(struct kxdump *dump, uint64_t virt, void *buf,
					  size_t size);

size_t kxdump_nr_regions(struct kxdump *dump);
/* Regions in ascending physical order; for KDUMP runs of bitmap 1 with its pages counted. */
must_check struct error *kxdump_region(struct kxdump *dump, size_t i, struct kxdump_region *ret);

size_t kxdump_nr_notes(const struct kxdump *dump);
const struct kxdump_note *kxdump_note(const struct kxdump *dump, size_t i);
/* @size bytes at @offset of the data of note @i, which exists: what of a long one is not kept. */
must_check struct error *kxdump_note_read(struct kxdump *dump, size_t i, uint64_t offset, void *buf,
					  size_t size);
/* The text of VMCOREINFO, not terminated, or NULL. */
const char *kxdump_vmcoreinfo(const struct kxdump *dump, size_t *size);
/* What an earlier filter erased, as makedumpfile's eraseinfo tells it, or NULL. */
const void *kxdump_eraseinfo(const struct kxdump *dump, size_t *size);

/* Totals, in pages: what is described, readable, and left out. May read the whole bitmap. */
struct kxdump_totals {
	uint64_t described, present, excluded;
	uint64_t lost; /* KXDUMP_PAGE_LOST; of a dump that is whole as far as known, 0 */
};
must_check struct error *kxdump_totals(struct kxdump *dump, struct kxdump_totals *ret);

/*
 * The container's header fields by name, for people and `dump`: calls @emit for each. @value is
 * already rendered. Order is the file's.
 */
void kxdump_header(struct kxdump *dump,
		   void (*emit)(void *context, const char *name, const char *value), void *context);

#endif
