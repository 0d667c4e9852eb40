/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks: all of them, the running ones, one by pid or address. Includes each CPU's idle task. */
#ifndef KERNEL_TASKS_H
#define KERNEL_TASKS_H

#include "image/image.h"

#define TASK_NO_CPU UINT32_MAX

struct task {
	uint64_t address; /* of the task_struct */
	int32_t pid, tgid;
	int32_t ppid; /* the parent's tgid, -1 unknown */
	unsigned int cpu;
	uint64_t state;	   /* raw __state */
	char state_letter; /* as ps: R S D T t X Z P I; '?' unknown */
	char comm[64];
	bool active;	/* was running on @cpu when the kernel died */
	bool kthread;	/* PF_KTHREAD */
	bool idle;	/* a CPU's idle task, pid 0 */
	bool is_thread; /* pid != tgid */
	uint64_t mm;	/* 0: none */
	uint64_t vsz_kb, rss_kb;
	bool has_memory; /* @vsz_kb and @rss_kb could be read */
	uint64_t stack;	 /* lowest address */
	uint64_t flags;
};

struct task_walk;

/*
 * Walks all tasks: idle ones first, then by thread group, each group's threads in order. The pid
 * IDR and the task list are both looked at, so that a hole in one loses nothing. task_walk_next
 * gives NOT_FOUND-free iteration: *@found is false at the end. What could not be followed is told
 * by task_walk_problem (NULL: the walk is whole), owned by the walk.
 */
must_check struct error *task_walk_create(struct image *image, struct task_walk **ret);
must_check struct error *task_walk_next(struct task_walk *walk, struct task *ret, bool *found);
const struct error *task_walk_problem(const struct task_walk *walk);
void task_walk_destroy(struct task_walk *walk);
/* @each of them, for whom it is enough to see those that can be followed; its error ends it. */
must_check struct error *task_each(struct image *image,
				   struct error *(*each)(void *context, const struct task *task),
				   void *context);

must_check struct error *task_at(struct image *image, uint64_t address, struct task *ret);
must_check struct error *task_by_pid(struct image *image, int32_t pid, struct task *ret);
/* The task that @cpu was running. */
must_check struct error *task_on_cpu(struct image *image, unsigned int cpu, struct task *ret);
/* The CPU that panicked (panic_cpu, crashing_cpu, else by registers); NOT_FOUND. */
must_check struct error *crash_cpu(struct image *image, unsigned int *ret);
/* The task that was running on it. */
must_check struct error *crash_task(struct image *image, struct task *ret);

/*
 * The CPUs that ran when the kernel died, ascending, in *@ret (owned by the caller, free).
 */
must_check struct error *cpus_up(struct image *image, unsigned int **ret, unsigned int *count);

/* The letter that /proc/PID/stat shows for @state (task_struct.__state) and @exit_state. */
char task_state_letter(uint64_t state, uint64_t exit_state);

#endif
