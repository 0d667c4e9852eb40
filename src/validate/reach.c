// SPDX-License-Identifier: GPL-2.0-or-later
/* Pages that must be there: whether they are mapped, and in the dump. */
#include "validate/reach.h"

#include "base/interrupt.h"

#include <string.h>

#define PAGE	    4096ull
#define NO_PHYSICAL (1ull << 52)	/* no CPU has more address lines */
#define MAX_PAGES   ((uint64_t)1 << 24) /* 64 GiB in one piece: no kernel object is larger */

/* A run of pages that cannot be had for one reason. */
struct hole {
	uint64_t start, size;
	bool unmapped;
	enum kxdump_page state;
};

enum finding_severity reach_severity(struct validation *v, enum kxdump_page state)
{
	const struct kxdump_info *info = kxdump_info(validation_dump(v));

	return state == KXDUMP_PAGE_EXCLUDED && !strcmp(info->format, "elf") ? FINDING_NOTE
									     : FINDING_FAULT;
}

enum finding_cause reach_cause(enum kxdump_page state)
{
	return state == KXDUMP_PAGE_EXCLUDED ? CAUSE_EXCLUDED : CAUSE_ABSENT;
}

struct place reach_place(const struct error *err)
{
	if (!err || !err->has_address)
		return place_none();
	return err->address < NO_PHYSICAL ? place_physical(err->address, 0)
					  : place_virtual(err->address, 0);
}

static void tell(struct validation *v, const struct hole *hole, const char *what)
{
	unsigned long long kib = hole->size / 1024;

	if (!hole->size)
		return;
	if (hole->unmapped)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT,
				place_virtual(hole->start, hole->size),
				"%s: %llu KiB are not mapped", what, kib);
	else
		validation_find(v, reach_severity(v, hole->state), reach_cause(hole->state),
				place_virtual(hole->start, hole->size), "%s: %llu KiB %s", what,
				kib,
				hole->state == KXDUMP_PAGE_EXCLUDED ? "were left out by a filter"
				: hole->state == KXDUMP_PAGE_LOST   ? "are lost with the file's end"
								    : "are not in the dump");
}

/* Is the page at @virt there? An error that is no answer is returned. */
static struct error *look(struct validation *v, uint64_t virt, struct hole *ret, bool *there)
{
	struct error *err;
	uint64_t phys;

	err = image_translate(validation_image(v), virt, &phys);
	*ret = (struct hole){ .start = virt, .size = PAGE };
	*there = false;
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	if (err) {
		/* A table of the way there that is missing is no hole in the mapping. */
		ret->unmapped =
			err->code == ERROR_ABSENT && err->has_address && err->address == virt;
		ret->state =
			err->code == ERROR_EXCLUDED ? KXDUMP_PAGE_EXCLUDED : KXDUMP_PAGE_ABSENT;
		error_free(err);
		return NULL;
	}
	ret->state = kxdump_page_state(validation_dump(v), phys);
	*there = ret->state == KXDUMP_PAGE_PRESENT;
	return NULL;
}

struct error *reach_check(struct validation *v, uint64_t virt, uint64_t size, const char *what)
{
	uint64_t start = virt & ~(PAGE - 1), pages = (virt - start + size + PAGE - 1) / PAGE;
	struct hole hole = { 0 }, page;
	bool there;

	if (size > MAX_PAGES * PAGE || virt + size < virt)
		return error_at(ERROR_BAD_DATA, virt, "%s: %#llx bytes at %#llx cannot be", what,
				(unsigned long long)size, (unsigned long long)virt);
	for (uint64_t i = 0; i < pages; i++) {
		if (!(i & 1023))
			TRY(interrupt_check());
		TRY(look(v, start + i * PAGE, &page, &there));
		if (!there && hole.size && hole.start + hole.size == page.start &&
		    hole.unmapped == page.unmapped && hole.state == page.state) {
			hole.size += PAGE;
			continue;
		}
		if (there && !hole.size)
			continue;
		tell(v, &hole, what);
		hole = there ? (struct hole){ 0 } : page;
	}
	tell(v, &hole, what);
	validation_looked_at(v, pages);
	return NULL;
}
