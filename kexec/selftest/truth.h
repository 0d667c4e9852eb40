/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest wrote down before it died: files of its /proc and /sys in a cpio archive at the
 * start of a disk, and what can be read out of them.
 */
#ifndef SELFTEST_TRUTH_H
#define SELFTEST_TRUTH_H

#include "base/error.h"

#include <stddef.h>

struct truth;

/* BAD_DATA: the archive is not whole. */
must_check struct error *truth_open(const char *path, struct truth **ret);
void truth_close(struct truth *truth);

/* A file's bytes ("proc/iomem"), with a NUL behind them; NULL: it is not there. */
const char *truth_file(const struct truth *truth, const char *name, size_t *size);
/* The first line of a file, copied to @buf without its newline; "" when there is no such file. */
void truth_line(const struct truth *truth, const char *name, char *buf, size_t size);

struct truth_task {
	int pid, ppid;
	char state;
	bool kthread;
	char comm[64]; /* as /proc has it: of a kernel thread longer than task_struct.comm */
};
/* Every thread, in *@ret (owned by the caller, free). */
must_check struct error *truth_tasks(const struct truth *truth, struct truth_task **ret,
				     size_t *count);

/* The stack of thread @pid as /proc/PID/stack had it, a frame a line; NULL: it ran, or no such. */
const char *truth_stack(const struct truth *truth, int pid);

struct truth_record {
	uint64_t seq, time_us;
	unsigned int level, facility;
	char *text; /* escapes of unprintable bytes undone */
};
/* The log's records, in *@ret; freed by truth_records_free(). */
must_check struct error *truth_records(const struct truth *truth, struct truth_record **ret,
				       size_t *count);
void truth_records_free(struct truth_record *records, size_t count);

/* The CPUs that /proc/cpuinfo lists. */
unsigned int truth_cpus(const struct truth *truth);
/* The build-id in /sys/kernel/notes as hex digits; NOT_FOUND. */
must_check struct error *truth_build_id(const struct truth *truth, char *buf, size_t size);

#endif
