// SPDX-License-Identifier: GPL-2.0-or-later
/* simulate's picture: the machine's memory, and what a plan puts into it. */
#include "commands/memory_picture.h"
#include "commands/simulate.h"

#include "kexec/size_text.h"

#include <string.h>

/* What of /proc/iomem is memory; devices are not of interest. */
static const char *const memory_names[] = {
	"System RAM",
	"Reserved",
	"ACPI Tables",
	"ACPI Non-volatile Storage",
	"Unusable memory",
	"Persistent Memory",
	"Persistent Memory (legacy)",
	"Soft Reserved",
};

static bool is_memory(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(memory_names); i++) {
		if (!strcmp(name, memory_names[i]))
			return true;
	}
	return !strncmp(name, "System RAM (", 12);
}

static struct error *add(struct memory_picture *picture, uint64_t start, uint64_t size,
			 const char *what, const char *detail)
{
	return size ? memory_picture_add(picture,
					 &(struct memory_picture_item){ .start = start,
									.end = start + size - 1,
									.what = what,
									.detail = detail })
		    : NULL;
}

static struct error *add_memory(struct memory_picture *picture, const struct machine *machine)
{
	for (size_t i = 0; i < machine->iomem.count; i++) {
		const struct iomem_entry *entry = &machine->iomem.entries[i];

		if (is_memory(entry->name))
			TRY(add(picture, entry->start, entry->end - entry->start + 1, entry->name,
				NULL));
	}
	if (machine->has_text)
		TRY(add(picture, machine->text_phys, machine->text_size, "the running kernel",
			machine->release));
	return NULL;
}

static struct error *add_region(void *picture, const char *name, const struct range *region)
{
	struct memory_picture_item item = {
		.start = region->start,
		.end = region->end,
		.what = "crash region",
		.gaps = true,
	};

	if (!strcmp(name, "cma"))
		item.detail = "CMA: the running kernel may use it, too";
	else if (!strcmp(name, "low"))
		item.detail = "low: for devices that need it";
	return memory_picture_add(picture, &item);
}

static const char *segment_detail(struct arena *arena, const struct plan *plan,
				  const struct plan_segment *segment)
{
	if (!strcmp(segment->name, "kernel"))
		return arena_printf(arena, "%s %s, entered at 0x%llx", plan->image->ops->name,
				    plan->image->release, (unsigned long long)plan->kernel_entry);
	if (!strcmp(segment->name, "elfcorehdr"))
		return arena_printf(arena, "%zu headers%s", plan->nr_elfcorehdr_entries,
				    plan->options.hotplug ? ", kept up to date by the kernel" : "");
	if (!strcmp(segment->name, "backup"))
		return arena_printf(arena, "for %s at 0x%llx", SIZE_OF(plan->backup_size),
				    (unsigned long long)plan->backup_source);
	if (!strcmp(segment->name, "boot_params"))
		return "zero page, command line, setup_data";
	if (!strcmp(segment->name, "purgatory"))
		return "verifies all others";
	return NULL;
}

static struct error *add_plan(struct memory_picture *picture, struct arena *arena,
			      const struct plan *plan)
{
	for (size_t i = 0; i < plan->nr_segments; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		TRY(add(picture, segment->address, segment->memory_size, segment->name,
			segment_detail(arena, plan, segment)));
	}
	if (plan->backup_size)
		TRY(add(picture, plan->backup_source, plan->backup_size, "low memory",
			"backed up before the capture kernel runs"));
	if (plan->options.crash)
		TRY(add(picture, plan->spare.start, plan->spare.end - plan->spare.start + 1,
			"left to the kernel", "control page, page tables, a copy of vmcoreinfo"));
	return NULL;
}

struct error *simulate_draw(struct output *out, struct arena *arena, const struct machine *machine,
			    const struct plan *plan)
{
	struct memory_picture picture = { 0 };
	struct error *err = add_memory(&picture, machine);

	if (!err)
		err = simulate_each_region(machine, add_region, &picture);
	if (!err && plan)
		err = add_plan(&picture, arena, plan);
	if (!err)
		err = memory_picture_draw(&picture, out);
	memory_picture_deinit(&picture);
	return err;
}
