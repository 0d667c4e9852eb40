// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of programs, and how one is run. */
#include "commands/program.h"

#include "base/progress.h"
#include "base/utf8.h"
#include "commands/help.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OK, STATUS_FAILED, STATUS_USAGE };

#define PROGRAM(name) extern const struct program name##_program;
#include "commands/programs.def"
#undef PROGRAM

#define PROGRAM(name) &name##_program,
const struct program *const programs[] = {
#include "commands/programs.def"
	NULL,
};
#undef PROGRAM

/* What every program takes besides its own. */
static const struct option_spec common[] = {
	{ 0, "json", NULL, "one JSON document" },
	{ 0, "help", NULL, "this text" },
};

const struct program *program_find(const char *name)
{
	for (size_t i = 0; programs[i]; i++) {
		if (!strcmp(programs[i]->name, name))
			return programs[i];
	}
	return NULL;
}

/* The program's options and the common ones; the caller's to free. */
static struct option_spec *all_options(const struct program *program)
{
	struct option_spec *all;
	size_t own = 0;

	while (program->options && (program->options[own].letter || program->options[own].name))
		own++;
	all = calloc(own + ARRAY_SIZE(common) + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < own; i++)
		all[i] = program->options[i];
	memcpy(all + own, common, sizeof(common));
	return all;
}

static int print_help(const struct program *program, const struct option_spec *options)
{
	struct help_subject subject = help_of_program(program);
	auto_text page = { 0 };

	subject.options = options;
	help_page(&subject, &page);
	fputs(text_string(&page), stdout);
	return page.failed ? STATUS_FAILED : STATUS_OK;
}

static int tell(const struct program *program, struct error *err)
{
	int status = err->code == ERROR_USAGE ? STATUS_USAGE : STATUS_FAILED;
	auto_text text = { 0 };

	utf8_add_printable(&text, err->message, strlen(err->message));
	fprintf(stderr, "kx-crash %s: %s\n", program->name, text_string(&text));
	if (status == STATUS_USAGE)
		fprintf(stderr, "Try \"kx-crash %s --help\".\n", program->name);
	error_free(err);
	return status;
}

static void on_sigint(int signal)
{
	interrupt_pending = 1;
}

static int run_program(const struct program *program, const struct arguments *arguments)
{
	bool json = arguments_has_name(arguments, "json"), usage;
	struct program_run run = { .arguments = arguments };
	struct sigaction action = { .sa_handler = on_sigint };
	struct error *err;
	bool worked;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	progress_enable(isatty(STDERR_FILENO));
	err = output_create(stdout, json ? OUTPUT_JSON : OUTPUT_TEXT,
			    isatty(STDOUT_FILENO) && output_colour_wanted(), &run.out);
	if (err)
		return tell(program, err);
	output_command_begin(run.out, program->name);
	err = program->run(&run);
	usage = err && err->code == ERROR_USAGE;
	worked = output_command_end(run.out, err);
	output_destroy(run.out);
	return worked ? run.status : max(run.status, usage ? STATUS_USAGE : STATUS_FAILED);
}

int program_main(const struct program *program, int argc, char **argv)
{
	struct option_spec *options = all_options(program);
	struct arguments arguments;
	struct error *err;
	int status;

	if (!options)
		return tell(program, error_nomem());
	err = arguments_parse(options, argc, argv, false, &arguments);
	if (err) {
		status = tell(program, err);
	} else {
		status = arguments_has_name(&arguments, "help") ? print_help(program, options)
								: run_program(program, &arguments);
		arguments_deinit(&arguments);
	}
	free(options);
	return status;
}
