// SPDX-License-Identifier: GPL-2.0-or-later
/* All pages of the dump, in the windows that their struct pages are read in. */
#include "validate/page_windows.h"

bool page_windows_may_hold(const struct kxdump_region *region)
{
	return region->phys < PAGE_WINDOWS_MAX_PHYSICAL &&
	       region->size <= PAGE_WINDOWS_MAX_PHYSICAL - region->phys;
}

static struct error *look_at_window(struct validation *v, struct pages *pages,
				    page_windows_each each, void *context, uint64_t *pfn,
				    uint64_t end)
{
	const uint8_t *uses;
	uint64_t start, next;
	size_t count;

	TRY(pages_uses(pages, *pfn, &start, &count, &uses));
	next = min(end, start + count);
	if (next <= *pfn)
		next = *pfn + 1;
	TRY(each(context, *pfn, next, uses + (*pfn - start)));
	validation_looked_at(v, next - *pfn);
	*pfn = next;
	return NULL;
}

struct error *page_windows(struct validation *v, struct pages *pages, page_windows_each each,
			   void *context)
{
	struct kxdump *dump = validation_dump(v);
	unsigned int shift = pages_shift(pages);
	struct kxdump_region region;

	for (size_t i = 0; i < kxdump_nr_regions(dump); i++) {
		uint64_t pfn, end;

		TRY(kxdump_region(dump, i, &region));
		if (!page_windows_may_hold(&region))
			continue;
		end = (region.phys + region.size) >> shift;
		for (pfn = region.phys >> shift; pages_next(pages, pfn, &pfn) && pfn < end;) {
			TRY(validation_progress(v, pfn << shift, end << shift));
			TRY(look_at_window(v, pages, each, context, &pfn, end));
		}
	}
	return NULL;
}
