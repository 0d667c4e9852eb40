/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What arming must know of a machine, gathered once. What could not be found out is told by
 * problems: gathering fails only when memory is short or the host cannot be read at all.
 */
#ifndef KEXEC_MACHINE_H
#define KEXEC_MACHINE_H

#include "kexec/host.h"
#include "kexec/iomem.h"

struct machine_cpu {
	unsigned int id;
	bool online;
	uint64_t notes, notes_size; /* physical, bytes; 0: not known */
};

struct machine_runtime_map { /* /sys/firmware/efi/runtime-map/N */
	uint32_t type;
	uint64_t phys, virt, pages, attribute;
};

/* /sys/firmware/memmap/N: the memory map as firmware told it, before any mem= */
struct machine_firmware_range {
	uint64_t start, end; /* bytes, @end in it */
	char type[48];	     /* as in /proc/iomem: "System RAM", "Reserved"… */
};

enum lockdown { LOCKDOWN_UNKNOWN, LOCKDOWN_NONE, LOCKDOWN_INTEGRITY, LOCKDOWN_CONFIDENTIALITY };

/*
 * One thing that could not be found out. The names, and where each is read from:
 *   uname, command_line, iomem, crash_region, crash_cma (/sys/kernel/kexec)
 *   page_offset, text (/proc/kcore, /proc/kallsyms), paging
 *   cpus (the directories), crash_notes, vmcoreinfo
 *   firmware_map (/sys/firmware/memmap), low_memory (/proc/kpageflags)
 *   boot_params, efi (fw_platform_size), efi_tables (systab, fw_vendor…), efi_runtime_map,
 *   acpi_rsdp (of EFI machines), secure_boot
 *   loaded, crash_loaded, crash_size, crash_hotplug
 *   load_disabled, load_limits (sysctl), lockdown, kernel_config
 */
struct machine_problem {
	const char *what;
	const char *means; /* to the user: what cannot be done without it */
	struct error *why;
};

struct machine {
	struct host *host; /* borrowed */

	char release[65], machine[65]; /* utsname */
	char *command_line;	       /* /proc/cmdline without the newline */
	uint16_t elf_machine;

	struct iomem iomem;
	struct ranges ram;	 /* "System RAM", with those of virtio_mem and kmem */
	struct ranges crash;	 /* all crash regions, low, high and CMA; neighbours are joined */
	struct ranges crash_cma; /* those of them that are CMA (7.x): no segments in there */
	bool has_crash_region;
	struct range crash_region; /* the one that segments go into: the highest, never CMA */
	uint64_t memory_bytes;	   /* sum of @ram */

	/* The running kernel keeps nothing of its own in the first MiB (low_memory.h). */
	bool low_reserved;
	struct machine_firmware_range *firmware_map; /* in the file names' order; may be none */
	size_t nr_firmware_map;

	struct machine_cpu *cpus; /* of the cpuN directories, ascending, ids may be sparse */
	size_t nr_cpus;
	uint64_t vmcoreinfo, vmcoreinfo_size; /* physical, bytes; 0: not known */

	bool has_page_offset;
	uint64_t page_offset; /* virtual - physical of RAM in the direct map */
	bool has_text;
	uint64_t text_virt, text_phys, text_size; /* kernel image, _text … _end */

	bool la57; /* the running kernel uses 5-level page tables */
	bool efi;  /* booted by EFI, 64-bit */
	bool efi_32;
	char *boot_params; /* /sys/kernel/boot_params/data, 4096 bytes, or NULL */
	struct machine_runtime_map *runtime_map;
	size_t nr_runtime_map;
	/* /sys/firmware/efi: physical addresses of fw_vendor, runtime, config_table; 0 unknown */
	uint64_t efi_fw_vendor, efi_runtime, efi_config_table, efi_smbios;
	uint64_t acpi_rsdp; /* physical; 0 unknown: the kernel looks for itself on BIOS machines */

	bool privileged;		   /* CAP_SYS_BOOT; of a snapshot: true */
	bool load_disabled;		   /* kernel.kexec_load_disabled */
	int64_t panic_limit, reboot_limit; /* kexec_load_limit_panic/_reboot; -1: none */
	enum lockdown lockdown;
	bool secure_boot;
	bool has_kexec_load, has_file_load; /* the kernel was built with them; unknown: true */
	/* CONFIG_KEXEC_SIG_FORCE, lockdown, IMA's policy, as far as known */
	bool signature_required;

	bool crash_loaded, loaded;
	uint64_t crash_size; /* /sys/kernel/kexec_crash_size */
	uint64_t
		elfcorehdr_size; /* /sys/kernel/crash_elfcorehdr_size; 0: kernel has no such file */
	/* crash_hotplug: the kernel updates the headers of what is loaded now. Both are false while
	 * nothing is loaded; whether it could do that is told by @elfcorehdr_size. */
	bool hotplug_cpu, hotplug_memory;

	struct machine_problem *problems;
	size_t nr_problems;
};

must_check struct error *machine_gather(struct host *host, struct machine *ret);
void machine_deinit(struct machine *machine);
/* Why @what is not known, or NULL. */
const struct error *machine_problem(const struct machine *machine, const char *what);

#endif
