/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's log: printk's ring buffer since v5.10, records in log_buf before. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include "image/image.h"

struct log_record {
	uint64_t seq, time_ns;
	uint8_t level, facility;
	uint32_t caller; /* task id, or CPU with @caller_is_cpu */
	bool has_caller, caller_is_cpu;
	const char
		*text; /* not escaped; may hold newlines; owned by the walk until the next call */
	size_t text_len;
	const char *dict; /* "SUBSYSTEM=…\nDEVICE=…", or NULL */
	bool lost_text;	  /* the record is there and its text is not: @text is empty */
	/* Who wrote it, fully, where the kernel says (CONFIG_PRINTK_EXECUTION_CTX, v6.19). */
	bool has_context;
	uint32_t pid, cpu;
	char comm[17];
};

struct log_walk;
must_check struct error *log_walk_create(struct image *image, struct log_walk **ret);
must_check struct error *log_walk_next(struct log_walk *walk, struct log_record *ret, bool *found);
/* Why records are missing between those that were given; NULL: none. */
const struct error *log_walk_problem(const struct log_walk *walk);
void log_walk_destroy(struct log_walk *walk);

/* "T123" or "C0" for @record's caller, into @ret. */
void log_caller_text(const struct log_record *record, char ret[16]);

#endif
