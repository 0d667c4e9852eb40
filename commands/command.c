// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands, and how one is run. */
#include "commands/command.h"

#include "base/words.h"

#include <string.h>

#define COMMAND(name) extern const struct command name##_command;
#include "commands/commands.def"
#undef COMMAND

#define COMMAND(name) &name##_command,
const struct command *const commands[] = {
#include "commands/commands.def"
	NULL,
};
#undef COMMAND

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static struct error *check_kernel(struct context *context, const struct command *command)
{
	const char *missing;

	if (command->works_on_dump || image_has_kernel(context->image))
		return NULL;
	missing = image_missing(context->image, 0);
	return error_create(ERROR_UNSUPPORTED, "needs the kernel, and %s",
			    missing ? missing : "none was found in the dump");
}

/* A raw command's expression: the line from its first operand on. */
static const char *expression(const char *rest, int argc, const struct arguments *arguments)
{
	return words_skip(rest, argc - 1 - (int)arguments->nr_operands);
}

static struct error *parse(const struct command *command, int argc, char *const *argv,
			   struct arguments *ret)
{
	struct error *err = arguments_parse(command->options, argc, argv, command->raw, ret), *full;

	if (!err || err->code != ERROR_USAGE)
		return err;
	full = error_create(ERROR_USAGE, "%s; usage: %s %s", err->message, command->name,
			    command->usage ? command->usage : "");
	error_free(err);
	return full;
}

struct error *command_run(struct context *context, int argc, char *const *argv, const char *rest)
{
	const struct command *command = command_find(argv[0]);
	struct arguments arguments;
	struct error *err;

	if (!command)
		return error_create(ERROR_NOT_FOUND, "no such command: \"help\" lists them");
	TRY(check_kernel(context, command));
	TRY(parse(command, argc, argv, &arguments));
	arguments.rest = command->raw ? expression(rest, argc, &arguments) : rest;
	err = command->run(context, &arguments);
	arguments_deinit(&arguments);
	return err;
}
