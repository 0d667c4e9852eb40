// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounts (fs/mount.h of Linux) of every namespace that a task is in: what the namespace holds, and
 * the way from each up to its parent and down again.
 */
#include "kernel/mounts.h"

#include "validate/address_list.h"
#include "validate/list_check.h"
#include "validate/lock_state.h"
#include "validate/tree_check.h"

#include "base/alloc.h"
#include "image/view.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <stdlib.h>

enum { COUNT };
/* Renamed by 2eea9ce4310d (v6.8), when "mounts" became their tree. */
DEFINE_VIEW(namespace_view, "mnt_namespace", [COUNT] = FIELD("nr_mounts", "mounts"));
enum { PARENT, CHILDREN, CHILD, NAMESPACE, SUPER, ID };
DEFINE_VIEW(mount_view, "mount", [PARENT] = FIELD("mnt_parent"), [CHILDREN] = FIELD("mnt_mounts"),
	    [CHILD] = FIELD("mnt_child"), [NAMESPACE] = FIELD("mnt_ns"),
	    [SUPER] = FIELD("mnt.mnt_sb"), [ID] = FIELD("mnt_id_unique")); /* v6.8 */

struct node {
	uint64_t address, parent;
	bool is_child; /* its parent knows of it */
	bool followed; /* the way up from it */
};

struct mounts {
	struct validation *v;
	struct image *image;
	struct mounts_layout layout;
	uint64_t children, child; /* offsets */
	bool may_race;
	struct address_list namespaces;
	/* the namespace that is looked at */
	uint64_t ns, last_id;
	struct node *nodes; /* by address */
	size_t nr_nodes, room;
	uint64_t parent; /* whose children are looked at */
};

static int by_address(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static struct node *find(const struct mounts *m, uint64_t address)
{
	struct node key = { .address = address };

	return m->nr_nodes ? bsearch(&key, m->nodes, m->nr_nodes, sizeof(key), by_address) : NULL;
}

/* ---- what a namespace holds ---- */

static struct error *read_node(struct mounts *m, struct node *node, bool *good)
{
	uint64_t super, ns, id;

	*good = false;
	TRY(view_read(m->image, &mount_view, SUPER, node->address, &super));
	/* A reader of /proc/mounts keeps its place by an entry that is none (v5.8 to v6.7). */
	if (!super && !m->layout.is_tree)
		return NULL;
	*good = true;
	TRY(view_read(m->image, &mount_view, PARENT, node->address, &node->parent));
	TRY(view_read(m->image, &mount_view, NAMESPACE, node->address, &ns));
	if (ns != m->ns)
		validation_find_wrong(m->v, m->may_race, node->address,
				      "the mount at 0x%" PRIx64 " is in the namespace at 0x%" PRIx64
				      ", and says 0x%" PRIx64,
				      node->address, m->ns, ns);
	if (!m->layout.is_tree)
		return NULL;
	TRY(view_read(m->image, &mount_view, ID, node->address, &id));
	if (id <= m->last_id)
		validation_find_wrong(m->v, m->may_race, node->address,
				      "the tree of mounts is not in order: id %" PRIu64
				      " follows %" PRIu64,
				      id, m->last_id);
	m->last_id = id;
	return NULL;
}

static struct error *add_node(void *context, uint64_t entry)
{
	struct mounts *m = context;
	struct node node = { .address = entry - m->layout.node };
	bool good;
	struct error *err = read_node(m, &node, &good);

	TRY(validation_find_error(m->v, true, place_virtual(node.address, 0), err, "a mount"));
	if (!good)
		return NULL;
	TRY(alloc_grow(&m->nodes, &m->room, m->nr_nodes + 1, sizeof(*m->nodes)));
	m->nodes[m->nr_nodes++] = node;
	return NULL;
}

/* *@whole: all that it holds was met. */
static struct error *read_namespace(struct mounts *m, bool *whole)
{
	if (m->layout.is_tree) {
		struct tree_check tree = { .name = "of mounts",
					   .root = m->ns + m->layout.root,
					   .each = add_node,
					   .context = m,
					   .may_race = m->may_race };

		TRY(tree_check_run(m->v, &tree));
		*whole = tree.whole;
	} else {
		struct list_check list = { .name = "of mounts",
					   .head = m->ns + m->layout.root,
					   .each = add_node,
					   .context = m,
					   .may_race = m->may_race };

		TRY(list_check_run(m->v, &list));
		*whole = list.whole;
	}
	return NULL;
}

/* ---- parents and children ---- */

static struct error *check_child(void *context, uint64_t entry)
{
	struct mounts *m = context;
	uint64_t address = entry - m->child;
	struct node *node = find(m, address);

	if (!node || node->parent != m->parent)
		validation_find_wrong(m->v, m->may_race, address,
				      "the mount at 0x%" PRIx64 " has a child at 0x%" PRIx64
				      ", whose parent is 0x%" PRIx64,
				      m->parent, address, node ? node->parent : 0);
	else
		node->is_child = true;
	return NULL;
}

static struct error *check_children(struct mounts *m, const struct node *node)
{
	struct list_check list = { .name = "of a mount's children",
				   .head = node->address + m->children,
				   .each = check_child,
				   .context = m,
				   .may_race = m->may_race };

	m->parent = node->address;
	return list_check_run(m->v, &list);
}

/* Up, until a mount that is its own parent, or one that was followed before. */
static void check_way_up(struct mounts *m, struct node *from)
{
	struct node *node = from;
	size_t steps = 0;

	while (node && !node->followed && node->parent != node->address && steps <= m->nr_nodes) {
		node = find(m, node->parent); /* NULL: told already */
		steps++;
	}
	if (steps > m->nr_nodes)
		validation_find_wrong(m->v, m->may_race, from->address,
				      "the parents of the mount at 0x%" PRIx64 " go in a circle",
				      from->address);
	for (node = from; node && !node->followed; node = find(m, node->parent))
		node->followed = true;
}

static struct error *check_tree(struct mounts *m)
{
	for (size_t i = 0; i < m->nr_nodes; i++)
		TRY(check_children(m, &m->nodes[i]));
	for (size_t i = 0; i < m->nr_nodes; i++) {
		struct node *node = &m->nodes[i];

		if (node->parent == node->address)
			continue;
		if (!find(m, node->parent))
			validation_find_wrong(m->v, m->may_race, node->address,
					      "the parent of the mount at 0x%" PRIx64
					      " is 0x%" PRIx64
					      ", which its namespace does not hold",
					      node->address, node->parent);
		else if (!node->is_child)
			validation_find_wrong(m->v, m->may_race, node->address,
					      "the mount at 0x%" PRIx64
					      " is not among its parent's children",
					      node->address);
		check_way_up(m, node);
	}
	return NULL;
}

static struct error *check_namespace(struct mounts *m, uint64_t ns)
{
	uint64_t counted;
	bool whole;

	m->ns = ns;
	m->nr_nodes = 0;
	m->last_id = 0;
	TRY(read_namespace(m, &whole));
	if (m->nr_nodes)
		qsort(m->nodes, m->nr_nodes, sizeof(*m->nodes), by_address);
	TRY(view_read(m->image, &namespace_view, COUNT, ns, &counted));
	if (whole && counted != m->nr_nodes)
		validation_find_wrong(m->v, m->may_race, ns,
				      "the namespace at 0x%" PRIx64
				      " has %zu mounts, and counts %" PRIu64,
				      ns, m->nr_nodes, counted);
	/* What is lost is not told once more by all around it. */
	return whole ? check_tree(m) : NULL;
}

/* ---- namespaces ---- */

static struct error *add_namespace(void *context, const struct task *task)
{
	struct mounts *m = context;
	struct address_list *found = &m->namespaces;
	uint64_t ns;
	struct error *err = mounts_namespace(m->image, task->address, &ns);

	if (err && err->code == ERROR_NOT_FOUND) { /* it exits */
		error_free(err);
		return NULL;
	}
	if (err)
		return validation_find_error(m->v, true, place_virtual(task->address, 0), err,
					     "a task's namespaces");
	if (found->count && found->items[found->count - 1] == ns) /* of most */
		return NULL;
	return address_list_add(found, ns);
}

/* Each namespace that was found, once. */
static struct error *check_namespaces(struct mounts *m)
{
	const struct address_list *found = &m->namespaces;
	struct error *err;

	address_list_sort(&m->namespaces);
	for (size_t i = 0; i < found->count; i++) {
		if (i && found->items[i] == found->items[i - 1])
			continue;
		err = check_namespace(m, found->items[i]);
		TRY(validation_find_error(m->v, true, place_virtual(found->items[i], 0), err,
					  "a namespace of mounts"));
	}
	return NULL;
}

static struct error *look(struct mounts *m)
{
	TRY(mounts_layout_init(m->image, &m->layout));
	TRY(view_offset(m->image, &mount_view, CHILDREN, &m->children));
	TRY(view_offset(m->image, &mount_view, CHILD, &m->child));
	m->may_race = lock_named_is_held(m->image, "namespace_sem");
	TRY(task_each(m->image, add_namespace, m));
	return check_namespaces(m);
}

static struct error *run(struct validation *v)
{
	struct mounts m = { .v = v, .image = validation_image(v) };
	struct error *err = look(&m);

	address_list_deinit(&m.namespaces);
	free(m.nodes);
	return err;
}

const struct validate_check validate_mounts = {
	.name = "mounts",
	.family = "structures",
	.summary = "mounts are lost, or are not where their parents have them",
	.needs_kernel = true,
	.run = run,
};
