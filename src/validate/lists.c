// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's lists that hold what analysis goes by, each link compared with the one that leads
 * back. A list whose lock was held may have been changed at that very moment.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"

#include "image/view.h"

enum { TASKS };
DEFINE_VIEW(task_view, "task_struct", [TASKS] = FIELD("tasks"));

/* A global struct list_head, and the lock that guards it (NULL: RCU or none that is looked at). */
static const struct global_list {
	const char *symbol;
	const char *lock;
} lists[] = {
	{ "modules", "module_mutex" },
	{ "slab_caches", "slab_mutex" },
	{ "super_blocks", "sb_lock" },
	{ "vmap_area_list", "vmap_area_lock" }, /* until d093602919ad (v6.9) */
	{ "workqueues", "wq_pool_mutex" },
	{ "net_namespace_list", "net_rwsem" },
	{ "pernet_list", "pernet_ops_rwsem" },
	{ "cgroup_roots", "cgroup_mutex" },
	{ "crypto_alg_list", "crypto_alg_sem" },
	{ "bdi_list", "bdi_lock" },
	{ "misc_list", "misc_mtx" },
	{ "formats", "binfmt_lock" },
	{ "clocksource_list", "clocksource_mutex" },
	{ "dpm_list", "dpm_list_mtx" },
	{ "key_types_list", "key_types_sem" },
	{ "ftrace_trace_arrays", "trace_types_lock" },
	{ "ftrace_events", "event_mutex" },
	{ "inetsw", NULL },
	{ "ptype_all", "ptype_lock" },
	{ "shrinker_list", "shrinker_rwsem" },
	{ "pci_root_buses", "pci_bus_sem" },
};

static struct error *check_list(struct validation *v, const struct global_list *from)
{
	struct image *image = validation_image(v);
	struct list_check list = { .name = from->symbol };

	if (error_dropped(image_symbol_alone(image, from->symbol, &list.head)))
		return NULL; /* this kernel has no such list, or does not say which one it is */
	list.may_race = lock_named_is_held(image, from->lock);
	return list_check_run(v, &list);
}

static struct error *check_tasks(struct validation *v)
{
	struct image *image = validation_image(v);
	struct list_check list = { .name = "init_task.tasks" };
	uint64_t offset;

	if (error_dropped(image_symbol(image, "init_task", &list.head)) ||
	    error_dropped(view_offset(image, &task_view, TASKS, &offset)))
		return NULL;
	list.head += offset;
	list.may_race = lock_named_is_held(image, "tasklist_lock");
	return list_check_run(v, &list);
}

static struct error *run(struct validation *v)
{
	TRY(check_tasks(v));
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		TRY(check_list(v, &lists[i]));
	return NULL;
}

const struct validate_check validate_lists = {
	.name = "lists",
	.family = "structures",
	.summary = "a kernel list's links disagree: entries are lost to whoever follows them",
	.needs_kernel = true,
	.run = run,
};
