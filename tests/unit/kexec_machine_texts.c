// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec/machine*.c over machines made of texts: what no guest at hand shows, and what no kernel
 * would say.
 */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "kexec/machine.h"

#include <elf.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFI	    "/sys/firmware/efi/"
#define SECURE_BOOT EFI "efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* A snapshot, and what was gathered of it last. */
struct fixture {
	char *dir;
	struct host *host;
	struct machine m;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .dir = snapshot_dir_create() };
	assert_ok(host_open(fixture.dir, &fixture.host));
	snapshot_dir_puts(fixture.dir, "/uname", "6.1.0\nx86_64\n");
	snapshot_dir_puts(fixture.dir, "/proc/iomem",
			  "00001000-0009ffff : System RAM\n00100000-3fffffff : System RAM\n"
			  "  01000000-01ffffff : Kernel code\n  02000000-020fffff : Kernel bss\n");
	snapshot_dir_puts(fixture.dir, "/sys/kernel/kexec_loaded", "0\n");
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	machine_deinit(&f->m);
	host_close(f->host);
	snapshot_dir_remove(f->dir);
	return 0;
}

static void gather(struct fixture *f)
{
	machine_deinit(&f->m);
	assert_ok(machine_gather(f->host, &f->m));
}

static void put(struct fixture *f, const char *path, const char *text)
{
	snapshot_dir_puts(f->dir, path, text);
}

/* Gathers again; is @what a problem now, of code @code (0: none)? */
static void problem(struct fixture *f, const char *what, int code)
{
	const struct error *why;

	gather(f);
	why = machine_problem(&f->m, what);
	assert_int_equal(why ? (int)why->code : 0, code);
}

/* An empty directory is a machine, too: all is unknown, and nothing fails. */
static void nothing_at_all(void **state)
{
	struct fixture *f = *state;

	snapshot_dir_unlink(f->dir, "/uname");
	snapshot_dir_unlink(f->dir, "/proc/iomem");
	snapshot_dir_unlink(f->dir, "/sys/kernel/kexec_loaded");
	problem(f, "uname", ERROR_NOT_FOUND);
	problem(f, "iomem", ERROR_NOT_FOUND);
	problem(f, "cpus", ERROR_NOT_FOUND);
	problem(f, "loaded", ERROR_NOT_FOUND);
	assert_false(f->m.has_kexec_load || f->m.has_file_load);
	assert_int_equal(f->m.elf_machine, EM_NONE);
	assert_null(f->m.command_line);
	assert_null(f->m.boot_params);
}

struct segment {
	uint64_t virt, phys, size;
};

/* /proc/kcore as fs/proc/kcore.c of Linux writes it: a note's header, then the segments. */
static size_t make_kcore(uint8_t *to, const struct segment *segments, size_t count)
{
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					   ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = EM_X86_64,
			      .e_phoff = sizeof(Elf64_Ehdr),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = (uint16_t)(count + 1) };
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_filesz = 100 };
	size_t at = sizeof(header) + sizeof(note);

	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), &note, sizeof(note));
	for (size_t i = 0; i < count; i++) {
		Elf64_Phdr load = { .p_type = PT_LOAD,
				    .p_vaddr = segments[i].virt,
				    .p_paddr = segments[i].phys,
				    .p_memsz = segments[i].size };

		memcpy(to + at, &load, sizeof(load));
		at += sizeof(load);
	}
	return at;
}

#define TEXT                                                                                       \
	{                                                                                          \
		0xffffffff81000000, 0x1000000, 0x1100000                                           \
	}
#define LOW                                                                                        \
	{                                                                                          \
		0xffff888000001000, 0x1000, 0x9f000                                                \
	}
#define HIGH                                                                                       \
	{                                                                                          \
		0xffff888000100000, 0x100000, 0x3ff00000                                           \
	}
#define VMALLOC                                                                                    \
	{                                                                                          \
		0xffffc90000000000, UINT64_MAX, 0x1fffffffffff                                     \
	}

static void kcore(void **state)
{
	static const struct segment usual[] = { VMALLOC, TEXT, LOW, HIGH },
				    differing[] = { TEXT,
						    LOW,
						    { 0xffff889000100000, 0x100000, 0x1000 } },
				    elsewhere[] = { { 0xffffffff81000000, 0x3000000, 0x1100000 },
						    LOW },
				    wrapped[] = { { 0xffffffff81000000, 0x1000000, UINT64_MAX },
						  { UINT64_MAX, 0x1000, 0x9f000 } },
				    five_levels[] = { { 0xff11000000100000, 0x100000, 0x1000 } };
	struct fixture *f = *state;
	uint8_t data[1024];
	size_t size = make_kcore(data, usual, ARRAY_SIZE(usual));

	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "page_offset", 0);
	problem(f, "text", 0);
	problem(f, "paging", 0);
	assert_int_equal(f->m.page_offset, 0xffff888000000000);
	assert_int_equal(f->m.text_virt, 0xffffffff81000000);
	assert_int_equal(f->m.text_phys, 0x1000000);
	assert_int_equal(f->m.text_size, 0x1100000);
	assert_false(f->m.la57);

	/* Headers cut short, of another class, not ELF at all. */
	snapshot_dir_put(f->dir, "/proc/kcore", data, size - 1);
	problem(f, "page_offset", ERROR_BAD_DATA);
	data[EI_CLASS] = ELFCLASS32;
	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "page_offset", ERROR_BAD_DATA);
	put(f, "/proc/kcore",
	    "\x7f"
	    "EL");
	problem(f, "page_offset", ERROR_BAD_DATA);
	put(f, "/proc/kcore", "");
	problem(f, "page_offset", ERROR_BAD_DATA);

	size = make_kcore(data, differing, ARRAY_SIZE(differing));
	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "page_offset", ERROR_BAD_DATA);
	assert_false(f->m.has_page_offset);
	size = make_kcore(data, elsewhere, ARRAY_SIZE(elsewhere));
	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "page_offset", 0);
	problem(f, "text", ERROR_BAD_DATA);
	assert_false(f->m.has_text);
	size = make_kcore(data, wrapped, ARRAY_SIZE(wrapped));
	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "page_offset", ERROR_NOT_FOUND);
	assert_false(f->m.has_text);
	size = make_kcore(data, five_levels, 1);
	snapshot_dir_put(f->dir, "/proc/kcore", data, size);
	problem(f, "paging", 0);
	assert_true(f->m.la57);
}

static void symbols(void **state)
{
	struct fixture *f = *state;

	put(f, "/proc/kallsyms",
	    "0000000000000000 A fixed_percpu_data\n"
	    "ffffffff81000000 T _stext\nffffffff81000000 T _text\nffffffff81a00000 T _etext\n"
	    "ffffffff82345000 B _end\nffffffffc0000000 t _text\t[module]\n");
	problem(f, "text", 0);
	assert_int_equal(f->m.text_virt, 0xffffffff81000000);
	assert_int_equal(f->m.text_phys, 0x1000000);
	assert_int_equal(f->m.text_size, 0x1345000);
	/* Without CONFIG_KALLSYMS_ALL: up to the end of the BSS. */
	put(f, "/proc/kallsyms", "ffffffff81000000 T _text\n");
	problem(f, "text", 0);
	assert_int_equal(f->m.text_size, 0x1100000);
	put(f, "/proc/kallsyms", "0000000000000000 T _text\n0000000000000000 B _end\n");
	problem(f, "text", ERROR_ABSENT);
	/* Then 5 levels show in the CPU's flags alone. */
	put(f, "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu la57x lahf_lm\n");
	problem(f, "paging", 0);
	assert_false(f->m.la57);
	put(f, "/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu la57 lahf_lm\n");
	problem(f, "paging", 0);
	assert_true(f->m.la57);
}

static void crash_regions(void **state)
{
	struct fixture *f = *state;

	problem(f, "crash_region", ERROR_NOT_FOUND);
	put(f, "/proc/iomem",
	    "00100000-3fffffff : System RAM\n  10000000-13ffffff : Crash kernel\n"
	    "  14000000-17ffffff : Crash kernel\n");
	problem(f, "crash_region", 0);
	assert_int_equal(f->m.crash_region.start, 0x14000000);
	assert_int_equal(f->m.crash.count, 1);
	put(f, "/sys/kernel/kexec/crash_cma_ranges", "20000000-23ffffff\n30000000-33ffffff\n");
	problem(f, "crash_cma", 0);
	assert_int_equal(f->m.crash_cma.count, 2);
	assert_int_equal(f->m.crash_region.start, 0x14000000);
	put(f, "/sys/kernel/kexec/crash_cma_ranges", "20000000-1fffffff\n");
	problem(f, "crash_cma", ERROR_BAD_DATA);
	put(f, "/sys/kernel/kexec/crash_cma_ranges", "20000000-23ffffff x\n");
	problem(f, "crash_cma", ERROR_BAD_DATA);
	put(f, "/sys/kernel/kexec/crash_cma_ranges", "");
	problem(f, "crash_cma", 0);
	put(f, "/proc/iomem", "garbage\n");
	problem(f, "iomem", ERROR_BAD_DATA);
	problem(f, "crash_region", ERROR_ABSENT);
}

static void cpus(void **state)
{
	struct fixture *f = *state;

	put(f, "/sys/devices/system/cpu/cpu10/crash_notes", "3e43ae00\n");
	put(f, "/sys/devices/system/cpu/cpu10/crash_notes_size", "368\n");
	put(f, "/sys/devices/system/cpu/cpu10/online", "0\n");
	put(f, "/sys/devices/system/cpu/cpu2/crash_notes", "123456789a\n");
	put(f, "/sys/devices/system/cpu/cpu2/crash_notes_size", "4096\n");
	put(f, "/sys/devices/system/cpu/cpu01/crash_notes", "1000\n");
	put(f, "/sys/devices/system/cpu/cpufreq/boost", "0\n");
	put(f, "/sys/devices/system/cpu/cpu4294967296/x", "");
	put(f, "/sys/devices/system/cpu/online", "2\n");
	put(f, "/sys/kernel/vmcoreinfo", "0x1234000 1024\n");
	problem(f, "cpus", 0);
	problem(f, "crash_notes", 0);
	problem(f, "vmcoreinfo", 0);
	assert_int_equal(f->m.nr_cpus, 2);
	assert_int_equal(f->m.cpus[0].id, 2);
	assert_int_equal(f->m.cpus[0].notes, 0x123456789a);
	assert_int_equal(f->m.cpus[0].notes_size, 4096);
	assert_true(f->m.cpus[0].online);
	assert_int_equal(f->m.cpus[1].id, 10);
	assert_false(f->m.cpus[1].online);
	assert_int_equal(f->m.vmcoreinfo, 0x1234000);
	assert_int_equal(f->m.vmcoreinfo_size, 0x1024); /* hexadecimal, without a prefix */

	put(f, "/sys/devices/system/cpu/cpu2/crash_notes", "0\n");
	problem(f, "crash_notes", ERROR_BAD_DATA);
	assert_int_equal(f->m.cpus[1].notes, 0x3e43ae00);
	put(f, "/sys/devices/system/cpu/cpu2/crash_notes", "ffffffffffffffff\n");
	problem(f, "crash_notes", ERROR_BAD_DATA);
	put(f, "/sys/kernel/vmcoreinfo", "1234000 1024\n");
	problem(f, "vmcoreinfo", ERROR_BAD_DATA);
	put(f, "/sys/kernel/vmcoreinfo", "0x0 1024\n");
	problem(f, "vmcoreinfo", ERROR_BAD_DATA);
}

/* boot_params: offsets from Documentation/arch/x86/zero-page.rst. */
static void put_boot_params(struct fixture *f, uint64_t rsdp, uint8_t secure_boot)
{
	uint8_t data[4096] = { 0 };

	memcpy(data + 0x70, &rsdp, 8);
	data[0x1ec] = secure_boot;
	snapshot_dir_put(f->dir, "/sys/kernel/boot_params/data", data, sizeof(data));
}

static void rsdp(void **state)
{
	struct fixture *f = *state;

	/* A BIOS machine finds it by itself. */
	problem(f, "acpi_rsdp", 0);
	assert_int_equal(f->m.acpi_rsdp, 0);
	put(f, EFI "fw_platform_size", "64\n");
	problem(f, "acpi_rsdp", ERROR_NOT_FOUND);
	assert_true(f->m.efi);
	put(f, EFI "systab", "MPS=0xf1\nACPI=0x7f000\nSMBIOS3=0x9\nSMBIOS=0x7e000\n");
	problem(f, "acpi_rsdp", 0);
	assert_int_equal(f->m.acpi_rsdp, 0x7f000);
	assert_int_equal(f->m.efi_smbios, 0x7e000);
	put(f, EFI "systab", "ACPI=0x7f000\nACPI20=0x7f014\n");
	gather(f);
	assert_int_equal(f->m.acpi_rsdp, 0x7f014);
	put_boot_params(f, 0x6f014, 0);
	gather(f);
	assert_int_equal(f->m.acpi_rsdp, 0x6f014);
	put(f, "/proc/cmdline", "quiet acpi_rsdp=0x5f014\n");
	gather(f);
	assert_int_equal(f->m.acpi_rsdp, 0x5f014);
	assert_string_equal(f->m.command_line, "quiet acpi_rsdp=0x5f014");
	snapshot_dir_put(f->dir, "/sys/kernel/boot_params/data", "short", 5);
	problem(f, "boot_params", ERROR_BAD_DATA);
}

static void efi(void **state)
{
	struct fixture *f = *state;

	put(f, EFI "fw_platform_size", "32\n");
	problem(f, "efi", 0);
	assert_true(f->m.efi_32 && !f->m.efi);
	put(f, EFI "fw_platform_size", "16\n");
	problem(f, "efi", ERROR_BAD_DATA);
	put(f, EFI "fw_platform_size", "64\n");
	put(f, EFI "systab", "ACPI20=0x7f014\n");
	put(f, EFI "fw_vendor", "0x7f1\n");
	put(f, EFI "runtime", "0x7f2\n");
	problem(f, "efi_tables", ERROR_NOT_FOUND);
	put(f, EFI "config_table", "0x7f3\n");
	problem(f, "efi_tables", 0);
	assert_int_equal(f->m.efi_fw_vendor, 0x7f1);
	assert_int_equal(f->m.efi_runtime, 0x7f2);
	assert_int_equal(f->m.efi_config_table, 0x7f3);
	problem(f, "efi_runtime_map", ERROR_NOT_FOUND);
	put(f, EFI "runtime-map/0/type", "0x5\n");
	put(f, EFI "runtime-map/0/phys_addr", "0x3f9ed000\n");
	put(f, EFI "runtime-map/0/virt_addr", "0xfffffffeff9ed000\n");
	put(f, EFI "runtime-map/0/num_pages", "0x100\n");
	problem(f, "efi_runtime_map", ERROR_NOT_FOUND);
	put(f, EFI "runtime-map/0/attribute", "0x800000000000000f\n");
	problem(f, "efi_runtime_map", 0);
	assert_int_equal(f->m.nr_runtime_map, 1);
	assert_int_equal(f->m.runtime_map[0].pages, 0x100);
}

static void secure_boot(void **state)
{
	struct fixture *f = *state;

	problem(f, "secure_boot", 0);
	put(f, EFI "fw_platform_size", "64\n");
	problem(f, "secure_boot", ERROR_NOT_FOUND);
	snapshot_dir_put(f->dir, SECURE_BOOT, "\6\0\0\0\1", 5);
	problem(f, "secure_boot", 0);
	assert_true(f->m.secure_boot);
	snapshot_dir_put(f->dir, SECURE_BOOT, "\6\0\0\0\0", 5);
	problem(f, "secure_boot", 0);
	assert_false(f->m.secure_boot);
	snapshot_dir_put(f->dir, SECURE_BOOT, "\6\0\0\0", 4);
	problem(f, "secure_boot", ERROR_BAD_DATA);
	/* The kernel's own view wins: shim can switch it off. */
	snapshot_dir_put(f->dir, SECURE_BOOT, "\6\0\0\0\1", 5);
	put_boot_params(f, 0, 2);
	gather(f);
	assert_false(f->m.secure_boot);
	put_boot_params(f, 0, 3);
	gather(f);
	assert_true(f->m.secure_boot);
}

static void kexec_state(void **state)
{
	struct fixture *f = *state;

	put(f, "/sys/kernel/kexec_crash_loaded", "1\n");
	put(f, "/sys/kernel/kexec_crash_size", "134217728\n");
	put(f, "/sys/kernel/crash_elfcorehdr_size", "917616\n");
	put(f, "/sys/devices/system/cpu/crash_hotplug", "1\n");
	problem(f, "crash_loaded", 0);
	assert_true(f->m.crash_loaded && f->m.hotplug_cpu);
	assert_false(f->m.loaded || f->m.hotplug_memory);
	assert_int_equal(f->m.crash_size, 134217728);
	assert_int_equal(f->m.elfcorehdr_size, 917616);
	/* The place of v7.0 comes first. */
	put(f, "/sys/kernel/kexec/crash_loaded", "0\n");
	put(f, "/sys/kernel/kexec/loaded", "1\n");
	put(f, "/sys/kernel/kexec/crash_size", "1048576\n");
	gather(f);
	assert_true(f->m.loaded && !f->m.crash_loaded);
	assert_int_equal(f->m.crash_size, 1048576);
	put(f, "/sys/kernel/kexec/crash_loaded", "yes\n");
	problem(f, "crash_loaded", ERROR_BAD_DATA);
}

static void limits(void **state)
{
	struct fixture *f = *state;

	problem(f, "load_limits", 0);
	assert_int_equal(f->m.panic_limit, -1);
	put(f, "/proc/sys/kernel/kexec_load_disabled", "1\n");
	put(f, "/proc/sys/kernel/kexec_load_limit_panic", "0\n");
	put(f, "/proc/sys/kernel/kexec_load_limit_reboot", "-1\n");
	problem(f, "load_limits", 0);
	assert_true(f->m.load_disabled);
	assert_int_equal(f->m.panic_limit, 0);
	assert_int_equal(f->m.reboot_limit, -1);
	put(f, "/proc/sys/kernel/kexec_load_limit_panic", "-2\n");
	problem(f, "load_limits", ERROR_BAD_DATA);

	problem(f, "lockdown", ERROR_NOT_FOUND);
	assert_int_equal(f->m.lockdown, LOCKDOWN_UNKNOWN);
	put(f, "/sys/kernel/security/lsm", "capability,apparmor");
	problem(f, "lockdown", 0);
	assert_int_equal(f->m.lockdown, LOCKDOWN_NONE);
	put(f, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	problem(f, "lockdown", 0);
	assert_int_equal(f->m.lockdown, LOCKDOWN_INTEGRITY);
	assert_true(f->m.signature_required);
	put(f, "/sys/kernel/security/lockdown", "none integrity confidentiality\n");
	problem(f, "lockdown", ERROR_BAD_DATA);
}

static void configuration(void **state)
{
	struct fixture *f = *state;

	problem(f, "kernel_config", ERROR_NOT_FOUND);
	assert_true(f->m.has_kexec_load && f->m.has_file_load);
	put(f, "/boot/config-6.1.0",
	    "CONFIG_KEXEC_CORE=y\n# CONFIG_KEXEC is not set\nCONFIG_KEXEC_FILE=y\n");
	problem(f, "kernel_config", 0);
	assert_true(!f->m.has_kexec_load && f->m.has_file_load);
	assert_false(f->m.signature_required);
	put(f, "/boot/config-6.1.0",
	    "CONFIG_KEXEC=y\nCONFIG_KEXEC_SIG=y\nCONFIG_KEXEC_SIG_FORCE=y\n");
	gather(f);
	assert_true(f->m.has_kexec_load && !f->m.has_file_load);
	assert_true(f->m.signature_required);
	put(f, "/boot/config-6.1.0", "CONFIG_KEXEC=y\nCONFIG_KEXEC_FILE=y\n");
	put(f, "/sys/kernel/security/ima/policy",
	    "measure func=KEXEC_KERNEL_CHECK\nappraise func=MODULE_CHECK\n");
	gather(f);
	assert_false(f->m.signature_required);
	put(f, "/sys/kernel/security/ima/policy",
	    "appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig\n");
	gather(f);
	assert_true(f->m.signature_required);
}

static void compressed_configuration(void **state)
{
	static const char text[] = "CONFIG_KEXEC=y\n# CONFIG_KEXEC_FILE is not set\n";
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
	struct fixture *f = *state;
	uint8_t data[512];
	size_t size;

	assert_non_null(compressor);
	size = libdeflate_gzip_compress(compressor, text, strlen(text), data, sizeof(data));
	libdeflate_free_compressor(compressor);
	snapshot_dir_put(f->dir, "/proc/config.gz", data, size);
	problem(f, "kernel_config", 0);
	assert_true(f->m.has_kexec_load && !f->m.has_file_load);
	data[size / 2] ^= 1;
	snapshot_dir_put(f->dir, "/proc/config.gz", data, size);
	problem(f, "kernel_config", ERROR_BAD_DATA);
	memset(data + size - 4, 0xff, 4);
	snapshot_dir_put(f->dir, "/proc/config.gz", data, size);
	problem(f, "kernel_config", ERROR_BAD_DATA);
	put(f, "/proc/config.gz", "x");
	problem(f, "kernel_config", ERROR_BAD_DATA);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_at_all),
		TEST(kcore),
		TEST(symbols),
		TEST(crash_regions),
		TEST(cpus),
		TEST(rsdp),
		TEST(efi),
		TEST(secure_boot),
		TEST(kexec_state),
		TEST(limits),
		TEST(configuration),
		TEST(compressed_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
