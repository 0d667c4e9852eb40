// SPDX-License-Identifier: GPL-2.0-or-later
/* *: as struct, whichever kind of type the name has. */
#include "commands/struct.h"

static struct error *run(struct context *context, const struct arguments *arguments)
{
	return struct_run(context, arguments, TYPE_STRUCT);
}

const struct command star_command = {
	.name = "*",
	.summary = "struct and union in short",
	.usage = STRUCT_USAGE,
	.help = "As struct and union: *list_head init_task.tasks is struct list_head at that address.",
	.options = struct_options,
	.tables = struct_tables,
	.completes = COMPLETES_TYPE | COMPLETES_SYMBOL,
	.run = run,
};
