// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XArray (include/linux/xarray.h of Linux, v4.20 and later), the radix tree before it
 * (include/linux/radix-tree.h), and the IDR over either.
 *
 * A slot holds NULL, a pointer, or an entry told by its low bits: a node, a sibling (this slot
 * belongs to the entry before it), a retry mark, a zero entry, a value.
 */
#include "kernel/tree_walk.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <inttypes.h>

#define MAX_DEPTH 12 /* 64 bits of index, at the least 6 a level, and one more */
#define MAX_SLOTS 64

struct xarray_layout {
	bool is_radix; /* before v4.20 */
	uint64_t head, shift, slots;
	unsigned int nr_slots;
};

struct xarray_walk {
	struct tree_walk tree;
	struct xarray_layout layout;
	uint64_t base;
};

static struct error *read_layout(struct types *types, struct xarray_layout *ret)
{
	const char *node = "xa_node";
	const struct type *slots;
	struct xarray_layout layout = { 0 };
	struct error *err = tree_member(types, "xarray", "xa_head", &layout.head, NULL);

	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		layout.is_radix = true;
		node = "radix_tree_node";
		err = tree_member(types, "radix_tree_root", "rnode", &layout.head, NULL);
	}
	TRY(err);
	TRY(tree_member(types, node, "shift", &layout.shift, NULL));
	TRY(tree_member(types, node, "slots", &layout.slots, &slots));
	if (slots->kind != TYPE_ARRAY || !slots->count || slots->count > MAX_SLOTS ||
	    slots->count & (slots->count - 1))
		return error_create(ERROR_BAD_DATA, "%s.slots is no array of up to %u", node,
				    MAX_SLOTS);
	layout.nr_slots = (unsigned int)slots->count;
	*ret = layout;
	return NULL;
}

static bool is_internal(const struct xarray_layout *l, uint64_t entry)
{
	return (entry & 3) == (l->is_radix ? 1 : 2);
}

/* The node that @entry leads to; 0: it is none. */
static uint64_t node_of(const struct xarray_layout *l, uint64_t entry)
{
	if (!is_internal(l, entry))
		return 0;
	if (l->is_radix)
		return entry - 1;
	/* Small internal entries are siblings, retry and zero marks. */
	return entry > 4096 ? entry - 2 : 0;
}

/* One level of the walk. */
struct xarray_level {
	uint64_t slots[MAX_SLOTS];
	uint64_t node, index;
	unsigned int shift, next;
};

/* Reads @node, whose lowest index is @index, into @level. @above: the shift of the node above. */
static struct error *enter_node(struct xarray_walk *w, uint64_t node, uint64_t index,
				unsigned int above, struct xarray_level *level)
{
	const struct memory *m = w->tree.c->memory;
	const struct xarray_layout *l = &w->layout;
	unsigned int width = (unsigned int)__builtin_ctz(l->nr_slots);
	uint8_t raw[8 * MAX_SLOTS];
	uint64_t shift;

	TRY(visited_add(&w->tree.visited, node, "node"));
	TRY(memory_read_number(m, node + l->shift, 1, &shift));
	if (shift >= above || shift % width || shift >= 64)
		return error_at(ERROR_BAD_DATA, node, "its shift is %" PRIu64 ", below one of %u",
				shift, above);
	TRY(memory_read(m, node + l->slots, raw, (size_t)l->nr_slots * m->word_size));
	for (unsigned int i = 0; i < l->nr_slots; i++)
		level->slots[i] =
			load_number(raw + (size_t)i * m->word_size, m->word_size, m->big_endian);
	level->node = node;
	level->index = index;
	level->shift = (unsigned int)shift;
	level->next = 0;
	return NULL;
}

/* A radix tree's sibling points to the slot, in the same node, that it belongs to. */
static bool is_radix_sibling(const struct xarray_walk *w, const struct xarray_level *level,
			     uint64_t node)
{
	const struct xarray_layout *l = &w->layout;
	uint64_t at = node - (level->node + l->slots);

	return l->is_radix && at < (uint64_t)l->nr_slots * w->tree.c->memory->word_size;
}

static struct error *walk_nodes(struct xarray_walk *w, uint64_t root)
{
	struct xarray_level levels[MAX_DEPTH];
	unsigned int depth = 1;
	struct error *err = enter_node(w, root, 0, 64, &levels[0]);

	if (err)
		return tree_walk_lost(&w->tree, error_wrap(err, "node 0x%" PRIx64, root));
	while (depth) {
		struct xarray_level *level = &levels[depth - 1];
		uint64_t entry, index, node;

		if (level->next == w->layout.nr_slots) {
			depth--;
			continue;
		}
		entry = level->slots[level->next];
		index = level->index + ((uint64_t)level->next << level->shift);
		level->next++;
		if (entry && !is_internal(&w->layout, entry)) {
			TRY(interrupt_check());
			TRY(w->tree.c->each(w->tree.c->context, entry, w->base + index));
			continue;
		}
		node = node_of(&w->layout, entry);
		if (!node || is_radix_sibling(w, level, node))
			continue;
		err = depth == MAX_DEPTH ? error_at(ERROR_BAD_DATA, node, "nested too deeply")
					 : enter_node(w, node, index, level->shift, &levels[depth]);
		if (!err)
			depth++;
		else
			TRY(tree_walk_lost(&w->tree, error_wrap(err,
								"node 0x%" PRIx64
								" for index %" PRIu64 " and up",
								node, index)));
	}
	return NULL;
}

struct error *xarray_walk(const struct container *c, uint64_t root, uint64_t base)
{
	struct xarray_walk w = { .tree.c = c, .base = base };
	uint64_t head, node;

	TRY(error_wrap(read_layout(c->types, &w.layout), "the XArray's layout"));
	if (c->from_node) {
		/* With or without the mark of a node. */
		node = node_of(&w.layout, root);
		return tree_walk_end(&w.tree, walk_nodes(&w, node ? node : root));
	}
	TRY(error_wrap(memory_read_word(c->memory, root + w.layout.head, &head), "the root"));
	node = node_of(&w.layout, head);
	if (node)
		return tree_walk_end(&w.tree, walk_nodes(&w, node));
	if (head && !is_internal(&w.layout, head))
		return c->each(c->context, head, base);
	return NULL;
}

struct error *xarray_each(struct image *image, uint64_t root, container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);

	return xarray_walk(&c, root, 0);
}

struct error *idr_each(struct image *image, uint64_t idr, container_each each, void *context)
{
	struct container c = container_of_image(image, each, context);
	uint64_t offset, base = 0;
	struct error *err;

	/* idr_base came with 6ce711f27500 (v4.16). */
	err = tree_member(c.types, "idr", "idr_base", &offset, NULL);
	if (!err)
		TRY(memory_read_number(c.memory, idr + offset, 4, &base));
	else if (err->code != ERROR_NOT_FOUND)
		return err;
	else
		error_free(err);
	TRY(tree_member(c.types, "idr", "idr_rt", &offset, NULL));
	return xarray_walk(&c, idr + offset, base);
}
