/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory map as a picture in text: one line a range, what lies within another is indented below
 * it, what is free between the parts of one is said. In JSON the same lines are rows of kind
 * "memory". Used by simulate (a plan) and by the command kexec (a loaded kimage in a dump).
 */
#ifndef COMMANDS_MEMORY_PICTURE_H
#define COMMANDS_MEMORY_PICTURE_H

#include "base/output.h"

struct memory_picture_item {
	uint64_t start, end; /* physical, bytes, @end in it */
	const char *what;    /* "System RAM", "Crash kernel", "initrd"; borrowed */
	const char *detail;  /* more for people, in JSON too; borrowed, or NULL */
	bool gaps;	     /* what is free between the items inside it is worth a line */
};

struct memory_picture {
	struct memory_picture_item *items;
	size_t count, room;
};

/* A zeroed picture is empty. */
void memory_picture_deinit(struct memory_picture *picture);
must_check struct error *memory_picture_add(struct memory_picture *picture,
					    const struct memory_picture_item *item);
/*
 * Begins memory_picture_table and emits all items, sorted: ascending, the larger first where two
 * start together. Items that overlap without one being in the other are drawn side by side.
 */
must_check struct error *memory_picture_draw(struct memory_picture *picture, struct output *out);

/* Belongs into the tables of a command that draws. */
extern const struct table memory_picture_table;

#endif
