/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program: what `kx-crash NAME …` does besides analysing a dump (arm, status, selftest…). One
 * file each, named in programs.def; help, the manual page and the documentation of the JSON keys
 * come from the struct, as with commands. Programs neither print nor format punctuation.
 */
#ifndef COMMANDS_PROGRAM_H
#define COMMANDS_PROGRAM_H

#include "base/interrupt.h"
#include "base/options.h"
#include "base/output.h"

struct program_run {
	struct output *out;
	const struct arguments *arguments;
	/* Of an answer that rows tell, without an error: 0 yes, else what "no" is (1). An error
	 * does not lower it. */
	int status;
};

struct program {
	const char *name;
	const char *summary; /* a line, no full stop */
	const char *usage;   /* options and operands after the name, as a synopsis */
	const char *help;    /* paragraphs and examples; may be NULL */
	/* Ends with a zero entry. --json and --help are every program's and not in it. */
	const struct option_spec *options;
	const struct table *const *tables; /* rows it emits; NULL-terminated */
	/* An error ends with exit status 1; of code USAGE, with 2. */
	struct error *(*run)(struct program_run *run);
};

/* All programs in alphabetical order; NULL-terminated. */
extern const struct program *const programs[];
/* NULL when there is none of that name. */
const struct program *program_find(const char *name);
/*
 * Runs `argv[0]` = the program's name with its arguments, writes to stdout, and returns the exit
 * status: 0 it worked, 1 it failed or the answer is no, 2 wrong usage.
 */
int program_main(const struct program *program, int argc, char **argv);

#endif
