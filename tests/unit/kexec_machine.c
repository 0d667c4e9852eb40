// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kexec/machine*.c over the snapshots of real guests (tests/fixtures/machines), against what these
 * guests said of themselves by other means: dmesg, /proc/cpuinfo, and kexec-tools.
 */
#include "support/data.h"

#include "kexec/machine.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define MACHINES TEST_SOURCE_DIR "/fixtures/machines/"

/* All but those whose kernel closed its eyes to kexec-tools. */
static const char *const machines[] = { "small",      "large", "holes",	 "fragmented", "hotplug",
					"virtio-mem", "cma",   "sparse", "efi",	       "efi-7" };

struct fixture {
	const char *name;
	struct host *host;
	struct machine m;
};

static void open_fixture(const char *name, struct fixture *ret)
{
	char path[512];

	snprintf(path, sizeof(path), MACHINES "%s", name);
	ret->name = name;
	assert_ok(host_open(path, &ret->host));
	assert_ok(machine_gather(ret->host, &ret->m));
}

static void close_fixture(struct fixture *f)
{
	machine_deinit(&f->m);
	host_close(f->host);
}

/* The lines of a file of facts, one by one; NULL at the end. */
static FILE *open_facts(const struct fixture *f, const char *file)
{
	char path[512];
	FILE *facts;

	snprintf(path, sizeof(path), MACHINES "%s.facts/%s", f->name, file);
	facts = fopen(path, "r");
	assert_non_null(facts);
	return facts;
}

static bool has_problem(const struct machine *m, const char *what)
{
	return machine_problem(m, what) != NULL;
}

/* A PT_LOAD or PT_NOTE that kexec-tools made. */
static void check_header(const struct machine *m, const char *line, size_t *cpus, uint64_t *ram)
{
	unsigned int type;
	unsigned long long offset, phys, virt, size;
	const char *at = strstr(line, "p_type = ");

	assert_int_equal(sscanf(at,
				"p_type = %u, p_offset = %llx p_paddr = %llx p_vaddr = %llx "
				"p_filesz = %llx",
				&type, &offset, &phys, &virt, &size),
			 5);
	if (strstr(line, "vmcoreinfo")) {
		assert_int_equal(m->vmcoreinfo, phys);
		assert_int_equal(m->vmcoreinfo_size, size);
	} else if (strstr(line, "Kernel text")) {
		assert_true(m->has_text);
		assert_int_equal(m->text_virt, virt);
		assert_int_equal(m->text_phys, phys);
		assert_int_equal(m->text_size, size);
	} else if (type == PT_NOTE) {
		assert_true(*cpus < m->nr_cpus);
		assert_int_equal(m->cpus[*cpus].notes, phys);
		assert_int_equal(m->cpus[*cpus].notes_size, size);
		(*cpus)++;
	} else {
		assert_true(m->has_page_offset);
		assert_int_equal(m->page_offset, virt - phys);
		assert_true(ranges_hold(&m->ram, phys, phys + size - 1));
		*ram += size;
	}
}

static uint64_t crash_bytes_of_iomem(const struct machine *m)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < m->iomem.count; i++) {
		const struct iomem_entry *entry = &m->iomem.entries[i];

		if (!strcmp(entry->name, "Crash kernel"))
			bytes += entry->end - entry->start + 1;
	}
	return bytes;
}

static void as_kexec_tools(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct fixture f;
		char line[512];
		size_t cpus = 0;
		uint64_t ram = 0;
		FILE *facts;

		open_fixture(machines[i], &f);
		facts = open_facts(&f, "kexec");
		while (fgets(line, sizeof(line), facts)) {
			if (strstr(line, "p_type"))
				check_header(&f.m, line, &cpus, &ram);
		}
		fclose(facts);
		assert_int_equal(cpus, f.m.nr_cpus);
		assert_true(cpus > 0);
		/* Its RAM is ours less the crash regions, to the byte. */
		assert_int_equal(ram + crash_bytes_of_iomem(&f.m), f.m.memory_bytes);
		close_fixture(&f);
	}
}

/* What Linux says while it reserves memory, and of the firmware. */
static bool check_dmesg(const struct machine *m, const char *line, bool low)
{
	unsigned long long a, b;
	const char *at;

	if (sscanf(line, "Reserving %lluMB of memory at %lluMB for crashkernel", &a, &b) == 2) {
		assert_int_equal(m->crash_region.start, b << 20);
		assert_int_equal(m->crash_region.end, ((a + b) << 20) - 1);
		return true;
	}
	if (sscanf(line, "crashkernel reserved: %llx - %llx", &a, &b) == 2) {
		assert_int_equal(m->crash_region.start, a);
		assert_int_equal(m->crash_region.end, b - 1);
		return true;
	}
	if (sscanf(line, "crashkernel low memory reserved: %llx - %llx", &a, &b) == 2) {
		assert_true(low);
		assert_int_equal(m->crash.list[0].start, a);
		assert_int_equal(m->crash.list[0].end, b - 1);
	}
	if (sscanf(line, "ACPI: RSDP 0x%llx", &a) == 1)
		assert_int_equal(m->acpi_rsdp, a);
	at = strstr(line, "efi: SMBIOS=");
	if (at && sscanf(at, "efi: SMBIOS=0x%llx", &a) == 1)
		assert_int_equal(m->efi_smbios, a);
	return false;
}

static void as_dmesg(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct fixture f;
		char line[512];
		bool region = false;
		FILE *facts;

		open_fixture(machines[i], &f);
		facts = open_facts(&f, "dmesg");
		assert_true(f.m.has_crash_region);
		while (fgets(line, sizeof(line), facts))
			region |= check_dmesg(&f.m, line, !strcmp(machines[i], "large"));
		fclose(facts);
		assert_true(region);
		assert_int_not_equal(f.m.acpi_rsdp, 0);
		assert_int_equal(f.m.crash_size, crash_bytes_of_iomem(&f.m));
		close_fixture(&f);
	}
}

static void as_cpuinfo(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct fixture f;
		char line[512];
		size_t at = 0;
		FILE *facts;

		open_fixture(machines[i], &f);
		facts = open_facts(&f, "processors");
		for (; fgets(line, sizeof(line), facts); at++) {
			unsigned int id;

			assert_int_equal(sscanf(line, "processor : %u", &id), 1);
			assert_true(at < f.m.nr_cpus);
			assert_int_equal(f.m.cpus[at].id, id);
			assert_true(f.m.cpus[at].online);
		}
		fclose(facts);
		assert_int_equal(at, f.m.nr_cpus);
		close_fixture(&f);
	}
}

/* What the guests were made for: see snapshot.py. */
static void what_is_special(void **state)
{
	struct fixture f;

	open_fixture("small", &f);
	assert_string_equal(f.m.release, "6.1.0-50-cloud-amd64");
	assert_int_equal(f.m.elf_machine, EM_X86_64);
	assert_string_equal(f.m.command_line, "console=ttyS0,115200 panic=0 crashkernel=128M");
	assert_false(f.m.la57 || f.m.efi || f.m.efi_32 || f.m.secure_boot || f.m.crash_loaded);
	assert_int_equal(f.m.crash_size, 128 << 20);
	assert_int_equal(f.m.elfcorehdr_size, 0);
	assert_int_equal(f.m.lockdown, LOCKDOWN_NONE);
	assert_int_equal(f.m.panic_limit, -1);
	assert_true(f.m.privileged && f.m.has_kexec_load && f.m.has_file_load);
	assert_false(f.m.load_disabled || f.m.signature_required);
	assert_non_null(f.m.boot_params);
	assert_memory_equal(f.m.boot_params + 0x202, "HdrS", 4);
	/* Its initramfs held no configuration; all the rest is known. */
	assert_int_equal(f.m.nr_problems, 1);
	assert_true(has_problem(&f.m, "kernel_config"));
	close_fixture(&f);

	open_fixture("large", &f);
	assert_true(f.m.la57);
	assert_int_equal(f.m.crash.count, 2);
	assert_true(f.m.crash_region.start >= 1ULL << 32);
	assert_int_equal(f.m.crash_region.end - f.m.crash_region.start + 1, 256 << 20);
	assert_int_equal(f.m.elfcorehdr_size, 917616);
	close_fixture(&f);

	open_fixture("fragmented", &f);
	assert_true(f.m.ram.count > 64);
	close_fixture(&f);

	open_fixture("sparse", &f);
	assert_int_equal(f.m.nr_cpus, 3);
	assert_int_equal(f.m.cpus[1].id, 2);
	close_fixture(&f);
}

static void memory_that_came_later(void **state)
{
	struct fixture f;

	open_fixture("hotplug", &f);
	/* crash_hotplug is of what is loaded: 0 here, 1 once armed (hotplug.facts/armed). */
	assert_false(f.m.crash_loaded || f.m.hotplug_cpu || f.m.hotplug_memory);
	assert_int_equal(f.m.elfcorehdr_size, 917616);
	assert_true(ranges_hold(&f.m.ram, 1ULL << 32, (1ULL << 32) + (1ULL << 30) - 1));
	close_fixture(&f);

	open_fixture("virtio-mem", &f);
	assert_true(ranges_hold(&f.m.ram, 1ULL << 32, (1ULL << 32) + (256 << 20) - 1));
	assert_false(ranges_hold(&f.m.ram, 1ULL << 32, (1ULL << 32) + (256 << 20)));
	close_fixture(&f);

	/* The CMA region touches the other one below it: they must not become one. */
	open_fixture("cma", &f);
	assert_int_equal(ranges_bytes(&f.m.crash_cma), 128 << 20);
	assert_int_equal(f.m.crash_region.end - f.m.crash_region.start + 1, 192 << 20);
	assert_int_equal(f.m.crash_cma.list[0].end + 1, f.m.crash_region.start);
	assert_int_equal(ranges_bytes(&f.m.crash), 320 << 20);
	close_fixture(&f);
}

static void with_efi(void **state)
{
	static const char *const names[] = { "efi", "efi-7" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fixture f;

		open_fixture(names[i], &f);
		assert_true(f.m.efi);
		assert_false(f.m.efi_32 || f.m.secure_boot);
		assert_false(has_problem(&f.m, "secure_boot"));
		assert_int_not_equal(f.m.efi_runtime, 0);
		assert_int_not_equal(f.m.efi_fw_vendor, 0);
		assert_int_not_equal(f.m.efi_config_table, 0);
		assert_true(f.m.nr_runtime_map > 0);
		for (size_t j = 0; j < f.m.nr_runtime_map; j++) {
			const struct machine_runtime_map *map = &f.m.runtime_map[j];

			/* EFI_MEMORY_RUNTIME, by the UEFI specification. */
			assert_true(map->attribute >> 63);
			assert_int_equal(map->phys % 4096, 0);
			assert_true(map->pages > 0);
			/* Linux maps them here: Documentation/arch/x86/x86_64/mm.rst. */
			assert_true(map->virt >= 0xffffffef00000000 &&
				    map->virt < 0xffffffff00000000);
			/* Firmware's code and data are no RAM; what Linux kept of the boot
			 * services' data (MEMATTR in dmesg) is. */
			if (map->type == 5 || map->type == 6)
				assert_null(ranges_find(&f.m.ram, map->phys));
		}
		close_fixture(&f);
	}
}

static void nobody_looks(void **state)
{
	static const char *const unknown[] = { "iomem", "crash_region", "page_offset", "text",
					       "crash_notes" };
	struct fixture f;

	open_fixture("unprivileged", &f);
	assert_true(f.m.iomem.all_zero);
	assert_int_equal(f.m.ram.count, 0);
	assert_false(f.m.has_crash_region || f.m.has_page_offset || f.m.has_text);
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_true(has_problem(&f.m, unknown[i]));
	assert_int_equal(machine_problem(&f.m, "page_offset")->code, ERROR_OS);
	assert_non_null(strstr(machine_problem(&f.m, "page_offset")->message, "Permission denied"));
	for (size_t i = 0; i < f.m.nr_problems; i++)
		assert_true(*f.m.problems[i].means);
	assert_int_equal(f.m.nr_cpus, 2);
	assert_int_equal(f.m.crash_size, 128 << 20);
	close_fixture(&f);
}

/* /proc/kallsyms stands in for /proc/kcore: the same kernel is as large in "sparse". */
static void locked_down(void **state)
{
	struct fixture f, same;

	open_fixture("lockdown", &f);
	open_fixture("sparse", &same);
	assert_int_equal(f.m.lockdown, LOCKDOWN_CONFIDENTIALITY);
	assert_true(f.m.signature_required);
	assert_false(f.m.has_page_offset);
	assert_true(has_problem(&f.m, "page_offset"));
	assert_string_equal(f.m.release, same.m.release);
	assert_true(f.m.has_text);
	assert_int_equal(f.m.text_size, same.m.text_size);
	assert_int_equal(f.m.text_phys, iomem_find(&f.m.iomem, "Kernel code")->start);
	assert_false(f.m.la57);
	close_fixture(&same);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_kexec_tools), cmocka_unit_test(as_dmesg),
		cmocka_unit_test(as_cpuinfo),	  cmocka_unit_test(what_is_special),
		cmocka_unit_test(with_efi),	  cmocka_unit_test(memory_that_came_later),
		cmocka_unit_test(nobody_looks),	  cmocka_unit_test(locked_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
