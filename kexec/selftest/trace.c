// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a printed trace (arch/x86/kernel/dumpstack.c of Linux): "CPU: 1 PID: 213 Comm: …", for a
 * fault "RIP: 0010:function+0xb/0x20 [module]", then behind "Call Trace:" lines
 * " function+0xa/0x20 [module]". What stands behind "?" was found by scanning the stack, and is no
 * frame.
 */
#include "selftest/trace.h"

#include "base/compiler.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "[   12.345678] " and, with CONFIG_PRINTK_CALLER, "[   12.345678][  T199] ". */
static const char *skip_stamp(const char *line)
{
	const char *p = line, *end;

	while (*p == '[') {
		end = strchr(p, ']');
		if (!end || strspn(p + 1, " 0123456789.TC") != (size_t)(end - p - 1))
			break;
		p = end + 1;
	}
	return p != line && *p == ' ' ? p + 1 : p;
}

bool trace_parse_frame(const char *text, struct trace_frame *ret)
{
	unsigned long long offset, size;
	int used = 0;

	*ret = (struct trace_frame){ 0 };
	if (sscanf(text, "%127[A-Za-z0-9_.$]+0x%llx/0x%llx%n", ret->function, &offset, &size,
		   &used) != 3)
		return false;
	ret->offset = offset;
	text += used;
	if (!strncmp(text, " [", 2) && sscanf(text, " [%63[A-Za-z0-9_]", ret->module) != 1)
		return false;
	return !*text || *text == ' ';
}

static void add(struct trace *trace, const struct trace_frame *frame)
{
	if (trace->count < TRACE_MAX)
		trace->frames[trace->count++] = *frame;
}

struct reader {
	struct trace *trace;
	bool oops;   /* the death is a fault: its function is on a RIP line */
	bool inside; /* behind "Call Trace:" */
	bool ended;
};

static bool is_end(const char *line)
{
	static const char *const ends[] = { "Modules linked in", "Kernel Offset", "---[ end",
					    "Kernel panic",	 "RIP: 0033",	  "Dumping ftrace",
					    "Rebooting" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!strncmp(line, ends[i], strlen(ends[i])))
			return true;
	}
	return false;
}

/* Where the death begins. */
static void look_for_death(struct reader *reader, const char *line)
{
	static const char panic[] = "Kernel panic - not syncing: ";
	struct trace *trace = reader->trace;

	if (strstr(line, "[#1]"))
		reader->oops = true;
	else if (strncmp(line, panic, strlen(panic)))
		return;
	trace->died = true;
	snprintf(trace->reason, sizeof(trace->reason), "%.255s",
		 line + (reader->oops ? 0 : strlen(panic)));
}

static void read_line(struct reader *reader, const char *line)
{
	struct trace *trace = reader->trace;
	struct trace_frame frame;

	if (!trace->died) {
		look_for_death(reader, line);
		return;
	}
	if (trace->cpu < 0 && !strncmp(line, "CPU: ", 5)) {
		const char *pid = strstr(line, "PID: ");

		if (sscanf(line, "CPU: %d", &trace->cpu) != 1 || !pid ||
		    sscanf(pid, "PID: %d", &trace->pid) != 1)
			trace->cpu = trace->pid = -1;
	} else if (!strncmp(line, "RIP: 0010:", 10)) {
		if ((reader->inside || (reader->oops && !trace->count)) &&
		    trace_parse_frame(line + 10, &frame))
			add(trace, &frame);
	} else if (!strncmp(line, "Call Trace:", 11)) {
		reader->inside = true;
	} else if (reader->inside && is_end(line)) {
		reader->ended = true;
	} else if (reader->inside) {
		line += strspn(line, " ");
		if (*line != '?' && trace_parse_frame(line, &frame))
			add(trace, &frame);
	}
}

void trace_parse(const char *text, struct trace *ret)
{
	struct reader reader = { .trace = ret };
	char line[512];
	size_t len;

	*ret = (struct trace){ .cpu = -1, .pid = -1 };
	for (; *text && !reader.ended; text += len, text += *text == '\n') {
		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		read_line(&reader, skip_stamp(line));
	}
}
