// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task's state as a letter: fs/proc/array.c and __task_state_index() in include/linux/sched.h of
 * Linux. The values have not moved since 8ef9925b02c2 and 92c4bc9f9c8d (v4.14); the kernel has them
 * as macros, so no dump can name them.
 */
#include "kernel/tasks.h"

#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_REPORT	     0x007f /* the bits that have a letter of their own */
#define TASK_DEAD	     0x0080
#define TASK_NOLOAD	     0x0400
#define TASK_RTLOCK_WAIT     0x1000 /* 5f220be21418 (v5.15) */
#define TASK_FROZEN	     0x8000 /* f5d39b020809 (v6.1) */
#define TASK_IDLE	     (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)

char task_state_letter(uint64_t state, uint64_t exit_state)
{
	/* By the highest bit that is set: none, 1, 2, 4, 8, EXIT_DEAD, EXIT_ZOMBIE, PARKED. */
	static const char letters[] = "RSDTtXZP";
	uint64_t report = (state | exit_state) & TASK_REPORT;

	if ((state & TASK_IDLE) == TASK_IDLE)
		return 'I';
	if (state & (TASK_RTLOCK_WAIT | TASK_FROZEN))
		report = TASK_UNINTERRUPTIBLE;
	/* Between its last schedule() and the removal: do_task_dead() sets nothing else. */
	if (!report && (state & TASK_DEAD))
		return 'X';
	return letters[report ? 64 - __builtin_clzll(report) : 0];
}
