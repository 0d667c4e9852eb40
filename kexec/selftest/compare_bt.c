// SPDX-License-Identifier: GPL-2.0-or-later
/* The backtrace against the trace that the kernel printed. */
#include "selftest/compare.h"

#include <stdlib.h>
#include <string.h>

/* The kernel was still in these when it printed its trace, and has left them when it is dumped. */
static bool is_printer(const char *function)
{
	static const char *const printers[] = { "dump_stack", "dump_stack_lvl", "show_stack",
						"__dump_stack" };

	for (size_t i = 0; i < ARRAY_SIZE(printers); i++) {
		if (!strcmp(function, printers[i]))
			return true;
	}
	return false;
}

/* The physical frames in the kernel. */
static struct error *own_frames(const struct evidence *evidence, const json_t **frames,
				size_t *count)
{
	json_t *row;
	size_t i, nr = 0;

	json_array_foreach(evidence->dump->rows[DUMP_BT], i, row)
	{
		const char *kind = dump_text(row, "kind");

		if (!strcmp(kind, "unreliable"))
			return error_create(ERROR_BAD_DATA, "%s is not a sure frame",
					    dump_text(row, "function"));
		if (strcmp(kind, "user") && !json_is_true(json_object_get(row, "inline")))
			frames[nr++] = row;
	}
	*count = nr;
	return NULL;
}

static bool is_same(const json_t *ours, const struct trace_frame *frame, bool whole)
{
	if (strcmp(dump_text(ours, "function"), frame->function))
		return false;
	return !whole || (dump_int(ours, "offset") == (int64_t)frame->offset &&
			  !strcmp(dump_text(ours, "module"), frame->module));
}

/*
 * All that the kernel printed, in order, with nothing between. What it went on to do comes before;
 * so of the innermost of the printed frames only the function is the same.
 */
static struct error *match(const struct trace_frame *frames, size_t count, const json_t **ours,
			   size_t nr_ours)
{
	size_t before;

	if (nr_ours < count)
		return error_create(ERROR_BAD_DATA, "%zu frames, the kernel printed %zu", nr_ours,
				    count);
	before = nr_ours - count;
	for (size_t i = 0; i < count; i++) {
		const json_t *mine = ours[before + i];

		if (!is_same(mine, &frames[i], i > 0))
			return error_create(
				ERROR_BAD_DATA, "%s+0x%llx where the kernel printed %s+0x%llx",
				dump_text(mine, "function"),
				(unsigned long long)dump_int(mine, "offset"), frames[i].function,
				(unsigned long long)frames[i].offset);
	}
	return NULL;
}

struct error *compare_bt(const struct evidence *evidence, struct text *detail)
{
	const struct trace_frame *frames = evidence->trace.frames;
	size_t count = evidence->trace.count, nr_ours;
	const json_t **ours;
	struct error *err;

	while (count && is_printer(frames->function)) {
		frames++;
		count--;
	}
	if (!count)
		return error_create(ERROR_BAD_DATA, "the kernel printed no trace");
	ours = calloc(json_array_size(evidence->dump->rows[DUMP_BT]) + 1, sizeof(*ours));
	if (!ours)
		return error_nomem();
	err = own_frames(evidence, ours, &nr_ours);
	if (!err)
		err = match(frames, count, ours, nr_ours);
	free(ours);
	text_addf(detail, "%zu frames, as the kernel printed them%s", count,
		  evidence->trace_from_log ? " to its log" : "");
	return err;
}
