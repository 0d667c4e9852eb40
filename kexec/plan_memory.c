// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a plan's segments may go, and finding each a place there. */
#include "kexec/plan.h"
#include "kexec/size_text.h"

#include "base/alloc.h"
#include "base/text.h"

#include <string.h>

#define PAGE	  4096ull
#define LOW_END	  0x100000ull
#define FOUR_GIB  (1ull << 32)
#define GIB_SHIFT 30
/* Control code, a copy of vmcoreinfo, and page tables for the odd range (ACPI, EFI, the image). */
#define SPARE_PAGES 240
/* With all that a small machine needs no more than 1 MiB. */
#define SPARE_LEAST 0x100000ull

uint64_t plan_kernel_needs(const struct machine *machine)
{
	uint64_t tables = 0;

	/* One page maps a GiB in steps of 2 MiB; where a step of 1 GiB works it takes less. */
	for (size_t i = 0; i < machine->ram.count; i++)
		tables += (machine->ram.list[i].end >> GIB_SHIFT) -
			  (machine->ram.list[i].start >> GIB_SHIFT) + 1;
	return max(SPARE_LEAST, (SPARE_PAGES + tables) * PAGE);
}

static struct error *no_region(const struct machine *machine)
{
	const struct error *why = machine_problem(machine, "crash_region");

	if (machine->iomem.all_zero)
		return error_create(ERROR_ABSENT,
				    "/proc/iomem shows zeros only, as it does to those without "
				    "CAP_SYS_ADMIN: run as root, or take a snapshot as root "
				    "(kx-crash snapshot DIR) and use that");
	return error_create(ERROR_ABSENT,
			    "no crash region is reserved%s%s: boot this machine with crashkernel= "
			    "on its command line (kx-crash estimate says how much)",
			    why ? ": " : "", why ? why->message : "");
}

static struct error *find_crash_memory(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	const struct range *region = &machine->crash_region;
	uint64_t spare = plan_kernel_needs(machine);

	if (!machine->has_crash_region)
		return no_region(machine);
	if (spare >= region->end - region->start)
		return error_create(ERROR_ABSENT,
				    "the crash region 0x%llx-0x%llx has only %s, but the kernel "
				    "itself takes up to %s of it: boot with a larger crashkernel=",
				    (unsigned long long)region->start,
				    (unsigned long long)region->end,
				    SIZE_OF(region->end - region->start + 1), SIZE_OF(spare));
	plan->spare = (struct range){ region->start, region->start + spare - 1 };
	TRY(ranges_add(&plan->free, plan->spare.end + 1, region->end));
	for (size_t i = 0; i < machine->crash_cma.count; i++)
		TRY(ranges_remove(&plan->free, machine->crash_cma.list[i].start,
				  machine->crash_cma.list[i].end));
	return NULL;
}

/* Boot-time RAM, less what is special: hotplugged memory need not be there for the next kernel. */
static struct error *find_whole_memory(struct plan *plan)
{
	const struct machine *machine = plan->machine;
	struct ranges reserved = { 0 };
	struct error *err = iomem_ranges(&machine->iomem, "System RAM", &plan->free);

	if (!err)
		err = iomem_ranges(&machine->iomem, "Reserved", &reserved);
	for (size_t i = 0; i < reserved.count && !err; i++)
		err = ranges_remove(&plan->free, reserved.list[i].start, reserved.list[i].end);
	ranges_deinit(&reserved);
	TRY(err);
	for (size_t i = 0; i < machine->crash.count; i++)
		TRY(ranges_remove(&plan->free, machine->crash.list[i].start,
				  machine->crash.list[i].end));
	TRY(ranges_remove(&plan->free, 0, LOW_END - 1));
	if (plan->free.count)
		return NULL;
	return machine->iomem.all_zero
		       ? no_region(machine)
		       : error_create(ERROR_ABSENT, "/proc/iomem has no System RAM");
}

struct error *plan_find_memory(struct plan *plan)
{
	TRY(plan->options.crash ? find_crash_memory(plan) : find_whole_memory(plan));
	if (plan->image->above_4g)
		return NULL;
	TRY(ranges_remove(&plan->free, FOUR_GIB, UINT64_MAX));
	if (plan->free.count)
		return NULL;
	return error_create(
		ERROR_UNSUPPORTED,
		"the crash region 0x%llx-0x%llx is above 4 GiB, where this kernel image "
		"cannot be loaded (XLF_CAN_BE_LOADED_ABOVE_4G is not set): boot with "
		"crashkernel= without \",high\", or use another image",
		(unsigned long long)plan->machine->crash_region.start,
		(unsigned long long)plan->machine->crash_region.end);
}

/* @start … @end: page-aligned both; false when @place does not fit there. */
static bool fits(const struct plan_place *place, uint64_t start, uint64_t end, uint64_t size,
		 uint64_t *ret)
{
	uint64_t align = max(place->alignment, PAGE), lowest, highest;

	start = max(start, place->lowest);
	end = min(end, place->highest);
	if (start > UINT64_MAX - align || end < start || end - start < size - 1)
		return false;
	lowest = (start + align - 1) & ~(align - 1);
	highest = (end - (size - 1)) & ~(align - 1);
	if (highest < lowest)
		return false;
	*ret = place->from_bottom ? lowest : highest;
	return true;
}

static bool find_hole(const struct plan *plan, const struct plan_place *place, uint64_t size,
		      uint64_t highest, uint64_t *ret)
{
	struct plan_place limited = *place;

	limited.highest = min(limited.highest, highest);
	for (size_t i = 0; i < plan->free.count; i++) {
		size_t at = place->from_bottom ? i : plan->free.count - 1 - i;
		const struct range *range = &plan->free.list[at];
		uint64_t start = range->start, end = range->end;

		/* Whole pages only. */
		if (start > UINT64_MAX - PAGE || end < PAGE)
			continue;
		start = (start + PAGE - 1) & ~(PAGE - 1);
		end = ((end + 1) & ~(PAGE - 1)) - 1;
		if (fits(&limited, start, end, size, ret))
			return true;
	}
	return false;
}

/* Says what is in the way, and what can be done. */
static struct error *no_hole(const struct plan *plan, const struct plan_place *place, uint64_t size)
{
	const struct range *region = &plan->machine->crash_region;
	auto_text taken = { 0 };

	for (size_t i = 0; i < plan->nr_segments; i++)
		text_addf(&taken, "%s%s %s", i ? ", " : "", plan->segments[i].name,
			  SIZE_OF(plan->segments[i].memory_size));
	if (!plan->options.crash)
		return error_create(
			ERROR_ABSENT,
			"no hole of %s for the %s at a multiple of %s in this machine's "
			"RAM",
			SIZE_OF(size), place->name, SIZE_OF(max(place->alignment, PAGE)));
	return error_create(
		ERROR_ABSENT,
		"the %s needs %s at a multiple of %s from 0x%llx up, for which the crash region "
		"0x%llx-0x%llx (%s) has no room%s%s; %s of it are left to the kernel itself: boot "
		"with a larger crashkernel= (kx-crash estimate says how large) or load a smaller "
		"initrd",
		place->name, SIZE_OF(size), SIZE_OF(max(place->alignment, PAGE)),
		(unsigned long long)place->lowest, (unsigned long long)region->start,
		(unsigned long long)region->end, SIZE_OF(region->end - region->start + 1),
		plan->nr_segments ? " beside " : "", text_string(&taken),
		SIZE_OF(plan->spare.end - plan->spare.start + 1));
}

static struct error *add(struct plan *plan, const struct plan_place *place, size_t *ret)
{
	uint64_t size = (place->memory_size + PAGE - 1) & ~(PAGE - 1), address;

	if (plan->nr_segments == PLAN_MAX_SEGMENTS)
		return error_create(ERROR_UNSUPPORTED, "the kernel takes no more than %d segments",
				    PLAN_MAX_SEGMENTS);
	if (!size || size < place->size)
		return error_create(ERROR_BAD_DATA, "the %s has %llu bytes for a place of %llu",
				    place->name, (unsigned long long)place->size,
				    (unsigned long long)place->memory_size);
	/* Of all RAM, that below 4 GiB is always mapped by what runs first. */
	if ((plan->options.crash || !find_hole(plan, place, size, FOUR_GIB - 1, &address)) &&
	    !find_hole(plan, place, size, UINT64_MAX, &address))
		return no_hole(plan, place, size);
	TRY(ranges_remove(&plan->free, address, address + size - 1));
	plan->segments[plan->nr_segments] = (struct plan_segment){
		.name = place->name,
		.data = place->data,
		.borrowed = place->borrowed,
		.size = place->size,
		.address = address,
		.memory_size = size,
		.in_digest = place->in_digest,
	};
	*ret = plan->nr_segments++;
	return NULL;
}

struct error *plan_add(struct plan *plan, const struct plan_place *place, size_t *ret)
{
	struct error *err = add(plan, place, ret);

	if (err && !place->borrowed)
		free(place->data);
	return err;
}
