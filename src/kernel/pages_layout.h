/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of pages*.c share: where members lie, which bits mean what, where memory is. */
#ifndef KERNEL_PAGES_LAYOUT_H
#define KERNEL_PAGES_LAYOUT_H

#include "base/bytes.h"
#include "kernel/pages.h"

#define PAGES_MAX_ORDER 16 /* of the buddy allocator; Linux has 10, or 13 with pages of 64 KiB */
#define PAGES_UNSURE	12

/* (page_type & mask) == value; mask 0: this kernel has no such type. */
struct page_type {
	uint32_t mask, value;
};

struct pages_layout {
	uint8_t word;
	bool big_endian;
	uint32_t size; /* of struct page */
	uint32_t flags, mapping, index, private, type, refcount, compound, lru;
	bool has_index, masks; /* masks: compound_info may be one (v7.1) */
	/* bits of flags; 0: none */
	uint64_t head, is_lru, is_private, swapbacked, swapcache, slab, reserved, hwpoison, movable;
	struct page_type buddy, offline, table, hugetlb, is_slab, unaccepted;
	int32_t typed_below;   /* page_type is one when it is less, as a signed number */
	uint32_t hugetlb_dtor; /* where in the first tail, and the value */
	uint64_t hugetlb_dtor_value;
	uint64_t hugetlb_flag; /* in the first tail's flags (v6.6 – v6.9) */
	enum { HUGETLB_NONE, HUGETLB_TYPE, HUGETLB_FLAG, HUGETLB_DTOR } hugetlb_by;
	bool knows_slabs; /* without, pages of slabs could be taken for anonymous ones */
	unsigned int max_order;
};

/* Pages whose struct page is at base + pfn * size. */
struct pages_range {
	uint64_t start, end; /* pfns */
	uint64_t base;
};

struct pages_span {
	uint64_t start, end; /* pfns */
};

/* How CPUs' lists of free pages are kept. */
struct pages_cpu_lists {
	size_t count;	  /* lists of a CPU; 0: not looked for yet */
	size_t types;	  /* lists of an order: MIGRATE_PCPTYPES */
	uint32_t pageset; /* of a zone's per-CPU pointer */
	uint32_t pcp;	  /* of the struct per_cpu_pages in what that points to */
	uint32_t lists;	  /* in it */
};

struct pages {
	struct pages_env env;
	struct pages_layout layout;
	struct pages_cpu_lists cpu_lists;
	struct pages_range *ranges; /* by pfn */
	size_t nr_ranges, ranges_room;
	uint32_t *by_address;	 /* ranges, by where their struct pages lie */
	struct pages_span *free; /* in CPUs' lists, by pfn, none overlapping */
	size_t nr_free, free_room;
	/* the window */
	uint8_t *bytes, *uses;
	size_t window; /* pfns, a power of two */
	uint64_t window_start;
	bool window_valid;
	/* the head that was looked at last */
	uint64_t head_address, head_pfn;
	uint8_t head_use;
	const struct type_enumerator *flag_names;
	size_t nr_flag_names;
	char *unsure[PAGES_UNSURE];
	size_t nr_unsure;
	uint64_t unreadable;
	char unreadable_text[128];
};

void pages_not_sure(struct pages *pages, const char *fmt, ...) printf_like(2, 3);

/* pages_layout.c */
must_check struct error *pages_layout_init(struct pages *pages);
/* Offset of the first of @paths that struct @type has; @key: VMCOREINFO's for it, or NULL. */
bool pages_member(const struct pages_env *env, const char *type, const char *const *paths,
		  const char *key, uint32_t *ret);
/* Size and, of an array, element count of member @path; NULL @path: of the type itself. */
bool pages_member_type(const struct pages_env *env, const char *type, const char *path,
		       uint64_t *size, uint64_t *count);
/* Enumerator @name of enum @type. */
bool pages_enumerator(const struct pages_env *env, const char *type, const char *name,
		      int64_t *ret);

/* pages_map.c */
must_check struct error *pages_map_init(struct pages *pages);
const struct pages_range *pages_map_find(const struct pages *pages, uint64_t pfn);

/* pages_lists.c */
must_check struct error *pages_lists_init(struct pages *pages);

/* pages_scan.c: fills the window that begins at @start. */
must_check struct error *pages_scan(struct pages *pages, uint64_t start);
/* What @page, one struct page, says of itself; as pages_describe_own(). */
enum page_use pages_own_use(const struct pages_layout *layout, const uint8_t *page);
/* The address of the head of the tail page at @address with @compound in its struct. */
uint64_t pages_head_of(const struct pages_layout *layout, uint64_t address, uint64_t compound);

static inline uint64_t pages_word(const struct pages_layout *layout, const uint8_t *at)
{
	return load_number(at, layout->word, layout->big_endian);
}

static inline uint32_t pages_u32(const struct pages_layout *layout, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, 4);
	return layout->big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		       ? v
		       : __builtin_bswap32(v);
}

#endif
