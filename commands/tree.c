// SPDX-License-Identifier: GPL-2.0-or-later
/* tree: the entries of red-black trees, XArrays, radix trees and maple trees. */
#include "commands/entries.h"
#include "kernel/lists.h"

#include <string.h>

static const struct table *const tables[] = { &entries_table, NULL };

static const struct option_spec options[] = {
	{ 't', NULL, "TYPE", "rbtree (the default), radix, xarray or maple" },
	{ 'r', NULL, "OFFSET", "START holds the root there: a number or struct.member" },
	{ 'o', NULL, "OFFSET", "rbtree: of the rb_node in a struct: a number or struct.member" },
	{ 's', NULL, "STRUCT[.MEMBER,…]", "show each entry as this" },
	{ 'S', NULL, "STRUCT[.MEMBER,…]", "the same" },
	{ 'p', NULL, NULL, "show each entry's position or index" },
	{ 'N', NULL, NULL, "START is a node, no root" },
	{ 'l', NULL, NULL, "accepted: red-black trees are always shown in order" },
	{ 'd', NULL, NULL, "numbers in decimal" },
	{ 'x', NULL, NULL, "numbers in hexadecimal" },
	{ 0 },
};

static struct error *walk_xarray(const struct container *c, uint64_t root)
{
	return xarray_walk(c, root, 0);
}

static const struct tree_type {
	const char *name;
	struct error *(*walk)(const struct container *c, uint64_t root);
	bool is_rbtree;
} types[] = {
	{ "rbtree", rbtree_walk, true },
	{ "radix", walk_xarray, false },
	{ "xarray", walk_xarray, false },
	{ "maple", maple_walk, false },
};

/* By name or its beginning: crash takes "rb" and "x". */
static const struct tree_type *find_tree_type(const char *name)
{
	for (size_t i = 0; *name && i < ARRAY_SIZE(types); i++) {
		if (!strncmp(types[i].name, name, strlen(name)) &&
		    (strcmp(name, "r") || types[i].is_rbtree))
			return &types[i];
	}
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *given)
{
	struct arguments joined;
	const struct arguments *arguments = &joined;
	const char *name = arguments_value(given, 't');
	const struct tree_type *type = find_tree_type(name ? name : "rbtree");
	struct container c;
	uint64_t start, root = 0;
	struct entries e;

	TRY(values_join_operands(context, given, &joined));
	if (!type)
		return error_create(ERROR_USAGE, "\"%s\": trees are rbtree, radix, xarray or maple",
				    name);
	if (arguments->nr_operands != 1)
		return error_create(ERROR_USAGE, "where is the tree's root?");
	TRY(command_address(context, arguments->operands[0], &start));
	if (arguments_value(arguments, 'r'))
		TRY(values_offset(context, arguments_value(arguments, 'r'), &root));
	TRY(entries_init(context, arguments, &e));
	if (arguments_value(arguments, 'o')) {
		if (!type->is_rbtree)
			return error_create(ERROR_USAGE,
					    "-o is for rbtree: a %s stores the structs' addresses",
					    type->name);
		TRY(values_offset(context, arguments_value(arguments, 'o'), &e.offset));
	}
	e.is_pointers = !type->is_rbtree;
	e.show_index = arguments_has(arguments, 'p');
	c = container_of_image(context->image, entries_show, &e);
	c.from_node = arguments_has(arguments, 'N');
	return entries_end(&e, type->walk(&c, start + root));
}

const struct command tree_command = {
	.name = "tree",
	.summary = "the entries of a red-black tree, XArray, radix or maple tree",
	.usage = "[-t rbtree|radix|xarray|maple] [-r OFFSET] [-o OFFSET] [-s STRUCT[.MEMBER,…]] "
		 "[-p] [-N] [-d|-x] START",
	.help = "Red-black trees are shown in order, the others by index.\n\n"
		"  tree -t rbtree -o vmap_area.rb_node -s vmap_area.va_start vmap_area_root\n"
		"  tree -t xarray -p -r inode.i_data.i_pages ffff888003a1c000\n"
		"  tree -t maple -s vm_area_struct.vm_start -r mm_struct.mm_mt ffff888003a1c000",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL | COMPLETES_TYPE,
	.run = run,
};
