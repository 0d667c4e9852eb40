// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules over the uses of pages: which of them a saved dump shall have. */
#include "save/filter.h"

#include "base/interrupt.h"
#include "kernel/pages.h"
#include "save/filter_pages.h"

#include <stdlib.h>
#include <string.h>

struct filter {
	struct kxdump *dump;
	struct filter_rules rules;
	struct pages *pages; /* NULL: they are not understood, @why says why */
	char *why;
	uint64_t counts[PAGE_KINDS];
	uint64_t counted; /* pfns below are in @counts */
};

static const char *const kind_names[PAGE_KINDS] = {
	[PAGE_KEPT] = "kept",
	[PAGE_CACHE] = "cache",
	[PAGE_CACHE_PRIVATE] = "cache-private",
	[PAGE_USER] = "user",
	[PAGE_FREE] = "free",
	[PAGE_HUGETLB] = "hugetlb",
	[PAGE_HWPOISON] = "hwpoison",
	[PAGE_OFFLINE] = "offline",
	[PAGE_UNACCEPTED] = "unaccepted",
	[PAGE_BALLOON] = "balloon",
	[PAGE_UNKNOWN] = "unknown",
};

static const uint8_t kind_of_use[PAGE_USES] = {
	[PAGE_USE_UNKNOWN] = PAGE_UNKNOWN,
	[PAGE_USE_KERNEL] = PAGE_KEPT,
	[PAGE_USE_RESERVED] = PAGE_KEPT,
	[PAGE_USE_SLAB] = PAGE_KEPT,
	[PAGE_USE_TABLE] = PAGE_KEPT,
	[PAGE_USE_ANON] = PAGE_USER,
	[PAGE_USE_CACHE] = PAGE_CACHE,
	[PAGE_USE_CACHE_PRIVATE] = PAGE_CACHE_PRIVATE,
	[PAGE_USE_HUGETLB] = PAGE_HUGETLB,
	[PAGE_USE_FREE] = PAGE_FREE,
	[PAGE_USE_FREE_CPU] = PAGE_FREE,
	[PAGE_USE_HWPOISON] = PAGE_HWPOISON,
	[PAGE_USE_OFFLINE] = PAGE_OFFLINE,
	[PAGE_USE_BALLOON] = PAGE_BALLOON,
	[PAGE_USE_UNACCEPTED] = PAGE_UNACCEPTED,
};

const char *page_kind_name(enum page_kind kind)
{
	return (unsigned int)kind < PAGE_KINDS ? kind_names[kind] : "?";
}

/* ---- rules ---- */

enum { LEVEL_ZERO = 1, LEVEL_CACHE = 2, LEVEL_CACHE_PRIVATE = 4, LEVEL_USER = 8, LEVEL_FREE = 16 };

struct error *filter_rules_level(unsigned int level, struct filter_rules *ret)
{
	struct filter_rules rules = { 0 };

	if (level > 31)
		return error_create(ERROR_USAGE, "dump levels are 0 to 31, and not %u", level);
	rules.zero = level & LEVEL_ZERO;
	/* The level of private ones takes the others along, as in makedumpfile's table. */
	rules.leave_out[PAGE_CACHE] = level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE);
	rules.leave_out[PAGE_CACHE_PRIVATE] = level & LEVEL_CACHE_PRIVATE;
	rules.leave_out[PAGE_USER] = level & LEVEL_USER;
	rules.leave_out[PAGE_HUGETLB] = level & LEVEL_USER;
	rules.leave_out[PAGE_FREE] = level & LEVEL_FREE;
	rules.leave_out[PAGE_HWPOISON] = true;
	rules.leave_out[PAGE_OFFLINE] = true;
	rules.leave_out[PAGE_UNACCEPTED] = true;
	rules.leave_out[PAGE_BALLOON] = true;
	*ret = rules;
	return NULL;
}

struct error *filter_rules_set(struct filter_rules *rules, const char *name, bool leave_out)
{
	if (!strcmp(name, "zero")) {
		rules->zero = leave_out;
		return NULL;
	}
	for (unsigned int kind = 0; kind < PAGE_KINDS; kind++) {
		if (kind == PAGE_KEPT || kind == PAGE_UNKNOWN || strcmp(name, kind_names[kind]))
			continue;
		rules->leave_out[kind] = leave_out;
		return NULL;
	}
	return error_create(ERROR_USAGE,
			    "no rule \"%s\"; there are zero, cache, cache-private, user, free, "
			    "hugetlb, hwpoison, offline, unaccepted and balloon",
			    name);
}

/* ---- deciding ---- */

struct error *filter_create_pages(struct kxdump *dump, struct pages *pages,
				  const struct filter_rules *rules, struct filter **ret)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (!filter) {
		pages_destroy(pages);
		return error_nomem();
	}
	filter->dump = dump;
	filter->rules = *rules;
	filter->rules.leave_out[PAGE_KEPT] = false;
	filter->rules.leave_out[PAGE_UNKNOWN] = false;
	filter->pages = pages;
	*ret = filter;
	return NULL;
}

struct error *filter_create(struct image *image, const struct filter_rules *rules,
			    struct filter **ret)
{
	struct pages *pages = NULL;
	struct error *err = pages_create(image, &pages);

	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	/* What has no kernel that is understood can still be saved, whole. */
	TRY(filter_create_pages(image_dump(image), err ? NULL : pages, rules, ret));
	if (err)
		(*ret)->why = strdup(err->message);
	error_free(err);
	return NULL;
}

void filter_destroy(struct filter *filter)
{
	if (!filter)
		return;
	pages_destroy(filter->pages);
	free(filter->why);
	free(filter);
}

struct error *filter_share(struct filter *filter, struct image_reader *reader, struct filter **ret)
{
	struct filter *share = calloc(1, sizeof(*share));
	struct error *err = NULL;

	if (!share)
		return error_nomem();
	share->dump = image_reader_dump(reader);
	share->rules = filter->rules;
	if (filter->pages)
		err = pages_share(filter->pages, image_reader_memory(reader), &share->pages);
	if (err)
		free(share);
	else
		*ret = share;
	return err;
}

void filter_join(struct filter *filter, struct filter *share)
{
	if (!share)
		return;
	for (unsigned int kind = 0; kind < PAGE_KINDS; kind++)
		filter->counts[kind] += share->counts[kind];
	filter->counted = max(filter->counted, share->counted);
	if (filter->pages)
		pages_join(filter->pages, share->pages);
	free(share);
}

static void set_bits(uint8_t *bitmap, uint64_t first, uint64_t end)
{
	for (; first < end && first % 8; first++)
		bitmap[first / 8] |= (uint8_t)(1u << (first % 8));
	if (first + 8 <= end) {
		memset(bitmap + first / 8, 0xff, (end - first) / 8);
		first += (end - first) / 8 * 8;
	}
	for (; first < end; first++)
		bitmap[first / 8] |= (uint8_t)(1u << (first % 8));
}

/* A set of pages that are there, [@pfn, @end), by the window that pages come in. */
static struct error *decide_run(struct filter *filter, uint64_t start, uint64_t pfn, uint64_t end,
				uint8_t *keep)
{
	uint64_t first;
	size_t count;
	const uint8_t *uses;

	while (pfn < end) {
		TRY(pages_uses(filter->pages, pfn, &first, &count, &uses));
		for (; pfn < end && pfn - first < count; pfn++) {
			unsigned int kind = kind_of_use[uses[pfn - first]];

			if (!filter->rules.leave_out[kind])
				keep[(pfn - start) / 8] |= (uint8_t)(1u << ((pfn - start) % 8));
			if (pfn >= filter->counted)
				filter->counts[kind]++;
		}
	}
	return NULL;
}

static unsigned int shift_of(const struct filter *filter)
{
	uint32_t size = kxdump_info(filter->dump)->page_size;

	if (filter->pages)
		return pages_shift(filter->pages);
	return size ? (unsigned int)__builtin_ctz(size) : 12;
}

struct error *filter_decide(struct filter *filter, uint64_t start, uint64_t end, uint8_t *ram,
			    uint8_t *keep)
{
	unsigned int shift = shift_of(filter);
	uint64_t at = start << shift, run, size;

	if (start % 8 || end % 8 || start > end || end > UINT64_MAX >> shift)
		return error_create(ERROR_USAGE, "pfns %#llx to %#llx are no whole bytes of bits",
				    (unsigned long long)start, (unsigned long long)end);
	memset(ram, 0, (end - start) / 8);
	memset(keep, 0, (end - start) / 8);
	while (kxdump_next_present(filter->dump, at, &run, &size)) {
		uint64_t pfn = max(run >> shift, start);
		uint64_t last = min((run + size) >> shift, end);

		TRY(interrupt_check());
		if (pfn >= end)
			break;
		set_bits(ram, pfn - start, last - start);
		if (filter->pages) {
			TRY(decide_run(filter, start, pfn, last, keep));
		} else {
			set_bits(keep, pfn - start, last - start);
			if (last > filter->counted)
				filter->counts[PAGE_UNKNOWN] += last - max(pfn, filter->counted);
		}
		at = run + size;
		if (at < run)
			break;
	}
	filter->counted = max(filter->counted, end);
	return NULL;
}

void filter_counts(const struct filter *filter, uint64_t ret[PAGE_KINDS])
{
	memcpy(ret, filter->counts, sizeof(filter->counts));
}

const char *filter_unsure(const struct filter *filter, size_t n)
{
	if (filter->pages)
		return pages_unsure(filter->pages, n);
	return n ? NULL : filter->why;
}
