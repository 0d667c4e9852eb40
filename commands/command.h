/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command: arguments in, rows out. One file each, named in commands.def; help, completion and the
 * manual page come from the struct. Commands neither print nor format punctuation.
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include "base/arena.h"
#include "base/interrupt.h"
#include "base/options.h"
#include "base/output.h"
#include "image/image.h"
#include "kernel/tasks.h"
#include "types/value.h"

/* What operands of a command are, for completion. */
enum completes {
	COMPLETES_SYMBOL = 1 << 0,
	COMPLETES_TYPE = 1 << 1, /* and, after "type.", its members */
	COMPLETES_COMMAND = 1 << 2,
	COMPLETES_PID = 1 << 3,
	COMPLETES_MODULE = 1 << 4,
	COMPLETES_FILE = 1 << 5,
};

struct context {
	struct image *image;
	struct output *out;
	struct arena arena; /* emptied after each command line */
	/* The task that commands work on when none is named (`set`); address 0: none. */
	struct task task;
	bool has_task;
	bool is_each;		    /* foreach runs the command: it is about that task alone */
	struct value_format format; /* `set radix` */
	bool scroll;		    /* `set scroll`: use the pager */
	bool quit;		    /* `exit` */
	struct alias *aliases;	    /* the shell's; commands only list and change them */
	const char *const *dump_paths;
};

struct command {
	const char *name;
	const char *summary;		   /* a line, no full stop */
	const char *usage;		   /* operands and options after the name, as a synopsis */
	const char *help;		   /* paragraphs and examples; may be NULL */
	const struct option_spec *options; /* ends with a zero entry; NULL: none */
	/* Rows it emits, for the documentation of JSON keys; NULL-terminated. */
	const struct table *const *tables;
	unsigned int completes;
	bool raw;	    /* the operand is an expression: options end at the first operand */
	bool works_on_dump; /* needs only the container: also offered when no kernel was found */
	struct error *(*run)(struct context *context, const struct arguments *arguments);
};

/* All commands in alphabetical order; NULL-terminated. */
extern const struct command *const commands[];
/* By name or unambiguous prefix? No: by exact name. NULL when there is none. */
const struct command *command_find(const char *name);
/*
 * Runs one command given as words (@argv[0] its name), with @rest as typed. Rows go to the
 * context's output; begin/end of the document are the caller's, so that commands can run others.
 */
must_check struct error *command_run(struct context *context, int argc, char *const *argv,
				     const char *rest);

/* ---- common to several commands (arguments.c, rooms' glue) ---- */
/* The task that @text names: a pid (decimal), a task_struct's address (hex, 0x optional), "-" for
 * the crashed one. */
must_check struct error *command_task(struct context *context, const char *text, struct task *ret);
/* The current task, or an error that says how to choose one. */
must_check struct error *command_current_task(struct context *context, struct task *ret);
/* An address: a hex number (0x optional), a symbol with optional +offset, or an expression in
 * parentheses. */
must_check struct error *command_address(struct context *context, const char *text, uint64_t *ret);
/* "0-3,7" or "a" (all) as a set of CPUs; @each is called for each one. */
must_check struct error *command_cpus(struct context *context, const char *text,
				      struct error *(*each)(void *data, unsigned int cpu),
				      void *data);
/* The value environment over the context's image. */
const struct value_env *command_values(struct context *context);

#endif
