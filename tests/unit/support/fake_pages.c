// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels of several ages, as far as their struct pages go. */
#include "support/fake_pages.h"

#include "support/data.h"

#include <string.h>

/* Offsets in struct page of 64-bit kernels without debugging, 5.10 to 7.x. */
enum {
	AT_FLAGS = 0,
	AT_LRU = 8,
	AT_COMPOUND = 8,
	AT_MAPPING = 24,
	AT_INDEX = 32,
	AT_PRIVATE = 40,
	AT_TYPE = 48,
	AT_REFCOUNT = 52,
	AT_DTOR = 16, /* in the first tail */
};

#define SYMBOLS	  0xffffffff81000000
#define NODE_DATA (SYMBOLS + 0x100)
#define ROOTS	  0xffff888005000000
#define SECTIONS  0xffff888005001000
#define NODE	  0xffff888004000000
#define ZONE_SIZE 1024

/* ---- types ---- */

struct basic {
	uint32_t t_int, t_long, t_pointer, t_list, t_name, t_lists, t_areas, t_stat;
};

static void add_enums(struct fake_pages *fake)
{
	struct fake_btf *btf = &fake->kernel.btf;
	enum fake_shape shape = fake->shape;
	struct fake_enumerator flags[16] = {
		{ "PG_lru", 4 },	 { "PG_head", 6 },	{ "PG_owner_priv_1", 10 },
		{ "PG_swapcache", 10 },	 { "PG_reserved", 12 }, { "PG_private", 13 },
		{ "PG_swapbacked", 19 }, { "PG_hwpoison", 22 }, { "__NR_PAGEFLAGS", 24 },
	};
	size_t n = 9;

	if (shape < SHAPE_6_10 && !fake->no_slabs)
		flags[n++] = (struct fake_enumerator){ "PG_slab", 9 };
	if (shape == SHAPE_6_6)
		flags[n++] = (struct fake_enumerator){ "PG_hugetlb", 8 };
	if (shape == SHAPE_7_1)
		flags[n++] = (struct fake_enumerator){ "PG_movable_ops", 3 };
	fake_enum(btf, "pageflags", 4, n, flags);
	fake_enum(btf, "migratetype", 4, 1,
		  (struct fake_enumerator[]){ { "MIGRATE_PCPTYPES", 3 } });
	fake_enum(btf, "zone_stat_item", 4, 1,
		  (struct fake_enumerator[]){ { "NR_FREE_PAGES", 0 } });
	if (shape < SHAPE_6_6)
		fake_enum(btf, "compound_dtor_id", 4, 2,
			  (struct fake_enumerator[]){ { "COMPOUND_PAGE_DTOR", 1 },
						      { "HUGETLB_PAGE_DTOR", 2 } });
	if (shape == SHAPE_6_10)
		fake_enum(btf, "pagetype", 4, 8,
			  (struct fake_enumerator[]){ { "PG_buddy", 0x80 },
						      { "PG_offline", 0x100 },
						      { "PG_table", 0x200 },
						      { "PG_guard", 0x400 },
						      { "PG_hugetlb", 0x800 },
						      { "PG_slab", 0x1000 },
						      { "PAGE_TYPE_BASE", (int32_t)0xf0000000 },
						      { "PAGE_MAPCOUNT_RESERVE", -128 } });
	if (shape == SHAPE_6_11)
		fake_enum(btf, "pagetype", 4, 8,
			  (struct fake_enumerator[]){ { "PG_buddy", 0x40000000 },
						      { "PG_offline", 0x20000000 },
						      { "PG_table", 0x10000000 },
						      { "PG_guard", 0x08000000 },
						      { "PG_hugetlb", 0x04000000 },
						      { "PG_slab", 0x02000000 },
						      { "PAGE_TYPE_BASE", (int32_t)0x80000000 },
						      { "PAGE_MAPCOUNT_RESERVE", ~0xffff } });
	if (shape == SHAPE_6_12 || shape == SHAPE_7_1)
		fake_enum(btf, "pagetype", 4, 8,
			  (struct fake_enumerator[]){ { "PGTY_buddy", 0xf0 },
						      { "PGTY_offline", 0xf1 },
						      { "PGTY_table", 0xf2 },
						      { "PGTY_guard", 0xf3 },
						      { "PGTY_hugetlb", 0xf4 },
						      { "PGTY_slab", 0xf5 },
						      { "PGTY_unaccepted", 0xf7 },
						      { "PGTY_mapcount_underflow", 0xff } });
}

static void add_page(struct fake_pages *fake, const struct basic *b)
{
	struct fake_btf *btf = &fake->kernel.btf;
	bool is_new = fake->shape == SHAPE_7_1;
	uint32_t flags = b->t_long;
	struct fake_member members[12];
	size_t n = 0;

	if (is_new)
		flags = fake_struct(btf, NULL, 8, 1,
				    (struct fake_member[]){ { "f", b->t_long, 0, 0 } });
#define MEMBER(name, type, at) members[n++] = (struct fake_member){ name, type, (at)*8, 0 }
	MEMBER("flags", flags, AT_FLAGS);
	MEMBER(is_new ? "pcp_list" : "lru", b->t_list, AT_LRU);
	MEMBER(is_new ? "compound_info" : "compound_head", b->t_long, AT_COMPOUND);
	MEMBER("mapping", b->t_pointer, AT_MAPPING);
	MEMBER(is_new ? "__folio_index" : "index", b->t_long, AT_INDEX);
	MEMBER("private", b->t_long, AT_PRIVATE);
	MEMBER("page_type", b->t_int, AT_TYPE);
	MEMBER("_refcount", b->t_int, AT_REFCOUNT);
	MEMBER(fake->shape == SHAPE_5_10 ? "mem_cgroup" : "memcg_data", b->t_long, 56);
	if (fake->shape == SHAPE_5_10)
		MEMBER("compound_dtor", b->t_name, AT_DTOR);
	fake_struct(btf, "page", FAKE_PAGE_SIZE, n, members);
	n = 0;
	MEMBER("_flags_1", b->t_long, FAKE_PAGE_SIZE);
	if (fake->shape == SHAPE_6_4)
		MEMBER("_folio_dtor", b->t_name, FAKE_PAGE_SIZE + AT_DTOR);
	fake_struct(btf, "folio", 2 * FAKE_PAGE_SIZE, n, members);
}

static void add_zone(struct fake_pages *fake, const struct basic *b)
{
	struct fake_btf *btf = &fake->kernel.btf;
	bool is_old = fake->shape == SHAPE_5_10;
	uint32_t zone, zones, pcp, at = is_old ? 0 : FAKE_PCP_LISTS;
	struct fake_member members[12];
	size_t n = 0;

	pcp = fake_struct(btf, "per_cpu_pages", 256, 1,
			  (struct fake_member[]){ { "lists", b->t_lists, at * 8, 0 } });
	if (is_old)
		fake_struct(btf, "per_cpu_pageset", 512, 1,
			    (struct fake_member[]){ { "pcp", pcp, FAKE_PCP_LISTS * 8, 0 } });
	MEMBER(is_old ? "pageset" : "per_cpu_pageset", b->t_pointer, 0);
	MEMBER("zone_start_pfn", b->t_long, 8);
	MEMBER("managed_pages", b->t_long, 16);
	MEMBER("spanned_pages", b->t_long, 24);
	MEMBER("present_pages", b->t_long, 32);
	MEMBER("name", b->t_pointer, 40);
	MEMBER("vm_stat", b->t_stat, 48);
	MEMBER("free_area", b->t_areas, 64);
	zone = fake_struct(btf, "zone", ZONE_SIZE, n, members);
	zones = fake_array(btf, zone, 2);
	n = 0;
	MEMBER("node_zones", zones, 0);
	MEMBER("node_start_pfn", b->t_long, 2 * ZONE_SIZE);
	MEMBER("node_spanned_pages", b->t_long, 2 * ZONE_SIZE + 8);
	if (fake->model == MODEL_FLAT)
		MEMBER("node_mem_map", b->t_pointer, 2 * ZONE_SIZE + 16);
	fake_struct(btf, "pglist_data", 2 * ZONE_SIZE + 24, n, members);
	fake_struct(btf, "mem_section", 16, 1,
		    (struct fake_member[]){ { "section_mem_map", b->t_long, 0, 0 } });
#undef MEMBER
}

static void add_types(struct fake_pages *fake)
{
	struct fake_btf *btf = &fake->kernel.btf;
	struct basic b;
	uint32_t t_char;

	b.t_int = fake_int(btf, "unsigned int", 4, 0);
	if (fake->shape == SHAPE_NO_TYPES)
		return;
	b.t_long = fake_int(btf, "unsigned long", 8, 0);
	t_char = fake_int(btf, "unsigned char", 1, 0);
	b.t_pointer = fake_pointer(btf, 0);
	b.t_name = t_char;
	b.t_list = fake_struct(btf, "list_head", 16, 2,
			       (struct fake_member[]){ { "next", b.t_pointer, 0, 0 },
						       { "prev", b.t_pointer, 64, 0 } });
	b.t_lists = fake_array(btf, b.t_list, fake->shape == SHAPE_5_10 ? 3 : 14);
	b.t_areas = fake_array(btf, b.t_long,
			       (uint32_t)(fake->free_area ? fake->free_area : FAKE_MAX_ORDER + 1));
	b.t_stat = fake_array(btf, b.t_long, 2);
	add_enums(fake);
	add_page(fake, &b);
	add_zone(fake, &b);
}

/* ---- what is asked ---- */

static struct error *symbol(void *context, const char *name, uint64_t *ret)
{
	struct fake_pages *fake = context;

	for (size_t i = 0; i < fake->kernel.nr_symbols; i++) {
		if (!strcmp(fake->kernel.symbols[i].name, name)) {
			*ret = fake->kernel.symbols[i].address;
			return NULL;
		}
	}
	return error_create(ERROR_NOT_FOUND, "no symbol %s", name);
}

static struct error *vmcoreinfo(void *context, const char *key, int64_t *ret)
{
	static const struct {
		const char *key;
		int64_t value;
		bool no_types; /* told to those without types alone: others must not need it */
	} lines[] = {
		{ "NUMBER(SECTION_SIZE_BITS)", 24, false },
		{ "LENGTH(mem_section)", 2, false },
		{ "SIZE(page)", FAKE_PAGE_SIZE, true },
		{ "SIZE(mem_section)", 16, true },
		{ "OFFSET(mem_section.section_mem_map)", 0, true },
		{ "OFFSET(page.flags)", AT_FLAGS, true },
		{ "OFFSET(page._refcount)", AT_REFCOUNT, true },
		{ "OFFSET(page.mapping)", AT_MAPPING, true },
		{ "OFFSET(page.lru)", AT_LRU, true },
		{ "OFFSET(page._mapcount)", AT_TYPE, true },
		{ "OFFSET(page.private)", AT_PRIVATE, true },
		{ "OFFSET(page.compound_dtor)", AT_DTOR, true },
		{ "OFFSET(page.compound_head)", AT_COMPOUND, true },
		{ "LENGTH(zone.free_area)", FAKE_MAX_ORDER + 1, true },
		{ "NUMBER(PG_lru)", 4, true },
		{ "NUMBER(PG_private)", 13, true },
		{ "NUMBER(PG_swapcache)", 10, true },
		{ "NUMBER(PG_swapbacked)", 19, true },
		{ "NUMBER(PG_slab)", 9, true },
		{ "NUMBER(PG_hwpoison)", 22, true },
		{ "NUMBER(PG_head_mask)", 1 << 6, true },
		{ "NUMBER(HUGETLB_PAGE_DTOR)", 2, true },
	};
	struct fake_pages *fake = context;

	/* Macros of shapes without an enum of types: include/linux/page-flags.h of v5.10. */
	if (fake->shape < SHAPE_6_10 || fake->shape == SHAPE_NO_TYPES) {
		*ret = !strcmp(key, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)")     ? -129
		       : !strcmp(key, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)") ? -257
									     : 0;
		if (*ret)
			return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (strcmp(lines[i].key, key) ||
		    (lines[i].no_types && fake->shape != SHAPE_NO_TYPES))
			continue;
		*ret = lines[i].value;
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "VMCOREINFO has no %s", key);
}

static struct error *per_cpu(void *context, uint64_t pointer, unsigned int cpu, uint64_t *ret)
{
	if (cpu)
		return error_create(ERROR_NOT_FOUND, "no CPU %u", cpu);
	*ret = pointer;
	return NULL;
}

/* ---- memory ---- */

uint64_t fake_page(const struct fake_pages *fake, uint64_t pfn)
{
	if (fake->model == MODEL_SPARSE && pfn >= FAKE_SECTION)
		return FAKE_OTHER_SECTION + (pfn - FAKE_SECTION) * FAKE_PAGE_SIZE;
	return FAKE_VMEMMAP + pfn * FAKE_PAGE_SIZE;
}

static void add_memory(struct fake_pages *fake)
{
	struct fake_kernel *k = &fake->kernel;

	fake_memory(k, SYMBOLS, 0x1000);
	fake_memory(k, NODE, 0x1000);
	fake_memory(k, FAKE_PCP, 0x1000);
	if (fake->model == MODEL_SPARSE) {
		fake_memory(k, FAKE_VMEMMAP, FAKE_SECTION * FAKE_PAGE_SIZE);
		fake_memory(k, FAKE_OTHER_SECTION, FAKE_SECTION * FAKE_PAGE_SIZE);
	} else {
		fake_memory(k, FAKE_VMEMMAP, FAKE_PAGES * FAKE_PAGE_SIZE);
	}
	if (fake->model == MODEL_VMEMMAP) {
		fake_symbol(k, "vmemmap_base", SYMBOLS, 0);
		fake_put(k, SYMBOLS, FAKE_VMEMMAP, 8);
	}
	if (fake->model != MODEL_SECTIONS && fake->model != MODEL_SPARSE)
		return;
	fake_memory(k, ROOTS, 0x1000);
	fake_memory(k, SECTIONS, 0x1000);
	fake_symbol(k, "mem_section", SYMBOLS, 0);
	fake_put(k, SYMBOLS, ROOTS, 8);
	fake_put(k, ROOTS, SECTIONS, 8);
	for (uint64_t i = 0; i < FAKE_PAGES / FAKE_SECTION; i++) {
		uint64_t first = i * FAKE_SECTION;

		/* coded: less the pfn, and marked as present and having a map */
		fake_put(k, SECTIONS + i * 16,
			 (fake_page(fake, first) - first * FAKE_PAGE_SIZE) | 0xf, 8);
	}
}

static void add_node(struct fake_pages *fake)
{
	struct fake_kernel *k = &fake->kernel;

	fake_symbol(k, "node_data", NODE_DATA, 0);
	fake_put(k, NODE_DATA, NODE, 8);
	fake_put(k, NODE, FAKE_PCP, 8);
	fake_put(k, NODE + 8, 0, 8);
	fake_put(k, NODE + 16, FAKE_PAGES, 8);
	fake_put(k, NODE + 24, FAKE_PAGES, 8);
	fake_put(k, NODE + 32, FAKE_PAGES, 8);
	fake_put(k, NODE + 40, SYMBOLS + 0x200, 8);
	fake_put_bytes(k, SYMBOLS + 0x200, "Normal", 7);
	fake_put(k, NODE + 2 * ZONE_SIZE + 8, FAKE_PAGES, 8);
	if (fake->model == MODEL_FLAT)
		fake_put(k, NODE + 2 * ZONE_SIZE + 16, FAKE_VMEMMAP, 8);
	for (unsigned int i = 0; i < (fake->shape == SHAPE_5_10 ? 3 : 14); i++)
		fake_put(k, fake_pages_list_head(i), fake_pages_list_head(i), 8);
}

void fake_pages_init(struct fake_pages *fake, enum fake_shape shape, enum fake_model model)
{
	fake->shape = shape;
	fake->model = model;
	add_types(fake);
	fake_kernel_init(&fake->kernel);
	add_memory(fake);
	add_node(fake);
	for (uint64_t pfn = 0; pfn < FAKE_PAGES; pfn++)
		fake_page_set(fake, pfn, 0, 0, 1);
	fake->env = (struct pages_env){
		.types = &fake->kernel.types,
		.memory = &fake->kernel.memory,
		.context = fake,
		.symbol = symbol,
		.vmcoreinfo = vmcoreinfo,
		.per_cpu = per_cpu,
		.nr_cpus = 2,
		.page_shift = 12,
	};
}

void fake_pages_open(struct fake_pages *fake)
{
	assert_ok(pages_create_env(&fake->env, &fake->pages));
}

void fake_pages_deinit(struct fake_pages *fake)
{
	pages_destroy(fake->pages);
	fake_kernel_deinit(&fake->kernel);
}

/* ---- pages ---- */

void fake_page_set(struct fake_pages *fake, uint64_t pfn, uint64_t flags, uint64_t mapping,
		   uint32_t refcount)
{
	uint64_t at = fake_page(fake, pfn);

	/* The zone and node are in the topmost bits of flags. */
	fake_put(&fake->kernel, at + AT_FLAGS, flags | 1ULL << 62, 8);
	fake_put(&fake->kernel, at + AT_MAPPING, mapping, 8);
	fake_put(&fake->kernel, at + AT_TYPE, 0xffffffff, 4);
	fake_put(&fake->kernel, at + AT_REFCOUNT, refcount, 4);
}

bool fake_page_type(struct fake_pages *fake, uint64_t pfn, enum fake_type type)
{
	static const uint32_t bits[] = { 0x80, 0x100, 0x200, 0x800, 0x1000, 0 };
	static const uint32_t bits_6_11[] = { 1 << 30, 1 << 29, 1 << 28, 1 << 26, 1 << 25, 0 };
	static const uint32_t tops[] = { 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xf7 };
	uint32_t value = ~bits[type];

	if (type == FAKE_TABLE && fake->shape == SHAPE_5_10)
		value = ~0x400U;
	if (fake->shape == SHAPE_6_11)
		value = ~bits_6_11[type];
	if (fake->shape == SHAPE_6_12 || fake->shape == SHAPE_7_1)
		value = tops[type] << 24 | 0xabc; /* the rest is the type's own */
	else if (type == FAKE_UNACCEPTED)
		return false;
	if ((fake->shape < SHAPE_6_10 || fake->shape == SHAPE_NO_TYPES) && type > FAKE_TABLE)
		return false;
	fake_put(&fake->kernel, fake_page(fake, pfn) + AT_TYPE, value, 4);
	return true;
}

void fake_page_private(struct fake_pages *fake, uint64_t pfn, uint64_t value)
{
	fake_put(&fake->kernel, fake_page(fake, pfn) + AT_PRIVATE, value, 8);
}

void fake_page_compound(struct fake_pages *fake, uint64_t pfn, uint64_t value)
{
	fake_put(&fake->kernel, fake_page(fake, pfn) + AT_COMPOUND, value, 8);
}

void fake_page_make_compound(struct fake_pages *fake, uint64_t pfn, unsigned int order,
			     uint64_t flags, uint64_t mapping)
{
	fake_page_set(fake, pfn, flags | FLAG_HEAD, mapping, 1);
	for (uint64_t i = 1; i < 1ULL << order; i++) {
		/* In a tail these words are something else. */
		fake_page_set(fake, pfn + i, 0, i == 1 ? 0xffffffff : 0xdead000000000400, 0);
		fake_page_compound(fake, pfn + i,
				   fake->shape == SHAPE_7_1 ? ~0ULL << (order + 6) | 1
							    : fake_page(fake, pfn) + 1);
	}
	/* The first tail's destructor: COMPOUND_PAGE_DTOR; later, the order in its flags. */
	if (fake->shape < SHAPE_6_6 || fake->shape == SHAPE_NO_TYPES)
		fake_put(&fake->kernel, fake_page(fake, pfn + 1) + AT_DTOR, 1, 1);
	else
		fake_put(&fake->kernel, fake_page(fake, pfn + 1) + AT_FLAGS, order, 1);
}

void fake_page_make_hugetlb(struct fake_pages *fake, uint64_t pfn)
{
	if (fake_page_type(fake, pfn, FAKE_HUGETLB))
		return;
	if (fake->shape == SHAPE_6_6)
		fake_put(&fake->kernel, fake_page(fake, pfn + 1) + AT_FLAGS, 9 | FLAG_HUGETLB, 8);
	else
		fake_put(&fake->kernel, fake_page(fake, pfn + 1) + AT_DTOR, 2, 1);
}

void fake_page_make_slab(struct fake_pages *fake, uint64_t pfn)
{
	uint64_t at = fake_page(fake, pfn), flags;

	/* Words of struct slab can look like an anonymous mapping's. */
	fake_put(&fake->kernel, at + AT_MAPPING, 0xffff888000000801, 8);
	if (fake_page_type(fake, pfn, FAKE_SLAB))
		return;
	assert_ok(memory_read_word(&fake->kernel.memory, at + AT_FLAGS, &flags));
	fake_put(&fake->kernel, at + AT_FLAGS, flags | FLAG_SLAB, 8);
}

void fake_page_make_free(struct fake_pages *fake, uint64_t pfn, unsigned int order)
{
	for (uint64_t i = 0; i < 1ULL << order; i++)
		fake_page_set(fake, pfn + i, 0, 0, 0);
	fake_page_private(fake, pfn, order);
	assert_true(fake_page_type(fake, pfn, FAKE_BUDDY));
}

uint64_t fake_pages_list_head(unsigned int list)
{
	return FAKE_PCP + FAKE_PCP_LISTS + 16 * list;
}

uint64_t fake_page_node(const struct fake_pages *fake, uint64_t pfn)
{
	return fake_page(fake, pfn) + AT_LRU;
}

void fake_pages_list(struct fake_pages *fake, unsigned int list, size_t count, const uint64_t *pfns)
{
	uint64_t at = fake_pages_list_head(list);

	for (size_t i = 0; i < count; i++) {
		fake_page_set(fake, pfns[i], 0, 0, 0);
		fake_put(&fake->kernel, at, fake_page_node(fake, pfns[i]), 8);
		at = fake_page_node(fake, pfns[i]);
	}
	fake_put(&fake->kernel, at, fake_pages_list_head(list), 8);
}

void fake_page_expect(struct fake_pages *fake, uint64_t pfn, enum page_use use)
{
	const uint8_t *uses;
	uint64_t start;
	size_t count;

	assert_ok(pages_uses(fake->pages, pfn, &start, &count, &uses));
	assert_in_range(pfn, start, start + count - 1);
	if (uses[pfn - start] != use)
		print_error("shape %d, pfn %llu: %s\n", fake->shape, (unsigned long long)pfn,
			    page_use_name(uses[pfn - start]));
	assert_int_equal(uses[pfn - start], use);
}

void fake_pages_expect(struct fake_pages *fake, uint64_t pfn, uint64_t count, enum page_use use)
{
	for (uint64_t i = 0; i < count; i++)
		fake_page_expect(fake, pfn + i, use);
}

bool fake_pages_unsure(struct fake_pages *fake, const char *part)
{
	for (size_t i = 0; pages_unsure(fake->pages, i); i++) {
		if (strstr(pages_unsure(fake->pages, i), part))
			return true;
	}
	return false;
}
