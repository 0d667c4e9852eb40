// SPDX-License-Identifier: GPL-2.0-or-later
/* exit: leave kx-crash. */
#include "commands/command.h"

static struct error *run(struct context *context, const struct arguments *arguments)
{
	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	context->quit = true;
	return NULL;
}

const struct command exit_command = {
	.name = "exit",
	.summary = "leave kx-crash",
	.usage = "",
	.help = "Ends the session, or the batch: what follows is not run. The end of the input\n"
		"(Ctrl-D) does the same, and so do the aliases q and quit.\n",
	.works_on_dump = true,
	.run = run,
};
