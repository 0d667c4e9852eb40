/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does the dump say what the guest said before it died? One check a function, named in a table. */
#ifndef SELFTEST_COMPARE_H
#define SELFTEST_COMPARE_H

#include "base/text.h"
#include "selftest/dump.h"
#include "selftest/trace.h"
#include "selftest/truth.h"

struct evidence {
	const struct truth *truth;
	const struct dump *dump;
	struct trace trace;  /* as the kernel printed it */
	bool trace_from_log; /* not on the console: a panic in NMI context is not printed there */
};

struct compare_check {
	const char *name;
	/* What was compared goes to @detail; a difference is an error of code BAD_DATA. */
	struct error *(*run)(const struct evidence *evidence, struct text *detail);
};

/* In the order they run; the last has no name. */
extern const struct compare_check compare_checks[];

/* Takes the trace from the console's @text, or else from the dump's log. */
void evidence_take_trace(struct evidence *evidence, const char *text);

struct error *compare_bt(const struct evidence *evidence, struct text *detail);
struct error *compare_stacks(const struct evidence *evidence, struct text *detail);
struct error *compare_log(const struct evidence *evidence, struct text *detail);
struct error *compare_ps(const struct evidence *evidence, struct text *detail);
struct error *compare_memory(const struct evidence *evidence, struct text *detail);

#endif
