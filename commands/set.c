// SPDX-License-Identifier: GPL-2.0-or-later
/* set: the task that other commands work on, and how they show what they find. */
#include "commands/command.h"

#include <string.h>

enum { PID, COMM, TASK, CPU, STATE, ACTIVE };
static const struct column task_columns[] = {
	[PID] = { "pid", COLUMN_INT, .summary = "process or thread id; 0: a CPU's idle task" },
	[COMM] = { "comm", COLUMN_TEXT, .heading = "COMMAND", .summary = "its name" },
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "address of its task_struct" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it runs on, or last ran on" },
	[STATE] = { "state", COLUMN_TEXT, .summary = "a letter, as ps shows it" },
	[ACTIVE] = { "active", COLUMN_BOOL, .summary = "was it running when the kernel died" },
};
static const struct table task_table = { TABLE_COLUMNS(task_columns), .look = LOOK_RECORD };

enum { NAME, VALUE };
static const struct column setting_columns[] = {
	[NAME] = { "setting", COLUMN_TEXT, -8, .summary = "radix or scroll" },
	[VALUE] = { "value", COLUMN_TEXT, .summary = "10 or 16; on or off" },
};
static const struct table setting_table = { TABLE_COLUMNS(setting_columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &task_table, &setting_table, NULL };

static const struct option_spec options[] = {
	{ 'c', NULL, "CPU", "the task that this CPU was running" },
	{ 'p', NULL, NULL, "the task that crashed" },
	{ 'v', NULL, NULL, "show the settings" },
	{ 0 },
};

static void show_task(struct context *context)
{
	struct output *out = context->out;
	const struct task *task = &context->task;

	output_begin(out, &task_table);
	if (!context->has_task) {
		output_note(out, "no task is chosen: set PID, set TASK or set -c CPU");
		return;
	}
	output_int(out, PID, task->pid);
	output_text(out, COMM, task->comm);
	output_uint(out, TASK, task->address);
	if (task->cpu != TASK_NO_CPU)
		output_uint(out, CPU, task->cpu);
	output_textf(out, STATE, "%c", task->state_letter);
	output_bool(out, ACTIVE, task->active);
	output_row(out);
}

static void show_setting(struct output *out, const char *name, const char *value)
{
	output_text(out, NAME, name);
	output_text(out, VALUE, value);
	output_row(out);
}

static void show_settings(struct context *context)
{
	output_begin(context->out, &setting_table);
	show_setting(context->out, "radix", context->format.hex ? "16" : "10");
	show_setting(context->out, "scroll", context->scroll ? "on" : "off");
}

static struct error *set_radix(struct context *context, const char *value)
{
	if (!strcmp(value, "16") || !strcmp(value, "hex"))
		context->format.hex = true;
	else if (!strcmp(value, "10") || !strcmp(value, "dec"))
		context->format.hex = false;
	else
		return error_create(ERROR_USAGE, "radix is 10 or 16");
	context->format.decimal = false;
	return NULL;
}

static struct error *set_scroll(struct context *context, const char *value)
{
	if (!strcmp(value, "on"))
		context->scroll = true;
	else if (!strcmp(value, "off"))
		context->scroll = false;
	else
		return error_create(ERROR_USAGE, "scroll is on or off");
	return NULL;
}

/* "radix 16"; *@done stays false when the words are not of that kind. */
static struct error *change_setting(struct context *context, const struct arguments *arguments,
				    bool *done)
{
	static const struct {
		const char *name;
		struct error *(*set)(struct context *context, const char *value);
	} settings[] = { { "radix", set_radix }, { "scroll", set_scroll } };

	for (size_t i = 0; arguments->nr_operands && i < ARRAY_SIZE(settings); i++) {
		if (strcmp(arguments->operands[0], settings[i].name))
			continue;
		*done = true;
		if (arguments->nr_operands > 2)
			return error_create(ERROR_USAGE, "%s takes one value", settings[i].name);
		if (arguments->nr_operands == 2)
			TRY(settings[i].set(context, arguments->operands[1]));
		show_settings(context);
	}
	return NULL;
}

static struct error *choose_task(struct context *context, const struct arguments *arguments)
{
	const char *cpu = arguments_value(arguments, 'c');
	struct task task = context->task;
	uint64_t number;

	if (cpu) {
		TRY(parse_number(cpu, false, "CPU", &number));
		TRY(task_on_cpu(context->image, (unsigned int)min(number, (uint64_t)UINT32_MAX),
				&task));
	} else if (arguments_has(arguments, 'p')) {
		TRY(crash_task(context->image, &task));
	} else if (arguments->nr_operands) {
		TRY(command_task(context, arguments->operands[0], &task));
	} else {
		return NULL;
	}
	context->task = task;
	context->has_task = true;
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	bool done = false;

	if (arguments_has(arguments, 'v')) {
		show_settings(context);
		return NULL;
	}
	TRY(change_setting(context, arguments, &done));
	if (done)
		return NULL;
	if (arguments->nr_operands > 1)
		return error_create(ERROR_USAGE, "takes one task, or a setting and its value");
	TRY(choose_task(context, arguments));
	show_task(context);
	return NULL;
}

const struct command set_command = {
	.name = "set",
	.summary = "the current task, and settings",
	.usage = "[PID | TASK | -c CPU | -p] | -v | radix 10|16 | scroll on|off",
	.help = "Without arguments shows the task that commands work on when none is named.\n\n"
		"  set 1          the task with pid 1\n"
		"  set -c 0       what CPU 0 was running\n"
		"  set -p         the task that crashed\n"
		"  set radix 16   numbers in hexadecimal\n"
		"  set scroll off no pager\n",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_PID,
	.run = run,
};
