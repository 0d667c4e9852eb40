// SPDX-License-Identifier: GPL-2.0-or-later
/* A self-test's report as JUnit's XML: a test case for each step. */
#include "selftest/selftest.h"

#include "base/junit.h"

static void add_step(struct junit *junit, const struct selftest_step *step)
{
	static const enum junit_result results[] = { [SELFTEST_PASSED] = JUNIT_PASSED,
						     [SELFTEST_FAILED] = JUNIT_FAILED,
						     [SELFTEST_SKIPPED] = JUNIT_SKIPPED };
	const struct junit_case test_case = {
		.name = step->name,
		.result = results[step->result],
		.ns = step->ns,
		.message = step->result == SELFTEST_SKIPPED ? NULL : step->detail,
		.cause = step->cause,
		.output = step->console,
	};

	junit_add(junit, &test_case);
}

struct error *selftest_write_junit(const char *path, const struct selftest_report *report)
{
	struct junit junit = { .class_name = "kx-crash.selftest" };
	auto_text name = { 0 };
	struct error *err;

	text_addf(&name, "kx-crash selftest %s", report->release);
	for (size_t i = 0; i < report->nr_steps; i++)
		add_step(&junit, &report->steps[i]);
	err = name.failed ? error_nomem()
			  : junit_write(&junit, text_string(&name), report->ns, path);
	junit_deinit(&junit);
	return err;
}
