// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JUnit's XML: a test suite, a test case for each step. There is no standard; these elements are
 * what Jenkins, GitLab and pytest agree on.
 */
#include "selftest/selftest.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Text for an attribute or an element. What XML 1.0 cannot hold was made printable before. */
static void add_escaped(struct text *t, const char *s)
{
	auto_text printable = { 0 };

	utf8_add_printable(&printable, s, strlen(s));
	for (const char *p = text_string(&printable); *p; p++) {
		switch (*p) {
		case '&':
			text_adds(t, "&amp;");
			break;
		case '<':
			text_adds(t, "&lt;");
			break;
		case '>':
			text_adds(t, "&gt;");
			break;
		case '"':
			text_adds(t, "&quot;");
			break;
		default:
			text_addc(t, *p);
		}
	}
}

static void add_attribute(struct text *t, const char *name, const char *value)
{
	text_addf(t, " %s=\"", name);
	add_escaped(t, value);
	text_addc(t, '"');
}

static void add_failure(struct text *t, const struct selftest_step *step)
{
	text_adds(t, "    <failure");
	add_attribute(t, "message", step->detail ? step->detail : "");
	text_addc(t, '>');
	if (step->cause) {
		add_escaped(t, step->cause);
		text_addc(t, '\n');
	}
	if (step->console)
		add_escaped(t, step->console);
	text_adds(t, "</failure>\n");
}

static void add_step(struct text *t, const struct selftest_step *step)
{
	text_adds(t, "  <testcase classname=\"kx-crash.selftest\"");
	add_attribute(t, "name", step->name);
	text_addf(t, " time=\"%.3f\">\n", (double)step->ns / 1e9);
	if (step->result == SELFTEST_FAILED) {
		add_failure(t, step);
	} else if (step->result == SELFTEST_SKIPPED) {
		text_adds(t, "    <skipped/>\n");
	} else if (step->detail) {
		text_adds(t, "    <system-out>");
		add_escaped(t, step->detail);
		text_adds(t, "</system-out>\n");
	}
	text_adds(t, "  </testcase>\n");
}

static size_t count(const struct selftest_report *report, enum selftest_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < report->nr_steps; i++)
		n += report->steps[i].result == result;
	return n;
}

struct error *selftest_write_junit(const char *path, const struct selftest_report *report)
{
	auto_text xml = { 0 };
	auto_text name = { 0 };
	FILE *file;
	bool bad;

	text_addf(&name, "kx-crash selftest %s", report->release);
	text_adds(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	add_attribute(&xml, "name", text_string(&name));
	text_addf(&xml,
		  " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n",
		  report->nr_steps, count(report, SELFTEST_FAILED), count(report, SELFTEST_SKIPPED),
		  (double)report->ns / 1e9);
	for (size_t i = 0; i < report->nr_steps; i++)
		add_step(&xml, &report->steps[i]);
	text_adds(&xml, "</testsuite>\n");
	if (xml.failed)
		return error_nomem();
	file = fopen(path, "we");
	if (!file)
		return error_os(errno, "%s", path);
	bad = fwrite(xml.data, 1, xml.len, file) != xml.len;
	return (fclose(file) || bad) ? error_os(errno, "%s", path) : NULL;
}
