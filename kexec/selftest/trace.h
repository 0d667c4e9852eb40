/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trace that a kernel prints when it dies, as text. */
#ifndef SELFTEST_TRACE_H
#define SELFTEST_TRACE_H

#include "base/error.h"

#include <stddef.h>

#define TRACE_MAX 256

struct trace_frame {
	char function[128], module[64]; /* module "": the kernel's own */
	uint64_t offset;
};

struct trace {
	bool died;			      /* the line of a death is there */
	char reason[256];		      /* of the panic */
	int cpu, pid;			      /* -1: not said */
	struct trace_frame frames[TRACE_MAX]; /* innermost first; those marked "?" left out */
	size_t count;
};

/* "function+0xa/0x20 [module]" and nothing else: a frame; false. */
bool trace_parse_frame(const char *text, struct trace_frame *ret);
/* The first death in @text, which may be lines of a console (with time stamps) or of the log. */
void trace_parse(const char *text, struct trace *ret);

#endif
