// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks: each is found by every way that leads to it (run queues, the list of processes, pids), and
 * is what a task can be. One that runs, and is in no list, was hidden.
 */
#include "validate/address_list.h"
#include "validate/validate.h"

#include "image/view.h"
#include "kernel/lists.h"
#include "kernel/tasks.h"

#include <inttypes.h>

#define REFCOUNT_MAX 0x40000000u /* above are REFCOUNT_SATURATED and what is near it */

enum { TASKS, USAGE, EXIT_STATE, STACK_COUNT };
DEFINE_VIEW(task_view, "task_struct", [TASKS] = FIELD("tasks"), [USAGE] = FIELD("usage"),
	    [EXIT_STATE] = FIELD("exit_state"), [STACK_COUNT] = FIELD("stack_refcount"));

/* What a task may share with others: the struct counts them. */
enum { MM_USERS, MM_COUNT, CRED, SIGNAL, SIGHAND, FILES, FS, NSPROXY };
DEFINE_VIEW(pointer_view, "task_struct", [MM_USERS] = FIELD("mm"), [MM_COUNT] = FIELD("mm"),
	    [CRED] = FIELD("cred"), [SIGNAL] = FIELD("signal"), [SIGHAND] = FIELD("sighand"),
	    [FILES] = FIELD("files"), [FS] = FIELD("fs"), [NSPROXY] = FIELD("nsproxy"));
enum { COUNT, USERS };
DEFINE_VIEW(mm_view, "mm_struct", [COUNT] = FIELD("mm_count"), [USERS] = FIELD("mm_users"));
DEFINE_VIEW(cred_view, "cred", [COUNT] = FIELD("usage"));
DEFINE_VIEW(signal_view, "signal_struct", [COUNT] = FIELD("sigcnt"));
DEFINE_VIEW(sighand_view, "sighand_struct", [COUNT] = FIELD("count"));
DEFINE_VIEW(files_view, "files_struct", [COUNT] = FIELD("count"));
DEFINE_VIEW(fs_view, "fs_struct", [COUNT] = FIELD("users"));
DEFINE_VIEW(nsproxy_view, "nsproxy", [COUNT] = FIELD("count"));
static const struct shared {
	const struct view *view;
	unsigned int field;
	const char *what;
} shared[] = {
	[MM_USERS] = { &mm_view, USERS, "mm_struct.mm_users" },
	[MM_COUNT] = { &mm_view, COUNT, "mm_struct.mm_count" },
	[CRED] = { &cred_view, COUNT, "cred.usage" },
	[SIGNAL] = { &signal_view, COUNT, "signal_struct.sigcnt" },
	[SIGHAND] = { &sighand_view, COUNT, "sighand_struct.count" },
	[FILES] = { &files_view, COUNT, "files_struct.count" },
	[FS] = { &fs_view, COUNT, "fs_struct.users" },
	[NSPROXY] = { &nsproxy_view, COUNT, "nsproxy.count" },
};

struct tasks {
	struct validation *v;
	struct image *image;
	struct address_list listed; /* task_structs in the list of processes */
	uint64_t offset;
	bool list_whole;
};

static struct error *add_listed(void *context, uint64_t node, uint64_t index)
{
	struct tasks *t = context;

	return address_list_add(&t->listed, node - t->offset);
}

/* The list again, without telling its faults: `lists` does. */
static struct error *read_list(struct tasks *t)
{
	struct error *err;
	uint64_t head;

	if (error_dropped(image_symbol(t->image, "init_task", &head)) ||
	    error_dropped(view_offset(t->image, &task_view, TASKS, &t->offset)))
		return NULL;
	err = list_each(t->image, head + t->offset, add_listed, t);
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	t->list_whole = !err;
	error_free(err);
	address_list_sort(&t->listed);
	return NULL;
}

static void check_listed(struct tasks *t, const struct task *task)
{
	uint64_t exit_state;

	/* Threads are in their leader's list; an idle task is in none; a dead one leaves it. */
	if (!t->list_whole || task->idle || task->is_thread ||
	    error_dropped(
		    view_read(t->image, &task_view, EXIT_STATE, task->address, &exit_state)) ||
	    exit_state)
		return;
	if (address_list_has(&t->listed, task->address))
		return;
	validation_find(t->v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(task->address, 0),
			"process %d (%s) is not in the list of processes: it is hidden there",
			task->pid, task->comm);
}

static struct error *check_count(struct tasks *t, const struct view *view, unsigned int field,
				 uint64_t address, const struct task *task, const char *what)
{
	uint64_t value;
	struct error *err = view_read(t->image, view, field, address, &value);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	if (err)
		return validation_find_error(t->v, true, place_virtual(address, 0), err, what);
	value &= UINT32_MAX;
	if (!value || value >= REFCOUNT_MAX)
		validation_find(t->v, FINDING_NOTE, CAUSE_CRASHED, place_virtual(address, 0),
				"%s of task %d (%s) is 0x%" PRIx64 ", which no living one's can be",
				what, task->pid, task->comm, value);
	return NULL;
}

static struct error *check_shared(struct tasks *t, const struct task *task)
{
	uint64_t at;

	for (unsigned int i = 0; i < ARRAY_SIZE(shared); i++) {
		if (error_dropped(view_read(t->image, &pointer_view, i, task->address, &at)) || !at)
			continue;
		TRY(check_count(t, shared[i].view, shared[i].field, at, task, shared[i].what));
	}
	return NULL;
}

static struct error *check_task(struct tasks *t, const struct task *task)
{
	check_listed(t, task);
	TRY(check_count(t, &task_view, USAGE, task->address, task, "task_struct.usage"));
	/* One that has exited gives up its stack, and then the rest. What idle tasks have was there
	 * before there was anything to count. */
	if (task->idle || task->state_letter == 'X' || task->state_letter == 'Z')
		return NULL;
	TRY(check_count(t, &task_view, STACK_COUNT, task->address, task,
			"task_struct.stack_refcount"));
	return check_shared(t, task);
}

static struct error *walk(struct tasks *t, struct task_walk *walk)
{
	struct task task;
	uint64_t count = 0;
	bool found;

	for (;; count++) {
		TRY(task_walk_next(walk, &task, &found));
		if (!found)
			break;
		TRY(check_task(t, &task));
	}
	validation_looked_at(t->v, count);
	if (task_walk_problem(walk)) {
		const struct error *problem = task_walk_problem(walk);
		uint64_t at = problem->has_address ? problem->address : 0;

		return validation_find_error(t->v, true, at ? place_virtual(at, 0) : place_none(),
					     error_at(problem->code, at, "%s", problem->message),
					     "tasks");
	}
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct tasks t = { .v = v, .image = validation_image(v) };
	struct task_walk *tasks;
	struct error *err;

	TRY(task_walk_create(t.image, &tasks));
	err = read_list(&t);
	if (!err)
		err = walk(&t, tasks);
	task_walk_destroy(tasks);
	address_list_deinit(&t.listed);
	return err;
}

const struct validate_check validate_tasks = {
	.name = "tasks",
	.family = "structures",
	.summary = "tasks cannot be reached, are hidden, or are no tasks",
	.needs_kernel = true,
	.run = run,
};
