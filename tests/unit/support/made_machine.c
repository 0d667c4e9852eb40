// SPDX-License-Identifier: GPL-2.0-or-later
/* Machines made by hand. */
#include "support/made_machine.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char made_iomem_pc[] = "00000000-00000fff : Reserved\n"
			     "00001000-0009fbff : System RAM\n"
			     "0009fc00-0009ffff : Reserved\n"
			     "000a0000-000bffff : PCI Bus 0000:00\n"
			     "000c0000-000c99ff : Video ROM\n"
			     "000f0000-000fffff : Reserved\n"
			     "  000f0000-000fffff : System ROM\n"
			     "00100000-3ffdffff : System RAM\n"
			     "  1e000000-1ee01fff : Kernel code\n"
			     "  32000000-3dffffff : Crash kernel\n"
			     "3ffe0000-3fffffff : Reserved\n"
			     "40000000-febfffff : PCI Bus 0000:00\n"
			     "  fd000000-fdffffff : 0000:00:02.0\n"
			     "fed00000-fed003ff : HPET 0\n"
			     "feffc000-feffffff : Reserved\n"
			     "fffc0000-ffffffff : Reserved\n";

void made_machine(const char *iomem, size_t nr_cpus, struct machine *ret)
{
	*ret = (struct machine){ 0 };
	strcpy(ret->release, "6.1.0-made");
	strcpy(ret->machine, "x86_64");
	ret->command_line = strdup("BOOT_IMAGE=/vmlinuz root=/dev/vda1 crashkernel=192M quiet");
	ret->elf_machine = EM_X86_64;
	ret->panic_limit = ret->reboot_limit = -1;
	ret->privileged = ret->has_kexec_load = ret->has_file_load = true;
	assert_null(iomem_parse(iomem, strlen(iomem), &ret->iomem));
	assert_null(iomem_ram(&ret->iomem, &ret->ram));
	assert_null(iomem_ranges(&ret->iomem, "Crash kernel", &ret->crash));
	ret->has_crash_region = ret->crash.count;
	if (ret->has_crash_region)
		ret->crash_region = ret->crash.list[ret->crash.count - 1];
	ret->memory_bytes = ranges_bytes(&ret->ram);
	ret->cpus = calloc(nr_cpus ? nr_cpus : 1, sizeof(*ret->cpus));
	ret->nr_cpus = nr_cpus;
	for (size_t i = 0; i < nr_cpus; i++)
		ret->cpus[i] = (struct machine_cpu){ (unsigned int)i, true, MADE_NOTES(i), 408 };
	ret->vmcoreinfo = MADE_VMCOREINFO;
	ret->vmcoreinfo_size = 4096;
	ret->has_page_offset = ret->has_text = true;
	ret->page_offset = MADE_PAGE_OFFSET;
	ret->text_virt = 0xffffffff9d000000;
	ret->text_phys = MADE_TEXT;
	ret->text_size = 0x2c00000;
	ret->low_reserved = true;
}

void made_machine_efi(struct machine *machine)
{
	static const struct machine_runtime_map map[] = {
		{ 5, 0x3f8ed000, 0xfffffffeffe6d000, 0x100, 0x800000000000000f },
		{ 6, 0x3f9ed000, 0xfffffffeffd6d000, 0x80, 0x800000000000000f },
	};

	machine->efi = true;
	machine->acpi_rsdp = MADE_RSDP;
	machine->boot_params = calloc(1, 4096);
	memcpy(machine->boot_params + 0x1c0, "EL64", 4);
	machine->boot_params[0x1c5] = 0x10; /* the system table: 0x7_00001000 */
	machine->boot_params[0x1d8] = 7;
	machine->boot_params[0x0f] = 0x70; /* screen_info.orig_video_isVGA: EFI */
	machine->runtime_map = malloc(sizeof(map));
	memcpy(machine->runtime_map, map, sizeof(map));
	machine->nr_runtime_map = 2;
	machine->efi_fw_vendor = 0x3f9a0000;
	machine->efi_runtime = 0x3f9b0000;
	machine->efi_config_table = 0x3f9c0000;
	machine->efi_smbios = 0x3f9d0000;
}
