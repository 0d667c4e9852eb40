// SPDX-License-Identifier: GPL-2.0-or-later
/* The stacks of tasks that slept, against the kernel's own unwinding in /proc/PID/stack. */
#include "selftest/compare.h"

#include <stdlib.h>
#include <string.h>

/* Tasks that may have moved between the writing of the truth and the death: a tenth, or so many. */
#define FEW_MOVED 6u

struct stack {
	const json_t **frames; /* physical ones in the kernel */
	size_t count;
};

static void find(const json_t *rows, int pid, struct stack *ret)
{
	json_t *row;
	size_t i;

	ret->count = 0;
	json_array_foreach((json_t *)rows, i, row)
	{
		if (dump_int(row, "pid") == pid && strcmp(dump_text(row, "kind"), "user") &&
		    !json_is_true(json_object_get(row, "inline")))
			ret->frames[ret->count++] = row;
	}
}

/* "[<0>] function+0xa/0x20 [module]" a line, innermost first; false at the end. */
static bool next_frame(const char **at, struct trace_frame *ret)
{
	char line[320];
	size_t len;

	while (**at) {
		const char *text = line;

		len = min(strcspn(*at, "\n"), sizeof(line) - 1);
		memcpy(line, *at, len);
		line[len] = 0;
		*at += strcspn(*at, "\n");
		*at += **at == '\n';
		if (!strncmp(text, "[<0>] ", 6))
			text += 6;
		if (trace_parse_frame(text, ret))
			return true;
	}
	return false;
}

static size_t count_frames(const char *text)
{
	struct trace_frame frame;
	size_t count = 0;

	while (next_frame(&text, &frame))
		count++;
	return count;
}

/* The kernel leaves out the scheduler's own frames at the top. */
static bool is_same(const struct stack *ours, const char *truth)
{
	size_t count = count_frames(truth), at;
	struct trace_frame frame;

	if (ours->count < count)
		return false;
	for (at = ours->count - count; next_frame(&truth, &frame); at++) {
		const json_t *mine = ours->frames[at];

		if (strcmp(dump_text(mine, "function"), frame.function) ||
		    dump_int(mine, "offset") != (int64_t)frame.offset ||
		    strcmp(dump_text(mine, "module"), frame.module))
			return false;
	}
	return true;
}

static struct error *compare_all(const struct evidence *evidence, const struct truth_task *tasks,
				 size_t count, struct stack *stack, struct text *detail)
{
	const json_t *rows = evidence->dump->rows[DUMP_STACKS];
	const struct truth_task *other = NULL;
	size_t asleep = 0, same = 0;

	for (size_t i = 0; i < count; i++) {
		const char *truth = truth_stack(evidence->truth, tasks[i].pid);

		if (!truth || !count_frames(truth))
			continue;
		asleep++;
		find(rows, tasks[i].pid, stack);
		if (is_same(stack, truth))
			same++;
		else
			other = &tasks[i];
	}
	/* (kernels without CONFIG_STACKTRACE have no such files) */
	if (asleep - same > max((size_t)FEW_MOVED, asleep / 10))
		return error_create(ERROR_BAD_DATA,
				    "%zu of %zu differ from /proc/PID/stack, such as pid %d (%s)",
				    asleep - same, asleep, other->pid, other->comm);
	text_addf(detail, "%zu of %zu as in /proc/PID/stack", same, asleep);
	return NULL;
}

struct error *compare_stacks(const struct evidence *evidence, struct text *detail)
{
	struct truth_task *tasks;
	struct stack stack = { 0 };
	struct error *err;
	size_t count;

	TRY(truth_tasks(evidence->truth, &tasks, &count));
	stack.frames = calloc(json_array_size(evidence->dump->rows[DUMP_STACKS]) + 1,
			      sizeof(*stack.frames));
	err = stack.frames ? compare_all(evidence, tasks, count, &stack, detail) : error_nomem();
	free(stack.frames);
	free(tasks);
	return err;
}
