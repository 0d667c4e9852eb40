// SPDX-License-Identifier: GPL-2.0-or-later
/* The tasks. */
#include "selftest/compare.h"

#include <stdlib.h>
#include <string.h>

#define COMM_LEN 15 /* TASK_COMM_LEN of Linux, without its NUL */

static const json_t *find(const json_t *rows, int pid)
{
	json_t *row;
	size_t i;

	json_array_foreach((json_t *)rows, i, row)
	{
		if (dump_int(row, "pid") == pid)
			return row;
	}
	return NULL;
}

/* Workers come and go, and take the names of their work. */
static bool is_worker(const struct truth_task *task)
{
	return task->kthread && !strncmp(task->comm, "kworker", 7);
}

static struct error *compare_task(const json_t *ours, const struct truth_task *task)
{
	const char *comm = dump_text(ours, "comm");

	if (dump_int(ours, "ppid") != task->ppid)
		return error_create(ERROR_BAD_DATA, "pid %d is a child of %lld, not of %d",
				    task->pid, (long long)dump_int(ours, "ppid"), task->ppid);
	if (json_is_true(json_object_get(ours, "kthread")) != task->kthread)
		return error_create(ERROR_BAD_DATA, "pid %d is %sa kernel thread", task->pid,
				    task->kthread ? "" : "not ");
	/* task_struct has 15 bytes of a name; a kernel thread's longer one is kept elsewhere. */
	if (strcmp(comm, task->comm) && !is_worker(task) &&
	    (strlen(comm) != COMM_LEN || strncmp(comm, task->comm, COMM_LEN)))
		return error_create(ERROR_BAD_DATA, "pid %d is \"%s\", not \"%s\"", task->pid, comm,
				    task->comm);
	return NULL;
}

struct error *compare_ps(const struct evidence *evidence, struct text *detail)
{
	struct truth_task *tasks;
	struct error *err = NULL;
	size_t count, same = 0, found = 0;

	TRY(truth_tasks(evidence->truth, &tasks, &count));
	for (size_t i = 0; !err && i < count; i++) {
		const json_t *ours = find(evidence->dump->rows[DUMP_PS], tasks[i].pid);

		if (!ours && is_worker(&tasks[i]))
			continue;
		if (ours)
			err = compare_task(ours, &tasks[i]);
		else
			err = error_create(ERROR_BAD_DATA, "pid %d (%s) is missing", tasks[i].pid,
					   tasks[i].comm);
		found++;
		same += ours && *dump_text(ours, "state") == tasks[i].state;
	}
	/* A few have moved on between the writing of the truth and the death. */
	if (!err && same < found - found / 5)
		err = error_create(ERROR_BAD_DATA, "the states of only %zu of %zu tasks agree",
				   same, found);
	free(tasks);
	text_addf(detail, "%zu tasks", found);
	return err;
}
