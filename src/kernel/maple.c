// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maple trees: include/linux/maple_tree.h and lib/maple_tree.c of Linux (v6.1 and later).
 *
 * A pointer to a node is encoded: nodes are aligned to 256 bytes, bits 3 to 6 hold the node's type.
 * Pivots divide a node's range among its slots; how many slots are in use is told by the last pivot
 * or by the metadata in the place of the last slot.
 */
#include "kernel/tree_walk.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <inttypes.h>
#include <stdlib.h>

#define NODE_MASK  UINT64_C(0xff)
#define TYPE_SHIFT 3
#define TYPE_MASK  0xf
#define MAX_DEPTH  31 /* MAPLE_HEIGHT_MAX */
#define MAX_SLOTS  63 /* what fits into a node of 512 bytes */
#define MAX_TYPES  16
#define ZERO_ENTRY UINT64_C(0x406) /* xa_mk_internal(257): reserved, reads as NULL */

/* How nodes of one type are laid out; nr_slots 0: no such type. */
struct maple_layout {
	uint64_t pivots, slots, meta_end; /* offsets */
	unsigned int nr_pivots, nr_slots;
	bool is_leaf;
	bool always_meta; /* the metadata has a place of its own */
};

struct maple_walk {
	struct tree_walk tree;
	struct maple_layout layouts[MAX_TYPES];
};

struct maple_node {
	uint64_t address, min, max;
	uint64_t pivots[MAX_SLOTS], slots[MAX_SLOTS];
	const struct maple_layout *layout;
	unsigned int last; /* slot in use */
	unsigned int next; /* to be looked at */
};

static struct error *array_of(struct types *types, const char *type, const char *member,
			      uint64_t *offset, unsigned int *count)
{
	const struct type *array;

	TRY(tree_member(types, type, member, offset, &array));
	if (array->kind != TYPE_ARRAY || !array->count || array->count > MAX_SLOTS)
		return error_create(ERROR_BAD_DATA, "%s.%s is no array of up to %u", type, member,
				    MAX_SLOTS);
	*count = (unsigned int)array->count;
	return NULL;
}

static struct error *range_layout(struct types *types, const char *type, struct maple_layout *l)
{
	TRY(array_of(types, type, "pivot", &l->pivots, &l->nr_pivots));
	TRY(array_of(types, type, "slot", &l->slots, &l->nr_slots));
	if (l->nr_pivots + 1 != l->nr_slots)
		return error_create(ERROR_BAD_DATA, "%s has %u pivots and %u slots", type,
				    l->nr_pivots, l->nr_slots);
	return tree_member(types, type, "meta.end", &l->meta_end, NULL);
}

/* The layout of nodes that enumerator @name of enum maple_type stands for. */
static struct error *layout_of(struct maple_walk *w, const char *name, struct maple_layout **ret)
{
	const struct type *type;
	int64_t value;

	TRY(types_find_enumerator(w->tree.c->types, name, &value, &type));
	if (value < 0 || value >= MAX_TYPES)
		return error_create(ERROR_BAD_DATA, "%s is %" PRId64, name, value);
	*ret = &w->layouts[value];
	return NULL;
}

static struct error *read_layouts(struct maple_walk *w)
{
	struct types *types = w->tree.c->types;
	struct maple_layout *l;

	TRY(layout_of(w, "maple_dense", &l));
	TRY(array_of(types, "maple_node", "slot", &l->slots, &l->nr_slots));
	l->is_leaf = true;
	TRY(layout_of(w, "maple_leaf_64", &l));
	TRY(range_layout(types, "maple_range_64", l));
	l->is_leaf = true;
	TRY(layout_of(w, "maple_range_64", &l));
	TRY(range_layout(types, "maple_range_64", l));
	TRY(layout_of(w, "maple_arange_64", &l));
	TRY(range_layout(types, "maple_arange_64", l));
	l->always_meta = true;
	return NULL;
}

static struct error *read_words(const struct memory *m, uint64_t address, unsigned int count,
				uint64_t *ret)
{
	uint8_t raw[8 * MAX_SLOTS];

	TRY(memory_read(m, address, raw, (size_t)count * m->word_size));
	for (unsigned int i = 0; i < count; i++)
		ret[i] = load_number(raw + (size_t)i * m->word_size, m->word_size, m->big_endian);
	return NULL;
}

/* The last slot in use, as ma_data_end() has it. */
static struct error *last_slot(const struct memory *m, struct maple_node *n)
{
	const struct maple_layout *l = n->layout;
	uint64_t end;

	if (!l->nr_pivots) {
		n->last = l->nr_slots - 1;
		return NULL;
	}
	if (!l->always_meta && n->pivots[l->nr_pivots - 1]) {
		n->last = n->pivots[l->nr_pivots - 1] == n->max ? l->nr_pivots - 1 : l->nr_pivots;
		return NULL;
	}
	TRY(memory_read_number(m, n->address + l->meta_end, 1, &end));
	if (end >= l->nr_slots)
		return error_at(ERROR_BAD_DATA, n->address, "its last slot is %" PRIu64 " of %u",
				end, l->nr_slots);
	n->last = (unsigned int)end;
	return NULL;
}

static struct error *enter_node(struct maple_walk *w, uint64_t encoded, uint64_t min, uint64_t max,
				struct maple_node *n)
{
	const struct memory *m = w->tree.c->memory;
	unsigned int type = encoded >> TYPE_SHIFT & TYPE_MASK;

	n->address = encoded & ~NODE_MASK;
	n->layout = &w->layouts[type];
	n->min = min;
	n->max = max;
	n->next = 0;
	if (!n->layout->nr_slots)
		return error_at(ERROR_BAD_DATA, n->address, "its type %u is unknown", type);
	TRY(visited_add(&w->tree.visited, n->address, "node"));
	if (n->layout->nr_pivots)
		TRY(read_words(m, n->address + n->layout->pivots, n->layout->nr_pivots, n->pivots));
	TRY(read_words(m, n->address + n->layout->slots, n->layout->nr_slots, n->slots));
	return last_slot(m, n);
}

/* The range of slot @i. BAD_DATA when pivots do not ascend. */
static struct error *slot_range(const struct maple_node *n, unsigned int i, uint64_t *first,
				uint64_t *last)
{
	const struct maple_layout *l = n->layout;

	if (!l->nr_pivots) {
		*first = *last = n->min + i;
		return NULL;
	}
	*first = i ? n->pivots[i - 1] + 1 : n->min;
	/* The last slot goes on to the node's end, whether a pivot says so or not. */
	*last = i < l->nr_pivots && (n->pivots[i] || !i) ? n->pivots[i] : n->max;
	if (*first > *last || *last > n->max || *first < n->min)
		return error_at(ERROR_BAD_DATA, n->address,
				"slot %u of node 0x%" PRIx64 " has range 0x%" PRIx64
				" to 0x%" PRIx64 " within 0x%" PRIx64 " to 0x%" PRIx64,
				i, n->address, *first, *last, n->min, n->max);
	return NULL;
}

/* Looks at the next slot of @nodes[*depth - 1]; goes down or up. */
static struct error *step(struct maple_walk *w, struct maple_node *nodes, unsigned int *depth)
{
	struct maple_node *n = &nodes[*depth - 1];
	uint64_t first, last, entry;
	struct error *err;

	if (n->next > n->last) {
		--*depth;
		return NULL;
	}
	err = slot_range(n, n->next, &first, &last);
	if (err) {
		/* The slots behind it would be no better. */
		--*depth;
		return tree_walk_lost(&w->tree, err);
	}
	entry = n->slots[n->next++];
	if (n->layout->is_leaf) {
		if (!entry || entry == ZERO_ENTRY)
			return NULL;
		return w->tree.c->each(w->tree.c->context, entry, first);
	}
	if (!entry)
		return NULL;
	if (*depth == MAX_DEPTH)
		err = error_at(ERROR_BAD_DATA, entry, "nested too deeply");
	else
		err = enter_node(w, entry, first, last, &nodes[*depth]);
	if (!err) {
		++*depth;
		return NULL;
	}
	return tree_walk_lost(&w->tree,
			      error_wrap(err, "node 0x%" PRIx64 " for 0x%" PRIx64 " to 0x%" PRIx64,
					 entry & ~NODE_MASK, first, last));
}

static struct error *walk_nodes(struct maple_walk *w, uint64_t root)
{
	uint64_t max = w->tree.c->memory->word_size == 8 ? UINT64_MAX : UINT32_MAX;
	struct maple_node *nodes;
	unsigned int depth = 1;
	struct error *err;

	/* 32 KiB: not for every stack. */
	nodes = calloc(MAX_DEPTH, sizeof(*nodes));
	if (!nodes)
		return error_nomem();
	err = enter_node(w, root, 0, max, &nodes[0]);
	if (err) {
		err = tree_walk_lost(&w->tree,
				     error_wrap(err, "node 0x%" PRIx64, root & ~NODE_MASK));
		depth = 0;
	}
	while (!err && depth) {
		err = interrupt_check();
		if (!err)
			err = step(w, nodes, &depth);
	}
	free(nodes);
	return err;
}

struct error *maple_walk(const struct container *c, uint64_t tree)
{
	struct maple_walk w = { .tree.c = c };
	uint64_t offset, root;

	TRY(error_wrap(read_layouts(&w), "the maple tree's layout"));
	/* A maple node's type is in the pointer to it alone: that must be given as stored. */
	root = tree;
	if (!c->from_node) {
		TRY(tree_member(c->types, "maple_tree", "ma_root", &offset, NULL));
		TRY(error_wrap(memory_read_word(c->memory, tree + offset, &root), "the root"));
	}
	/* As an XArray's: a node is marked by bit 1; anything else is the entry for index 0. */
	if ((c->from_node || (root & 3) == 2) && root > 4096)
		return tree_walk_end(&w.tree, walk_nodes(&w, root));
	if (root && (root & 3) != 2)
		return c->each(c->context, root, 0);
	return NULL;
}

struct error *maple_each(struct image *image, uint64_t tree, container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);

	return maple_walk(&c, tree);
}
