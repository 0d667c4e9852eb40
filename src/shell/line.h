/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line as typed:
 *
 *	command [| shell pipeline]     command's output goes to sh -c
 *	command > file, >> file
 *	!shell command                 without one: a shell
 *	# a comment
 *
 * A | or > within quotes or brackets belongs to the command, as do ||, >=, -> and what follows
 * a command that has begun its pipeline.
 */
#ifndef SHELL_LINE_H
#define SHELL_LINE_H

#include "base/arena.h"
#include "base/error.h"

enum line_kind { LINE_EMPTY, LINE_COMMAND, LINE_SHELL };
enum line_to { LINE_TO_OUTPUT, LINE_TO_PIPE, LINE_TO_FILE, LINE_TO_FILE_END };

struct line {
	enum line_kind kind;
	const char *command; /* COMMAND: up to the pipe or >; SHELL: what follows the ! */
	enum line_to to;
	const char *target; /* the pipeline, or the file's name without quotes */
};

/* The strings are @arena's. */
must_check struct error *line_parse(const char *text, struct arena *arena, struct line *ret);

/* The first | or > of @text that is for the shell, or its end. */
const char *line_target(const char *text);

#endif
