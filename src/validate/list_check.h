/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks a struct list_head as a validator does: each step forth must be a step back. Where the way
 * is broken the list is followed from its other end, so that what is cut off is counted.
 */
#ifndef VALIDATE_LIST_CHECK_H
#define VALIDATE_LIST_CHECK_H

#include "validate/validate.h"

/* @node: the address of the list_head inside the entry. An error of it ends the walk. */
typedef struct error *(*list_check_each)(void *context, uint64_t node);

struct list_check {
	const char *name; /* of the list, for findings: "modules" */
	uint64_t head;
	list_check_each each; /* NULL: the links only */
	void *context;
	/* The kernel may have been changing the list when it died: what is broken is a race. */
	bool may_race;
	/* ---- told ---- */
	uint64_t nodes; /* that were met, from either end */
	bool whole;	/* the walk came back to its head, all links agreeing */
};

/* Fails only when interrupted, out of memory, or by @each. Faults become findings. */
must_check struct error *list_check_run(struct validation *v, struct list_check *list);

#endif
