// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds the kernel's well-known locks: an owner must be a task that lives. struct mutex and
 * struct rw_semaphore keep flags in the low bits of the owner's address (kernel/locking/mutex.c,
 * rwsem.c of Linux), and so does struct rt_mutex_base (rtmutex.c), which both are made of with
 * PREEMPT_RT.
 */
#include "validate/lock_state.h"
#include "validate/validate.h"

#include "image/view.h"
#include "kernel/tasks.h"

#include <inttypes.h>

#define OWNER_FLAGS	 7u
#define RWSEM_READER	 1u /* the owner is the last reader, who may be gone: no claim */
#define RWSEM_WRITE_LOCK 1u /* of the count */

enum { OWNER, COUNT };
DEFINE_VIEW(mutex_view, "mutex", [OWNER] = FIELD("owner", "rtmutex.owner"));
DEFINE_VIEW(
	rwsem_view,
	"rw_semaphore", [OWNER] = FIELD("owner", "rwbase.rtmutex.owner"), [COUNT] = FIELD("count"));
enum { MMAP_LOCK };
DEFINE_VIEW(mm_view,
	    "mm_struct", [MMAP_LOCK] = FIELD("mmap_lock", "mmap_sem")); /* da1c55f1b272 (v5.8) */

static const char *const mutexes[] = {
	"rtnl_mutex",
	"cgroup_mutex",
	"module_mutex",
	"event_mutex",
	"slab_mutex",
	"text_mutex",
	"jump_label_mutex",
	"ftrace_lock",
	"pcpu_alloc_mutex",
	"sched_domains_mutex",
	"wq_pool_mutex",
	"trace_types_lock",
	"console_mutex",
	"cpu_add_remove_lock",
	"tty_mutex",
	"kprobe_mutex",
	"misc_mtx",
	"clocksource_mutex",
	"system_transition_mutex",
	"oom_lock",
};
static const char *const rwsems[] = {
	"namespace_sem",  "pernet_ops_rwsem", "net_rwsem",	"shrinker_rwsem", "uts_sem",
	"crypto_alg_sem", "pci_bus_sem",      "tasklist_rwsem", "umhelper_sem",	  "all_bdevs_sem",
};

/* Tasks are looked up one by one: locks that are held are few. */
static struct error *check_owner(struct validation *v, const char *lock, uint64_t at,
				 uint64_t owner)
{
	struct task task;
	struct error *err = task_at(validation_image(v), owner, &task);

	if (err && err->code != ERROR_BAD_DATA) {
		char what[96];

		snprintf(what, sizeof(what), "the owner of %s", lock);
		return validation_find_error(v, true, place_virtual(owner, 0), err, what);
	}
	if (err)
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_virtual(at, 0),
				"%s is held by 0x%" PRIx64 ", which is no task: %s", lock, owner,
				err->message);
	else if (task.state_letter == 'X' || task.state_letter == 'Z')
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_virtual(at, 0),
				"%s is held by task %d (%s), which is dead", lock, task.pid,
				task.comm);
	error_free(err);
	return NULL;
}

static struct error *check_mutex(struct validation *v, const char *name, uint64_t at)
{
	uint64_t owner;
	struct error *err = view_read(validation_image(v), &mutex_view, OWNER, at, &owner);

	if (err)
		return validation_find_error(v, true, place_virtual(at, 0), err, name);
	validation_looked_at(v, 1);
	owner &= ~(uint64_t)OWNER_FLAGS;
	return owner ? check_owner(v, name, at, owner) : NULL;
}

static struct error *check_rwsem(struct validation *v, const char *name, uint64_t at)
{
	struct image *image = validation_image(v);
	uint64_t owner, count = 0;
	bool rt = lock_is_rt(image), written;
	struct error *err = view_read(image, &rwsem_view, OWNER, at, &owner);

	if (!err && !rt)
		err = view_read(image, &rwsem_view, COUNT, at, &count);
	if (err)
		return validation_find_error(v, true, place_virtual(at, 0), err, name);
	validation_looked_at(v, 1);
	/* With PREEMPT_RT the owner is who writes, or keeps readers out. */
	written = rt || (count & RWSEM_WRITE_LOCK && !(owner & RWSEM_READER));
	owner &= ~(uint64_t)OWNER_FLAGS;
	return written && owner ? check_owner(v, name, at, owner) : NULL;
}

static struct error *check_globals(struct validation *v)
{
	struct image *image = validation_image(v);
	uint64_t at;

	for (size_t i = 0; i < ARRAY_SIZE(mutexes); i++) {
		if (!error_dropped(image_symbol_alone(image, mutexes[i], &at)))
			TRY(check_mutex(v, mutexes[i], at));
	}
	for (size_t i = 0; i < ARRAY_SIZE(rwsems); i++) {
		if (!error_dropped(image_symbol_alone(image, rwsems[i], &at)))
			TRY(check_rwsem(v, rwsems[i], at));
	}
	return NULL;
}

struct spaces {
	struct validation *v;
	uint64_t offset; /* of mmap_lock */
};

static struct error *check_space(void *context, const struct task *task)
{
	const struct spaces *spaces = context;
	char name[96];

	if (!task->mm || task->is_thread)
		return NULL;
	snprintf(name, sizeof(name), "mmap_lock of task %d (%s)", task->pid, task->comm);
	return check_rwsem(spaces->v, name, task->mm + spaces->offset);
}

static struct error *run(struct validation *v)
{
	struct spaces spaces = { .v = v };

	TRY(check_globals(v));
	if (error_dropped(view_offset(validation_image(v), &mm_view, MMAP_LOCK, &spaces.offset)))
		return NULL;
	return task_each(validation_image(v), check_space, &spaces);
}

const struct validate_check validate_locks = {
	.name = "locks",
	.family = "structures",
	.summary = "a lock is held by a task that is dead, or by none",
	.needs_kernel = true,
	.run = run,
};
