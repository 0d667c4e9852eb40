// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/memory_map.c: maps of machines, by the rules of e820. */
#include "kexec/memory_map.h"
#include "support/made_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct memory_map *map, const struct memory_map_entry *entries,
		   size_t count)
{
	for (size_t i = 0; i < min(map->count, count); i++) {
		if (map->entries[i].start != entries[i].start ||
		    map->entries[i].end != entries[i].end ||
		    map->entries[i].type != entries[i].type)
			fail_msg("entry %zu is %llx-%llx %d", i,
				 (unsigned long long)map->entries[i].start,
				 (unsigned long long)map->entries[i].end, map->entries[i].type);
	}
	assert_int_equal(map->count, count);
}

static void a_pc(void **state)
{
	static const struct memory_map_entry expected[] = {
		{ 0x0, 0xfff, MEMORY_RESERVED },
		{ 0x1000, 0x9fbff, MEMORY_RAM },
		{ 0x9fc00, 0x9ffff, MEMORY_RESERVED },
		{ 0xf0000, 0xfffff, MEMORY_RESERVED },
		{ 0x32000000, 0x3dbfffff, MEMORY_RAM },
		{ 0x3dc04000, 0x3dffffff, MEMORY_RAM },
		{ 0x3ffe0000, 0x3fffffff, MEMORY_RESERVED },
		{ 0xfeffc000, 0xfeffffff, MEMORY_RESERVED },
		{ 0xfffc0000, 0xffffffff, MEMORY_RESERVED },
	};
	struct ranges taken = { 0 };
	struct machine machine;
	struct memory_map map;

	made_machine(made_iomem_pc, 1, &machine);
	assert_null(ranges_add(&taken, 0x3dc00000, 0x3dc03fff));
	assert_null(memory_map_make_crash(&machine, &taken, &map));
	expect(&map, expected, ARRAY_SIZE(expected));
	assert_int_equal(memory_map_bytes(&map, MEMORY_RAM),
			 0x9ec00 + (MADE_PC_REGION_END + 1 - MADE_PC_REGION) - 0x4000);
	memory_map_deinit(&map);
	ranges_deinit(&taken);
	machine_deinit(&machine);
}

/* A low crash region, all kinds of memory, one nested in another. */
static void all_kinds(void **state)
{
	static const char iomem[] = "00000000-0009ffff : System RAM\n"
				    "00100000-7fffffff : System RAM\n"
				    "  60000000-6fffffff : Crash kernel\n"
				    "80000000-8000ffff : ACPI Tables\n"
				    "80010000-8001ffff : ACPI Non-volatile Storage\n"
				    "80020000-8002ffff : Unusable memory\n"
				    "90000000-9fffffff : Reserved\n"
				    "  98000000-98000fff : ACPI Non-volatile Storage\n"
				    "100000000-1ffffffff : Persistent Memory\n"
				    "  100000000-1ffffffff : namespace0.0\n"
				    "200000000-20fffffff : Persistent Memory (legacy)\n"
				    "210000000-21fffffff : Soft Reserved\n"
				    "300000000-3ffffffff : System RAM\n"
				    "  380000000-38fffffff : Crash kernel\n";
	static const struct memory_map_entry expected[] = {
		{ 0x0, 0x9ffff, MEMORY_RAM },
		{ 0x60000000, 0x6fffffff, MEMORY_RAM },
		{ 0x80000000, 0x8000ffff, MEMORY_ACPI },
		{ 0x80010000, 0x8001ffff, MEMORY_NVS },
		{ 0x80020000, 0x8002ffff, MEMORY_UNUSABLE },
		{ 0x90000000, 0x97ffffff, MEMORY_RESERVED },
		{ 0x98000000, 0x98000fff, MEMORY_NVS },
		{ 0x98001000, 0x9fffffff, MEMORY_RESERVED },
		{ 0x100000000, 0x1ffffffff, MEMORY_PMEM },
		{ 0x200000000, 0x20fffffff, MEMORY_PRAM },
		{ 0x210000000, 0x21fffffff, MEMORY_RESERVED },
		{ 0x380000000, 0x38fffffff, MEMORY_RAM },
	};
	struct ranges taken = { 0 };
	struct machine machine;
	struct memory_map map;

	made_machine(iomem, 1, &machine);
	assert_null(memory_map_make_crash(&machine, &taken, &map));
	expect(&map, expected, ARRAY_SIZE(expected));
	memory_map_deinit(&map);
	machine_deinit(&machine);
}

static void whole(void **state)
{
	static const struct memory_map_entry from_firmware[] = {
		{ 0x0, 0x9fbff, MEMORY_RAM },
		{ 0x9fc00, 0x9ffff, MEMORY_RESERVED },
		{ 0x100000, 0x3ffdffff, MEMORY_RAM },
	};
	static const struct machine_firmware_range ranges[] = {
		{ 0x100000, 0x3ffdffff, "System RAM" },
		{ 0x0, 0x9fbff, "System RAM" },
		{ 0x9fc00, 0x9ffff, "Unknown to us" },
	};
	struct machine machine;
	struct memory_map map;

	made_machine(made_iomem_pc, 1, &machine);
	assert_null(memory_map_make_whole(&machine, &map));
	/* All of RAM, the crash region with it. */
	assert_int_equal(memory_map_bytes(&map, MEMORY_RAM), machine.memory_bytes);
	memory_map_deinit(&map);

	machine.firmware_map = malloc(sizeof(ranges));
	memcpy(machine.firmware_map, ranges, sizeof(ranges));
	machine.nr_firmware_map = 3;
	assert_null(memory_map_make_whole(&machine, &map));
	expect(&map, from_firmware, ARRAY_SIZE(from_firmware));
	memory_map_deinit(&map);
	machine_deinit(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pc),
		cmocka_unit_test(all_kinds),
		cmocka_unit_test(whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
