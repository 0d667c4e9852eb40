/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the members of task_struct lie that every task is read by, bound once for many tasks.
 */
#ifndef KERNEL_TASKS_LAYOUT_H
#define KERNEL_TASKS_LAYOUT_H

#include "kernel/tasks.h"

enum task_field {
	TASK_STATE,
	TASK_EXIT_STATE,
	TASK_STACK,
	TASK_FLAGS,
	TASK_CPU,
	TASK_MM,
	TASK_PID,
	TASK_TGID,
	TASK_REAL_PARENT,
	TASK_COMM,
	TASK_SIGNAL,
	TASK_KTHREAD,
	TASK_TASKS,
	TASK_THREAD_NODE,
	TASK_PID_LINK,
	NR_TASK_FIELDS,
};

enum mm_field {
	MM_TOTAL_VM,
	MM_FILE,
	MM_ANON,
	MM_SHMEM,
	MM_FILE_CPU, /* the per-CPU parts */
	MM_ANON_CPU,
	MM_SHMEM_CPU,
	NR_MM_FIELDS,
};

struct member_place {
	bool known, is_signed;
	uint16_t size;
	uint32_t offset;
};

#define PARENT_CACHE 64

struct task_layout {
	struct image *image;
	struct member_place task[NR_TASK_FIELDS], mm[NR_MM_FIELDS];
	struct member_place parent_tgid, kthread_name, thread_head;
	/* The bytes of a task_struct that hold all fields above, when they are near enough. */
	uint32_t span_start, span_size;
	uint64_t page_kb;
	unsigned int *cpus, nr_cpus; /* those that were up */
	uint64_t *per_cpu_offset;    /* of cpus[i] */
	unsigned int possible;	     /* one above the highest possible CPU */
	uint64_t *current;	     /* for task_layout_current(); @possible of them */
	/* What was read last, for parents and address spaces that are shared. */
	struct {
		uint64_t address;
		int32_t tgid;
	} parents[PARENT_CACHE];
	uint64_t last_mm, last_vsz_kb, last_rss_kb;
	bool last_has_memory;
};

/* Fails when the kernel's task_struct cannot be understood at all. */
must_check struct error *task_layout_init(struct image *image, struct task_layout *ret);
void task_layout_deinit(struct task_layout *layout);
/* The task that @cpu was running; 0: not known, or the CPU was down. */
uint64_t task_layout_current(struct task_layout *layout, unsigned int cpu);
/*
 * The task at @address. Fails when not even its pid can be read, or when what is there is no task.
 * *@missing (may be NULL) is the first error of another member, NULL when all were read; the caller
 * frees it.
 */
must_check struct error *task_layout_read(struct task_layout *layout, uint64_t address,
					  struct task *ret, struct error **missing);

#endif
