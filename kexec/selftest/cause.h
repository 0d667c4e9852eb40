/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a step has failed, in all likelihood, by what the console says. */
#ifndef SELFTEST_CAUSE_H
#define SELFTEST_CAUSE_H

#include "base/compiler.h"

#include <stdbool.h>

enum cause_phase {
	CAUSE_BOOT = 1,	   /* the first kernel, until its process 1 runs */
	CAUSE_ARM = 2,	   /* until it is armed */
	CAUSE_CRASH = 4,   /* until it has said that it died */
	CAUSE_CAPTURE = 8, /* from then on */
};

struct cause {
	const char *text; /* what it is, and what to do */
	bool memory;	  /* the capture kernel's memory was too small */
};

/* @console: what was printed in that phase. @ended: the machine did not go on. NULL: no idea. */
const struct cause *cause_find(enum cause_phase phase, const char *console, bool ended);

#endif
