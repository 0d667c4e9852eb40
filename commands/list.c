// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: what hangs together by pointers. Without -h and -H each pointer leads to the next struct
 * itself; with them the pointers are those of list_heads inside the structs.
 */
#include "commands/entries.h"
#include "kernel/lists.h"

#include <string.h>

static const struct table *const tables[] = { &entries_table, NULL };

static const struct option_spec options[] = {
	{ 'H', NULL, NULL, "START is a list_head of its own: the list is what hangs on it" },
	{ 'h', NULL, NULL, "START is a struct in the list, with a list_head at -o" },
	{ 'o', NULL, "OFFSET",
	  "of the pointer or list_head in a struct: a number or struct.member" },
	{ 's', NULL, "STRUCT[.MEMBER,…]", "show each entry as this" },
	{ 'S', NULL, "STRUCT[.MEMBER,…]", "the same" },
	{ 'l', NULL, "OFFSET", "without -h: entries are this far inside the struct that -s shows" },
	{ 'e', NULL, "END", "the list ends before this entry" },
	{ 'r', NULL, NULL, "backwards: follow prev (with -h or -H)" },
	{ 'B', NULL, NULL, "accepted: loops are always detected" },
	{ 'd', NULL, NULL, "numbers in decimal" },
	{ 'x', NULL, NULL, "numbers in hexadecimal" },
	{ 0 },
};

struct request {
	uint64_t start, offset, end;
	bool has_end;
};

/* Operands: START, or OFFSET and START in either order, as crash takes them. */
static struct error *parse_operands(struct context *context, const struct arguments *arguments,
				    struct request *r)
{
	const char *offset = arguments_value(arguments, 'o'), *start = NULL;

	for (size_t i = 0; i < arguments->nr_operands; i++) {
		const char *operand = arguments->operands[i];

		if (!offset && arguments->nr_operands > 1 && values_is_offset(operand))
			offset = operand;
		else if (start)
			return error_create(ERROR_USAGE, "one start is enough");
		else
			start = operand;
	}
	if (!start)
		return error_create(ERROR_USAGE, "where does the list start?");
	if (offset)
		TRY(values_offset(context, offset, &r->offset));
	TRY(command_address(context, start, &r->start));
	r->has_end = arguments_value(arguments, 'e') != NULL;
	if (r->has_end)
		TRY(command_address(context, arguments_value(arguments, 'e'), &r->end));
	return NULL;
}

static struct error *walk(struct context *context, const struct arguments *arguments,
			  struct request *r, struct entries *e)
{
	const struct memory *m = image_memory(context->image);
	struct container c = container_of_image(context->image, entries_show, e);
	bool external = arguments_has(arguments, 'H'), embedded = arguments_has(arguments, 'h');
	uint64_t link = arguments_has(arguments, 'r') ? m->word_size : 0, first;

	if (!external && !embedded) {
		/* From struct to struct, or between what -l is the offset of. */
		if (arguments_value(arguments, 'l'))
			TRY(values_offset(context, arguments_value(arguments, 'l'), &e->offset));
		return chain_walk(&c, r->start, r->offset, r->end, true);
	}
	e->offset = r->offset;
	if (embedded)
		return chain_walk(&c, r->start + r->offset, link,
				  r->has_end ? r->end + r->offset : 0, true);
	/* The plain case says most about what is wrong. */
	if (!link && !r->has_end)
		return list_walk(&c, r->start);
	TRY(memory_read_word(m, r->start + link, &first));
	if (first == r->start)
		return NULL;
	return chain_walk(&c, first, link, r->has_end ? r->end + r->offset : r->start, false);
}

static struct error *run(struct context *context, const struct arguments *given)
{
	struct request r = { 0 };
	struct arguments joined;
	const struct arguments *arguments = &joined;
	struct entries e;

	TRY(values_join_operands(context, given, &joined));
	if (arguments_has(arguments, 'h') && arguments_has(arguments, 'H'))
		return error_create(ERROR_USAGE, "-h or -H, not both");
	if (arguments_has(arguments, 'r') && !arguments_has(arguments, 'h') &&
	    !arguments_has(arguments, 'H'))
		return error_create(ERROR_USAGE, "-r goes with -h or -H: a list_head has a prev");
	TRY(parse_operands(context, arguments, &r));
	TRY(entries_init(context, arguments, &e));
	return entries_end(&e, walk(context, arguments, &r, &e));
}

const struct command list_command = {
	.name = "list",
	.summary = "the entries of a linked list",
	.usage =
		"[-h|-H] [-o OFFSET] [-s STRUCT[.MEMBER,…]] [-l OFFSET] [-e END] [-r] [-d|-x] START",
	.help = "Shows the address of each struct in the list. The list ends where it comes back to\n"
		"its start, at NULL or at -e; a loop that does neither is named.\n\n"
		"  list -H modules -o module.list -s module.name   from a head outside the structs\n"
		"  list -h init_task -o task_struct.tasks -s task_struct.pid,comm\n"
		"                                                  from a struct that is in the list\n"
		"  list file_system_type.next -s file_system_type.name ffffffff82a1c000\n"
		"                                                  by pointers to structs",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL | COMPLETES_TYPE,
	.run = run,
};
