// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory that the kernel found when it booted (mm/memblock.c of Linux), where it keeps what it
 * wrote down of it, against the zones that were made of it.
 */
#include "kernel/pages.h"

#include "image/view.h"
#include "validate/validate.h"

#include <inttypes.h>

#define MAX_REGIONS 65536

enum { MEMORY };
DEFINE_VIEW(memblock_view, "memblock", [MEMORY] = FIELD("memory"));
enum { COUNT, ROOM, TOTAL, REGIONS };
DEFINE_VIEW(list_view, "memblock_type", [COUNT] = FIELD("cnt"), [ROOM] = FIELD("max"),
	    [TOTAL] = FIELD("total_size"), [REGIONS] = FIELD("regions"));
enum { BASE, SIZE };
DEFINE_VIEW(region_view, "memblock_region", [BASE] = FIELD("base"), [SIZE] = FIELD("size"));
enum { PRESENT_EARLY };
DEFINE_VIEW(zone_view, "zone", [PRESENT_EARLY] = FIELD("present_early_pages")); /* v5.17 */

struct memblock {
	struct validation *v;
	struct image *image;
	struct pages *pages;
	uint64_t count, room, total, regions; /* as they are stored */
	uint64_t bytes, found;		      /* of all regions, and whole pages */
	uint64_t zones;			      /* pages that they got of it */
};

#define TELL(m, at, ...)                                                                           \
	validation_find((m)->v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(at, 0), __VA_ARGS__)

/* Its own memory is that for initialisation, unless memory can be added or is to be kept. */
static bool is_freed(struct image *image, uint64_t address)
{
	uint64_t start, end;

	return !error_dropped(image_symbol(image, "__init_begin", &start)) &&
	       !error_dropped(image_symbol(image, "__init_end", &end)) && address >= start &&
	       address < end;
}

/* An array that had to grow is freed, but not with CONFIG_ARCH_KEEP_MEMBLOCK. */
static bool are_freed(struct image *image, uint64_t regions)
{
	uint64_t at;

	if (error_dropped(image_symbol(image, "memblock_discard", &at)))
		return false;
	return error_dropped(image_symbol(image, "memblock_memory_init_regions", &at)) ||
	       at != regions;
}

static struct error *check_regions(struct memblock *m)
{
	unsigned int shift = pages_shift(m->pages);
	uint64_t stride, base, size, behind = 0;

	TRY(view_size(m->image, &region_view, &stride));
	for (uint64_t i = 0; i < m->count; i++) {
		uint64_t at = m->regions + i * stride, first, end;

		TRY(view_read(m->image, &region_view, BASE, at, &base));
		TRY(view_read(m->image, &region_view, SIZE, at, &size));
		if (!size || base + size < base || (i && base < behind)) {
			TELL(m, at,
			     "memblock's region %" PRIu64 ", 0x%" PRIx64 " bytes from 0x%" PRIx64
			     " on, cannot be behind one that ends at 0x%" PRIx64,
			     i, size, base, behind);
			continue;
		}
		behind = base + size;
		first = (base + (1ull << shift) - 1) >> shift;
		end = behind >> shift;
		m->bytes += size;
		m->found += end > first ? end - first : 0;
	}
	validation_looked_at(m->v, m->count);
	return NULL;
}

static struct error *add_zone(void *context, const struct page_zone *zone)
{
	struct memblock *m = context;
	uint64_t pages;

	TRY(view_read(m->image, &zone_view, PRESENT_EARLY, zone->address, &pages));
	m->zones += pages;
	return NULL;
}

static struct error *look(struct memblock *m, uint64_t list)
{
	if (m->count > m->room || m->count > MAX_REGIONS) {
		TELL(m, list, "memblock has %" PRIu64 " regions, and room for %" PRIu64, m->count,
		     m->room);
		return NULL;
	}
	TRY(check_regions(m));
	/* Regions were cut to whole pages, and their sum was left as it was. */
	if (m->bytes > m->total)
		TELL(m, list,
		     "memblock's regions have 0x%" PRIx64 " bytes, and it counts 0x%" PRIx64,
		     m->bytes, m->total);
	if (!view_has(m->image, &zone_view, PRESENT_EARLY))
		return NULL;
	/* Some may have been taken out since. */
	TRY(pages_zones(m->pages, add_zone, m));
	if (m->zones > m->found)
		TELL(m, list,
		     "zones got %" PRIu64
		     " pages when the kernel booted, and memblock has %" PRIu64,
		     m->zones, m->found);
	return NULL;
}

static struct error *find(struct memblock *m, uint64_t *list)
{
	uint64_t address, offset;

	TRY(image_symbol(m->image, "memblock", &address));
	TRY(view_offset(m->image, &memblock_view, MEMORY, &offset));
	*list = address + offset;
	if (is_freed(m->image, address))
		return error_create(ERROR_UNSUPPORTED,
				    "the kernel frees memblock when it has booted");
	TRY(view_read(m->image, &list_view, REGIONS, *list, &m->regions));
	if (are_freed(m->image, m->regions))
		return error_create(ERROR_UNSUPPORTED,
				    "the kernel frees memblock's regions when it has booted");
	TRY(view_read(m->image, &list_view, COUNT, *list, &m->count));
	TRY(view_read(m->image, &list_view, ROOM, *list, &m->room));
	TRY(view_read(m->image, &list_view, TOTAL, *list, &m->total));
	return pages_create(m->image, &m->pages);
}

static struct error *run(struct validation *v)
{
	struct memblock m = { .v = v, .image = validation_image(v) };
	uint64_t list;
	struct error *err = find(&m, &list);

	if (err && (err->code == ERROR_NOT_FOUND || err->code == ERROR_UNSUPPORTED)) {
		validation_skip(v, "%s", err->message);
		error_free(err);
		return NULL;
	}
	if (!err)
		err = look(&m, list);
	pages_destroy(m.pages);
	return err;
}

const struct validate_check validate_memblock = {
	.name = "memblock",
	.family = "coverage",
	.summary = "the memory that was found at boot cannot be, or is not what zones were made of",
	.quick = true,
	.needs_kernel = true,
	.run = run,
};
