// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/pretend.c and kexec/low_memory.c. */
#include "kexec/pretend.h"

#include "kexec/low_memory.h"
#include "support/made_machine.h"
#include "support/snapshot_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1ull << 20)

static void placed(void **state)
{
	static const char iomem[] = "00001000-0009fbff : System RAM\n"
				    "00100000-bffdffff : System RAM\n"
				    "  b0000000-b7ffffff : Crash kernel\n"
				    "100000000-23fffffff : System RAM\n";
	static const struct {
		const char *text;
		uint64_t start, size;
	} wishes[] = {
		/* As high as it can, at 16 MiB; its own old region is no obstacle. */
		{ "256M", 0xaf000000, 256 * MIB },
		{ "0x10000000", 0xaf000000, 256 * MIB },
		{ "512M,high", 0x220000000, 512 * MIB },
		{ "64M@0x4000000", 0x4000000, 64 * MIB },
		{ "64m@256m", 0x10000000, 64 * MIB },
		/* Not where the running kernel lies: 0x1e000000 and 44 MiB. */
		{ "2G", 0x3f000000, 2048 * MIB },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct machine machine;

		made_machine(iomem, 1, &machine);
		assert_null(pretend_crash_region(&machine, wishes[i].text));
		assert_true(machine.has_crash_region);
		assert_int_equal(machine.crash.count, 1);
		assert_int_equal(machine.crash_region.start, wishes[i].start);
		assert_int_equal(machine.crash_region.end - machine.crash_region.start + 1,
				 wishes[i].size);
		assert_int_equal(machine.crash_size, wishes[i].size);
		machine_deinit(&machine);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
	} wishes[] = {
		{ "", ERROR_USAGE },
		{ "lots", ERROR_USAGE },
		{ "0", ERROR_USAGE },
		{ "-1M", ERROR_USAGE },
		{ "1M,low", ERROR_USAGE },
		{ "1M@", ERROR_USAGE },
		{ "1M@x", ERROR_USAGE },
		{ "1Mx", ERROR_USAGE },
		{ "1000", ERROR_USAGE },
		{ "99999999999T", ERROR_USAGE },
		{ "1M@0xfffffffffffff000", ERROR_USAGE },
		{ "2G", ERROR_ABSENT },
		{ "64M,high@0xfd000000", ERROR_ABSENT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
		struct machine machine;
		struct error *err;

		made_machine(made_iomem_pc, 1, &machine);
		err = pretend_crash_region(&machine, wishes[i].text);
		if (!err || err->code != wishes[i].code)
			fail_msg("%s: %s", wishes[i].text, err ? err->message : "taken");
		error_free(err);
		assert_int_equal(machine.crash_region.start, MADE_PC_REGION);
		machine_deinit(&machine);
	}
}

/* KPF_RESERVED is bit 32 of a page's 64 bits: pagemap.rst. */
static void low_memory(void **state)
{
	char *dir = snapshot_dir_create();
	uint64_t flags[160];
	struct machine machine;
	struct range range;
	bool reserved = true;

	made_machine(made_iomem_pc, 1, &machine);
	assert_null(host_open(dir, &machine.host));
	assert_true(error_dropped(low_memory_reserved(&machine, &reserved)));
	for (size_t i = 0; i < 160; i++)
		flags[i] = 1ull << 32;
	/* What is no RAM does not count: the first page, and the last one. */
	flags[0] = flags[159] = 0;
	snapshot_dir_put(dir, "/proc/kpageflags", flags, sizeof(flags));
	assert_null(low_memory_reserved(&machine, &reserved));
	assert_true(reserved);
	flags[77] = 0x400;
	snapshot_dir_put(dir, "/proc/kpageflags", flags, sizeof(flags));
	assert_null(low_memory_reserved(&machine, &reserved));
	assert_false(reserved);
	/* Cut short: what is not known is not reserved. */
	snapshot_dir_put(dir, "/proc/kpageflags", flags, 64);
	assert_null(low_memory_reserved(&machine, &reserved));
	assert_false(reserved);
	/* A kernel that keeps elfcorehdr itself leaves the first MiB out of it. */
	machine.elfcorehdr_size = 0x76000;
	assert_null(low_memory_reserved(&machine, &reserved));
	assert_true(reserved);

	assert_true(low_memory_range(&machine, &range));
	assert_int_equal(range.start, 0x1000);
	assert_int_equal(range.end, 0x9fbff);
	host_close(machine.host);
	machine_deinit(&machine);
	snapshot_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placed),
		cmocka_unit_test(refused),
		cmocka_unit_test(low_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
