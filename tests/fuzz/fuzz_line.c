// SPDX-License-Identifier: GPL-2.0-or-later
/* The input is a line as typed: its grammar, its words and the options of the command it names. */
#include "commands/command.h"
#include "shell/line.h"

#include "base/words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_arguments(const struct command *command, int argc, char **argv)
{
	static const struct option_spec none[] = { { 0 } };
	const struct option_spec *specs = command->options ? command->options : none;
	struct arguments arguments;
	uint64_t number;

	if (error_dropped(arguments_parse(specs, argc, argv, command->raw, &arguments)))
		return;
	if (arguments.operands[arguments.nr_operands])
		abort();
	for (size_t i = 0; i < arguments.nr_options; i++) {
		const struct option_given *option = &arguments.options[i];

		if (!option->spec->argument != !option->value)
			abort();
		if (option->value)
			error_free(parse_number(option->value, i & 1, "number", &number));
	}
	for (const struct option_spec *spec = specs; spec->letter || spec->name; spec++) {
		if (spec->letter && arguments_value(&arguments, spec->letter) &&
		    !arguments_has(&arguments, spec->letter))
			abort();
	}
	arguments_deinit(&arguments);
}

static void ask_words(const char *text, struct arena *arena)
{
	const struct command *command;
	char **argv, *joined;
	int argc;

	if (error_dropped(words_split(text, arena, &argc, &argv)))
		return;
	if (argv[argc])
		abort();
	joined = words_join(argv, arena);
	for (int i = 0; i <= argc; i++) {
		const char *rest = words_skip(text, i);

		if (rest < text || rest > text + strlen(text) || (i < argc && !*rest))
			abort();
	}
	if (!argc || !joined)
		return;
	command = command_find(argv[0]);
	if (command)
		ask_arguments(command, argc, argv);
	for (size_t i = 0; !command && commands[i]; i++)
		ask_arguments(commands[i], argc, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct arena arena = { 0 };
	struct line line;

	if (!text)
		abort();
	if (line_target(text) > text + strlen(text))
		abort();
	if (!error_dropped(line_parse(text, &arena, &line)) && line.kind == LINE_COMMAND) {
		if (!*line.command || (line.to != LINE_TO_OUTPUT && !line.target))
			abort();
		ask_words(line.command, &arena);
	}
	ask_words(text, &arena);
	arena_deinit(&arena);
	free(text);
	return 0;
}
