/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each page of memory was used for, by its struct page: include/linux/mm_types.h,
 * page-flags.h and mmzone.h of Linux. Everything is found by the dumped kernel's own types and
 * enumerators, and by VMCOREINFO where there are no types; what the kernel has no name for is not
 * guessed: such pages count as the kernel's own.
 */
#ifndef KERNEL_PAGES_H
#define KERNEL_PAGES_H

#include "image/image.h"

enum page_use {
	PAGE_USE_UNKNOWN, /* its struct page cannot be read, or contradicts itself */
	PAGE_USE_KERNEL,  /* allocated, and none of what follows */
	PAGE_USE_RESERVED,
	PAGE_USE_SLAB,
	PAGE_USE_TABLE, /* a page table, where the kernel marks them */
	PAGE_USE_ANON,
	PAGE_USE_CACHE, /* of files, shared memory, and swapped pages */
	PAGE_USE_CACHE_PRIVATE,
	PAGE_USE_HUGETLB,
	PAGE_USE_FREE,	   /* in the buddy allocator */
	PAGE_USE_FREE_CPU, /* in a CPU's list of free pages */
	PAGE_USE_HWPOISON,
	PAGE_USE_OFFLINE, /* given back to the hypervisor, or not yet taken from it */
	PAGE_USE_BALLOON,
	PAGE_USE_UNACCEPTED, /* of a confidential guest: never touched */
	PAGE_USES,
};

/* "anon", "page table"… for people. */
const char *page_use_name(enum page_use use);

/* What is asked of the dumped kernel: an image's (pages_create), or a test's. */
struct pages_env {
	struct types *types;
	const struct memory *memory; /* kernel virtual */
	void *context;
	/* NOT_FOUND where the kernel has no such symbol. */
	struct error *(*symbol)(void *context, const char *name, uint64_t *ret);
	/* VMCOREINFO's "KEY=number". NOT_FOUND. */
	struct error *(*vmcoreinfo)(void *context, const char *key, int64_t *ret);
	/* Where the per-CPU object @pointer lies on @cpu. */
	struct error *(*per_cpu)(void *context, uint64_t pointer, unsigned int cpu, uint64_t *ret);
	unsigned int nr_cpus;
	unsigned int page_shift;
};

struct pages;

/* @image must outlive it. Fails when struct page, or where they lie, is not known at all. */
must_check struct error *pages_create(struct image *image, struct pages **ret);
/* @env is copied; what it points to must outlive the pages. */
must_check struct error *pages_create_env(const struct pages_env *env, struct pages **ret);
void pages_destroy(struct pages *pages);
/*
 * The same pages for another thread, which reads kernel memory through @memory; to be joined by the
 * thread that uses @pages, and before they go.
 */
must_check struct error *pages_share(const struct pages *pages, const struct memory *memory,
				     struct pages **ret);
/* What could not be read through @share counts as @pages' own; NULL is allowed. */
void pages_join(struct pages *pages, struct pages *share);
/* The nth thing that was not understood or not readable, as a sentence; NULL past the last. It
 * grows as pages are asked for. */
const char *pages_unsure(struct pages *pages, size_t n);

/* Of the dumped machine's pages: their size is 1 << shift. */
unsigned int pages_shift(const struct pages *pages);

/*
 * The uses (enum page_use, a byte each) of the *@count pfns from *@start on, a window that holds
 * @pfn; valid until the next call. The window depends on @pfn alone, and so does what is said of
 * each page. Fails only when interrupted or out of memory.
 */
must_check struct error *pages_uses(struct pages *pages, uint64_t pfn, uint64_t *start,
				    size_t *count, const uint8_t **ret);

/* The struct page of @pfn: NOT_FOUND where there is none. */
must_check struct error *pages_address(struct pages *pages, uint64_t pfn, uint64_t *ret);
/* The first page from @pfn on that has a struct page; false: there is none. So that nobody walks
 * through all that a dump may say there is. */
bool pages_next(const struct pages *pages, uint64_t pfn, uint64_t *ret);
/* The pfn whose struct page is at @address or holds it: NOT_FOUND. */
must_check struct error *pages_pfn(struct pages *pages, uint64_t address, uint64_t *ret);

/* The same where a struct page begins at @address. */
must_check struct error *pages_pfn_at(struct pages *pages, uint64_t address, uint64_t *ret);

/* One page, as people ask for it. */
struct page_info {
	uint64_t pfn, address; /* of the struct page */
	enum page_use use;
	uint64_t flags;
	uint64_t mapping, index, private;
	int32_t mapcount; /* as it is stored: -1 is none; of typed pages, the type */
	int32_t refcount;
	uint64_t head; /* pfn of its compound page's head; its own when it is none's tail */
	bool is_tail;
};
must_check struct error *pages_describe(struct pages *pages, uint64_t pfn, struct page_info *ret);
/*
 * The same from its own struct page alone, for who asks of pages here and there: a tail's use is
 * UNKNOWN, and so may be a head's that could be hugetlb's; inside of a free block, KERNEL.
 */
must_check struct error *pages_describe_own(struct pages *pages, uint64_t pfn,
					    struct page_info *ret);
/* The nth name of enum pageflags' bits, and its number; NULL past the last. Of several names for
 * one bit, the first. */
const char *pages_flag(struct pages *pages, size_t n, unsigned int *bit);

/* ---- nodes and zones ---- */
/* The struct pglist_data of each node that has one. */
must_check struct error *
pages_nodes(struct pages *pages,
	    struct error *(*each)(void *context, unsigned int node, uint64_t pgdat), void *context);

struct page_zone {
	uint64_t address; /* of its struct zone */
	unsigned int node, number;
	char name[32];
	uint64_t start_pfn, spanned, present, managed; /* pages */
	uint64_t free;				       /* by its own count */
};
/* Every zone that has pages, in the order of nodes. */
must_check struct error *
pages_zones(struct pages *pages, struct error *(*each)(void *context, const struct page_zone *zone),
	    void *context);

/* A CPU's lists of a zone's free pages: mm/page_alloc.c of Linux. */
struct page_cpu {
	unsigned int cpu;
	uint64_t address; /* of its struct per_cpu_pages */
	uint64_t lists;	  /* of the first list's head; the others lie behind it */
	size_t nr_lists;
};
/* Those of each possible CPU. NOT_FOUND: how they are kept is not known. */
must_check struct error *
pages_cpus(struct pages *pages, const struct page_zone *zone,
	   struct error *(*each)(void *context, const struct page_cpu *cpu), void *context);
/* The order of what is in the nth list. */
unsigned int pages_cpu_order(const struct pages *pages, size_t n);

#endif
