// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/trace.c: traces as kernels of several ages have printed them. */
#include "support/data.h"

#include "selftest/trace.h"

#include <stdio.h>
#include <string.h>

static void check(const struct trace *trace, const char *const *frames)
{
	size_t i;

	for (i = 0; frames[i]; i++) {
		char text[256];

		assert_true(i < trace->count);
		snprintf(text, sizeof(text), "%s+0x%llx%s%s", trace->frames[i].function,
			 (unsigned long long)trace->frames[i].offset,
			 *trace->frames[i].module ? " " : "", trace->frames[i].module);
		assert_string_equal(text, frames[i]);
	}
	assert_int_equal(trace->count, i);
}

/* A fault in a module, Linux 6.1. */
static void a_fault(void **state)
{
	static const char text[] =
		"[    5.832300] kxboom: dying of null\n"
		"[    5.832647] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
		"[    5.832772] #PF: supervisor write access in kernel mode\n"
		"[    5.833197] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
		"[    5.833329] CPU: 1 PID: 213 Comm: sh Kdump: loaded Tainted: G           OE      "
		"6.1.0-50-cloud-amd64 #1  Debian 6.1.176-1\n"
		"[    5.833657] RIP: 0010:kx_null_three+0xb/0x20 [kxboom]\n"
		"[    5.834192] RSP: 0018:ffffd128003d3dd0 EFLAGS: 00000246\n"
		"[    5.834657] Call Trace:\n"
		"[    5.834657]  <TASK>\n"
		"[    5.834657]  kx_null_two+0xa/0x20 [kxboom]\n"
		"[    5.834657]  vfs_write+0xc7/0x3f0\n"
		"[    5.834657]  ? handle_mm_fault+0xdb/0x2d0\n"
		"[    5.834657]  entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n"
		"[    5.834657] RIP: 0033:0x47b7a0\n"
		"[    5.834657]  </TASK>\n"
		"[    5.834657] Modules linked in: kxboom(OE)\n"
		"[    5.934657] Kernel panic - not syncing: Fatal exception\n"
		"[    5.934657]  later+0x1/0x2\n";
	static const char *const frames[] = { "kx_null_three+0xb kxboom", "kx_null_two+0xa kxboom",
					      "vfs_write+0xc7",
					      "entry_SYSCALL_64_after_hwframe+0x6e", NULL };
	struct trace trace;

	trace_parse(text, &trace);
	assert_true(trace.died);
	assert_int_equal(trace.cpu, 1);
	assert_int_equal(trace.pid, 213);
	check(&trace, frames);
}

/* panic() in NMI context, as the log of Linux 6.12 has it: no stamps, and the function that the
 * NMI came upon on a line of its own. */
static void an_nmi(void **state)
{
	static const char text[] =
		"Uhhuh. NMI received for unknown reason 20 on CPU 0.\n"
		"Kernel panic - not syncing: NMI: Not continuing\n"
		"CPU: 0 UID: 0 PID: 0 Comm: swapper/0 Kdump: loaded Not tainted 6.12.117 #1\n"
		"Call Trace:\n"
		" <NMI>\n"
		" panic+0x37d/0x3c0\n"
		" nmi_panic.cold+0xc/0xc\n"
		" </NMI>\n"
		"RIP: 0010:pv_native_safe_halt+0xf/0x20\n"
		" default_idle+0x9/0x20\n"
		" ? tick_nohz+0x1/0x20\n"
		" </TASK>\n";
	static const char *const frames[] = { "panic+0x37d", "nmi_panic.cold+0xc",
					      "pv_native_safe_halt+0xf", "default_idle+0x9", NULL };
	struct trace trace;

	trace_parse(text, &trace);
	assert_string_equal(trace.reason, "NMI: Not continuing");
	assert_int_equal(trace.cpu, 0);
	assert_int_equal(trace.pid, 0);
	check(&trace, frames);
}

/* With CONFIG_PRINTK_CALLER; a module with a build-id; nothing after the death. */
static void stamps(void **state)
{
	static const char text[] =
		"[   12.000001][  T199] Kernel panic - not syncing: why\n"
		"[   12.000002][   C0] CPU: 2 PID: 199 Comm: x y Not tainted 6.1 #1\n"
		"[   12.000003][  T199] Call Trace:\n"
		"[   12.000004][  T199]  f+0x1/0x2 [mod 0123456789abcdef]\n";
	static const char *const frames[] = { "f+0x1 mod", NULL };
	struct trace trace;

	trace_parse(text, &trace);
	assert_int_equal(trace.cpu, 2);
	check(&trace, frames);
}

static void nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"[    1.0] Call Trace:\n[    1.0]  warned+0x1/0x2\n",
		"[#",
		"Kernel panic - not synci",
	};
	struct trace trace;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		trace_parse(texts[i], &trace);
		assert_false(trace.died);
		assert_int_equal(trace.count, 0);
	}
}

/* More frames than there is room for, and lines without an end. */
static void too_much(void **state)
{
	static char text[600000];
	size_t len = (size_t)sprintf(text, "Kernel panic - not syncing: %0600d\nCall Trace:\n", 7);
	struct trace trace;

	for (unsigned int i = 0; i < 10000; i++)
		len += (size_t)sprintf(text + len, " f%u+0x1/0x2\n", i);
	memset(text + len, 'x', 2000);
	trace_parse(text, &trace);
	assert_int_equal(trace.count, TRACE_MAX);
	assert_string_equal(trace.frames[TRACE_MAX - 1].function, "f255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault), cmocka_unit_test(an_nmi),   cmocka_unit_test(stamps),
		cmocka_unit_test(nothing), cmocka_unit_test(too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
