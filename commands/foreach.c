// SPDX-License-Identifier: GPL-2.0-or-later
/* foreach: runs a command for each of the tasks chosen. */
#include "commands/command.h"

#include "base/words.h"
#include "commands/task_select.h"

#include <string.h>

enum { PID, TASK, CPU, COMM };
static const struct column columns[] = {
	[PID] = { "pid", COLUMN_INT, .summary = "process or thread id; 0: a CPU's idle task" },
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "address of its task_struct" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it runs on, or last ran on" },
	[COMM] = { "comm", COLUMN_TEXT, .summary = "its name" },
};
/* Stands before the rows of commands that do not say which task they are about. */
static const struct table task_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "PID: {pid:-7}  TASK: {task}  CPU: {cpu:-3}  COMMAND: \"{comm}\"",
};
static const struct table *const tables[] = { &task_table, NULL };

static bool names_task(const struct command *command)
{
	const struct table *first = command->tables ? command->tables[0] : NULL;

	for (size_t i = 0; first && i < first->nr_columns; i++) {
		if (!strcmp(first->columns[i].name, "pid"))
			return true;
	}
	return false;
}

static void show_task(struct output *out, const struct task *task)
{
	output_begin(out, &task_table);
	output_int(out, PID, task->pid);
	output_uint(out, TASK, task->address);
	if (task->cpu != TASK_NO_CPU)
		output_uint(out, CPU, task->cpu);
	output_text(out, COMM, task->comm);
	output_row(out);
}

/* What is run, and for which task. */
struct run {
	const struct command *command;
	int argc;
	char *const *argv;
	const char *rest;
	bool named; /* its rows say which task they are about */
	size_t failed;
};

/* A failure is that task's alone, unless it would be every task's. */
static struct error *run_one(struct context *context, struct run *run, const struct task *task)
{
	struct arena arena = context->arena;
	struct error *err;

	context->task = *task;
	context->has_task = context->is_each = true;
	context->arena = (struct arena){ 0 };
	if (!run->named)
		show_task(context->out, task);
	err = command_run(context, run->argc, run->argv, run->rest);
	arena_deinit(&context->arena);
	context->arena = arena;
	context->is_each = false;
	if (!err || err->code == ERROR_USAGE || err->code == ERROR_INTERRUPTED ||
	    err->code == ERROR_NOMEM)
		return err;
	run->failed++;
	output_incomplete(context->out, error_wrap(err, "pid %d (%s)", task->pid, task->comm));
	return NULL;
}

/* The words up to the command choose tasks; @run is what follows them. */
static struct error *parse(struct context *context, const struct arguments *arguments,
			   struct task_select *select, struct run *run)
{
	size_t i;

	for (i = 0; i < arguments->nr_operands; i++) {
		const char *word = arguments->operands[i];

		if (task_select_keyword(select, word))
			continue;
		run->command = command_find(word);
		if (run->command)
			break;
		TRY(task_select_word(select, context, word));
	}
	if (!run->command)
		return error_create(ERROR_USAGE,
				    "\"%s\" names no command to run, as in: foreach user bt",
				    arguments->rest ? arguments->rest : "");
	if (!strcmp(run->command->name, "foreach"))
		return error_create(ERROR_USAGE, "does not run itself");
	run->argc = (int)(arguments->nr_operands - i);
	run->argv = arguments->operands + i;
	run->rest = words_skip(arguments->rest, (int)i + 1);
	run->named = names_task(run->command);
	return NULL;
}

static struct error *run_all(struct context *context, struct task_select *select, struct run *run)
{
	struct task saved = context->task;
	bool had_task = context->has_task;
	const struct task *tasks;
	struct error *err = NULL;
	size_t count;

	TRY(task_select_collect(select, context, &tasks, &count));
	TRY(task_select_check(select, context, count));
	for (size_t i = 0; !err && i < count; i++) {
		err = interrupt_check();
		if (!err)
			err = run_one(context, run, &tasks[i]);
	}
	context->task = saved;
	context->has_task = had_task;
	if (!err && count && run->failed == count)
		err = error_create(ERROR_NOT_FOUND, "%s worked for no task", run->command->name);
	return err;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct task_select select = { 0 };
	struct run run = { 0 };
	struct error *err = parse(context, arguments, &select, &run);

	if (!err)
		err = run_all(context, &select, &run);
	task_select_deinit(&select);
	return err;
}

const struct command foreach_command = {
	.name = "foreach",
	.summary = "run a command for each of several tasks",
	.usage =
		"[PID | TASK | NAME | /PATTERN/ | kernel | user | gleader | active | STATE]… COMMAND …",
	.help = "The words before the command choose the tasks; without any, all of them. States are\n"
		"ps's letters (R S D T t X Z P I) or crash's pairs (RU IN UN ST TR DE ZO PA ID). A\n"
		"backslash before a name tells it from a command. The command works on the task as\n"
		"if it were the current one; where it fails, the others still have their turn.\n\n"
		"Examples:\n"
		"  foreach bt\n"
		"  foreach UN bt\n"
		"  foreach kernel /kworker/ task -R __state,cpus_mask\n",
	.tables = tables,
	.completes = COMPLETES_PID | COMPLETES_COMMAND,
	.raw = true,
	.run = run,
};
