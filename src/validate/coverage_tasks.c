// SPDX-License-Identifier: GPL-2.0-or-later
/* Every task, its stack, and the tree of pids (kernel/pid.c of Linux) that leads to them. */
#include "image/backtrace.h"
#include "image/view.h"
#include "kernel/lists.h"
#include "kernel/tasks.h"
#include "validate/reach.h"

#include <stdio.h>

DEFINE_VIEW(namespace_view, "pid_namespace", FIELD("idr"));
DEFINE_VIEW(pid_view, "pid", FIELD("level"));

static struct error *check_task(struct validation *v, const struct task *task, uint64_t size)
{
	char what[64];

	if (!task->stack) /* freed already: a dead task that someone still holds */
		return NULL;
	snprintf(what, sizeof(what), "the stack of pid %d", task->pid);
	return reach_check(v, task->stack, size, what);
}

static struct error *check_walk(struct validation *v, struct task_walk *walk)
{
	const struct error *problem;
	struct task task;
	uint64_t size = backtrace_stack_size(validation_image(v));
	bool found;

	for (;;) {
		TRY(task_walk_next(walk, &task, &found));
		if (!found)
			break;
		TRY(check_task(v, &task, size));
	}
	problem = task_walk_problem(walk);
	if (!problem)
		return NULL;
	return error_at(problem->code, problem->address, "not all tasks can be found: %s",
			problem->message);
}

static struct error *check_tasks(struct validation *v)
{
	struct task_walk *walk;
	struct error *err;

	TRY(task_walk_create(validation_image(v), &walk));
	err = check_walk(v, walk);
	task_walk_destroy(walk);
	return err;
}

const struct validate_check validate_tasks_there = {
	.name = "tasks-there",
	.family = "coverage",
	.summary = "tasks or their stacks are not in the dump",
	.needs_kernel = true,
	.run = check_tasks,
};

static struct error *check_pid(void *context, uint64_t pid, uint64_t number)
{
	struct validation *v = context;
	uint64_t level;

	validation_looked_at(v, 1);
	if (pid & 3) /* reserved, and not yet a struct pid */
		return NULL;
	return validation_find_error(
		v, true, place_virtual(pid, 0),
		error_wrap(view_read(validation_image(v), &pid_view, 0, pid, &level),
			   "the struct pid of %llu", (unsigned long long)number),
		"the tree of pids");
}

static struct error *check_pids(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t pids, offset;
	struct error *err;

	TRY(image_symbol(image, "init_pid_ns", &pids));
	TRY(view_offset(image, &namespace_view, 0, &offset));
	err = idr_each(image, pids + offset, check_pid, v);
	return validation_find_error(v, true, reach_place(err), err,
				     "a node of the tree of pids (init_pid_ns.idr)");
}

const struct validate_check validate_pids_there = {
	.name = "pids-there",
	.family = "coverage",
	.summary = "nodes of the tree of pids are not in the dump: a filter took live slabs",
	.needs_kernel = true,
	.run = check_pids,
};
