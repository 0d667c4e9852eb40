// SPDX-License-Identifier: GPL-2.0-or-later
/* task: a task's task_struct, whole or by member. */
#include "commands/command.h"

#include <string.h>

enum { PID, TASK, CPU, COMM, VALUE };

static const struct column columns[] = {
	[PID] = { "pid", COLUMN_INT, .summary = "process or thread id; 0: a CPU's idle task" },
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "address of its task_struct" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it runs on, or last ran on" },
	[COMM] = { "comm", COLUMN_TEXT, .summary = "its name" },
	[VALUE] = { "value", COLUMN_TREE, .summary = "task_struct, or the members asked for" },
};
static const struct table task_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = "PID: {pid:-7}  TASK: {task}  CPU: {cpu:-3}  COMMAND: \"{comm}\"",
	.line = "{value}",
};
static const struct table *const tables[] = { &task_table, NULL };

static const struct option_spec options[] = {
	{ 'R', NULL, "MEMBER,…", "only these members, as in thread.sp; may be repeated" },
	{ 'x', NULL, NULL, "numbers in hexadecimal" },
	{ 'd', NULL, NULL, "numbers in decimal" },
	{ 0 },
};

/* The members of one -R, each under its own name. */
static struct error *show_members(struct context *context, const struct value *task,
				  const struct value_format *format, const char *list)
{
	const struct value_env *env = command_values(context);
	struct value member;

	while (*list) {
		size_t len = strcspn(list, ",");
		char *path = arena_copy(&context->arena, list, len);

		if (!path)
			return error_nomem();
		if (len) {
			TRY(value_member(env, task, path, &member));
			TRY(value_show(env, &member, format, context->out, VALUE, path));
		}
		list += len + (list[len] == ',');
	}
	return NULL;
}

static struct error *show(struct context *context, const struct arguments *arguments,
			  const struct task *task)
{
	struct value value = { .is_object = true, .address = task->address };
	struct value_format format = context->format;
	struct output *out = context->out;

	if (arguments_has(arguments, 'x') || arguments_has(arguments, 'd')) {
		format.hex = arguments_has(arguments, 'x');
		format.decimal = !format.hex;
	}
	TRY(types_find_kind(image_types(context->image), TYPE_STRUCT, "task_struct", &value.type));
	output_int(out, PID, task->pid);
	output_uint(out, TASK, task->address);
	if (task->cpu != TASK_NO_CPU)
		output_uint(out, CPU, task->cpu);
	output_text(out, COMM, task->comm);
	if (!arguments_has(arguments, 'R')) {
		TRY(value_show(command_values(context), &value, &format, out, VALUE, NULL));
		output_row(out);
		return NULL;
	}
	output_tree_open(out, VALUE, NULL, TREE_OBJECT);
	for (size_t i = 0; i < arguments->nr_options; i++) {
		if (arguments->options[i].spec->letter == 'R')
			TRY(show_members(context, &value, &format, arguments->options[i].value));
	}
	output_tree_close(out, VALUE);
	output_row(out);
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct task task;

	output_begin(context->out, &task_table);
	if (!arguments->nr_operands) {
		TRY(command_current_task(context, &task));
		return show(context, arguments, &task);
	}
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		TRY(command_task(context, arguments->operands[i], &task));
		TRY(show(context, arguments, &task));
	}
	return NULL;
}

const struct command task_command = {
	.name = "task",
	.summary = "a task's task_struct",
	.usage = "[-x | -d] [-R MEMBER,…]… [PID | TASK]…",
	.help = "Shows the task_struct (and the thread_info in it) of the tasks named, or of the\n"
		"current one. Members that are not in the dump are named as such.\n\n"
		"Examples:\n"
		"  task -R pid,comm,thread.sp 1\n"
		"  foreach task -R __state\n",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_PID,
	.run = run,
};
