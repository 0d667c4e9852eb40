// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where struct pages lie: by sections (SPARSEMEM, with a virtual memory map or without), else one
 * virtual map, else by nodes or in one array (FLATMEM). include/asm-generic/memory_model.h of
 * Linux.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "kernel/pages_layout.h"

#define MAX_ROOTS    (1 << 20)
#define MAX_SECTIONS (1 << 24)
/* Flags in the low bits of section_mem_map: SECTION_MAP_LAST_BIT was 1 << 6 at most. */
#define SECTION_FLAGS	    0x3f
#define SECTION_HAS_MEM_MAP 2
#define PFN_LIMIT	    (1ULL << 52)

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct error *add_range(struct pages *pages, uint64_t start, uint64_t end, uint64_t base)
{
	struct pages_range *last = pages->nr_ranges ? &pages->ranges[pages->nr_ranges - 1] : NULL;

	if (last && last->base == base && last->end == start) {
		last->end = end;
		return NULL;
	}
	TRY(alloc_grow(&pages->ranges, &pages->ranges_room, pages->nr_ranges + 1,
		       sizeof(*pages->ranges)));
	pages->ranges[pages->nr_ranges++] = (struct pages_range){ start, end, base };
	return NULL;
}

struct sections {
	struct pages *pages;
	uint32_t offset;    /* of section_mem_map */
	uint64_t size;	    /* of struct mem_section */
	unsigned int shift; /* pfns of a section, as a power of two */
};

/* @count sections at @address, the first one number @first. */
static struct error *add_sections(const struct sections *s, uint64_t address, uint64_t first,
				  uint64_t count)
{
	const struct pages_layout *l = &s->pages->layout;
	uint8_t auto_free *bytes = NULL;

	TRY(alloc_array(count * s->size, 1, MAX_SECTIONS, "memory sections", &bytes));
	TRY(memory_read(s->pages->env.memory, address, bytes, count * s->size));
	for (uint64_t i = 0; i < count; i++) {
		uint64_t map = pages_word(l, bytes + i * s->size + s->offset);
		uint64_t start = (first + i) << s->shift;

		if (map & SECTION_HAS_MEM_MAP && start < PFN_LIMIT)
			TRY(add_range(s->pages, start, start + (1ULL << s->shift),
				      map & ~(uint64_t)SECTION_FLAGS));
	}
	return NULL;
}

/* CONFIG_SPARSEMEM_EXTREME: @roots is an array of pointers to pages full of sections. */
static struct error *add_roots(const struct sections *s, uint64_t roots, uint64_t count)
{
	const struct pages_env *env = &s->pages->env;
	uint64_t per_root = (1ULL << env->page_shift) / s->size;
	uint8_t auto_free *bytes = NULL;

	TRY(alloc_array(count, env->memory->word_size, MAX_ROOTS, "roots of sections", &bytes));
	TRY(memory_read(env->memory, roots, bytes, count * env->memory->word_size));
	for (uint64_t i = 0; i < count; i++) {
		uint64_t root = pages_word(&s->pages->layout, bytes + i * env->memory->word_size);

		TRY(interrupt_check());
		if (root)
			TRY(add_sections(s, root, i * per_root, per_root));
	}
	return NULL;
}

static struct error *map_sections(struct pages *pages)
{
	const struct pages_env *env = &pages->env;
	struct sections s = { .pages = pages };
	int64_t bits, length;
	uint64_t address, value, unused;

	TRY(env->symbol(env->context, "mem_section", &address));
	TRY(env->vmcoreinfo(env->context, "NUMBER(SECTION_SIZE_BITS)", &bits));
	TRY(env->vmcoreinfo(env->context, "LENGTH(mem_section)", &length));
	if (!pages_member(env, "mem_section", NAMES("section_mem_map"),
			  "OFFSET(mem_section.section_mem_map)", &s.offset))
		return error_create(ERROR_NOT_FOUND, "no mem_section.section_mem_map");
	if (!pages_member_type(env, "mem_section", NULL, &s.size, &unused)) {
		int64_t size;

		TRY(env->vmcoreinfo(env->context, "SIZE(mem_section)", &size));
		s.size = (uint64_t)size;
	}
	if (bits <= (int64_t)env->page_shift || bits > 40 || length <= 0 || length > MAX_ROOTS ||
	    s.size < env->memory->word_size || s.size > 1024 ||
	    s.offset + env->memory->word_size > s.size)
		return error_create(ERROR_BAD_DATA, "sections of 2^%lld bytes, %lld of them",
				    (long long)bits, (long long)length);
	s.shift = (unsigned int)bits - env->page_shift;
	TRY(memory_read_word(env->memory, address, &value));
	/* A pointer, or the first section itself: that is 0, or has its lowest bits set. */
	if (value && !(value & 7))
		return add_roots(&s, value, (uint64_t)length);
	return add_sections(&s, address, 0, (uint64_t)length);
}

static struct error *map_virtual(struct pages *pages)
{
	const struct pages_env *env = &pages->env;
	uint64_t address, base, end;

	TRY(env->symbol(env->context, "vmemmap_base", &address));
	TRY(memory_read_word(env->memory, address, &base));
	/* As far as the kernel goes, or else the addresses. */
	if (error_dropped(env->symbol(env->context, "max_pfn", &address)) ||
	    error_dropped(memory_read_word(env->memory, address, &end)) || !end || end > PFN_LIMIT)
		end = PFN_LIMIT;
	return add_range(pages, 0, min((UINT64_MAX - base) / pages->layout.size, end), base);
}

static struct error *map_node(void *context, unsigned int node, uint64_t pgdat)
{
	struct pages *pages = context;
	const struct pages_env *env = &pages->env;
	uint32_t map_at, start_at, spanned_at;
	uint64_t map, start, spanned;

	if (!pages_member(env, "pglist_data", NAMES("node_mem_map"),
			  "OFFSET(pglist_data.node_mem_map)", &map_at) ||
	    !pages_member(env, "pglist_data", NAMES("node_start_pfn"),
			  "OFFSET(pglist_data.node_start_pfn)", &start_at) ||
	    !pages_member(env, "pglist_data", NAMES("node_spanned_pages"),
			  "OFFSET(pglist_data.node_spanned_pages)", &spanned_at))
		return error_create(ERROR_NOT_FOUND, "no pglist_data.node_mem_map");
	TRY(memory_read_word(env->memory, pgdat + map_at, &map));
	TRY(memory_read_word(env->memory, pgdat + start_at, &start));
	TRY(memory_read_word(env->memory, pgdat + spanned_at, &spanned));
	if (!map || !spanned)
		return NULL;
	if (start > PFN_LIMIT || spanned > PFN_LIMIT)
		return error_create(ERROR_BAD_DATA, "node %u: %#llx pages from %#llx on", node,
				    (unsigned long long)spanned, (unsigned long long)start);
	return add_range(pages, start, start + spanned, map - start * pages->layout.size);
}

static int by_start(const void *a, const void *b)
{
	const struct pages_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static uint64_t first_address(const struct pages *pages, const struct pages_range *range)
{
	return range->base + range->start * pages->layout.size;
}

static int by_address(const void *a, const void *b, void *context)
{
	const struct pages *pages = context;
	uint64_t x = first_address(pages, &pages->ranges[*(const uint32_t *)a]);
	uint64_t y = first_address(pages, &pages->ranges[*(const uint32_t *)b]);

	return x < y ? -1 : x > y;
}

struct error *pages_map_init(struct pages *pages)
{
	struct error *why = map_sections(pages);

	if (why && why->code == ERROR_INTERRUPTED)
		return why;
	if (!pages->nr_ranges)
		(void)error_dropped(map_virtual(pages));
	if (why && why->code != ERROR_NOT_FOUND)
		pages_not_sure(pages, "not all memory sections are known: %s", why->message);
	if (!pages->nr_ranges)
		(void)error_dropped(pages_nodes(pages, map_node, pages));
	if (!pages->nr_ranges)
		return error_wrap(why ? why : error_create(ERROR_NOT_FOUND, "no section has any"),
				  "where struct pages lie is not known");
	error_free(why);
	/* Sections come in order; nodes may be interleaved. */
	qsort(pages->ranges, pages->nr_ranges, sizeof(*pages->ranges), by_start);
	TRY(alloc_array(pages->nr_ranges, sizeof(*pages->by_address), pages->nr_ranges, "ranges",
			&pages->by_address));
	for (size_t i = 0; i < pages->nr_ranges; i++)
		pages->by_address[i] = (uint32_t)i;
	qsort_r(pages->by_address, pages->nr_ranges, sizeof(*pages->by_address), by_address, pages);
	return NULL;
}

/* How many ranges begin at or before @pfn. */
static size_t ranges_before(const struct pages *pages, uint64_t pfn)
{
	size_t low = 0, high = pages->nr_ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pages->ranges[middle].start <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct pages_range *pages_map_find(const struct pages *pages, uint64_t pfn)
{
	size_t n = ranges_before(pages, pfn);

	return n && pfn < pages->ranges[n - 1].end ? &pages->ranges[n - 1] : NULL;
}

bool pages_next(const struct pages *pages, uint64_t pfn, uint64_t *ret)
{
	size_t n = ranges_before(pages, pfn);

	if (n && pfn < pages->ranges[n - 1].end)
		*ret = pfn;
	else if (n < pages->nr_ranges)
		*ret = pages->ranges[n].start;
	else
		return false;
	return true;
}

struct error *pages_address(struct pages *pages, uint64_t pfn, uint64_t *ret)
{
	const struct pages_range *range = pages_map_find(pages, pfn);

	if (!range)
		return error_at(ERROR_NOT_FOUND, pfn, "pfn %#llx has no struct page",
				(unsigned long long)pfn);
	*ret = range->base + pfn * pages->layout.size;
	return NULL;
}

struct error *pages_pfn(struct pages *pages, uint64_t address, uint64_t *ret)
{
	size_t low = 0, high = pages->nr_ranges;
	const struct pages_range *range;
	uint64_t pfn;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (first_address(pages, &pages->ranges[pages->by_address[middle]]) <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low) {
		range = &pages->ranges[pages->by_address[low - 1]];
		pfn = range->start + (address - first_address(pages, range)) / pages->layout.size;
		if (pfn < range->end) {
			*ret = pfn;
			return NULL;
		}
	}
	return error_at(ERROR_NOT_FOUND, address, "%#llx is not in any struct page",
			(unsigned long long)address);
}
