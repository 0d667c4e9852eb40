/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine was and how it ended: utsname, uptime, load, memory, taints, panic message. */
#ifndef KERNEL_SYSTEM_H
#define KERNEL_SYSTEM_H

#include "image/image.h"

struct system {
	/* "" where unknown. */
	char release[65], version[65], machine[65], nodename[65];
	unsigned int cpus_online, cpus_possible;
	uint64_t memory_bytes; /* 0 unknown */
	bool has_uptime, has_time, has_load, has_taints;
	double uptime_s;
	int64_t time; /* of the crash, seconds since 1970 */
	double load[3];
	uint64_t taints;
	char taint_letters[40];
	char panic[256]; /* the panic message, as in "Kernel panic - not syncing: …" or "BUG: …" */
};

must_check struct error *system_describe(struct image *image, struct system *ret);

/*
 * Nanoseconds of CLOCK_REALTIME less CLOCK_MONOTONIC, which turns the log's times into times of
 * day; and of CLOCK_BOOTTIME when the kernel last kept time. NOT_FOUND when it has no timekeeper.
 */
must_check struct error *system_clock(struct image *image, int64_t *real_offset_ns,
				      int64_t *boot_ns, int64_t *real_s);

/* ---- system_panic.c: which line of the log says why ---- */
/* Fed with the log's lines from the first to the last; zeroed at the start. */
struct panic_search {
	char cause[256]; /* first line of the last chain of oopses, "" none */
	char panic[256]; /* the last "Kernel panic" line */
	char warning[256];
	uint64_t cause_ns;
	uint32_t cause_caller;
	bool ended; /* the chain came to its end: the kernel went on */
	bool panic_is_consequence;
};
void panic_search_line(struct panic_search *search, uint64_t time_ns, uint32_t caller,
		       const char *line);
/* The message, "" when nothing in the log tells of a death. Borrowed from @search. */
const char *panic_search_result(const struct panic_search *search);

#endif
