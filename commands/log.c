// SPDX-License-Identifier: GPL-2.0-or-later
/* log: the kernel's log, as dmesg shows it. */
#include "commands/command.h"

#include "kernel/log.h"
#include "kernel/system.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000LL

enum { SEQ, TIME, LEVEL, FACILITY, CALLER, TEXT, DICT, WALL_TIME, PID, CPU, COMM };

static const struct column columns[] = {
	[SEQ] = { "seq", COLUMN_INT, .summary = "the record's number" },
	[TIME] = { "time_ns", COLUMN_TIME, .summary = "since the kernel's start, local clock" },
	[LEVEL] = { "level", COLUMN_INT, .summary = "0 emergency … 7 debug" },
	[FACILITY] = { "facility", COLUMN_INT, .summary = "0 the kernel, else as syslog(3)" },
	[CALLER] = { "caller", COLUMN_TEXT,
		     .summary = "T and the task's id, or C and the CPU in an interrupt" },
	[TEXT] = { "text", COLUMN_TEXT, .summary = "null when it is not in the dump" },
	[DICT] = { "dict", COLUMN_TEXT,
		   .summary = "KEY=value lines of the device that it is about" },
	[WALL_TIME] = { "wall_time", COLUMN_TEXT, .summary = "time of day, with -T" },
	[PID] = { "pid", COLUMN_INT, .summary = "of the task that wrote it (kernels since 6.19)" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it was written on (kernels since 6.19)" },
	[COMM] = { "comm", COLUMN_TEXT, .summary = "name of that task (kernels since 6.19)" },
};
static const struct table log_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "[{time_ns:12}] {text}",
};
static const struct table *const tables[] = { &log_table, NULL };

static const struct option_spec options[] = {
	{ 'T', NULL, NULL, "times of day, by the kernel's clock and the local time zone" },
	{ 't', NULL, NULL, "no times" },
	{ 'm', NULL, NULL, "the level in front: <6>" },
	{ 'd', NULL, NULL, "the dictionary below the text: subsystem and device" },
	{ 'c', NULL, NULL, "the caller: T and a task's id, or C and a CPU" },
	{ 0 },
};

/* What the options make of a record's line. */
struct line {
	const char *template;
	bool text, dict; /* written for people; with the dictionary */
	bool wall;
	int64_t real_offset_ns;
	size_t indent; /* of further lines of a record, under the first */
};

static struct error *choose_line(struct context *context, const struct arguments *arguments,
				 struct line *ret)
{
	bool times = !arguments_has(arguments, 't'), level = arguments_has(arguments, 'm');
	bool caller = arguments_has(arguments, 'c');
	int64_t boot_ns, real_s;

	*ret = (struct line){
		.text = output_format(context->out) == OUTPUT_TEXT,
		.dict = arguments_has(arguments, 'd'),
		.wall = arguments_has(arguments, 'T'),
	};
	if (ret->wall)
		TRY(system_clock(context->image, &ret->real_offset_ns, &boot_ns, &real_s));
	ret->template = arena_printf(&context->arena, "%s%s%s%s{text}%s", level ? "<{level}>" : "",
				     !times	 ? ""
				     : ret->wall ? "[{wall_time}]"
						 : "[{time_ns:12}]",
				     caller ? "[{caller:6}]" : "", times || caller ? " " : "",
				     ret->dict ? "(?\n{dict})" : "");
	if (!ret->template)
		return error_nomem();
	ret->indent = (level ? 3 : 0) +
		      (!times	   ? 0
		       : ret->wall ? 26
				   : 14) +
		      (caller ? 8 : 0) + (times || caller ? 1 : 0);
	return NULL;
}

/* @text with @indent spaces at the start of each line but the first (@all: of each). */
static const char *indented(struct context *context, const char *text, size_t indent, bool all)
{
	auto_text t = { 0 };

	if (!all && !strchr(text, '\n'))
		return text;
	for (const char *line = text;; line++) {
		size_t len = strcspn(line, "\n");

		if (line != text || all)
			text_addf(&t, "%*s", (int)indent, "");
		text_add(&t, line, len);
		line += len;
		if (!*line)
			break;
		text_addc(&t, '\n');
	}
	return arena_copy(&context->arena, text_string(&t), t.len);
}

static void set_wall_time(struct output *out, const struct line *line, uint64_t time_ns)
{
	time_t seconds =
		(time_t)((int64_t)((uint64_t)line->real_offset_ns + time_ns) / NSEC_PER_SEC);
	char text[64];
	struct tm tm;

	if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm))
		output_text(out, WALL_TIME, text);
}

static void show(struct context *context, const struct line *line, const struct log_record *record)
{
	struct output *out = context->out;
	char caller[16];

	output_uint(out, SEQ, record->seq);
	output_uint(out, TIME, record->time_ns);
	output_int(out, LEVEL, record->level);
	output_int(out, FACILITY, record->facility);
	if (record->has_caller) {
		log_caller_text(record, caller);
		output_text(out, CALLER, caller);
	}
	if (!record->lost_text)
		output_text(out, TEXT,
			    line->text ? indented(context, record->text, line->indent, false)
				       : record->text);
	else if (line->text)
		output_text(out, TEXT, "<text not in the dump>");
	if (record->dict && (line->dict || !line->text))
		output_text(out, DICT,
			    line->text ? indented(context, record->dict, line->indent, true)
				       : record->dict);
	if (line->wall)
		set_wall_time(out, line, record->time_ns);
	if (record->has_context) {
		output_uint(out, PID, record->pid);
		output_uint(out, CPU, record->cpu);
		output_text(out, COMM, record->comm);
	}
	output_row(out);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	const struct error *problem;
	struct log_record record;
	struct log_walk *walk;
	struct line line;
	struct error *err;
	bool found;

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	TRY(choose_line(context, arguments, &line));
	TRY(log_walk_create(context->image, &walk));
	output_begin(context->out, &log_table);
	output_set_line(context->out, line.template);
	for (;;) {
		err = log_walk_next(walk, &record, &found);
		if (err || !found)
			break;
		show(context, &line, &record);
	}
	problem = log_walk_problem(walk);
	if (!err && problem)
		output_incomplete(
			context->out,
			error_create(problem->code, "records are missing: %s", problem->message));
	log_walk_destroy(walk);
	return err;
}

const struct command log_command = {
	.name = "log",
	.summary = "the kernel's log",
	.usage = "[-T | -t] [-m] [-d] [-c]",
	.help = "Shows printk's records in their order, as dmesg does. A record of several lines is\n"
		"indented under its first one. What would drive a terminal is shown as \\x1b.\n\n"
		"A record whose page is not in the dump costs that record only, and is said.\n",
	.options = options,
	.tables = tables,
	.run = run,
};
