// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/state*.c, kexec/status.c: records come back as they were written, and are compared. */
#include "kexec/state.h"
#include "kexec/status.h"
#include "support/data.h"
#include "support/made_machine.h"
#include "support/snapshot_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FIPS 180-4's example, as sha256sum has it. */
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char *path_in(const char *folder, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void file_of(const char *folder, const char *name, struct state_file *ret)
{
	snapshot_dir_puts(folder, path_in("", name), "abc");
	assert_ok(state_file_now(path_in(folder, name), ret));
}

/* An arming of this boot with two files in @folder. */
static struct state_arming made_arming(const char *folder)
{
	struct state_arming arming = {
		.release = "6.1.0-made",
		.command_line = strdup("console=ttyS0 quote=\"a b\" \xc3\xbc"),
		.system_call = "kexec_load",
		.digest = SHA256_ABC,
		.hotplug = true,
		.crash_start = MADE_PC_REGION,
		.crash_end = MADE_PC_REGION_END,
		.crash_size = 192 << 20,
		.time = 1700000000,
	};

	assert_ok(state_boot_id(arming.boot_id));
	file_of(folder, "vmlinuz", &arming.kernel);
	file_of(folder, "initrd", &arming.initrd);
	return arming;
}

static void hashes(void **state)
{
	char *folder = snapshot_dir_create(), hex[65];
	struct state_file file;

	state_sha256("abc", 3, hex);
	assert_string_equal(hex, SHA256_ABC);
	file_of(folder, "abc", &file);
	assert_string_equal(file.sha256, SHA256_ABC);
	assert_int_equal(file.size, 3);
	assert_ok(state_file_check(&file));
	snapshot_dir_puts(folder, "/abc", "abd");
	assert_fails(state_file_check(&file), ERROR_BAD_DATA);
	unlink(file.path);
	assert_fails(state_file_check(&file), ERROR_NOT_FOUND);
	state_file_deinit(&file);
	snapshot_dir_remove(folder);
}

static void arming_comes_back(void **state)
{
	char *folder = snapshot_dir_create();
	struct state_arming arming = made_arming(folder), back;

	assert_fails(state_arming_read(folder, &back), ERROR_NOT_FOUND);
	assert_ok(state_arming_write(folder, &arming));
	assert_ok(state_arming_read(folder, &back));
	assert_string_equal(back.boot_id, arming.boot_id);
	assert_string_equal(back.release, "6.1.0-made");
	assert_string_equal(back.kernel.path, arming.kernel.path);
	assert_string_equal(back.initrd.sha256, SHA256_ABC);
	assert_string_equal(back.command_line, arming.command_line);
	assert_string_equal(back.system_call, "kexec_load");
	assert_string_equal(back.digest, SHA256_ABC);
	assert_true(back.hotplug);
	assert_false(back.initrd_inside);
	assert_int_equal(back.crash_start, MADE_PC_REGION);
	assert_int_equal(back.crash_end, MADE_PC_REGION_END);
	assert_int_equal(back.crash_size, 192 << 20);
	assert_int_equal(back.time, 1700000000);
	state_arming_deinit(&back);

	/* Without an initramfs, over the old record. */
	state_file_deinit(&arming.initrd);
	assert_ok(state_arming_write(folder, &arming));
	assert_int_not_equal(access(path_in(folder, "armed.json.new"), F_OK), 0);
	assert_ok(state_arming_read(folder, &back));
	assert_null(back.initrd.path);
	state_arming_deinit(&back);
	assert_ok(state_arming_forget(folder));
	assert_ok(state_arming_forget(folder));
	assert_fails(state_arming_read(folder, &back), ERROR_NOT_FOUND);
	state_arming_deinit(&arming);
	snapshot_dir_remove(folder);
}

static void damaged_records(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"kernel\":1}",
		"{\"boot_id\":\"x\",\"kernel\":{\"path\":3}}",
	};
	char *folder = snapshot_dir_create();
	struct state_selftest *tests;
	struct state_arming arming;
	size_t count;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snapshot_dir_puts(folder, "/armed.json", texts[i]);
		assert_fails(state_arming_read(folder, &arming), ERROR_BAD_DATA);
	}
	snapshot_dir_puts(folder, "/selftest.json", "{\"tests\":[3,{\"crash_size\":-1}]}");
	assert_ok(state_selftests_read(folder, &tests, &count));
	assert_int_equal(count, 2);
	assert_int_equal(tests[1].crash_size, 0);
	assert_false(tests[1].passed);
	free(tests);
	/* What cannot be read is replaced. */
	snapshot_dir_puts(folder, "/selftest.json", "nonsense");
	assert_fails(state_selftests_read(folder, &tests, &count), ERROR_BAD_DATA);
	assert_ok(state_selftest_write(folder, &(struct state_selftest){ .passed = true }));
	assert_ok(state_selftests_read(folder, &tests, &count));
	assert_int_equal(count, 1);
	free(tests);
	snapshot_dir_remove(folder);
}

static void selftests_are_kept(void **state)
{
	char *folder = snapshot_dir_create();
	struct state_selftest test = { .release = "6.1", .system_call = "kexec_load" }, *tests;
	size_t count;

	assert_ok(state_selftests_read(folder, &tests, &count));
	assert_int_equal(count, 0);
	for (unsigned int i = 0; i < STATE_MAX_SELFTESTS + 3; i++) {
		test.crash_size = i;
		test.time = 1000 + i;
		assert_ok(state_selftest_write(folder, &test));
	}
	/* An old setup again: it is the newest now, and there once. */
	test.crash_size = 10;
	test.passed = true;
	test.duration_ms = 12345;
	strcpy(test.failed_step, "save");
	assert_ok(state_selftest_write(folder, &test));
	assert_ok(state_selftests_read(folder, &tests, &count));
	assert_int_equal(count, STATE_MAX_SELFTESTS);
	assert_int_equal(tests[0].crash_size, 10);
	assert_true(tests[0].passed);
	assert_int_equal(tests[0].duration_ms, 12345);
	assert_string_equal(tests[0].failed_step, "save");
	assert_int_equal(tests[1].crash_size, STATE_MAX_SELFTESTS + 2);
	for (size_t i = 1; i < count; i++)
		assert_int_not_equal(tests[i].crash_size, 10);
	free(tests);
	snapshot_dir_remove(folder);
}

/* The only problem that there is; NULL: none. */
static void expect_problem(const struct machine *machine, const char *folder, const char *what)
{
	struct status status;

	assert_ok(status_make(machine, folder, folder, &status));
	assert_int_equal(status.as_armed, !what);
	assert_int_equal(status.nr_problems, what ? 1 : 0);
	if (what)
		assert_string_equal(status.problems[0].what, what);
	status_deinit(&status);
}

static void status_compares(void **state)
{
	char *folder = snapshot_dir_create();
	struct state_arming arming = made_arming(folder);
	struct machine machine;

	made_machine(made_iomem_pc, 2, &machine);
	machine.crash_size = 192 << 20;
	expect_problem(&machine, folder, "not_loaded");
	machine.crash_loaded = true;
	expect_problem(&machine, folder, "record");
	assert_ok(state_arming_write(folder, &arming));
	expect_problem(&machine, folder, NULL);
	machine.crash_loaded = false;
	expect_problem(&machine, folder, "not_loaded");
	machine.crash_loaded = true;
	machine.crash_size = 128 << 20;
	expect_problem(&machine, folder, "crash_size");
	machine.crash_size = 192 << 20;
	machine.crash_region.start += 4096;
	expect_problem(&machine, folder, "crash_region");
	machine.crash_region.start -= 4096;
	snapshot_dir_puts(folder, "/vmlinuz", "abd");
	expect_problem(&machine, folder, "kernel");
	snapshot_dir_puts(folder, "/vmlinuz", "abc");
	unlink(arming.initrd.path);
	expect_problem(&machine, folder, "initrd");
	snapshot_dir_puts(folder, "/initrd", "abc");
	strcpy(machine.release, "6.2");
	expect_problem(&machine, folder, "release");
	strcpy(machine.release, "6.1.0-made");
	expect_problem(&machine, folder, NULL);
	/* Another boot's record tells of nothing that is there now. */
	strcpy(arming.boot_id, "another");
	assert_ok(state_arming_write(folder, &arming));
	expect_problem(&machine, folder, "record");
	state_arming_deinit(&arming);
	machine_deinit(&machine);
	snapshot_dir_remove(folder);
}

static void expect_test(const struct machine *machine, const char *folder, enum status_test test,
			const char *differs)
{
	struct status status;

	assert_ok(status_make(machine, folder, folder, &status));
	assert_int_equal(status.test, test);
	assert_string_equal(status.test_differs, differs);
	status_deinit(&status);
}

static void status_knows_the_selftest(void **state)
{
	char *folder = snapshot_dir_create();
	struct state_arming arming = made_arming(folder);
	struct state_selftest test = {
		.release = "6.1.0-made",
		.kernel_sha256 = SHA256_ABC,
		.initrd_sha256 = SHA256_ABC,
		.system_call = "kexec_load",
		.crash_size = 128 << 20,
	};
	struct machine machine;

	made_machine(made_iomem_pc, 2, &machine);
	machine.crash_size = 192 << 20;
	machine.crash_loaded = true;
	assert_ok(state_arming_write(folder, &arming));
	expect_test(&machine, folder, STATUS_NEVER, "");
	assert_ok(state_selftest_write(folder, &test));
	expect_test(&machine, folder, STATUS_OTHER, "command line, crashkernel size");
	state_sha256(arming.command_line, strlen(arming.command_line), test.command_line_sha256);
	test.crash_size = 192 << 20;
	assert_ok(state_selftest_write(folder, &test));
	expect_test(&machine, folder, STATUS_APPLIES, "");
	/* A newer one of another setup does not hide it. */
	strcpy(test.system_call, "kexec_file_load");
	assert_ok(state_selftest_write(folder, &test));
	expect_test(&machine, folder, STATUS_APPLIES, "");
	/* Of another image: nothing is known of this one. */
	snapshot_dir_puts(folder, "/other", "other");
	state_file_deinit(&arming.kernel);
	assert_ok(state_file_now(path_in(folder, "other"), &arming.kernel));
	assert_ok(state_arming_write(folder, &arming));
	expect_test(&machine, folder, STATUS_NEVER, "");
	state_arming_deinit(&arming);
	machine_deinit(&machine);
	snapshot_dir_remove(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes),	   cmocka_unit_test(arming_comes_back),
		cmocka_unit_test(damaged_records), cmocka_unit_test(selftests_are_kept),
		cmocka_unit_test(status_compares), cmocka_unit_test(status_knows_the_selftest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
