// SPDX-License-Identifier: GPL-2.0-or-later
/* The smallest crashkernel= that works, by bisection. */
#include "selftest/selftest.h"

#include <stdio.h>
#include <string.h>

static void ignore(void *context, const struct selftest_step *step)
{
}

static void tell(const struct selftest_report *report, const char *name, selftest_listener listener,
		 void *context)
{
	struct selftest_step step = {
		.name = name,
		.result = report->passed ? SELFTEST_PASSED : SELFTEST_FAILED,
		.ns = report->ns,
	};
	char detail[400];

	for (size_t i = 0; i < report->nr_steps; i++) {
		const struct selftest_step *from = &report->steps[i];

		if (from->result == SELFTEST_FAILED) {
			snprintf(detail, sizeof(detail), "%s: %s", from->name, from->detail);
			step.detail = detail;
			step.cause = from->cause;
			break;
		}
		if (report->passed && !strcmp(from->name, "capture"))
			step.detail = from->detail;
	}
	listener(context, &step);
}

/* Runs the whole test at @mb; the outcome of the last try counts. */
static struct error *try_size(const struct selftest_options *options, unsigned int mb,
			      selftest_listener listener, void *context, bool *ret)
{
	struct selftest_options sized = *options;
	struct selftest_report report;
	struct error *err = NULL;
	char crashkernel[32];
	bool again = true;

	snprintf(crashkernel, sizeof(crashkernel), "%uM", mb);
	sized.crashkernel = crashkernel;
	for (unsigned int i = 0; !err && again && i < 2; i++) {
		err = selftest_run(&sized, ignore, NULL, &report);
		*ret = report.passed;
		again = !report.passed && !report.capture_short;
		if (!err && (!again || i == 1))
			tell(&report, crashkernel, listener, context);
		selftest_report_deinit(&report);
	}
	return err;
}

struct error *selftest_minimum(const struct selftest_options *options, unsigned int low_mb,
			       unsigned int high_mb, unsigned int step_mb,
			       selftest_listener listener, void *context, unsigned int *ret)
{
	/* In steps: @good works, @bad does not (or is below all that is tried). */
	unsigned int good = high_mb / step_mb, bad = low_mb / step_mb ? low_mb / step_mb - 1 : 0;
	bool passed;

	*ret = 0;
	TRY(try_size(options, good * step_mb, listener, context, &passed));
	if (!passed)
		return NULL;
	while (good - bad > 1) {
		unsigned int middle = bad + (good - bad) / 2;

		TRY(try_size(options, middle * step_mb, listener, context, &passed));
		if (passed)
			good = middle;
		else
			bad = middle;
	}
	/* Where a kernel is put is random, and so is what it needs: what has worked must do so
	 * again.
	 */
	for (passed = false; !passed && good <= high_mb / step_mb; good += !passed)
		TRY(try_size(options, good * step_mb, listener, context, &passed));
	if (!passed)
		return NULL;
	*ret = good * step_mb;
	return NULL;
}
