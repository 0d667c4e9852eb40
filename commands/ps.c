// SPDX-License-Identifier: GPL-2.0-or-later
/* ps: tasks and their states. The less common listings are in ps_more.c. */
#include "commands/ps.h"

#include "image/view.h"

#include <string.h>
#include <strings.h>

enum {
	PID,
	PPID,
	CPU,
	TASK,
	STATE,
	COMM,
	VSZ,
	RSS,
	ACTIVE,
	KTHREAD,
	TGID,
	STACK_POINTER,
};

static const struct column columns[] = {
	[PID] = { "pid", COLUMN_INT, .summary = "process or thread id; 0: a CPU's idle task" },
	[PPID] = { "ppid", COLUMN_INT, .summary = "its parent's process id" },
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it runs on, or last ran on" },
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "address of its task_struct" },
	[STATE] = { "state", COLUMN_TEXT,
		    .summary = "R running, S sleeping, D uninterruptible, T stopped, t traced, "
			       "X dead, Z zombie, P parked, I idle" },
	[COMM] = { "comm", COLUMN_TEXT, .summary = "its name" },
	[VSZ] = { "vsz_kb", COLUMN_INT, .summary = "virtual memory, KiB" },
	[RSS] = { "rss_kb", COLUMN_INT,
		  .summary =
			  "resident memory, KiB; before Linux 6.2 as /proc has it, less what the "
			  "tasks have not accounted for yet" },
	[ACTIVE] = { "active", COLUMN_BOOL, .summary = "was it running when the kernel died" },
	[KTHREAD] = { "kthread", COLUMN_BOOL, .summary = "is it the kernel's own" },
	[TGID] = { "tgid", COLUMN_INT, .summary = "process id" },
	[STACK_POINTER] = { "stack_pointer", COLUMN_ADDRESS,
			    .summary = "of one that sleeps, with -s" },
};

#define HEAD "      PID     PPID   CPU  "
#define TAIL "  ST        VSZ        RSS  COMM"
/* The line of a running task differs in its first character. */
#define LINE(mark, column)                                                                         \
	mark " {pid:7}  {ppid:7}  {cpu:4}  {" column ":-16}  {state:-2} {vsz_kb:10} {rss_kb:10}  " \
	     "(?{comm})"

static const struct table ps_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = HEAD "TASK            " TAIL,
	.line = LINE(" ", "task"),
};
static const struct table stack_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.group = HEAD "KSTACKP         " TAIL,
	.line = LINE(" ", "stack_pointer"),
};

enum { COUNT_STATE, COUNT_NAME, COUNT };
static const struct column count_columns[] = {
	[COUNT_STATE] = { "state", COLUMN_TEXT, -5, .summary = "the letter" },
	[COUNT_NAME] = { "meaning", COLUMN_TEXT, -15, .summary = "the state in a word" },
	[COUNT] = { "count", COLUMN_INT, 7, .summary = "how many tasks are in it" },
};
static const struct table count_table = { TABLE_COLUMNS(count_columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &ps_table,       &count_table,
					      &ps_run_table,   &ps_family_table,
					      &ps_time_table,  &ps_argument_table,
					      &ps_limit_table, NULL };

static const struct option_spec options[] = {
	{ 'k', NULL, NULL, "kernel threads only" },
	{ 'u', NULL, NULL, "user tasks only" },
	{ 'G', NULL, NULL, "thread group leaders only" },
	{ 'A', NULL, NULL, "running tasks only" },
	{ 'C', NULL, "CPUS", "tasks of these CPUs only: 0-3,7 or a" },
	{ 'y', NULL, "POLICY",
	  "tasks of a policy only: normal, fifo, rr, batch, idle, deadline, ext" },
	{ 's', NULL, NULL, "stack pointers in place of task addresses" },
	{ 'S', NULL, NULL, "how many tasks are in each state" },
	{ 'l', NULL, NULL, "by the time they last ran, the latest first" },
	{ 'm', NULL, NULL, "the same, with the time since then" },
	{ 'p', NULL, NULL, "parents, from the first down to the task" },
	{ 'c', NULL, NULL, "children" },
	{ 'g', NULL, NULL, "processes and their threads" },
	{ 't', NULL, NULL, "times: running since, in user mode, in the kernel" },
	{ 'a', NULL, NULL, "arguments and environment" },
	{ 'r', NULL, NULL, "resource limits" },
	{ 0 },
};

enum { TASK_POLICY, TASK_SP };
DEFINE_VIEW(policy_view,
	    "task_struct", [TASK_POLICY] = FIELD("policy"), [TASK_SP] = FIELD("thread.sp"));

/* ---- choosing ---- */

/* SCHED_* of include/uapi/linux/sched.h. */
static struct error *policy_number(const char *name, uint64_t *ret)
{
	static const struct {
		const char *name;
		uint64_t number;
	} policies[] = {
		{ "normal", 0 }, { "other", 0 }, { "fifo", 1 },	    { "rr", 2 },
		{ "batch", 3 },	 { "idle", 5 },	 { "deadline", 6 }, { "ext", 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		if (!strcasecmp(name, policies[i].name)) {
			*ret = policies[i].number;
			return NULL;
		}
	}
	return error_create(ERROR_USAGE, "no policy is called %s", name);
}

static bool has_policy(struct context *context, const struct task *task, uint64_t wanted)
{
	uint64_t policy;
	struct error *err =
		view_read(context->image, &policy_view, TASK_POLICY, task->address, &policy);

	if (err)
		output_incomplete(context->out, error_wrap(err, "policy of pid %d", task->pid));
	/* SCHED_RESET_ON_FORK is a flag in the same word. */
	return !err && (policy & 0xff) == wanted;
}

static struct error *add_cpu(void *data, unsigned int cpu)
{
	bool *wanted = data;

	wanted[cpu] = true;
	return NULL;
}

/* Keeps those of the tasks that -C and -y name. */
static struct error *narrow(struct context *context, const struct arguments *arguments,
			    struct task *tasks, size_t *count)
{
	const char *cpus = arguments_value(arguments, 'C');
	const char *policy = arguments_value(arguments, 'y');
	unsigned int nr_cpus = image_nr_cpus(context->image);
	uint64_t wanted_policy = 0;
	bool *wanted = NULL;
	size_t kept = 0;

	if (cpus) {
		wanted = arena_alloc(&context->arena, nr_cpus + 1);
		if (!wanted)
			return error_nomem();
		TRY(command_cpus(context, cpus, add_cpu, wanted));
	}
	if (policy)
		TRY(policy_number(policy, &wanted_policy));
	for (size_t i = 0; i < *count; i++) {
		if (cpus && (tasks[i].cpu >= nr_cpus || !wanted[tasks[i].cpu]))
			continue;
		if (policy && !has_policy(context, &tasks[i], wanted_policy))
			continue;
		tasks[kept++] = tasks[i];
	}
	*count = kept;
	return NULL;
}

static struct error *choose(struct context *context, const struct arguments *arguments,
			    struct ps_tasks *ret)
{
	struct task_select select = {
		.kernel = arguments_has(arguments, 'k'),
		.user = arguments_has(arguments, 'u'),
		.leaders = arguments_has(arguments, 'G'),
		.active = arguments_has(arguments, 'A'),
	};
	const struct task *tasks;
	struct error *err = NULL;
	size_t count = 0;

	for (size_t i = 0; !err && i < arguments->nr_operands; i++)
		err = task_select_word(&select, context, arguments->operands[i]);
	if (!err && context->is_each && !arguments->nr_operands) {
		/* Of all tasks that foreach goes through, each has its own turn. */
		tasks = &context->task;
		count = task_select_matches(&select, tasks);
	} else if (!err) {
		err = task_select_collect(&select, context, &tasks, &count);
	}
	if (!err)
		err = task_select_check(&select, context, count);
	task_select_deinit(&select);
	if (err)
		return err;
	ret->tasks = (struct task *)tasks;
	TRY(narrow(context, arguments, ret->tasks, &count));
	ret->count = count;
	return NULL;
}

/* ---- showing ---- */

static void show_task(struct context *context, const struct task *task, bool stack)
{
	struct output *out = context->out;
	uint64_t sp;

	output_set_line(out, stack	    ? (task->active ? LINE(">", "stack_pointer")
							    : LINE(" ", "stack_pointer"))
			     : task->active ? LINE(">", "task")
					    : LINE(" ", "task"));
	output_int(out, PID, task->pid);
	if (task->ppid >= 0)
		output_int(out, PPID, task->ppid);
	if (task->cpu != TASK_NO_CPU)
		output_uint(out, CPU, task->cpu);
	output_uint(out, TASK, task->address);
	output_textf(out, STATE, "%c", task->state_letter);
	output_text(out, COMM, task->comm);
	if (task->has_memory) {
		output_uint(out, VSZ, task->vsz_kb);
		output_uint(out, RSS, task->rss_kb);
	}
	output_bool(out, ACTIVE, task->active);
	output_bool(out, KTHREAD, task->kthread);
	if (task->tgid >= 0)
		output_int(out, TGID, task->tgid);
	/* What a running task's stack pointer is, the thread does not say. */
	if (stack && !task->active &&
	    !error_dropped(view_read(context->image, &policy_view, TASK_SP, task->address, &sp)))
		output_uint(out, STACK_POINTER, sp);
	output_row(out);
}

static struct error *show_tasks(struct context *context, const struct ps_tasks *tasks, bool stack)
{
	output_begin(context->out, stack ? &stack_table : &ps_table);
	for (size_t i = 0; i < tasks->count; i++)
		show_task(context, &tasks->tasks[i], stack);
	return NULL;
}

static void show_counts(struct context *context, const struct ps_tasks *tasks)
{
	static const struct {
		char letter;
		const char *name;
	} states[] = {
		{ 'R', "running" }, { 'S', "sleeping" }, { 'D', "uninterruptible" },
		{ 'T', "stopped" }, { 't', "traced" },	 { 'X', "dead" },
		{ 'Z', "zombie" },  { 'P', "parked" },	 { 'I', "idle" },
		{ '?', "unknown" },
	};
	struct output *out = context->out;

	output_begin(out, &count_table);
	for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
		uint64_t count = 0;

		for (size_t i = 0; i < tasks->count; i++)
			count += tasks->tasks[i].state_letter == states[s].letter;
		if (!count)
			continue;
		output_textf(out, COUNT_STATE, "%c", states[s].letter);
		output_text(out, COUNT_NAME, states[s].name);
		output_uint(out, COUNT, count);
		output_row(out);
	}
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct ps_tasks tasks;

	TRY(choose(context, arguments, &tasks));
	if (arguments_has(arguments, 'S')) {
		show_counts(context, &tasks);
		return NULL;
	}
	if (arguments_has(arguments, 'l') || arguments_has(arguments, 'm'))
		return ps_by_run(context, &tasks, arguments_has(arguments, 'm'));
	if (arguments_has(arguments, 'p'))
		return ps_family(context, &tasks, PS_PARENTS);
	if (arguments_has(arguments, 'c'))
		return ps_family(context, &tasks, PS_CHILDREN);
	if (arguments_has(arguments, 'g'))
		return ps_family(context, &tasks, PS_THREADS);
	if (arguments_has(arguments, 't'))
		return ps_times(context, &tasks);
	if (arguments_has(arguments, 'a'))
		return ps_arguments(context, &tasks);
	if (arguments_has(arguments, 'r'))
		return ps_limits(context, &tasks);
	return show_tasks(context, &tasks, arguments_has(arguments, 's'));
}

const struct command ps_command = {
	.name = "ps",
	.summary = "tasks and their states",
	.usage =
		"[-k | -u] [-G] [-A] [-C CPUS] [-y POLICY] [-s | -S | -l | -m | -p | -c | -g | -t | -a | -r] "
		"[PID | TASK | NAME | /PATTERN/]…",
	.help = "Lists every task, threads too, idle tasks first; > marks those that were running.\n"
		"The run queues, the list of processes, their threads and the pid numbers are all\n"
		"looked at, so that a hole in one of them loses nothing.\n\n"
		"Examples:\n"
		"  ps -S\n"
		"  ps -m /kworker/\n"
		"  ps -p 512\n",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_PID,
	.run = run,
};
