// SPDX-License-Identifier: GPL-2.0-or-later
/* Red-black trees: include/linux/rbtree_types.h of Linux. Cached and augmented roots begin alike.
 */
#include "kernel/tree_walk.h"

#include "base/interrupt.h"

#include <inttypes.h>

/* A red-black tree of 2^64 nodes is no deeper. */
#define MAX_DEPTH 128

struct rbtree_walk {
	struct tree_walk tree;
	uint64_t left, right; /* offsets in struct rb_node */
	uint64_t stack[MAX_DEPTH];
	unsigned int depth;
	uint64_t n;
};

/* The layout has never changed, and is needed even when there are no types. */
static struct error *member_offset(struct types *types, const char *member, uint64_t fallback,
				   uint64_t *ret)
{
	struct error *err = tree_member(types, "rb_node", member, ret, NULL);

	if (!err || err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	*ret = fallback;
	return NULL;
}

/* Pushes @node and all that is to its left. */
static struct error *descend(struct rbtree_walk *w, uint64_t node)
{
	while (node) {
		struct error *err = visited_add(&w->tree.visited, node, "rb_node");

		if (err)
			return tree_walk_lost(&w->tree, err);
		if (w->depth == MAX_DEPTH)
			return tree_walk_lost(&w->tree,
					      error_at(ERROR_BAD_DATA, node,
						       "the tree is too deep at rb_node 0x%" PRIx64,
						       node));
		w->stack[w->depth++] = node;
		err = memory_read_word(w->tree.c->memory, node + w->left, &node);
		if (err) {
			/* The node is not there: nor is it an entry. */
			w->depth--;
			return tree_walk_lost(&w->tree, error_wrap(err,
								   "rb_node 0x%" PRIx64
								   " and what is below it",
								   w->stack[w->depth]));
		}
	}
	return NULL;
}

static struct error *walk(struct rbtree_walk *w, uint64_t root)
{
	TRY(descend(w, root));
	while (w->depth) {
		uint64_t node = w->stack[--w->depth], right;
		struct error *err;

		TRY(interrupt_check());
		err = memory_read_word(w->tree.c->memory, node + w->right, &right);
		if (err) {
			right = 0;
			TRY(tree_walk_lost(
				&w->tree,
				error_wrap(err, "what is right of rb_node 0x%" PRIx64, node)));
		}
		TRY(w->tree.c->each(w->tree.c->context, node, w->n++));
		TRY(descend(w, right));
	}
	return NULL;
}

struct error *rbtree_walk(const struct container *c, uint64_t root)
{
	struct rbtree_walk w = { .tree.c = c };
	uint8_t word = c->memory->word_size;
	uint64_t node = root;

	if (!c->from_node)
		TRY(error_wrap(memory_read_word(c->memory, root, &node), "the tree's root"));
	TRY(member_offset(c->types, "rb_left", 2 * word, &w.left));
	TRY(member_offset(c->types, "rb_right", word, &w.right));
	return tree_walk_end(&w.tree, walk(&w, node));
}

struct error *rbtree_each(struct image *image, uint64_t root, container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);

	return rbtree_walk(&c, root);
}
