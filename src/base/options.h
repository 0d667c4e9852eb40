/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of a command, declared in a table that also makes its help, completion and manual.
 * The rules are getopt's: letters may be joined (-al), an argument follows in the same word or the
 * next, "--" ends options, long names take "=value" or the next word. A word like -1 or -0x10 where
 * no such letter exists is an operand.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/error.h"

struct option_spec {
	char letter;	      /* 0: a long name only */
	const char *name;     /* "cpu" for --cpu; NULL: a letter only */
	const char *argument; /* how help names the argument; NULL: takes none */
	const char *summary;
};

struct option_given {
	const struct option_spec *spec;
	const char *value; /* NULL when it takes none */
};

struct arguments {
	const char *command;		    /* as typed, for messages */
	const struct option_given *options; /* in the order given; repeats stay */
	size_t nr_options;
	char *const *operands; /* NULL-terminated */
	size_t nr_operands;
	/* The line after the command's name as typed, quotes and all. Of a raw command: from its
	 * first operand on, the expression. */
	const char *rest;
};

/*
 * Parses @argv[1..]; @specs ends with an all-zero entry. Unknown options and missing arguments are
 * USAGE errors that name what was expected. @ret's arrays are one allocation, freed by
 * arguments_deinit; the strings are borrowed from @argv. With @stop_at_operand, options end at the
 * first operand (foreach).
 */
must_check struct error *arguments_parse(const struct option_spec *specs, int argc,
					 char *const *argv, bool stop_at_operand,
					 struct arguments *ret);
void arguments_deinit(struct arguments *args);

bool arguments_has(const struct arguments *args, char letter);
/* The last value given for @letter or for the long name (letter 0), else NULL. */
const char *arguments_value(const struct arguments *args, char letter);
bool arguments_has_name(const struct arguments *args, const char *name);
const char *arguments_value_name(const struct arguments *args, const char *name);

/* A whole number in C's notations (0x…, decimal; @hex: bare hex digits too). USAGE names @what. */
must_check struct error *parse_number(const char *text, bool hex, const char *what, uint64_t *ret);

#endif
