// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Single tasks: by address, by pid, by CPU, and the one that died. kernel/panic.c of Linux says who
 * that was.
 */
#include "kernel/tasks.h"

#include "base/alloc.h"
#include "image/view.h"
#include "kernel/lists.h"
#include "kernel/tasks_layout.h"

DEFINE_VIEW(rq_view, "rq", FIELD("curr"));
DEFINE_VIEW(pid_view, "pid", FIELD("tasks[0].first"));
DEFINE_VIEW(namespace_view, "pid_namespace", FIELD("idr.idr_rt"));

struct error *cpus_up(struct image *image, unsigned int **ret, unsigned int *count)
{
	unsigned int possible = image_nr_cpus(image), n = 0;
	unsigned int *cpus = calloc(possible + 1, sizeof(*cpus));

	if (!cpus)
		return error_nomem();
	for (unsigned int cpu = 0; cpu < possible; cpu++) {
		if (image_cpu_online(image, cpu))
			cpus[n++] = cpu;
	}
	*ret = cpus;
	*count = n;
	return NULL;
}

struct error *task_at(struct image *image, uint64_t address, struct task *ret)
{
	struct task_layout layout;
	struct error *err;

	TRY(task_layout_init(image, &layout));
	err = task_layout_read(&layout, address, ret, NULL);
	task_layout_deinit(&layout);
	return err;
}

/* Looks for one number among those of the first pid namespace. */
struct pid_search {
	int32_t pid;
	uint64_t entry; /* the struct pid, 0 until found */
};

static struct error *match_number(void *context, uint64_t entry, uint64_t index)
{
	struct pid_search *search = context;

	if (index != (uint64_t)search->pid || !entry || (entry & 3))
		return NULL;
	search->entry = entry;
	return error_create(ERROR_INTERRUPTED, "found");
}

/* The task_struct of @pid by way of the pid numbers; false when that way leads nowhere. */
static bool find_by_number(struct image *image, int32_t pid, struct task *ret)
{
	struct pid_search search = { .pid = pid };
	struct task_layout layout;
	uint64_t namespace, root, node;
	bool found = false;

	if (error_dropped(view_offset(image, &namespace_view, 0, &root)) ||
	    error_dropped(image_symbol(image, "init_pid_ns", &namespace)))
		return false;
	(void)error_dropped(xarray_each(image, namespace + root, match_number, &search));
	if (!search.entry || error_dropped(view_read(image, &pid_view, 0, search.entry, &node)) ||
	    !node || error_dropped(task_layout_init(image, &layout)))
		return false;
	if (layout.task[TASK_PID_LINK].known)
		found = !error_dropped(task_layout_read(
				&layout, node - layout.task[TASK_PID_LINK].offset, ret, NULL)) &&
			ret->pid == pid;
	task_layout_deinit(&layout);
	return found;
}

struct error *task_by_pid(struct image *image, int32_t pid, struct task *ret)
{
	struct task_walk *walk;
	struct task task;
	struct error *err;
	bool found;

	if (pid > 0 && find_by_number(image, pid, ret))
		return NULL;
	TRY(task_walk_create(image, &walk));
	do {
		err = task_walk_next(walk, &task, &found);
	} while (!err && found && task.pid != pid);
	if (!err && !found) {
		const struct error *why = task_walk_problem(walk);

		err = error_create(ERROR_NOT_FOUND, "no task has pid %d%s%s", pid,
				   why ? "; not all tasks could be read: " : "",
				   why ? why->message : "");
	}
	task_walk_destroy(walk);
	if (!err)
		*ret = task;
	return err;
}

struct error *task_on_cpu(struct image *image, unsigned int cpu, struct task *ret)
{
	uint64_t rq, curr;

	if (!image_cpu_possible(image, cpu))
		return error_create(ERROR_NOT_FOUND, "the machine has no CPU %u", cpu);
	TRY(image_per_cpu(image, "runqueues", cpu, &rq));
	TRY(error_wrap(view_read(image, &rq_view, 0, rq, &curr), "run queue of CPU %u", cpu));
	if (!curr)
		return error_create(ERROR_NOT_FOUND, "CPU %u was running nothing", cpu);
	return task_at(image, curr, ret);
}

struct error *crash_cpu(struct image *image, unsigned int *ret)
{
	/*
	 * An int each, -1 while nobody panicked. The first is the CPU that panicked when another
	 * was told to do the work (panic_force_cpu=, v7.0); the last is x86's own.
	 */
	static const char *const names[] = { "panic_redirect_cpu", "panic_cpu", "crashing_cpu" };
	struct error *why = NULL;
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct error *err = image_read_global(image, names[i], 4, &value);

		if (!err && value < image_nr_cpus(image)) {
			error_free(why);
			*ret = (unsigned int)value;
			return NULL;
		}
		if (err && err->code != ERROR_NOT_FOUND && !why)
			why = error_wrap(err, "%s", names[i]);
		else
			error_free(err);
	}
	return why ? why : error_create(ERROR_NOT_FOUND, "no CPU had panicked");
}

struct error *crash_task(struct image *image, struct task *ret)
{
	unsigned int cpu;

	TRY(crash_cpu(image, &cpu));
	return task_on_cpu(image, cpu, ret);
}
