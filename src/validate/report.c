// SPDX-License-Identifier: GPL-2.0-or-later
/* A report in words, and as JUnit's XML. */
#include "validate/validate.h"

#include "base/junit.h"

const char *finding_severity_name(enum finding_severity severity)
{
	static const char *const names[] = {
		[FINDING_NOTE] = "note", [FINDING_FAULT] = "fault", [FINDING_UNUSABLE] = "unusable"
	};

	return names[severity];
}

const char *finding_cause_name(enum finding_cause cause)
{
	static const char *const names[] = { [CAUSE_CORRUPT] = "corrupt",
					     [CAUSE_EXCLUDED] = "excluded",
					     [CAUSE_ABSENT] = "absent",
					     [CAUSE_RACE] = "race",
					     [CAUSE_CRASHED] = "crashed" };

	return names[cause];
}

const char *check_outcome_name(enum check_outcome outcome)
{
	static const char *const names[] = { [OUTCOME_PASSED] = "passed",
					     [OUTCOME_NOTES] = "notes",
					     [OUTCOME_FAULTS] = "faults",
					     [OUTCOME_SKIPPED] = "skipped" };

	return names[outcome];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { [VERDICT_WHOLE] = "whole",
					     [VERDICT_FAULTS] = "faults",
					     [VERDICT_UNUSABLE] = "unusable" };

	return names[verdict];
}

/* The texts of what @result's check found, a line each. */
static void add_findings(struct text *t, const struct validate_result *result)
{
	for (size_t i = 0; i < result->nr_findings; i++) {
		const struct finding *finding = &result->findings[i];

		text_addf(t, "%s, %s: %s\n", finding_severity_name(finding->severity),
			  finding_cause_name(finding->cause), finding->text);
	}
}

static void add_result(struct junit *junit, const struct validate_result *result)
{
	static const enum junit_result results[] = { [OUTCOME_PASSED] = JUNIT_PASSED,
						     [OUTCOME_NOTES] = JUNIT_PASSED,
						     [OUTCOME_FAULTS] = JUNIT_FAILED,
						     [OUTCOME_SKIPPED] = JUNIT_SKIPPED };
	struct junit_case c = {
		.name = result->check->name,
		.result = results[result->outcome],
		.ns = result->ns,
		.message = result->why_skipped,
	};
	auto_text lines = { 0 };

	add_findings(&lines, result);
	if (result->outcome == OUTCOME_FAULTS) {
		c.message = result->check->summary;
		c.output = text_string(&lines);
	} else if (result->outcome == OUTCOME_NOTES) {
		c.message = text_string(&lines);
	}
	junit_add(junit, &c);
	junit->cases.failed |= lines.failed;
}

struct error *validate_write_junit(const char *path, const char *name,
				   const struct validate_report *report)
{
	struct junit junit = { .class_name = "kx-crash.validate" };
	auto_text suite = { 0 };
	struct error *err;

	text_addf(&suite, "kx-crash validate %s", name);
	for (size_t i = 0; i < report->nr_results; i++)
		add_result(&junit, &report->results[i]);
	err = suite.failed ? error_nomem()
			   : junit_write(&junit, text_string(&suite), report->ns, path);
	junit_deinit(&junit);
	return err;
}
