/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open ELF dump. */
#ifndef DUMPFMT_ELF_H
#define DUMPFMT_ELF_H

#include "dumpfmt/elf_map.h"

struct elf {
	struct elf_header header;
	struct elf_segment *loads, *notes;
	size_t nr_loads, loads_room, nr_notes, notes_room;
	uint32_t *order; /* loads by physical address */
	bool has_phys;	 /* p_paddr means something */
	struct elf_map phys, virt;
	bool borrowed; /* a share: all of it is another one's */
};

/* elf_open.c: reads headers and notes into @dump->format and @dump->info. */
must_check struct error *elf_open(struct kxdump *dump);

/* Without paging, QEMU writes 0 or the physical address. */
static inline bool elf_segment_has_virt(const struct elf_segment *segment)
{
	return segment->vaddr && segment->vaddr != segment->paddr;
}

#endif
