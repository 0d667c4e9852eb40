// SPDX-License-Identifier: GPL-2.0-or-later
/* Which line of a log is taken for the cause of death. The lines are those of real kernels. */
#include "support/data.h"

#include "kernel/system.h"

#include <string.h>

/* The lines are told by one task. */
static const char *cause_of(struct panic_search *search, const char *const *lines)
{
	*search = (struct panic_search){ 0 };
	for (uint64_t i = 0; lines[i]; i++)
		panic_search_line(search, i, 1, lines[i]);
	return panic_search_result(search);
}

#define CAUSE(...) cause_of(&search, (const char *const[]){ __VA_ARGS__, NULL })

static void a_panic_of_its_own(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("sysrq: Trigger a crash",
				  "Kernel panic - not syncing: sysrq triggered crash",
				  "CPU: 0 PID: 77 Comm: sh"),
			    "Kernel panic - not syncing: sysrq triggered crash");
	assert_string_equal(
		CAUSE("Kernel panic - not syncing: Out of memory: system-wide "
		      "panic_on_oom is enabled",
		      "---[ end Kernel panic - not syncing: Out of memory ]---"),
		"Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is "
		"enabled");
}

static void a_fault_before_the_panic(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("BUG: kernel NULL pointer dereference, address: 0000000000000000",
				  "#PF: supervisor write access in kernel mode",
				  "Oops: 0002 [#1] PREEMPT SMP NOPTI",
				  "---[ end trace 0000000000000000 ]---",
				  "Kernel panic - not syncing: Fatal exception"),
			    "BUG: kernel NULL pointer dereference, address: 0000000000000000");
	assert_string_equal(CAUSE("kernel BUG at /tmp/kxboom/kxboom.c:67!",
				  "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
				  "---[ end trace 0000000000000000 ]---",
				  "Kernel panic - not syncing: Fatal exception in interrupt"),
			    "kernel BUG at /tmp/kxboom/kxboom.c:67!");
	assert_string_equal(
		CAUSE("BUG: TASK stack guard page was hit at 00000000ed6fdc16 (stack is "
		      "00000000576e0305..00000000cf227b78)",
		      "stack guard page: 0000 [#1] PREEMPT SMP NOPTI",
		      "Kernel panic - not syncing: Fatal exception in interrupt"),
		"BUG: TASK stack guard page was hit at 00000000ed6fdc16 (stack is "
		"00000000576e0305..00000000cf227b78)");
	/* kdump takes over before the end of the oops: no panic is told. */
	assert_string_equal(CAUSE("Oops: general protection fault, probably for non-canonical "
				  "address 0xdead000000000100: 0000 [#1] SMP",
				  "CPU: 1 UID: 0 PID: 5 Comm: sh"),
			    "Oops: general protection fault, probably for non-canonical address "
			    "0xdead000000000100: 0000 [#1] SMP");
}

static void the_first_of_a_chain(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("BUG: unable to handle page fault for address: ffffffff00000000",
				  "Oops: 0000 [#1] SMP",
				  "BUG: kernel NULL pointer dereference, address: 0000000000000008",
				  "Oops: 0000 [#2] SMP", "---[ end trace 0000000000000000 ]---",
				  "Kernel panic - not syncing: Fatal exception"),
			    "BUG: unable to handle page fault for address: ffffffff00000000");
}

static void a_fault_that_was_survived(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("BUG: kernel NULL pointer dereference, address: 0000000000000000",
				  "Oops: 0002 [#1] SMP", "---[ end trace 0000000000000000 ]---",
				  "Kernel panic - not syncing: sysrq triggered crash"),
			    "Kernel panic - not syncing: sysrq triggered crash");
	assert_string_equal(CAUSE("BUG: kernel NULL pointer dereference, address: 0000000000000000",
				  "---[ end trace 0000000000000000 ]---",
				  "kernel BUG at fs/inode.c:1!",
				  "---[ end trace 0000000000000000 ]---",
				  "Kernel panic - not syncing: Fatal exception"),
			    "kernel BUG at fs/inode.c:1!");
}

static void init_dies_of_a_fault(void **state)
{
	struct panic_search search = { 0 };

	panic_search_line(&search, 0, 1, "BUG: unable to handle page fault for address: 1");
	panic_search_line(&search, 1, 1, "---[ end trace 0000000000000000 ]---");
	panic_search_line(
		&search, 2, 1,
		"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009");
	assert_string_equal(panic_search_result(&search),
			    "BUG: unable to handle page fault for address: 1");
	/* Another task's fault is not why init died. */
	search = (struct panic_search){ 0 };
	panic_search_line(&search, 0, 77, "BUG: unable to handle page fault for address: 1");
	panic_search_line(&search, 1, 77, "---[ end trace 0000000000000000 ]---");
	panic_search_line(
		&search, 2, 1,
		"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009");
	assert_string_equal(panic_search_result(&search),
			    "Kernel panic - not syncing: Attempted to "
			    "kill init! exitcode=0x00000009");
}

static void a_warning_made_fatal(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("WARNING: CPU: 0 PID: 9 at kernel/workqueue.c:1 f+0x1/0x2",
				  "Kernel panic - not syncing: kernel: panic_on_warn set ..."),
			    "WARNING: CPU: 0 PID: 9 at kernel/workqueue.c:1 f+0x1/0x2");
}

static void nothing_happened(void **state)
{
	struct panic_search search;

	assert_string_equal(CAUSE("Linux version 6.1.0", "Kernel command line: panic=0",
				  "WARNING: CPU: 0 PID: 1 at init/main.c:1 f+0x1/0x2",
				  "---[ end trace 0000000000000000 ]---"),
			    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_panic_of_its_own),	cmocka_unit_test(a_fault_before_the_panic),
		cmocka_unit_test(the_first_of_a_chain), cmocka_unit_test(a_fault_that_was_survived),
		cmocka_unit_test(init_dies_of_a_fault), cmocka_unit_test(a_warning_made_fatal),
		cmocka_unit_test(nothing_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
