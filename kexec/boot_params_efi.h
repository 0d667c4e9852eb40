/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel must be handed to go on using EFI's runtime services: where the running one mapped
 * them (firmware can be told once only). arch/x86/platform/efi/efi.c of Linux.
 */
#ifndef KEXEC_BOOT_PARAMS_EFI_H
#define KEXEC_BOOT_PARAMS_EFI_H

#include "kexec/machine.h"

#define BOOT_PARAMS_SETUP_EFI 4
#define BOOT_PARAMS_EFI_SETUP 96 /* bytes of struct efi_setup_data */

/* Is all known that it takes? */
bool boot_params_efi_known(const struct machine *machine);
/* Bytes of the runtime services' memory map. */
size_t boot_params_efi_size(const struct machine *machine);
/* Writes that map, which will be at @address, and efi_info in the zero page @page. */
void boot_params_efi_fill(const struct machine *machine, uint8_t *map, uint64_t address,
			  uint8_t *page);
/* Writes the payload of SETUP_EFI. */
void boot_params_efi_setup(const struct machine *machine, uint8_t *to);

#endif
