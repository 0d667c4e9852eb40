/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long scan has come: one line on stderr with the share done, the rate and the time left,
 * drawn when the shell allows it (a terminal, nothing else on it) and the work takes a while.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *label;
	const char *unit;	 /* "pages", "tasks"…; NULL: @total is in bytes */
	uint64_t total;		 /* 0: unknown */
	uint64_t started, drawn; /* ns on the monotonic clock */
	bool visible;
};

/* Off at first. */
void progress_enable(bool enabled);
/*
 * For a console that cannot be drawn on: a line every two seconds goes to @tell, in place of all
 * drawing. NULL: no more.
 */
void progress_tell(void (*tell)(void *context, const char *line), void *context);
void progress_begin(struct progress *p, const char *label, const char *unit, uint64_t total);
/* Cheap enough for every page; @done counts up to the total. */
void progress_update(struct progress *p, uint64_t done);
/* For work that has no measure: shows for how many @seconds it has been going on. */
void progress_wait(struct progress *p, uint64_t seconds);
/* Wipes the line. */
void progress_end(struct progress *p);

/* The line as it is drawn, without control characters; @elapsed in ns. For tests. */
void progress_format(const struct progress *p, uint64_t done, uint64_t elapsed, char *buf,
		     unsigned int size);

#endif
