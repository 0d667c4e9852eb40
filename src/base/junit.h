/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit's XML: a test suite of test cases. There is no standard; these elements are what Jenkins,
 * GitLab and pytest agree on.
 */
#ifndef BASE_JUNIT_H
#define BASE_JUNIT_H

#include "base/error.h"
#include "base/text.h"

struct junit {
	struct text cases;
	const char *class_name; /* of all cases: "kx-crash.selftest" */
	size_t tests, failures, skipped;
};

enum junit_result { JUNIT_PASSED, JUNIT_FAILED, JUNIT_SKIPPED };

struct junit_case {
	const char *name;
	enum junit_result result;
	uint64_t ns;
	const char
		*message; /* of a failure or of what was skipped: why; else what was found. NULL */
	const char *cause, *output; /* of a failure: more of it; NULL */
};

/* A zeroed struct junit with its class name is ready. */
void junit_deinit(struct junit *junit);
/* Control characters and what is no UTF-8 are made printable. */
void junit_add(struct junit *junit, const struct junit_case *junit_case);
/* @name: the suite's. OS when @path cannot be written. */
must_check struct error *junit_write(const struct junit *junit, const char *name, uint64_t ns,
				     const char *path);

#endif
