/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command's struct says, as text: for `help` and for the manual page. */
#ifndef COMMANDS_HELP_H
#define COMMANDS_HELP_H

#include "base/text.h"
#include "commands/command.h"

/* "-c, --cpu CPU" */
void help_option(const struct option_spec *spec, struct text *ret);
/* "address", "integer", "list of strings"… as JSON has the column. */
const char *help_json_type(enum column_type type);
/* The whole page of @command. */
void help_page(const struct command *command, struct text *ret);

#endif
