// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The machine's memory as the kernel has it (iomem_resource, kernel/resource.c of Linux) against
 * what the dump describes.
 */
#include "base/interrupt.h"
#include "kernel/resources.h"
#include "validate/validate.h"

#include <string.h>

#define PAGE	     4096ull
#define LOW_MEMORY   0x100000ull /* kexec_file_load never gives it to a dump */
#define MAX_SIBLINGS 65536
#define MAX_PHYSICAL (1ull << 46) /* 64 TiB: what is looked at page by page */

/* Whole pages of [@start, @end) that the dump does not describe. */
static struct error *check_range(struct validation *v, uint64_t start, uint64_t end)
{
	struct kxdump *dump = validation_dump(v);
	uint64_t from = 0, at;

	start = (start + PAGE - 1) & ~(PAGE - 1);
	end &= ~(PAGE - 1);
	if (end > MAX_PHYSICAL)
		return error_at(ERROR_BAD_DATA, end, "System RAM up to %#llx cannot be",
				(unsigned long long)end);
	for (at = start; at < end; at += PAGE) {
		bool there;

		if (!(at & 0xffffff))
			TRY(interrupt_check());
		there = kxdump_page_state(dump, at) != KXDUMP_PAGE_ABSENT;
		if (!there && !from)
			from = at;
		if (from && (there || at + PAGE >= end || at + PAGE == LOW_MEMORY)) {
			uint64_t size = (there ? at : at + PAGE) - from;

			validation_find(v, from < LOW_MEMORY ? FINDING_NOTE : FINDING_FAULT,
					CAUSE_ABSENT, place_physical(from, size),
					"%llu KiB of System RAM are not in the dump",
					(unsigned long long)size / 1024);
			from = 0;
		}
	}
	if (end > start)
		validation_looked_at(v, (end - start) / PAGE);
	return NULL;
}

/* System RAM less the crash kernels' memory, which are children of it in ascending order. */
static struct error *check_ram(struct validation *v, const struct resource *ram)
{
	struct image *image = validation_image(v);
	uint64_t at = ram->start, child = ram->child;
	struct resource r;

	for (unsigned int n = 0; child; n++, child = r.sibling) {
		if (n == MAX_SIBLINGS)
			return error_at(ERROR_BAD_DATA, child, "the list of resources has no end");
		TRY(resource_read(image, child, &r));
		if (strncmp(r.name, "Crash kernel", 12))
			continue;
		if (r.start > at)
			TRY(check_range(v, at, r.start));
		at = r.end + 1;
	}
	return at <= ram->end ? check_range(v, at, ram->end + 1) : NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct resource r;
	uint64_t at;

	TRY(image_symbol(image, "iomem_resource", &at));
	TRY(resource_read(image, at, &r));
	at = r.child;
	for (unsigned int n = 0; at; n++, at = r.sibling) {
		if (n == MAX_SIBLINGS)
			return error_at(ERROR_BAD_DATA, at, "the list of resources has no end");
		TRY(resource_read(image, at, &r));
		if (!strncmp(r.name, "System RAM", 10))
			TRY(check_ram(v, &r));
	}
	return NULL;
}

const struct validate_check validate_ram = {
	.name = "ram-described",
	.family = "coverage",
	.summary = "memory of the machine is missing from the dump",
	.quick = true,
	.needs_kernel = true,
	.run = run,
};
