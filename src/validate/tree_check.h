/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks a red-black tree (lib/rbtree.c of Linux) as a validator does: each node leads back to its
 * parent, no red one has a red child, and all leaves are equally many black ones deep.
 */
#ifndef VALIDATE_TREE_CHECK_H
#define VALIDATE_TREE_CHECK_H

#include "validate/validate.h"

/* @node: the address of the rb_node inside the entry, in the tree's order. An error of it ends the
 * walk. */
typedef struct error *(*tree_check_each)(void *context, uint64_t node);

struct tree_check {
	const char *name;     /* of the tree, for findings: "vmap_area_root" */
	uint64_t root;	      /* of its struct rb_root */
	tree_check_each each; /* NULL: the links only */
	void *context;
	/* The kernel may have been changing the tree when it died: what is broken is a race. */
	bool may_race;
	/* ---- told ---- */
	uint64_t nodes; /* that were met */
	bool whole;	/* all of it was reached, and nothing was wrong */
};

/* Fails only when interrupted, out of memory, or by @each. Faults become findings. */
must_check struct error *tree_check_run(struct validation *v, struct tree_check *tree);

#endif
