/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages of the dump were used for, from the first to the last, for checks. */
#ifndef VALIDATE_PAGE_WINDOWS_H
#define VALIDATE_PAGE_WINDOWS_H

#include "validate/validate.h"

#include "kernel/pages.h"

#define PAGE_WINDOWS_MAX_PHYSICAL (1ull << 46) /* 64 TiB: what is looked at page by page */

/* @uses: enum page_use, of the pages @pfn to before @end; valid during the call. */
typedef struct error *(*page_windows_each)(void *context, uint64_t pfn, uint64_t end,
					   const uint8_t *uses);

/* Is it below PAGE_WINDOWS_MAX_PHYSICAL? */
bool page_windows_may_hold(const struct kxdump_region *region);

/*
 * The pages of all the dump's regions that have struct pages. They count as looked at, and make the
 * check's progress. Fails as pages_uses() and @each do.
 */
must_check struct error *page_windows(struct validation *v, struct pages *pages,
				      page_windows_each each, void *context);

#endif
