// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets of physical address ranges. */
#include "kexec/ranges.h"

#include "base/alloc.h"

#include <string.h>

void ranges_deinit(struct ranges *ranges)
{
	free(ranges->list);
	*ranges = (struct ranges){ 0 };
}

/* Puts @range before index @at. */
static struct error *insert(struct ranges *ranges, size_t at, struct range range)
{
	TRY(alloc_grow(&ranges->list, &ranges->room, ranges->count + 1, sizeof(*ranges->list)));
	memmove(ranges->list + at + 1, ranges->list + at,
		(ranges->count - at) * sizeof(*ranges->list));
	ranges->list[at] = range;
	ranges->count++;
	return NULL;
}

static void drop(struct ranges *ranges, size_t at, size_t count)
{
	memmove(ranges->list + at, ranges->list + at + count,
		(ranges->count - at - count) * sizeof(*ranges->list));
	ranges->count -= count;
}

/* The first range that ends at or behind @address; @ranges->count: none. */
static size_t first_from(const struct ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->list[middle].end < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct error *ranges_add(struct ranges *ranges, uint64_t start, uint64_t end)
{
	/* The first that @start touches: also the one that ends just before it. */
	size_t first = first_from(ranges, start ? start - 1 : 0), last = first;

	if (start > end)
		return error_create(ERROR_BAD_DATA, "range 0x%llx-0x%llx ends before it begins",
				    (unsigned long long)start, (unsigned long long)end);
	while (last < ranges->count && (end == UINT64_MAX || ranges->list[last].start <= end + 1)) {
		start = min(start, ranges->list[last].start);
		end = max(end, ranges->list[last].end);
		last++;
	}
	if (last == first)
		return insert(ranges, first, (struct range){ start, end });
	ranges->list[first] = (struct range){ start, end };
	drop(ranges, first + 1, last - first - 1);
	return NULL;
}

struct error *ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end)
{
	size_t at = first_from(ranges, start);

	while (at < ranges->count && ranges->list[at].start <= end) {
		struct range *range = &ranges->list[at], old = *range;

		if (old.start < start && old.end > end) {
			range->end = start - 1;
			return insert(ranges, at + 1, (struct range){ end + 1, old.end });
		}
		if (old.start < start) {
			range->end = start - 1;
			at++;
		} else if (old.end > end) {
			range->start = end + 1;
			break;
		} else {
			drop(ranges, at, 1);
		}
	}
	return NULL;
}

struct error *ranges_copy(const struct ranges *from, struct ranges *ret)
{
	struct ranges copy = { 0 };

	if (from->count) {
		TRY(alloc_grow(&copy.list, &copy.room, from->count, sizeof(*copy.list)));
		memcpy(copy.list, from->list, from->count * sizeof(*copy.list));
		copy.count = from->count;
	}
	*ret = copy;
	return NULL;
}

const struct range *ranges_find(const struct ranges *ranges, uint64_t address)
{
	size_t at = first_from(ranges, address);

	return at < ranges->count && ranges->list[at].start <= address ? &ranges->list[at] : NULL;
}

bool ranges_hold(const struct ranges *ranges, uint64_t start, uint64_t end)
{
	const struct range *range = ranges_find(ranges, start);

	return range && range->end >= end;
}

uint64_t ranges_bytes(const struct ranges *ranges)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < ranges->count; i++)
		bytes += ranges->list[i].end - ranges->list[i].start + 1;
	return bytes;
}
