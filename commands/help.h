/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command's struct says, as text: for `help` and for the manual page. */
#ifndef COMMANDS_HELP_H
#define COMMANDS_HELP_H

#include "base/text.h"
#include "commands/command.h"
#include "commands/program.h"

/* What there is to tell of a command or a program. */
struct help_subject {
	const char *prefix; /* before its name in the usage, "" or "kx-crash " */
	const char *name, *summary, *usage, *help;
	const struct option_spec *options;
	const struct table *const *tables;
};

struct help_subject help_of_command(const struct command *command);
struct help_subject help_of_program(const struct program *program);

/* "-c, --cpu CPU" */
void help_option(const struct option_spec *spec, struct text *ret);
/* "address", "integer", "list of strings"… as JSON has the column. */
const char *help_json_type(enum column_type type);
/* The whole page. */
void help_page(const struct help_subject *subject, struct text *ret);

#endif
