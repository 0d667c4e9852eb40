// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is /proc/iomem. */
#include "kexec/iomem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct iomem *iomem)
{
	struct ranges ranges = { 0 };
	size_t names = 0;

	for (size_t i = 0; i < iomem->count; i++) {
		const struct iomem_entry *entry = &iomem->entries[i];

		names += strlen(entry->name);
		if (entry->start > entry->end || entry->parent >= (int)i ||
		    (entry->parent < 0) != !entry->depth)
			abort();
		if (entry->depth && iomem->entries[entry->parent].depth != entry->depth - 1)
			abort();
	}
	(void)error_dropped(iomem_ram(iomem, &ranges));
	(void)error_dropped(iomem_ranges(iomem, "Crash kernel", &ranges));
	if (ranges.count > iomem->count || (names && !iomem->count))
		abort();
	ranges_deinit(&ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct iomem iomem;

	if (error_dropped(iomem_parse((const char *)data, size, &iomem)))
		return 0;
	check(&iomem);
	iomem_deinit(&iomem);
	return 0;
}
