// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A container says little or much of the machine: an ELF vmcore has no utsname, QEMU's kdump only
 * the machine. What it does not say is looked for in the dumped kernel, so that the saved dump is
 * understood by tools that do not look there.
 */
#include "save/save_headers.h"

#include "base/alloc.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PAGE 4096
#define REGIONS_MAX  ((size_t)1 << 24)

static const char *either(const char *first, const char *second)
{
	if (first && *first)
		return first;
	return second && *second ? second : NULL;
}

static void set_names(struct save_headers *headers, struct image *image, struct kxdump_write *what)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	struct system *system = &headers->system;

	if (!info->release || !info->nodename || !info->has_time) {
		if (error_dropped(system_describe(image, system)))
			*system = (struct system){ 0 };
	}
	what->release = either(info->release, system->release);
	what->version = either(info->version, system->version);
	what->nodename = either(info->nodename, system->nodename);
	what->machine = either(info->machine, system->machine);
	what->machine = either(what->machine, kxdump_machine_name(info->elf_machine));
	what->sysname = either(info->sysname, what->release ? "Linux" : NULL);
	what->seconds = info->has_time ? info->time : system->has_time ? system->time : 0;
}

/* One for each CPU that was running; where the container has none, its own number. */
static unsigned int count_cpus(struct image *image)
{
	struct kxdump *dump = image_dump(image);
	unsigned int count = 0;

	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);

		count += note->type == NT_PRSTATUS && !strcmp(note->name, "CORE");
	}
	if (!count)
		count = kxdump_info(dump)->nr_cpus;
	return count ? count : image_nr_cpus(image);
}

static void set_machine(struct image *image, struct kxdump_write *what)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	int64_t phys_base;

	what->elf_machine = info->elf_machine;
	what->word_size = info->word_size;
	what->big_endian = info->big_endian;
	what->page_size = info->page_size ? info->page_size : DEFAULT_PAGE;
	what->nr_cpus = count_cpus(image);
	what->phys_base = info->phys_base;
	if (!info->has_phys_base &&
	    !error_dropped(image_vmcoreinfo_number(image, "phys_base", &phys_base)))
		what->phys_base = phys_base;
}

/* Where the direct map has @phys, 0 if that is not known. */
static uint64_t direct_map(struct image *image, uint64_t phys)
{
	uint64_t virt;

	return error_dropped(image_phys_to_virt(image, phys, &virt)) ? 0 : virt;
}

/* An ELF source's own segments, for one of another format all of memory. */
static struct error *set_regions(struct save_headers *headers, struct image *image,
				 struct kxdump_write *what)
{
	struct kxdump *dump = image_dump(image);
	bool segments = strcmp(kxdump_info(dump)->format, "kdump") != 0;
	size_t count = segments ? kxdump_nr_regions(dump) : 1, n = 0;
	struct kxdump_region region;

	TRY(alloc_array(count, sizeof(*headers->regions), REGIONS_MAX, "segments",
			&headers->regions));
	for (size_t i = 0; i < count; i++) {
		struct kxdump_write_region *to = &headers->regions[n];

		if (!segments) {
			to->size = to->file_size = what->max_pfn * what->page_size;
			to->virt = direct_map(image, 0);
			n++;
			continue;
		}
		TRY(kxdump_region(dump, i, &region));
		if (region.phys == UINT64_MAX)
			continue;
		to->phys = region.phys;
		to->size = region.size;
		to->file_size = region.file_size;
		to->virt = region.has_virt ? region.virt : direct_map(image, region.phys);
		to->flags = region.flags;
		n++;
	}
	what->regions = headers->regions;
	what->nr_regions = n;
	return NULL;
}

struct error *save_headers_set(struct save_headers *headers, struct image *image,
			       struct kxdump_write *what)
{
	struct kxdump *dump = image_dump(image);
	const struct kxdump_info *info = kxdump_info(dump);
	size_t size;

	*headers = (struct save_headers){ 0 };
	what->source = dump;
	if (!kxdump_vmcoreinfo(dump, &size))
		what->vmcoreinfo = image_vmcoreinfo(image, &what->vmcoreinfo_size);
	set_machine(image, what);
	set_names(headers, image, what);
	if (info->dump_level > 0)
		what->dump_level |= (uint32_t)info->dump_level;
	if (what->format == KXDUMP_WRITE_ELF)
		return set_regions(headers, image, what);
	return NULL;
}

void save_headers_deinit(struct save_headers *headers)
{
	free(headers->regions);
	headers->regions = NULL;
}
