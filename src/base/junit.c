// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/junit.h"

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

static void add_failure(struct text *t, const struct junit_case *c)
{
	text_adds(t, "    <failure");
	add_attribute(t, "message", c->message ? c->message : "");
	text_addc(t, '>');
	if (c->cause) {
		add_escaped(t, c->cause);
		text_addc(t, '\n');
	}
	if (c->output)
		add_escaped(t, c->output);
	text_adds(t, "</failure>\n");
}

void junit_add(struct junit *junit, const struct junit_case *c)
{
	struct text *t = &junit->cases;

	junit->tests++;
	text_adds(t, "  <testcase");
	add_attribute(t, "classname", junit->class_name);
	add_attribute(t, "name", c->name);
	text_addf(t, " time=\"%.3f\">\n", (double)c->ns / 1e9);
	if (c->result == JUNIT_FAILED) {
		junit->failures++;
		add_failure(t, c);
	} else if (c->result == JUNIT_SKIPPED) {
		junit->skipped++;
		text_adds(t, "    <skipped");
		if (c->message)
			add_attribute(t, "message", c->message);
		text_adds(t, "/>\n");
	} else if (c->message) {
		text_adds(t, "    <system-out>");
		add_escaped(t, c->message);
		text_adds(t, "</system-out>\n");
	}
	text_adds(t, "  </testcase>\n");
}

struct error *junit_write(const struct junit *junit, const char *name, uint64_t ns,
			  const char *path)
{
	auto_text xml = { 0 };
	FILE *file;
	bool bad;

	text_adds(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite");
	add_attribute(&xml, "name", name);
	text_addf(&xml,
		  " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n",
		  junit->tests, junit->failures, junit->skipped, (double)ns / 1e9);
	text_add(&xml, text_string(&junit->cases), junit->cases.len);
	text_adds(&xml, "</testsuite>\n");
	if (xml.failed || junit->cases.failed)
		return error_nomem();
	file = fopen(path, "we");
	if (!file)
		return error_os(errno, "%s", path);
	bad = fwrite(xml.data, 1, xml.len, file) != xml.len;
	return (fclose(file) || bad) ? error_os(errno, "%s", path) : NULL;
}

void junit_deinit(struct junit *junit)
{
	text_deinit(&junit->cases);
}
