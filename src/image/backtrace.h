/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A task's backtrace: where to begin, the architecture's unwinder, frames with their symbols. */
#ifndef IMAGE_BACKTRACE_H
#define IMAGE_BACKTRACE_H

#include "image/image.h"

struct frame {
	struct unwind_frame unwound;
	bool has_symbol;
	struct symbol symbol;
	uint64_t offset; /* of the pc into the symbol */
};

struct backtrace {
	struct frame *frames;
	size_t nr_frames;
	/* Why the trace ends before the known end of the stack; NULL when it is whole. */
	struct error *why;
	/* How the start was found: "crash_notes", "NT_PRSTATUS", "sleeping", "stack scan"; or
	 * "no stack": a task that has exited, no frames. */
	const char *start;
};

/*
 * The backtrace of the task whose task_struct is at @task. @cpu is the CPU that it was running on,
 * or UINT32_MAX for one that slept. Fails only when nothing at all can be shown.
 */
must_check struct error *backtrace_task(struct image *image, uint64_t task, unsigned int cpu,
					struct backtrace *ret);
void backtrace_deinit(struct backtrace *bt);

/* Of a task's own stack, bytes. */
uint64_t backtrace_stack_size(struct image *image);

/* Registers that @cpu had when the kernel died. NOT_FOUND when nobody saved them. */
must_check struct error *image_cpu_registers(struct image *image, unsigned int cpu,
					     struct registers *ret, const char **origin);

#endif
