// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF core files of a whole machine: /proc/vmcore, makedumpfile -E, QEMU's dump-guest-memory, and
 * /proc/kcore of the running one. See elf(5), the kernel's Documentation/admin-guide/kdump and
 * fs/proc/kcore.c.
 */
#include "dumpfmt/elf.h"

#include <elf.h>
#include <stdlib.h>

static void close_elf(struct kxdump *dump)
{
	struct elf *elf = dump->format;

	if (!elf)
		return;
	dump->format = NULL;
	if (elf->borrowed) {
		free(elf);
		return;
	}
	elf_map_deinit(&elf->phys);
	elf_map_deinit(&elf->virt);
	free(elf->loads);
	free(elf->notes);
	free(elf->order);
	free(elf);
}

static struct error *read_elf(struct kxdump *dump, uint64_t phys, void *buf, size_t size)
{
	struct elf *elf = dump->format;

	return elf_map_read(&elf->phys, phys, buf, size);
}

static enum kxdump_page page_state(struct kxdump *dump, uint64_t phys)
{
	struct elf *elf = dump->format;

	return elf_map_state(&elf->phys, phys);
}

static bool next_present(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size)
{
	struct elf *elf = dump->format;

	return elf_map_next_present(&elf->phys, phys, start, size);
}

static uint64_t hole(struct kxdump *dump, uint64_t phys)
{
	struct elf *elf = dump->format;

	return elf_map_hole(&elf->phys, phys);
}

static size_t nr_regions(struct kxdump *dump)
{
	struct elf *elf = dump->format;

	return elf->nr_loads;
}

static struct error *region(struct kxdump *dump, size_t i, struct kxdump_region *ret)
{
	struct elf *elf = dump->format;
	const struct elf_segment *load = &elf->loads[elf->order[i]];
	uint64_t page = elf->phys.page_size, size = max(load->memsz, load->filesz);
	uint64_t base = load->paddr != UINT64_MAX ? load->paddr % page : load->vaddr % page;
	struct kxdump_region region = { .phys = load->paddr, .size = size };
	uint64_t there;

	region.virt = load->vaddr;
	region.has_virt = elf_segment_has_virt(load);
	region.file_offset = load->offset;
	there = load->offset < dump->sources[0]->size ? dump->sources[0]->size - load->offset : 0;
	region.file_size = min(load->filesz, there);
	region.flags = load->flags;
	/* Pages that are touched; those that are so in part count as present. */
	if (region.file_size)
		region.present = (base + region.file_size - 1) / page + 1;
	region.excluded = (base + size - 1) / page + 1 - region.present;
	if (load->filesz > region.file_size)
		region.excluded =
			load->memsz > load->filesz ? (load->memsz - load->filesz) / page : 0;
	*ret = region;
	return NULL;
}

static struct error *totals(struct kxdump *dump, struct kxdump_totals *ret)
{
	struct elf *elf = dump->format;

	elf_map_totals(elf->has_phys ? &elf->phys : &elf->virt, ret);
	return NULL;
}

static void header(struct kxdump *dump, const struct dump_fields *fields)
{
	struct elf *elf = dump->format;

	elf_header_fields(&elf->header, fields);
	dump_field(fields, "nr_pt_load", "%zu", elf->nr_loads);
	dump_field(fields, "nr_pt_note", "%zu", elf->nr_notes);
}

static struct error *virt_to_phys(struct kxdump *dump, uint64_t virt, uint64_t *ret)
{
	struct elf *elf = dump->format;
	const struct elf_segment *load;
	uint32_t number;
	uint64_t phys;

	if (!elf_map_segment(&elf->virt, virt, &number))
		return error_at(ERROR_NOT_FOUND, virt,
				"virtual address 0x%llx: no segment of the dump has it",
				(unsigned long long)virt);
	load = &elf->loads[number];
	if (load->paddr == UINT64_MAX ||
	    __builtin_add_overflow(load->paddr, virt - load->vaddr, &phys))
		return error_at(ERROR_NOT_FOUND, virt,
				"virtual address 0x%llx: its segment has no physical address",
				(unsigned long long)virt);
	*ret = phys;
	return NULL;
}

static struct error *read_virt(struct kxdump *dump, uint64_t virt, void *buf, size_t size)
{
	struct elf *elf = dump->format;

	return elf_map_read(&elf->virt, virt, buf, size);
}

static struct error *bits(struct kxdump *dump, uint64_t pfn, uint64_t count, uint8_t *described,
			  uint8_t *dumped)
{
	struct elf *elf = dump->format;

	elf_map_bits(&elf->phys, pfn, count, described, dumped);
	return NULL;
}

static struct error *share(struct kxdump *dump, struct kxdump *other)
{
	struct elf *from = dump->format, *elf = malloc(sizeof(*elf));

	if (!elf)
		return error_nomem();
	*elf = *from;
	elf->borrowed = true;
	elf->phys.source = elf->virt.source = other->sources[0];
	other->format = elf;
	return NULL;
}

const struct dump_ops dump_format_elf = {
	.name = "elf",
	.magic = { { ELFMAG, SELFMAG, 0 } },
	.open = elf_open,
	.close = close_elf,
	.read = read_elf,
	.page_state = page_state,
	.next_present = next_present,
	.hole = hole,
	.nr_regions = nr_regions,
	.region = region,
	.totals = totals,
	.header = header,
	.bits = bits,
	.share = share,
	.virt_to_phys = virt_to_phys,
	.read_virt = read_virt,
};
