/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ps lists besides the plain table: ps_more.c. */
#ifndef COMMANDS_PS_H
#define COMMANDS_PS_H

#include "commands/task_select.h"

struct ps_tasks {
	struct task *tasks;
	size_t count;
};

extern const struct table ps_run_table, ps_family_table, ps_time_table, ps_argument_table,
	ps_limit_table;

/* By the time they last ran, the latest first; @since: with how long ago that was. */
must_check struct error *ps_by_run(struct context *context, const struct ps_tasks *tasks,
				   bool since);
enum ps_relation { PS_PARENTS, PS_CHILDREN, PS_THREADS };
must_check struct error *ps_family(struct context *context, const struct ps_tasks *tasks,
				   enum ps_relation relation);
must_check struct error *ps_times(struct context *context, const struct ps_tasks *tasks);
must_check struct error *ps_arguments(struct context *context, const struct ps_tasks *tasks);
must_check struct error *ps_limits(struct context *context, const struct ps_tasks *tasks);

#endif
