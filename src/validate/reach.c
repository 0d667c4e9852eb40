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

/* What is not mapped for the same reason as the page at @virt, up to @end: a damaged size can be
 * that of terabytes. */
static uint64_t unmapped_size(struct validation *v, uint64_t virt, uint64_t end)
{
	struct arch_walk walk = { 0 };
	uint64_t next;

	if (!error_dropped(image_walk(validation_image(v), 0, virt, &walk)) || !walk.absent ||
	    __builtin_add_overflow(virt | (walk.absent - 1), 1, &next))
		return PAGE;
	return min(next, end) - virt;
}

/* Is the page at @virt there, and if not, how much up to @end? An error that is no answer is
 * returned. */
static struct error *look(struct validation *v, uint64_t virt, uint64_t end, struct hole *ret,
			  bool *there)
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
		ret->size = unmapped_size(v, virt, end);
		error_free(err);
		return NULL;
	}
	ret->state = kxdump_page_state(validation_dump(v), phys);
	*there = ret->state == KXDUMP_PAGE_PRESENT;
	return NULL;
}

struct error *reach_check(struct validation *v, uint64_t virt, uint64_t size, const char *what)
{
	uint64_t at = virt & ~(PAGE - 1), pages = (virt - at + size + PAGE - 1) / PAGE, end;
	struct hole hole = { 0 }, page;
	bool there;

	if (size > MAX_PAGES * PAGE || __builtin_add_overflow(at, pages * PAGE, &end))
		return error_at(ERROR_BAD_DATA, virt, "%s: %#llx bytes at %#llx cannot be", what,
				(unsigned long long)size, (unsigned long long)virt);
	for (; at < end; at += page.size) {
		TRY(interrupt_check());
		TRY(look(v, at, end, &page, &there));
		if (!there && hole.size && hole.start + hole.size == page.start &&
		    hole.unmapped == page.unmapped && hole.state == page.state) {
			hole.size += page.size;
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
