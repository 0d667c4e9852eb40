// SPDX-License-Identifier: GPL-2.0-or-later
/* EFI in the zero page. */
#include "kexec/boot_params_efi.h"

#include "base/bytes.h"
#include "kexec/boot_params.h"

/* struct efi_info, in the zero page. */
#define SIGNATURE      0x1c0
#define SYSTEM_TABLE   0x1c4
#define DESC_SIZE      0x1c8
#define DESC_VERSION   0x1cc
#define MAP	       0x1d0
#define MAP_SIZE       0x1d4
#define SYSTEM_TABLE_H 0x1d8
#define MAP_H	       0x1dc

#define DESCRIPTOR	   40 /* bytes of an efi_memory_desc_t */
#define DESCRIPTOR_VERSION 1
/* A map of more would not be a firmware's. */
#define MOST_DESCRIPTORS 4096

static uint64_t running(const struct machine *machine, size_t offset)
{
	return load_number(machine->boot_params + offset, 4, false);
}

bool boot_params_efi_known(const struct machine *machine)
{
	return machine->efi && !machine->efi_32 && machine->boot_params &&
	       !memcmp(machine->boot_params + SIGNATURE, "EL64", 4) && machine->nr_runtime_map &&
	       machine->nr_runtime_map <= MOST_DESCRIPTORS && machine->efi_config_table;
}

size_t boot_params_efi_size(const struct machine *machine)
{
	return machine->nr_runtime_map * DESCRIPTOR;
}

static void store_descriptor(uint8_t *to, const struct machine_runtime_map *from)
{
	store_number(to, 0, from->type, 4);
	store_number(to, 8, from->phys, 8);
	store_number(to, 16, from->virt, 8);
	store_number(to, 24, from->pages, 8);
	store_number(to, 32, from->attribute, 8);
}

void boot_params_efi_fill(const struct machine *machine, uint8_t *map, uint64_t address,
			  uint8_t *page)
{
	for (size_t i = 0; i < machine->nr_runtime_map; i++)
		store_descriptor(map + i * DESCRIPTOR, &machine->runtime_map[i]);
	memcpy(page + SIGNATURE, "EL64", 4);
	store_number(page, SYSTEM_TABLE, running(machine, SYSTEM_TABLE), 4);
	store_number(page, SYSTEM_TABLE_H, running(machine, SYSTEM_TABLE_H), 4);
	store_number(page, DESC_SIZE, DESCRIPTOR, 4);
	store_number(page, DESC_VERSION, DESCRIPTOR_VERSION, 4);
	store_number(page, MAP, address & UINT32_MAX, 4);
	store_number(page, MAP_H, address >> 32, 4);
	store_number(page, MAP_SIZE, boot_params_efi_size(machine), 4);
}

void boot_params_efi_setup(const struct machine *machine, uint8_t *to)
{
	store_number(to, 0, machine->efi_fw_vendor, 8);
	store_number(to, 8, machine->efi_runtime, 8);
	store_number(to, 16, machine->efi_config_table, 8);
	store_number(to, 24, machine->efi_smbios, 8);
}
