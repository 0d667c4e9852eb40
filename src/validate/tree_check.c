// SPDX-License-Identifier: GPL-2.0-or-later
/* Red-black trees: include/linux/rbtree_types.h of Linux, whose layout has never changed. */
#include "validate/tree_check.h"

#include "base/interrupt.h"

#include <inttypes.h>

#define MAX_DEPTH 128 /* a red-black tree of 2^64 nodes is no deeper */
#define BLACK	  1u
#define LOW_BITS  3u /* of the word that holds the parent: the colour */

struct step {
	uint64_t node, right;
	unsigned int blacks; /* on the way to what is below it, itself among them */
	bool black;
};

struct walk {
	struct validation *v;
	struct tree_check *tree;
	const struct memory *memory;
	struct step stack[MAX_DEPTH]; /* whose right side is still to be walked */
	unsigned int depth;
	int height; /* black nodes above each leaf, -1: no leaf was met yet */
};

static void tell(struct walk *w, uint64_t at, const char *what, uint64_t value, uint64_t expected)
{
	w->tree->whole = false;
	validation_find_wrong(w->v, w->tree->may_race, at,
			      "the tree %s: %s is 0x%" PRIx64 ", expected 0x%" PRIx64,
			      w->tree->name, what, value, expected);
}

static struct error *read_node(struct walk *w, uint64_t node, uint64_t *parent, uint64_t *left,
			       uint64_t *right)
{
	unsigned int word = w->memory->word_size;

	TRY(memory_read_word(w->memory, node, parent));
	TRY(memory_read_word(w->memory, node + word, right));
	return memory_read_word(w->memory, node + 2 * word, left);
}

/*
 * A node that does not lead back to where the walk came from is not followed. So none is met twice:
 * it has one parent, which has it on one side.
 */
static bool leads_back(struct walk *w, uint64_t node, uint64_t parent, uint64_t above)
{
	if ((parent & ~(uint64_t)LOW_BITS) == above)
		return true;
	tell(w, node, "a node's parent", parent & ~(uint64_t)LOW_BITS, above);
	return false;
}

/* From @node, a child of @from's node (NULL: the root), down to the left. */
static struct error *descend(struct walk *w, uint64_t node, const struct step *from)
{
	uint64_t above = from ? from->node : 0, parent, left, right;
	unsigned int blacks = from ? from->blacks : 0;
	bool black_above = from && from->black;

	while (node) {
		struct error *err;

		TRY(interrupt_check());
		if (w->depth == MAX_DEPTH) {
			tell(w, node, "a depth", w->depth, MAX_DEPTH - 1);
			return NULL;
		}
		err = read_node(w, node, &parent, &left, &right);
		if (err) {
			w->tree->whole = false;
			return validation_find_error(w->v, true, place_virtual(node, 0), err,
						     w->tree->name);
		}
		if (!leads_back(w, node, parent, above))
			return NULL;
		if (left && left == right) {
			tell(w, node, "a node's left child, which is its right one,", left, 0);
			right = 0;
		}
		/* The root is black as well. */
		if (!(parent & BLACK) && !black_above)
			tell(w, node, "the colour of a red node's child, or of the root,", 0,
			     BLACK);
		black_above = parent & BLACK;
		blacks += black_above;
		w->stack[w->depth++] = (struct step){ node, right, blacks, black_above };
		w->tree->nodes++;
		above = node;
		node = left;
	}
	if (w->height < 0)
		w->height = (int)blacks;
	if ((int)blacks != w->height)
		tell(w, above, "the number of black nodes on the way to it", blacks,
		     (uint64_t)w->height);
	return NULL;
}

static struct error *walk(struct walk *w, uint64_t root)
{
	if (!root)
		return NULL;
	TRY(descend(w, root, NULL));
	while (w->depth) {
		struct step step = w->stack[--w->depth];

		if (w->tree->each)
			TRY(w->tree->each(w->tree->context, step.node));
		TRY(descend(w, step.right, &step));
	}
	return NULL;
}

struct error *tree_check_run(struct validation *v, struct tree_check *tree)
{
	struct walk w = {
		.v = v, .tree = tree, .memory = image_memory(validation_image(v)), .height = -1
	};
	uint64_t root;
	struct error *err;

	tree->nodes = 0;
	tree->whole = true;
	err = memory_read_word(w.memory, tree->root, &root);
	if (err) {
		tree->whole = false;
		return validation_find_error(v, true, place_virtual(tree->root, 0), err,
					     tree->name);
	}
	err = walk(&w, root);
	validation_looked_at(v, tree->nodes);
	return err;
}
