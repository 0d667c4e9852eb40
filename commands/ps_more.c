// SPDX-License-Identifier: GPL-2.0-or-later
/* ps -l -m -p -c -g -t -a -r: when tasks ran, how they are related, what they were given. */
#include "commands/ps.h"

#include "image/view.h"
#include "kernel/system.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NSEC_PER_SEC 1000000000LL
/* Of a process's arguments or environment. */
#define MAX_ARGUMENTS 65536

enum { TASK_LAST_RUN, TASK_UTIME, TASK_STIME, TASK_START, TASK_PARENT };
DEFINE_VIEW(task_view, "task_struct", [TASK_LAST_RUN] = FIELD("sched_info.last_arrival"),
	    [TASK_UTIME] = FIELD("utime"), [TASK_STIME] = FIELD("stime"),
	    /* cf25e24db61c (v5.5) */
	    [TASK_START] = FIELD("start_boottime", "real_start_time"),
	    [TASK_PARENT] = FIELD("real_parent"));

DEFINE_VIEW(rq_view, "rq", FIELD("clock"));

enum { MM_PGD, MM_ARG_START, MM_ARG_END, MM_ENV_START, MM_ENV_END };
DEFINE_VIEW(mm_view, "mm_struct", [MM_PGD] = FIELD("pgd"), [MM_ARG_START] = FIELD("arg_start"),
	    [MM_ARG_END] = FIELD("arg_end"), [MM_ENV_START] = FIELD("env_start"),
	    [MM_ENV_END] = FIELD("env_end"));

/* Columns that all these listings begin with. */
enum { PID, TASK, CPU, STATE, COMM, NR_COMMON };
#define COMMON_COLUMNS                                                                             \
	[PID] = { "pid", COLUMN_INT, .summary = "process or thread id" },                          \
	[TASK] = { "task", COLUMN_ADDRESS, .summary = "address of its task_struct" },              \
	[CPU] = { "cpu", COLUMN_INT, .summary = "that it runs on, or last ran on" },               \
	[STATE] = { "state", COLUMN_TEXT, .summary = "a letter, as ps shows it" },                 \
	[COMM] = { "comm", COLUMN_TEXT, .summary = "its name" }
#define COMMON_LINE "PID: {pid:-7}  TASK: {task}  CPU: {cpu:-3}  COMMAND: \"{comm}\""

static void set_common(struct output *out, const struct task *task)
{
	output_int(out, PID, task->pid);
	output_uint(out, TASK, task->address);
	if (task->cpu != TASK_NO_CPU)
		output_uint(out, CPU, task->cpu);
	output_textf(out, STATE, "%c", task->state_letter);
	output_text(out, COMM, task->comm);
}

/* ---- -l, -m ---- */

enum { RUN_LAST = NR_COMMON, RUN_SINCE, RUN_SINCE_TEXT };
static const struct column run_columns[] = {
	COMMON_COLUMNS,
	[RUN_LAST] = { "last_run_ns", COLUMN_INT,
		       .summary = "when it last began to run, its CPU's clock" },
	[RUN_SINCE] = { "since_ns", COLUMN_INT,
			.summary = "how long before the end that was, with -m" },
	[RUN_SINCE_TEXT] = { "since", COLUMN_TEXT, .summary = "the same in words" },
};
const struct table ps_run_table = {
	TABLE_COLUMNS(run_columns),
	.look = LOOK_LINE,
	.line = "[{last_run_ns:16}] [{state}]  " COMMON_LINE,
};

struct run_order {
	const struct task *task;
	uint64_t last;
	bool known;
};

static int compare_runs(const void *a, const void *b)
{
	const struct run_order *x = a, *y = b;

	if (x->known != y->known)
		return x->known ? -1 : 1;
	if (x->last != y->last)
		return x->last > y->last ? -1 : 1;
	return x->task->pid < y->task->pid ? -1 : x->task->pid > y->task->pid;
}

/* The newest clock of any CPU: an idle CPU's own stands still. */
static uint64_t newest_clock(struct image *image)
{
	uint64_t newest = 0, rq, clock;

	for (unsigned int cpu = 0; cpu < image_nr_cpus(image); cpu++) {
		if (image_cpu_online(image, cpu) &&
		    !error_dropped(image_per_cpu(image, "runqueues", cpu, &rq)) &&
		    !error_dropped(view_read(image, &rq_view, 0, rq, &clock)))
			newest = max(newest, clock);
	}
	return newest;
}

static void show_run(struct output *out, const struct run_order *order, uint64_t now)
{
	uint64_t since = now - order->last, seconds = since / NSEC_PER_SEC;

	set_common(out, order->task);
	if (order->known)
		output_uint(out, RUN_LAST, order->last);
	if (order->known && now >= order->last) {
		output_uint(out, RUN_SINCE, since);
		output_textf(out, RUN_SINCE_TEXT, "%llu %02u:%02u:%02u.%03u",
			     (unsigned long long)(seconds / 86400),
			     (unsigned int)(seconds / 3600 % 24), (unsigned int)(seconds / 60 % 60),
			     (unsigned int)(seconds % 60), (unsigned int)(since / 1000000 % 1000));
	}
	output_row(out);
}

struct error *ps_by_run(struct context *context, const struct ps_tasks *tasks, bool since)
{
	uint64_t now = since ? newest_clock(context->image) : 0;
	struct run_order *order;

	order = arena_alloc(&context->arena, (tasks->count + 1) * sizeof(*order));
	if (!order)
		return error_nomem();
	for (size_t i = 0; i < tasks->count; i++) {
		order[i].task = &tasks->tasks[i];
		order[i].known = !error_dropped(view_read(context->image, &task_view, TASK_LAST_RUN,
							  order[i].task->address, &order[i].last));
	}
	qsort(order, tasks->count, sizeof(*order), compare_runs);
	output_begin(context->out, &ps_run_table);
	if (since)
		output_set_line(context->out, "[{since:16}] [{state}]  " COMMON_LINE);
	for (size_t i = 0; i < tasks->count; i++)
		show_run(context->out, &order[i], now);
	return NULL;
}

/* ---- -p, -c, -g ---- */

enum { FAMILY_OF = NR_COMMON, FAMILY_DEPTH };
static const struct column family_columns[] = {
	COMMON_COLUMNS,
	[FAMILY_OF] = { "of", COLUMN_INT, .summary = "pid of the task whose relatives are shown" },
	[FAMILY_DEPTH] = { "depth", COLUMN_INT, .summary = "steps below the first one shown" },
};
const struct table ps_family_table = {
	TABLE_COLUMNS(family_columns),
	.look = LOOK_LINE,
	.line = COMMON_LINE,
};

static void show_relative(struct context *context, const struct task *task, int32_t of,
			  unsigned int depth)
{
	struct output *out = context->out;
	const char *line =
		arena_printf(&context->arena, "%*s" COMMON_LINE, (int)min(depth, 40U), "");

	if (line)
		output_set_line(out, line);
	set_common(out, task);
	output_int(out, FAMILY_OF, of);
	output_uint(out, FAMILY_DEPTH, depth);
	output_row(out);
}

/* All tasks, in an order that relatives are looked up by. */
struct family {
	const struct task **by_parent; /* leaders by ppid */
	size_t nr_leaders;
	const struct task **by_process; /* all by tgid, leaders first */
	size_t nr_tasks;
};

static int compare_parents(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;

	if (x->ppid != y->ppid)
		return x->ppid < y->ppid ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int compare_processes(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->is_thread != y->is_thread)
		return x->is_thread ? 1 : -1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static struct error *family_init(struct context *context, struct family *ret)
{
	struct task_select all = { 0 };
	const struct task *tasks;
	size_t count;

	TRY(task_select_collect(&all, context, &tasks, &count));
	ret->by_parent = arena_alloc(&context->arena, (count + 1) * sizeof(*ret->by_parent));
	ret->by_process = arena_alloc(&context->arena, (count + 1) * sizeof(*ret->by_process));
	if (!ret->by_parent || !ret->by_process)
		return error_nomem();
	ret->nr_leaders = 0;
	ret->nr_tasks = count;
	for (size_t i = 0; i < count; i++) {
		ret->by_process[i] = &tasks[i];
		if (!tasks[i].is_thread)
			ret->by_parent[ret->nr_leaders++] = &tasks[i];
	}
	qsort(ret->by_parent, ret->nr_leaders, sizeof(*ret->by_parent), compare_parents);
	qsort(ret->by_process, count, sizeof(*ret->by_process), compare_processes);
	return NULL;
}

/* The first of @count tasks whose @key (ppid or tgid) is not below @wanted. */
static size_t lower_bound(const struct task *const *tasks, size_t count, bool by_parent,
			  int32_t wanted)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int32_t key = by_parent ? tasks[middle]->ppid : tasks[middle]->tgid;

		if (key < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The leader of process @tgid, NULL when there is none. */
static const struct task *find_process(const struct family *family, int32_t tgid)
{
	size_t i = lower_bound(family->by_process, family->nr_tasks, false, tgid);

	return i < family->nr_tasks && family->by_process[i]->tgid == tgid ? family->by_process[i]
									   : NULL;
}

static struct error *show_parents(struct context *context, const struct family *family,
				  const struct task *task)
{
	const struct task *chain[256], *at = task;
	unsigned int n = 0;

	while (at && n < ARRAY_SIZE(chain)) {
		chain[n++] = at;
		/* The first task is its own parent. */
		if (!at->pid || at->ppid < 0)
			break;
		at = find_process(family, at->ppid);
	}
	if (n == ARRAY_SIZE(chain))
		output_incomplete(context->out, error_at(ERROR_BAD_DATA, task->address,
							 "pid %d has too many parents", task->pid));
	for (unsigned int i = n; i--;)
		show_relative(context, chain[i], task->pid, n - 1 - i);
	return NULL;
}

static void show_children(struct context *context, const struct family *family,
			  const struct task *task)
{
	size_t i = lower_bound(family->by_parent, family->nr_leaders, true, task->tgid);

	show_relative(context, task, task->pid, 0);
	for (; i < family->nr_leaders && family->by_parent[i]->ppid == task->tgid; i++) {
		/* pid 0 is its own parent, and all idle tasks' */
		if (family->by_parent[i]->pid)
			show_relative(context, family->by_parent[i], task->pid, 1);
	}
}

static void show_threads(struct context *context, const struct family *family,
			 const struct task *task)
{
	size_t i = lower_bound(family->by_process, family->nr_tasks, false, task->tgid);

	if (task->is_thread)
		return;
	show_relative(context, task, task->pid, 0);
	for (; i < family->nr_tasks && family->by_process[i]->tgid == task->tgid; i++) {
		if (family->by_process[i]->is_thread)
			show_relative(context, family->by_process[i], task->pid, 1);
	}
}

struct error *ps_family(struct context *context, const struct ps_tasks *tasks,
			enum ps_relation relation)
{
	struct family family;

	TRY(family_init(context, &family));
	output_begin(context->out, &ps_family_table);
	for (size_t i = 0; i < tasks->count; i++) {
		TRY(interrupt_check());
		if (relation == PS_PARENTS)
			TRY(show_parents(context, &family, &tasks->tasks[i]));
		else if (relation == PS_CHILDREN)
			show_children(context, &family, &tasks->tasks[i]);
		else
			show_threads(context, &family, &tasks->tasks[i]);
	}
	return NULL;
}

/* ---- -t ---- */

enum { TIME_RUN = NR_COMMON, TIME_START, TIME_USER, TIME_KERNEL };
static const struct column time_columns[] = {
	COMMON_COLUMNS,
	[TIME_RUN] = { "age_ns", COLUMN_TIME, .summary = "since its start" },
	[TIME_START] = { "start_ns", COLUMN_TIME, .summary = "of it, since the machine's start" },
	[TIME_USER] = { "utime_ns", COLUMN_TIME, .summary = "in user mode" },
	[TIME_KERNEL] = { "stime_ns", COLUMN_TIME, .summary = "in the kernel" },
};
const struct table ps_time_table = {
	TABLE_COLUMNS(time_columns),
	.look = LOOK_LINE,
	.line = COMMON_LINE "\n    RUN TIME: {age_ns}  START TIME: {start_ns}  UTIME: {utime_ns}  "
			    "STIME: {stime_ns}",
};

static bool read_member(struct context *context, const struct task *task, unsigned int field,
			uint64_t *ret)
{
	return !error_dropped(view_read(context->image, &task_view, field, task->address, ret));
}

struct error *ps_times(struct context *context, const struct ps_tasks *tasks)
{
	struct output *out = context->out;
	int64_t offset, boot_ns, real_s;
	bool has_clock = !error_dropped(system_clock(context->image, &offset, &boot_ns, &real_s));
	uint64_t value;

	output_begin(out, &ps_time_table);
	for (size_t i = 0; i < tasks->count; i++) {
		set_common(out, &tasks->tasks[i]);
		if (read_member(context, &tasks->tasks[i], TASK_START, &value)) {
			output_uint(out, TIME_START, value);
			if (has_clock && boot_ns >= (int64_t)value)
				output_uint(out, TIME_RUN, (uint64_t)boot_ns - value);
		}
		if (read_member(context, &tasks->tasks[i], TASK_UTIME, &value))
			output_uint(out, TIME_USER, value);
		if (read_member(context, &tasks->tasks[i], TASK_STIME, &value))
			output_uint(out, TIME_KERNEL, value);
		output_row(out);
	}
	return NULL;
}

/* ---- -a ---- */

enum { ARGUMENTS = NR_COMMON, ENVIRONMENT };
static const struct column argument_columns[] = {
	COMMON_COLUMNS,
	[ARGUMENTS] = { "arguments", COLUMN_TEXT, .summary = "joined by spaces" },
	[ENVIRONMENT] = { "environment", COLUMN_TEXT, .summary = "lines of NAME=value" },
};
const struct table ps_argument_table = {
	TABLE_COLUMNS(argument_columns),
	.look = LOOK_LINE,
	.line = COMMON_LINE "(?\nARG: {arguments})(?\nENV: {environment})",
};

/* The strings from @start to @end in the process's memory, each one's end replaced by @separator.
 */
static struct error *read_strings(struct context *context, uint64_t mm, unsigned int start,
				  unsigned int end, char separator, const char **ret)
{
	uint64_t pgd, from, to;
	size_t size;
	char *text;

	TRY(view_read(context->image, &mm_view, MM_PGD, mm, &pgd));
	TRY(view_read(context->image, &mm_view, start, mm, &from));
	TRY(view_read(context->image, &mm_view, end, mm, &to));
	if (to <= from)
		return error_at(ERROR_NOT_FOUND, from, "the process has none");
	size = (size_t)min(to - from, (uint64_t)MAX_ARGUMENTS);
	if (size < to - from)
		output_note(context->out, "only the first %zu of %" PRIu64 " bytes at %#" PRIx64,
			    size, to - from, from);
	text = arena_alloc(&context->arena, size + 1);
	if (!text)
		return error_nomem();
	TRY(image_read_user(context->image, pgd, from, text, size));
	while (size && !text[size - 1])
		size--;
	for (size_t i = 0; i < size; i++) {
		if (!text[i])
			text[i] = separator;
	}
	*ret = text;
	return NULL;
}

static void show_strings(struct context *context, const struct task *task)
{
	struct output *out = context->out;
	const char *arguments = NULL, *environment = NULL;
	struct error *err =
		read_strings(context, task->mm, MM_ARG_START, MM_ARG_END, ' ', &arguments);

	if (!err)
		err = read_strings(context, task->mm, MM_ENV_START, MM_ENV_END,
				   output_format(out) == OUTPUT_TEXT ? ' ' : '\n', &environment);
	if (err && err->code != ERROR_NOT_FOUND)
		output_incomplete(out, error_wrap(err, "strings of pid %d", task->pid));
	else
		error_free(err);
	output_text(out, ARGUMENTS, arguments);
	output_text(out, ENVIRONMENT, environment);
}

struct error *ps_arguments(struct context *context, const struct ps_tasks *tasks)
{
	output_begin(context->out, &ps_argument_table);
	for (size_t i = 0; i < tasks->count; i++) {
		TRY(interrupt_check());
		set_common(context->out, &tasks->tasks[i]);
		if (tasks->tasks[i].mm)
			show_strings(context, &tasks->tasks[i]);
		output_row(context->out);
	}
	return NULL;
}

/* ---- -r ---- */

enum { LIMIT_NAME = NR_COMMON, LIMIT_CURRENT, LIMIT_MAXIMUM };
static const struct column limit_columns[] = {
	COMMON_COLUMNS,
	[LIMIT_NAME] = { "limit", COLUMN_TEXT, .summary = "RLIMIT_… of setrlimit(2)" },
	[LIMIT_CURRENT] = { "current", COLUMN_TEXT, .summary = "a number, or unlimited" },
	[LIMIT_MAXIMUM] = { "maximum", COLUMN_TEXT, .summary = "a number, or unlimited" },
};
const struct table ps_limit_table = {
	TABLE_COLUMNS(limit_columns),
	.look = LOOK_LINE,
	.group = COMMON_LINE,
	.line = "  {limit:12}  {current:20}  {maximum:20}",
};

DEFINE_VIEW(limit_task_view, "task_struct", FIELD("signal"));
DEFINE_VIEW(limit_view, "signal_struct", FIELD("rlim[0].rlim_cur"));

static void set_limit(struct output *out, size_t column, uint64_t value, bool unlimited)
{
	if (unlimited)
		output_text(out, column, "unlimited");
	else
		output_textf(out, column, "%llu", (unsigned long long)value);
}

/* In the order of include/uapi/asm-generic/resource.h. */
static struct error *show_limits(struct context *context, const struct task *task)
{
	static const char *const names[] = {
		"CPU",	   "FSIZE", "DATA",  "STACK",	   "CORE",     "RSS",  "NPROC",	 "NOFILE",
		"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
	};
	const struct memory *m = image_memory(context->image);
	uint64_t infinity = m->word_size == 8 ? UINT64_MAX : UINT32_MAX, signal, offset, soft, hard;

	TRY(view_read(context->image, &limit_task_view, 0, task->address, &signal));
	TRY(view_offset(context->image, &limit_view, 0, &offset));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint64_t at = signal + offset + i * 2 * m->word_size;

		TRY(memory_read_word(m, at, &soft));
		TRY(memory_read_word(m, at + m->word_size, &hard));
		set_common(context->out, task);
		output_text(context->out, LIMIT_NAME, names[i]);
		set_limit(context->out, LIMIT_CURRENT, soft, soft == infinity);
		set_limit(context->out, LIMIT_MAXIMUM, hard, hard == infinity);
		output_row(context->out);
	}
	return NULL;
}

struct error *ps_limits(struct context *context, const struct ps_tasks *tasks)
{
	output_begin(context->out, &ps_limit_table);
	for (size_t i = 0; i < tasks->count; i++) {
		struct error *err = interrupt_check();

		if (err)
			return err;
		err = show_limits(context, &tasks->tasks[i]);
		if (err)
			output_incomplete(context->out,
					  error_wrap(err, "limits of pid %d", tasks->tasks[i].pid));
	}
	return NULL;
}
