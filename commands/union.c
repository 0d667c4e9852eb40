// SPDX-License-Identifier: GPL-2.0-or-later
/* union: as struct, for unions. */
#include "commands/struct.h"

static struct error *run(struct context *context, const struct arguments *arguments)
{
	return struct_run(context, arguments, TYPE_UNION);
}

const struct command union_command = {
	.name = "union",
	.summary = "a union's definition, or unions at addresses",
	.usage = STRUCT_USAGE,
	.help = "As struct; where a struct and a union have the same name, the union is meant.",
	.options = struct_options,
	.tables = struct_tables,
	.completes = COMPLETES_TYPE | COMPLETES_SYMBOL,
	.run = run,
};
