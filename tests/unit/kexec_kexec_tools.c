// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elfcorehdr of the machines of tests/fixtures/machines, against the one that kexec-tools 2.0.25
 * made in the same guest (MACHINE.facts/kexec). Two things differ, and have to:
 * - kexec-tools backs the first MiB up, always. Where the kernel keeps out of it, we leave it out.
 * - kexec-tools does not know CMA crash regions, and would dump what the capture kernel overwrites.
 */
#include "kexec/elfcorehdr.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MACHINES TEST_SOURCE_DIR "/fixtures/machines/"
#define LOW_END	 0x100000

struct theirs {
	struct elfcorehdr_entry entries[512];
	size_t count;
};

static void read_theirs(const char *name, struct theirs *ret)
{
	char path[512], line[512];
	FILE *facts;

	snprintf(path, sizeof(path), MACHINES "%s.facts/kexec", name);
	facts = fopen(path, "r");
	assert_non_null(facts);
	ret->count = 0;
	while (fgets(line, sizeof(line), facts)) {
		const char *at = strstr(line, "p_type = ");
		unsigned long long offset, phys, virt, size;
		unsigned int type;

		if (!at || sscanf(at,
				  "p_type = %u, p_offset = %llx p_paddr = %llx p_vaddr = %llx "
				  "p_filesz = %llx",
				  &type, &offset, &phys, &virt, &size) != 5)
			continue;
		assert_true(ret->count < ARRAY_SIZE(ret->entries));
		ret->entries[ret->count++] = (struct elfcorehdr_entry){
			.type = type, .offset = offset, .phys = phys, .virt = virt, .size = size
		};
	}
	fclose(facts);
	assert_true(ret->count > 3);
}

static bool holds(const struct elfcorehdr_entry *entries, size_t count,
		  const struct elfcorehdr_entry *wanted)
{
	for (size_t i = 0; i < count; i++) {
		if (entries[i].type == wanted->type && entries[i].offset == wanted->offset &&
		    entries[i].phys == wanted->phys && entries[i].virt == wanted->virt &&
		    entries[i].size == wanted->size)
			return true;
	}
	return false;
}

/* Notes and what lies elsewhere than it belongs to must be the same; RAM is collected. */
static void collect(const struct machine *machine, const struct elfcorehdr_entry *entries,
		    size_t count, const struct elfcorehdr_entry *others, size_t nr_others,
		    struct ranges *ram)
{
	for (size_t i = 0; i < count; i++) {
		const struct elfcorehdr_entry *entry = &entries[i];
		bool direct = entry->virt == machine->page_offset + entry->phys;

		if (entry->type == PT_LOAD && direct && entry->phys >= LOW_END) {
			assert_int_equal(entry->offset, entry->phys);
			assert_null(ranges_add(ram, entry->phys, entry->phys + entry->size - 1));
			continue;
		}
		if (direct && machine->low_reserved)
			continue;
		if (!holds(others, nr_others, entry))
			fail_msg("type %u at 0x%llx is on one side only", entry->type,
				 (unsigned long long)entry->phys);
	}
}

static void compare(const char *name, size_t nr_cma)
{
	struct elfcorehdr_low low = { 0 };
	struct ranges ours = { 0 }, ram = { 0 };
	struct elfcorehdr header;
	struct machine machine;
	struct theirs theirs;
	struct host *host;
	char path[512];

	snprintf(path, sizeof(path), MACHINES "%s", name);
	assert_null(host_open(path, &host));
	assert_null(machine_gather(host, &machine));
	assert_int_equal(machine.crash_cma.count, nr_cma);
	read_theirs(name, &theirs);
	low.reserved = machine.low_reserved;
	for (size_t i = 0; i < theirs.count && !low.reserved; i++) {
		const struct elfcorehdr_entry *entry = &theirs.entries[i];

		if (entry->type != PT_LOAD || entry->offset == entry->phys)
			continue;
		low.backup_source = entry->phys;
		low.backup_target = entry->offset;
		low.backup_size = entry->size;
	}
	assert_null(elfcorehdr_make(&machine, &low, &header));
	collect(&machine, header.entries, header.count, theirs.entries, theirs.count, &ours);
	collect(&machine, theirs.entries, theirs.count, header.entries, header.count, &ram);
	for (size_t i = 0; i < machine.crash_cma.count; i++)
		assert_null(ranges_remove(&ram, machine.crash_cma.list[i].start,
					  machine.crash_cma.list[i].end));
	assert_int_equal(ours.count, ram.count);
	assert_memory_equal(ours.list, ram.list, ram.count * sizeof(*ram.list));
	ranges_deinit(&ours);
	ranges_deinit(&ram);
	elfcorehdr_deinit(&header);
	machine_deinit(&machine);
	host_close(host);
}

static void old_kernels(void **state)
{
	compare("small", 0);
	compare("holes", 0);
	compare("fragmented", 0);
}

static void newer_kernels(void **state)
{
	compare("large", 0);
	compare("sparse", 0);
	compare("hotplug", 0);
	compare("virtio-mem", 0);
}

static void booted_by_efi(void **state)
{
	compare("efi", 0);
	compare("efi-7", 0);
}

static void with_cma(void **state)
{
	compare("cma", 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_kernels),
		cmocka_unit_test(newer_kernels),
		cmocka_unit_test(booted_by_efi),
		cmocka_unit_test(with_cma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
