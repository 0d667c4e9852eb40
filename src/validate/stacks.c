// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel stacks: the mark at the far end of each task's, which an overrun writes over
 * (STACK_END_MAGIC, include/uapi/linux/magic.h of Linux), and the stack canary of the task that
 * each CPU ran.
 */
#include "validate/validate.h"

#include "image/view.h"
#include "kernel/tasks.h"

#include <inttypes.h>

#define STACK_END_MAGIC 0x57ac6e9du

enum { CANARY };
DEFINE_VIEW(task_view, "task_struct", [CANARY] = FIELD("stack_canary"));
/* x86: a per-CPU variable of its own since 3fb0fdb3bbe7 (v5.19) on 32 bits, a00b1a0e0d0b (v6.15)
 * on 64 bits; in the first bytes of per-CPU memory before. */
DEFINE_VIEW(fixed_view, "fixed_percpu_data", [CANARY] = FIELD("stack_canary"));

static struct error *check_end(struct validation *v, const struct task *task)
{
	const struct memory *memory = image_memory(validation_image(v));
	uint64_t magic;
	struct error *err;

	if (!task->stack) /* freed with the exit of its task */
		return NULL;
	err = memory_read_word(memory, task->stack, &magic);
	if (err) {
		char what[96];

		snprintf(what, sizeof(what), "the stack of task %d (%s)", task->pid, task->comm);
		return validation_find_error(v, true, place_virtual(task->stack, 0), err, what);
	}
	validation_looked_at(v, 1);
	if (magic != STACK_END_MAGIC)
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED,
				place_virtual(task->stack, memory->word_size),
				"the stack of task %d (%s) ends in 0x%" PRIx64
				", expected 0x%x: it ran over, or was written over",
				task->pid, task->comm, magic, STACK_END_MAGIC);
	return NULL;
}

/* Where @cpu's canary lies: false where this kernel has none that is known. */
static bool find_canary(struct image *image, unsigned int cpu, uint64_t *ret)
{
	uint64_t base, offset;

	if (!error_dropped(image_per_cpu(image, "__stack_chk_guard", cpu, ret)))
		return true;
	if (error_dropped(image_per_cpu(image, "fixed_percpu_data", cpu, &base)) ||
	    error_dropped(view_offset(image, &fixed_view, CANARY, &offset)))
		return false;
	*ret = base + offset;
	return true;
}

static struct error *check_canary(struct validation *v, const struct task *task)
{
	struct image *image = validation_image(v);
	uint64_t at, cpu_canary, canary;

	if (!task->active || !find_canary(image, task->cpu, &at) ||
	    error_dropped(view_read(image, &task_view, CANARY, task->address, &canary)))
		return NULL;
	TRY(memory_read_word(image_memory(image), at, &cpu_canary));
	validation_looked_at(v, 1);
	/* Switching tasks changes one, then the other. */
	if (cpu_canary != canary)
		validation_find(v, FINDING_NOTE, CAUSE_RACE, place_virtual(at, 8),
				"CPU %u's stack canary is 0x%016" PRIx64
				", that of its task %d (%s) 0x%016" PRIx64,
				task->cpu, cpu_canary, task->pid, task->comm, canary);
	return NULL;
}

static struct error *check_task(void *context, const struct task *task)
{
	TRY(check_end(context, task));
	return check_canary(context, task);
}

static struct error *run(struct validation *v)
{
	return task_each(validation_image(v), check_task, v);
}

const struct validate_check validate_stacks = {
	.name = "stacks",
	.family = "structures",
	.summary = "a task's stack is missing, ran over, or was written over",
	.needs_kernel = true,
	.run = run,
};
