/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines made by hand: of /proc/iomem's text and some CPUs, all that arming must know of one. */
#ifndef SUPPORT_MADE_MACHINE_H
#define SUPPORT_MADE_MACHINE_H

#include "kexec/machine.h"

#define MADE_PAGE_OFFSET 0xffff888000000000ull
#define MADE_VMCOREINFO	 0x12345000ull
#define MADE_TEXT	 0x1e000000ull
#define MADE_RSDP	 0xf59d0ull
/* Notes of CPU @id: a page each. */
#define MADE_NOTES(id) (0x3f600000ull + (id)*0x1000ull)

/* QEMU's PC with 1 GiB and crashkernel=192M, as Debian's 6.1 shows it. */
extern const char made_iomem_pc[];
#define MADE_PC_REGION	   0x32000000ull
#define MADE_PC_REGION_END 0x3dffffffull

/* CPU ids 0 … @nr_cpus - 1. The first MiB is reserved, as all newer kernels do. */
void made_machine(const char *iomem, size_t nr_cpus, struct machine *ret);
/* As if booted by EFI: the zero page, two runtime ranges, the tables. */
void made_machine_efi(struct machine *machine);

#endif
