// SPDX-License-Identifier: GPL-2.0-or-later
/* Making a plan: what goes in, in which order. */
#include "kexec/plan.h"

#include "base/alloc.h"
#include "base/text.h"
#include "kexec/boot_params_efi.h"
#include "kexec/elfcorehdr.h"
#include "kexec/low_memory.h"
#include "kexec/memory_map.h"
#include "kexec/size_text.h"

#include <stdio.h>
#include <string.h>

/* kexec_load(2); include/uapi/linux/kexec.h of Linux. */
#define KEXEC_ON_CRASH		1u
#define KEXEC_UPDATE_ELFCOREHDR 4u
#define KEXEC_ARCH_X86_64	(62u << 16)

#define PAGE 4096u

const struct plan_segment *plan_find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->nr_segments; i++) {
		if (!strcmp(plan->segments[i].name, name))
			return &plan->segments[i];
	}
	return NULL;
}

void plan_deinit(struct plan *plan)
{
	for (size_t i = 0; i < plan->nr_segments; i++) {
		if (!plan->segments[i].borrowed)
			free(plan->segments[i].data);
	}
	ranges_deinit(&plan->free);
	free(plan->elfcorehdr_entries);
	memory_map_deinit(&plan->memory_map);
	free(plan->command_line);
	*plan = (struct plan){ 0 };
}

static struct error *check_machine(const struct plan *plan)
{
	const struct machine *machine = plan->machine;

	if (plan->image->elf_machine != machine->elf_machine)
		return error_create(
			ERROR_UNSUPPORTED,
			"the kernel image is for another machine than this (ELF machine "
			"%u, here %u)",
			plan->image->elf_machine, machine->elf_machine);
	if (machine->la57 && !plan->image->takes_5level)
		return error_create(ERROR_UNSUPPORTED,
				    "this machine runs with 5-level page tables, with which the "
				    "image cannot be entered (it lacks XLF_5LEVEL): use an image "
				    "that can, or boot this machine with no5lvl");
	if (plan->options.hotplug && !machine->elfcorehdr_size)
		return error_create(ERROR_UNSUPPORTED,
				    "the running kernel cannot keep elfcorehdr up to date itself "
				    "(no /sys/kernel/crash_elfcorehdr_size): leave out --hotplug "
				    "and arm again when CPUs or memory come and go");
	return NULL;
}

/* The low memory's copy. The place keeps the source's offset in its page. */
static struct error *add_backup(struct plan *plan)
{
	struct range low;
	struct plan_place place = { .name = "backup", .lowest = PAGE, .highest = UINT64_MAX };
	size_t index;

	plan->low_reserved = plan->machine->low_reserved;
	if (plan->low_reserved || !low_memory_range(plan->machine, &low))
		return NULL;
	place.memory_size = low.end - low.start + 1 + low.start % PAGE;
	/* A byte, so that the segment exists: what it holds is written when the kernel has died. */
	place.size = 1;
	TRY(alloc_array(place.size, 1, 1, "the backup", &place.data));
	TRY(plan_add(plan, &place, &index));
	plan->backup_source = low.start;
	plan->backup_size = low.end - low.start + 1;
	plan->backup_target = plan->segments[index].address + low.start % PAGE;
	return NULL;
}

static struct error *place_elfcorehdr(struct plan *plan, struct elfcorehdr *header)
{
	struct plan_place place = {
		.name = "elfcorehdr",
		.size = header->size,
		.memory_size = max(header->size, (size_t)ELFCOREHDR_LEAST),
		.alignment = ELFCOREHDR_ALIGNMENT,
		.lowest = PAGE,
		.highest = UINT64_MAX,
		/* The kernel will change it: purgatory must not mind. */
		.in_digest = !plan->options.hotplug,
	};
	uint64_t room = plan->machine->elfcorehdr_size;
	size_t index;

	if (plan->options.hotplug && header->size > room)
		return error_create(ERROR_UNSUPPORTED,
				    "elfcorehdr has %zu bytes, and the kernel keeps no more than "
				    "%llu up to date: leave out --hotplug",
				    header->size, (unsigned long long)room);
	if (plan->options.hotplug)
		place.memory_size = room;
	place.data = header->data;
	header->data = NULL;
	TRY(plan_add(plan, &place, &index));
	plan->elfcorehdr = plan->segments[index].address;
	plan->elfcorehdr_size = plan->segments[index].memory_size;
	return NULL;
}

static struct error *add_elfcorehdr(struct plan *plan)
{
	struct elfcorehdr_low low = { plan->low_reserved, plan->backup_source, plan->backup_target,
				      plan->backup_size };
	struct elfcorehdr header;
	struct error *err;

	TRY(elfcorehdr_make(plan->machine, &low, &header));
	err = place_elfcorehdr(plan, &header);
	plan->elfcorehdr_entries = header.entries;
	plan->nr_elfcorehdr_entries = header.count;
	header.entries = NULL;
	elfcorehdr_deinit(&header);
	return err;
}

static struct error *make_crash_map(struct plan *plan)
{
	struct ranges taken = { 0 };
	const struct plan_segment *backup = plan_find(plan, "backup");
	struct error *err =
		ranges_add(&taken, plan->elfcorehdr, plan->elfcorehdr + plan->elfcorehdr_size - 1);

	if (!err && backup)
		err = ranges_add(&taken, backup->address,
				 backup->address + backup->memory_size - 1);
	if (!err)
		err = memory_map_make_crash(plan->machine, &taken, &plan->memory_map);
	ranges_deinit(&taken);
	return err;
}

/* In front: behind a "--" words are init's. */
static struct error *make_command_line(struct plan *plan)
{
	const char *given = plan->options.command_line ? plan->options.command_line : "";
	auto_text line = { 0 };

	if (plan->options.crash)
		text_addf(&line, "elfcorehdr=0x%llx ", (unsigned long long)plan->elfcorehdr);
	/* Without EFI's tables ACPI's are not to be found on such machines. */
	if (plan->machine->efi && !plan->has_efi && plan->machine->acpi_rsdp &&
	    !strstr(given, "acpi_rsdp="))
		text_addf(&line, "acpi_rsdp=0x%llx ", (unsigned long long)plan->machine->acpi_rsdp);
	text_adds(&line, given);
	if (line.failed)
		return error_nomem();
	if (line.len > plan->image->command_line_max)
		return error_create(ERROR_USAGE,
				    "the command line has %zu bytes, but this kernel takes no more "
				    "than %u: leave out words with --remove",
				    line.len, plan->image->command_line_max);
	plan->command_line = strdup(text_string(&line));
	return plan->command_line ? NULL : error_nomem();
}

static struct error *add_initrd(struct plan *plan)
{
	struct plan_place place = {
		.name = "initrd",
		.data = (uint8_t *)plan->initrd,
		.borrowed = true,
		.size = plan->initrd_size,
		.memory_size = plan->initrd_size,
		.lowest = 0x100000,
		.highest = UINT64_MAX,
		.in_digest = true,
	};
	size_t index;

	if (!plan->initrd || !plan->initrd_size)
		return NULL;
	if (plan->initrd_size > UINT32_MAX)
		return error_create(ERROR_UNSUPPORTED, "an initrd of %s is too large",
				    SIZE_OF(plan->initrd_size));
	return plan_add(plan, &place, &index);
}

/* sanity_check_segment_list() of Linux refuses more: such a load could never be done. */
static struct error *check_total(const struct plan *plan)
{
	uint64_t total = 0;

	for (size_t i = 0; i < plan->nr_segments; i++)
		total += plan->segments[i].memory_size;
	if (total > plan->machine->memory_bytes / 2)
		return error_create(
			ERROR_UNSUPPORTED,
			"the segments have %s, more than half of this machine's %s: the "
			"kernel refuses that; load a smaller initrd",
			SIZE_OF(total), SIZE_OF(plan->machine->memory_bytes));
	return NULL;
}

static struct error *make(struct plan *plan)
{
	const struct machine *machine = plan->machine;

	TRY(check_machine(plan));
	TRY(plan_find_memory(plan));
	plan->has_efi =
		!plan->options.no_efi && plan->image->efi_kexec && boot_params_efi_known(machine);
	if (plan->options.crash) {
		TRY(add_backup(plan));
		TRY(add_elfcorehdr(plan));
		TRY(make_crash_map(plan));
	} else {
		TRY(memory_map_make_whole(machine, &plan->memory_map));
	}
	TRY(make_command_line(plan));
	TRY(add_initrd(plan));
	TRY(plan->image->ops->place(plan->image, plan));
	TRY(plan_add_purgatory(plan));
	TRY(check_total(plan));
	plan->flags = KEXEC_ARCH_X86_64;
	if (plan->options.crash)
		plan->flags |= KEXEC_ON_CRASH;
	if (plan->options.hotplug)
		plan->flags |= KEXEC_UPDATE_ELFCOREHDR;
	return plan_seal(plan);
}

struct error *plan_make(const struct machine *machine, const struct kernel_image *image,
			const uint8_t *initrd, size_t initrd_size,
			const struct plan_options *options, struct plan *ret)
{
	struct plan plan = {
		.machine = machine,
		.image = image,
		.options = *options,
		.initrd = initrd,
		.initrd_size = initrd_size,
	};
	struct error *err;

	plan.options.hotplug &= options->crash;
	err = make(&plan);
	if (err)
		plan_deinit(&plan);
	else
		*ret = plan;
	return err;
}
