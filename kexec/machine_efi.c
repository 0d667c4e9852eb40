// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the firmware left: boot_params (Documentation/arch/x86/zero-page.rst of Linux), EFI's tables
 * and runtime map (Documentation/ABI/testing/sysfs-firmware-efi*), ACPI's root pointer.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "kexec/command_line.h"
#include "kexec/machine_parts.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define EFI			"/sys/firmware/efi"
#define BOOT_PARAMS_SIZE	4096
#define BOOT_PARAMS_ACPI_RSDP	0x70
#define BOOT_PARAMS_SECURE_BOOT 0x1ec
#define SYSTAB_CAP		4096
#define MAX_RUNTIME_MAP		4096

static struct error *read_boot_params(struct machine *machine)
{
	static const char path[] = "/sys/kernel/boot_params/data";
	auto_free char *data = NULL;
	size_t size;

	TRY(host_read(machine->host, path, BOOT_PARAMS_SIZE, &data, &size));
	if (size != BOOT_PARAMS_SIZE)
		return error_create(ERROR_BAD_DATA, "%s: %zu bytes, expected %d", path, size,
				    BOOT_PARAMS_SIZE);
	machine->boot_params = data;
	data = NULL;
	return NULL;
}

/* Of boot_params, at @offset; 0 when they are not known. */
static uint64_t boot_param(const struct machine *machine, size_t offset, size_t size)
{
	if (!machine->boot_params)
		return 0;
	return load_number(machine->boot_params + offset, size, false);
}

static struct error *read_platform(struct machine *machine)
{
	uint64_t bits;

	if (!host_has(machine->host, EFI))
		return NULL;
	TRY(host_read_number(machine->host, EFI "/fw_platform_size", false, &bits));
	if (bits != 64 && bits != 32)
		return error_create(ERROR_BAD_DATA, EFI "/fw_platform_size: expected 64 or 32");
	machine->efi = bits == 64;
	machine->efi_32 = bits == 32;
	return NULL;
}

/* The number behind "NAME=" at the beginning of a line; 0. */
static uint64_t systab_value(const char *systab, const char *name)
{
	size_t len = strlen(name);
	const char *line = systab;

	while (*line) {
		unsigned long long value;

		if (!strncmp(line, name, len) && line[len] == '=' &&
		    sscanf(line + len + 1, "0x%llx", &value) == 1)
			return value;
		line += strcspn(line, "\n");
		line += !!*line;
	}
	return 0;
}

static struct error *read_tables(struct machine *machine)
{
	struct host *host = machine->host;
	auto_free char *systab = NULL;
	size_t size;

	TRY(host_read(host, EFI "/systab", SYSTAB_CAP, &systab, &size));
	machine->efi_smbios = systab_value(systab, "SMBIOS");
	machine->acpi_rsdp = systab_value(systab, "ACPI20");
	if (!machine->acpi_rsdp)
		machine->acpi_rsdp = systab_value(systab, "ACPI");
	TRY(host_read_number(host, EFI "/fw_vendor", false, &machine->efi_fw_vendor));
	TRY(host_read_number(host, EFI "/runtime", false, &machine->efi_runtime));
	return host_read_number(host, EFI "/config_table", false, &machine->efi_config_table);
}

static struct error *read_map_entry(struct host *host, unsigned int index,
				    struct machine_runtime_map *ret)
{
	uint64_t type;
	const struct {
		const char *name;
		uint64_t *to;
	} files[] = {
		{ "type", &type },
		{ "phys_addr", &ret->phys },
		{ "virt_addr", &ret->virt },
		{ "num_pages", &ret->pages },
		{ "attribute", &ret->attribute },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[96];

		snprintf(path, sizeof(path), EFI "/runtime-map/%u/%s", index, files[i].name);
		TRY(host_read_number(host, path, false, files[i].to));
	}
	ret->type = (uint32_t)type;
	return NULL;
}

static bool map_entry_exists(struct host *host, unsigned int index)
{
	char path[64];

	snprintf(path, sizeof(path), EFI "/runtime-map/%u", index);
	return host_has(host, path);
}

/* The directories are numbered from 0, without holes. */
static struct error *read_runtime_map(struct machine *machine)
{
	size_t room = 0;

	if (!machine->efi && !machine->efi_32)
		return NULL;
	for (unsigned int i = 0; map_entry_exists(machine->host, i); i++) {
		if (i >= MAX_RUNTIME_MAP)
			return error_create(ERROR_BAD_DATA,
					    EFI "/runtime-map: more than %d entries",
					    MAX_RUNTIME_MAP);
		TRY(alloc_grow(&machine->runtime_map, &room, i + 1, sizeof(*machine->runtime_map)));
		TRY(read_map_entry(machine->host, i, &machine->runtime_map[i]));
		machine->nr_runtime_map = i + 1;
	}
	if (!machine->nr_runtime_map)
		return error_create(ERROR_NOT_FOUND, EFI "/runtime-map: no entries");
	return NULL;
}

/* As the kernel itself looks: the command line, what was handed over, EFI's table. */
static struct error *find_rsdp(struct machine *machine)
{
	uint64_t handed = boot_param(machine, BOOT_PARAMS_ACPI_RSDP, 8);
	char text[32];
	unsigned long long given;

	if (machine->command_line &&
	    command_line_value(machine->command_line, "acpi_rsdp", text, sizeof(text)) &&
	    sscanf(text, "%llx", &given) == 1)
		machine->acpi_rsdp = given;
	else if (handed)
		machine->acpi_rsdp = handed;
	if (!machine->acpi_rsdp && (machine->efi || machine->efi_32))
		return error_create(ERROR_NOT_FOUND,
				    "neither boot_params nor " EFI "/systab tells of it");
	return NULL;
}

/* enum efi_secureboot_mode: how the kernel saw it, with shim's own switch taken into account. */
static bool secure_boot_handed(struct machine *machine, bool *ret)
{
	uint64_t mode = boot_param(machine, BOOT_PARAMS_SECURE_BOOT, 1);

	*ret = mode == 3;
	return mode == 2 || mode == 3;
}

/* Four bytes of attributes, and the variable: 1 is on. */
static struct error *read_secure_boot(struct machine *machine)
{
	static const char path[] = EFI "/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	auto_free char *data = NULL;
	size_t size;

	if ((!machine->efi && !machine->efi_32) ||
	    secure_boot_handed(machine, &machine->secure_boot))
		return NULL;
	TRY(host_read(machine->host, path, 64, &data, &size));
	if (size != 5)
		return error_create(ERROR_BAD_DATA, "%s: %zu bytes, expected 5", path, size);
	machine->secure_boot = data[4] == 1;
	return NULL;
}

struct error *machine_gather_efi(struct machine *machine)
{
	if (machine->elf_machine == EM_X86_64)
		TRY(machine_unknown(machine, "boot_params",
				    "the capture kernel would not know the screen, nor EFI",
				    read_boot_params(machine)));
	TRY(machine_unknown(machine, "efi", "EFI cannot be handed over", read_platform(machine)));
	if (machine->efi || machine->efi_32)
		TRY(machine_unknown(machine, "efi_tables", "EFI cannot be handed over",
				    read_tables(machine)));
	TRY(machine_unknown(machine, "efi_runtime_map", "EFI cannot be handed over",
			    read_runtime_map(machine)));
	TRY(machine_unknown(machine, "acpi_rsdp",
			    "a capture kernel without EFI would not find ACPI's tables",
			    find_rsdp(machine)));
	return machine_unknown(machine, "secure_boot",
			       "kexec_load may be refused, and unsigned kernels",
			       read_secure_boot(machine));
}
