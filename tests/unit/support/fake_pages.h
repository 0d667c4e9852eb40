/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels made by hand that differ in how they keep struct pages: as include/linux/mm_types.h and
 * page-flags.h of Linux had them at the release that the shape names.
 */
#ifndef SUPPORT_FAKE_PAGES_H
#define SUPPORT_FAKE_PAGES_H

#include "kernel/pages.h"
#include "support/fake_kernel.h"

enum fake_shape {
	SHAPE_5_10,	/* types are macros, hugetlb by page.compound_dtor, slabs by flag */
	SHAPE_6_4,	/* the same, hugetlb by folio._folio_dtor */
	SHAPE_6_6,	/* the same, hugetlb by a flag of the first tail */
	SHAPE_6_10,	/* types are an enum of bits, for slabs and hugetlb too */
	SHAPE_6_11,	/* the same, other bits */
	SHAPE_6_12,	/* types are numbers in the top byte */
	SHAPE_7_1,	/* flags.f, compound_info, which can be a mask */
	SHAPE_NO_TYPES, /* 5.10 without BTF: VMCOREINFO alone */
	NR_SHAPES,
};

enum fake_model {
	MODEL_SECTIONS, /* one virtual map, described by sections of 4096 pages */
	MODEL_SPARSE,	/* each section's struct pages elsewhere */
	MODEL_VMEMMAP,	/* vmemmap_base alone is known */
	MODEL_FLAT,	/* node_mem_map */
};

#define FAKE_PAGES	   8192
#define FAKE_PAGE_SIZE	   64
#define FAKE_VMEMMAP	   0xffffea0000000000
#define FAKE_SECTION	   4096		      /* pages */
#define FAKE_OTHER_SECTION 0xffff888007000000 /* MODEL_SPARSE: of the second section */
#define FAKE_PCP	   0xffff888006000000 /* CPU 0's struct per_cpu_pages of the zone */
#define FAKE_PCP_LISTS	   16		      /* in it; 14 lists, or 3 */
#define FAKE_MAX_ORDER	   10

/* Flags' bits, the same in all shapes but for what there is. */
enum {
	FLAG_LRU = 1 << 4,
	FLAG_HEAD = 1 << 6,
	FLAG_SLAB = 1 << 9,
	FLAG_SWAPCACHE = 1 << 10,
	FLAG_RESERVED = 1 << 12,
	FLAG_PRIVATE = 1 << 13,
	FLAG_SWAPBACKED = 1 << 19,
	FLAG_HWPOISON = 1 << 22,
	FLAG_MOVABLE_OPS = 1 << 3,
	FLAG_HUGETLB = 1 << 8, /* of the first tail */
};
enum fake_type { FAKE_BUDDY, FAKE_OFFLINE, FAKE_TABLE, FAKE_HUGETLB, FAKE_SLAB, FAKE_UNACCEPTED };

struct fake_pages {
	struct fake_kernel kernel;
	enum fake_shape shape;
	enum fake_model model;
	struct pages_env env;
	struct pages *pages; /* NULL until fake_pages_open */
	uint64_t free_area;  /* what LENGTH(zone.free_area) says; 0: 11 */
	bool no_slabs;	     /* leave out how slabs are told */
};

void fake_pages_init(struct fake_pages *fake, enum fake_shape shape, enum fake_model model);
/* After the memory was filled. Fails the test if that fails. */
void fake_pages_open(struct fake_pages *fake);
void fake_pages_deinit(struct fake_pages *fake);

/* Where @pfn's struct page is. */
uint64_t fake_page(const struct fake_pages *fake, uint64_t pfn);
/* Sets a page: in use, unless @refcount is 0; @mapping and @flags as they are stored. */
void fake_page_set(struct fake_pages *fake, uint64_t pfn, uint64_t flags, uint64_t mapping,
		   uint32_t refcount);
/* Does the shape have the type? If so, gives it to the page. */
bool fake_page_type(struct fake_pages *fake, uint64_t pfn, enum fake_type type);
void fake_page_private(struct fake_pages *fake, uint64_t pfn, uint64_t value);
/* The member that makes a page a tail, as it is stored. */
void fake_page_compound(struct fake_pages *fake, uint64_t pfn, uint64_t value);
/* 1 << @order pages from @pfn on as a compound page, with the head's @flags. */
void fake_page_make_compound(struct fake_pages *fake, uint64_t pfn, unsigned int order,
			     uint64_t flags, uint64_t mapping);
/* Makes a compound page a hugetlb one. */
void fake_page_make_hugetlb(struct fake_pages *fake, uint64_t pfn);
/* Makes a page, or compound page, a slab's. */
void fake_page_make_slab(struct fake_pages *fake, uint64_t pfn);
/* A free block. */
void fake_page_make_free(struct fake_pages *fake, uint64_t pfn, unsigned int order);
/* Puts the pages into CPU 0's list @list, in this order; to be called once a list. */
void fake_pages_list(struct fake_pages *fake, unsigned int list, size_t count,
		     const uint64_t *pfns);
/* The list_head of list @list, and the node within a page. */
uint64_t fake_pages_list_head(unsigned int list);
uint64_t fake_page_node(const struct fake_pages *fake, uint64_t pfn);

/* Fails the test unless @pfn's use is @use. */
void fake_page_expect(struct fake_pages *fake, uint64_t pfn, enum page_use use);
void fake_pages_expect(struct fake_pages *fake, uint64_t pfn, uint64_t count, enum page_use use);
/* Is there a sentence among what is not sure that has @part in it? */
bool fake_pages_unsure(struct fake_pages *fake, const char *part);

#endif
