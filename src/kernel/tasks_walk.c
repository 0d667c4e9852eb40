// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All tasks, by every way that leads to them: the run queues (idle tasks, running ones),
 * init_task's list of processes and each one's list of threads (kernel/fork.c of Linux), both
 * followed from either end when they are broken, and the numbers of the first pid namespace
 * (kernel/pid.c).
 */
#include "kernel/tasks_layout.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "image/view.h"
#include "kernel/lists.h"

#include <string.h>

DEFINE_VIEW(idle_view, "rq", FIELD("idle"));
DEFINE_VIEW(namespace_view, "pid_namespace", FIELD("idr.idr_rt"));
DEFINE_VIEW(pid_view, "pid", FIELD("tasks[0].first"));

struct task_walk {
	struct task_layout layout;
	struct task *tasks; /* in the order in which they are given */
	size_t nr_tasks, room, at;
	uint64_t *set; /* of the addresses that were met, by hash; 0 is a free slot */
	size_t set_size, set_used;
	struct error *problem; /* the first one: what follows is often its consequence */
	size_t nr_problems;
};

static void note_problem(struct task_walk *walk, struct error *err)
{
	walk->nr_problems++;
	if (walk->problem)
		error_free(err);
	else
		walk->problem = err;
}

static uint64_t *set_slot(uint64_t *set, size_t size, uint64_t address)
{
	size_t i = (size_t)((address >> 6) * 0x9e3779b97f4a7c15ULL >> 20);

	for (;; i++) {
		uint64_t *slot = &set[i & (size - 1)];

		if (!*slot || *slot == address)
			return slot;
	}
}

static struct error *set_grow(struct task_walk *walk)
{
	size_t size = walk->set_size ? walk->set_size * 2 : 1024;
	uint64_t *set = calloc(size, sizeof(*set));

	if (!set)
		return error_nomem();
	for (size_t i = 0; i < walk->set_size; i++) {
		if (walk->set[i])
			*set_slot(set, size, walk->set[i]) = walk->set[i];
	}
	free(walk->set);
	walk->set = set;
	walk->set_size = size;
	return NULL;
}

/* What there was at an address. */
enum met {
	MET_NEW, /* a task, or memory that is not in the dump */
	MET_AGAIN,
	MET_OTHER, /* memory that is no task */
};

/*
 * Adds the task at @address, unless it was met before. It is read at once: what leads on from it
 * lies on the same pages.
 */
static struct error *add_task(struct task_walk *walk, uint64_t address, enum met *met)
{
	struct error *err, *missing;
	uint64_t *slot;

	*met = MET_AGAIN;
	if (!address)
		return NULL;
	if (walk->set_used * 2 >= walk->set_size)
		TRY(set_grow(walk));
	slot = set_slot(walk->set, walk->set_size, address);
	if (*slot)
		return NULL;
	*slot = address;
	walk->set_used++;
	*met = MET_NEW;
	TRY(interrupt_check());
	TRY(alloc_grow(&walk->tasks, &walk->room, walk->nr_tasks + 1, sizeof(*walk->tasks)));
	err = task_layout_read(&walk->layout, address, &walk->tasks[walk->nr_tasks], &missing);
	if (missing)
		note_problem(walk, missing);
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
		return err;
	if (err && err->code == ERROR_BAD_DATA)
		*met = MET_OTHER;
	if (err)
		note_problem(walk, err);
	else
		walk->nr_tasks++;
	return NULL;
}

/* A circular list of tasks that is being followed. */
struct task_list {
	uint64_t start;	 /* the node to begin at; what it belongs to was added */
	uint64_t head;	 /* the node that belongs to no task; can be @start */
	uint32_t member; /* offset of the node in a task_struct */
	struct error *(*added)(struct task_walk *walk, uint64_t task);
};

/*
 * Follows @list in one direction (@link: offset of the pointer in a list_head) up to its head.
 * *@broken is why it did not come there, NULL when it did or when it met tasks that were there
 * (@meet).
 */
static struct error *follow_list(struct task_walk *walk, const struct task_list *list,
				 unsigned int link, bool meet, struct error **broken)
{
	const struct memory *m = image_memory(walk->layout.image);
	uint64_t node = list->start, task;
	enum met met;

	*broken = NULL;
	for (;;) {
		*broken = memory_read_word(m, node + link, &node);
		if (*broken || node == list->head || node == list->start)
			return NULL;
		task = node - list->member;
		TRY(add_task(walk, task, &met));
		if (met == MET_OTHER || (met == MET_AGAIN && !meet))
			*broken = error_at(ERROR_BAD_DATA, node, "the list leads to %016llx%s",
					   (unsigned long long)task,
					   met == MET_AGAIN ? " twice" : ", which is no task");
		if (met != MET_NEW)
			return NULL;
		if (list->added)
			TRY(list->added(walk, task));
	}
}

/*
 * From the start forward to the head and, for what lies before the start or beyond a hole,
 * backward. The head itself is never read when it is not the start: it can be missing too.
 */
static struct error *add_list(struct task_walk *walk, const struct task_list *list, uint64_t owner)
{
	unsigned int word = image_memory(walk->layout.image)->word_size;
	struct error *broken, *again;

	TRY(follow_list(walk, list, 0, false, &broken));
	if (!broken && list->head == list->start)
		return NULL;
	TRY(follow_list(walk, list, word, broken != NULL, &again));
	if (!broken) {
		broken = again;
		again = NULL;
	}
	if (broken)
		note_problem(walk,
			     error_wrap(broken, "tasks after %016llx", (unsigned long long)owner));
	error_free(again);
	return NULL;
}

/* The threads of the process whose leader was just added. */
static struct error *add_threads(struct task_walk *walk, uint64_t leader)
{
	const struct task_layout *layout = &walk->layout;
	const struct member_place *node = &layout->task[TASK_THREAD_NODE];
	const struct member_place *place = &layout->task[TASK_SIGNAL];
	struct task_list list = { .start = leader + node->offset, .member = node->offset };
	uint64_t signal;
	struct error *err;

	if (!node->known || !place->known || !layout->thread_head.known)
		return NULL;
	err = memory_read_word(image_memory(layout->image), leader + place->offset, &signal);
	if (err) {
		note_problem(walk, error_wrap(err, "threads of task %016llx",
					      (unsigned long long)leader));
		return NULL;
	}
	/* A task that is being removed has none any more. */
	if (!signal)
		return NULL;
	list.head = signal + layout->thread_head.offset;
	return add_list(walk, &list, leader);
}

static struct error *add_processes(struct task_walk *walk)
{
	const struct member_place *tasks = &walk->layout.task[TASK_TASKS];
	struct task_list list = { .member = tasks->offset, .added = add_threads };
	uint64_t init;
	struct error *err;
	enum met met;

	err = image_symbol(walk->layout.image, "init_task", &init);
	if (!err && !tasks->known)
		err = error_create(ERROR_NOT_FOUND, "task_struct has no tasks");
	if (err) {
		note_problem(walk, error_wrap(err, "list of processes"));
		return NULL;
	}
	TRY(add_task(walk, init, &met));
	list.start = list.head = init + tasks->offset;
	return add_list(walk, &list, init);
}

/* The boot CPU's idle task is init_task; the others' are on no list, only on their run queue. */
static struct error *add_idle(struct task_walk *walk)
{
	struct image *image = walk->layout.image;
	uint64_t rq, idle;
	enum met met;

	for (unsigned int i = 0; i < walk->layout.nr_cpus; i++) {
		struct error *err = image_per_cpu(image, "runqueues", walk->layout.cpus[i], &rq);

		if (!err)
			err = view_read(image, &idle_view, 0, rq, &idle);
		if (err) {
			note_problem(walk,
				     error_wrap(err, "idle task of CPU %u", walk->layout.cpus[i]));
			continue;
		}
		TRY(add_task(walk, idle, &met));
	}
	return NULL;
}

struct pid_numbers {
	struct task_walk *walk;
	uint64_t first; /* offset of tasks[PIDTYPE_PID].first in struct pid */
	struct error *problem;
};

static struct error *add_number(void *context, uint64_t entry, uint64_t index)
{
	struct pid_numbers *numbers = context;
	struct task_walk *walk = numbers->walk;
	struct error *err;
	uint64_t node;
	enum met met;

	/* A number that is being given away holds no pid yet. */
	if (!entry || (entry & 3))
		return NULL;
	err = memory_read_word(image_memory(walk->layout.image), entry + numbers->first, &node);
	if (err) {
		if (numbers->problem)
			error_free(err);
		else
			numbers->problem = error_wrap(err, "pid %llu", (unsigned long long)index);
		return NULL;
	}
	if (!node)
		return NULL;
	return add_task(walk, node - walk->layout.task[TASK_PID_LINK].offset, &met);
}

/*
 * Every pid of the first namespace. The lists hold the same tasks, so that what is missing here is
 * told only when they were not whole.
 */
static struct error *add_numbers(struct task_walk *walk)
{
	struct image *image = walk->layout.image;
	struct pid_numbers numbers = { .walk = walk };
	uint64_t namespace, root;
	struct error *err;

	if (!walk->layout.task[TASK_PID_LINK].known ||
	    error_dropped(view_offset(image, &pid_view, 0, &numbers.first)) ||
	    error_dropped(view_offset(image, &namespace_view, 0, &root)) ||
	    error_dropped(image_symbol(image, "init_pid_ns", &namespace)))
		return NULL;
	err = xarray_each(image, namespace + root, add_number, &numbers);
	if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)) {
		error_free(numbers.problem);
		return err;
	}
	if (err && walk->problem)
		note_problem(walk, error_wrap(err, "pid numbers"));
	else
		error_free(err);
	error_free(numbers.problem);
	return NULL;
}

/* A task in its very last steps is on no list any more and still runs. */
static struct error *add_running(struct task_walk *walk)
{
	enum met met;

	for (unsigned int cpu = 0; cpu < walk->layout.possible; cpu++)
		TRY(add_task(walk, task_layout_current(&walk->layout, cpu), &met));
	return NULL;
}

struct error *task_walk_create(struct image *image, struct task_walk **ret)
{
	struct task_walk *walk = calloc(1, sizeof(*walk));
	struct error *err;

	if (!walk)
		return error_nomem();
	err = task_layout_init(image, &walk->layout);
	if (err) {
		free(walk);
		return error_wrap(err, "tasks");
	}
	err = add_idle(walk);
	if (!err)
		err = add_processes(walk);
	if (!err)
		err = add_numbers(walk);
	if (!err)
		err = add_running(walk);
	if (!err && !walk->nr_tasks) {
		err = walk->problem;
		walk->problem = NULL;
	}
	if (err) {
		task_walk_destroy(walk);
		return err;
	}
	if (walk->nr_problems > 1)
		walk->problem = error_wrap(walk->problem, "%zu gaps, the first", walk->nr_problems);
	*ret = walk;
	return NULL;
}

struct error *task_walk_next(struct task_walk *walk, struct task *ret, bool *found)
{
	TRY(interrupt_check());
	*found = walk->at < walk->nr_tasks;
	if (*found)
		*ret = walk->tasks[walk->at++];
	return NULL;
}

const struct error *task_walk_problem(const struct task_walk *walk)
{
	return walk->problem;
}

void task_walk_destroy(struct task_walk *walk)
{
	if (!walk)
		return;
	task_layout_deinit(&walk->layout);
	error_free(walk->problem);
	free(walk->tasks);
	free(walk->set);
	free(walk);
}

struct error *task_each(struct image *image,
			struct error *(*each)(void *context, const struct task *task),
			void *context)
{
	struct task_walk *walk;
	struct error *err;
	struct task task;
	bool found;

	TRY(task_walk_create(image, &walk));
	while (!(err = task_walk_next(walk, &task, &found)) && found) {
		err = each(context, &task);
		if (err)
			break;
	}
	task_walk_destroy(walk);
	return err;
}
