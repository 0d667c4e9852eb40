/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's command line, word by word, with the kernel's own quoting (next_arg() in
 * lib/cmdline.c of Linux): double quotes hold words together, what follows "--" is init's, '-' and
 * '_' are the same in the name of a parameter.
 */
#ifndef KEXEC_COMMAND_LINE_H
#define KEXEC_COMMAND_LINE_H

#include "kexec/machine.h"

struct command_line_options {
	const char *text; /* --command-line: nothing is derived but @append; NULL */
	bool reuse;	  /* begin with the running kernel's, less what a capture kernel must not
			   * have; the default of arm when @text is NULL */
	const char *const *remove; /* names of parameters to leave out, NULL-terminated; or NULL.
				    * What would be added by @crash is left out too */
	const char *append;	   /* or NULL; a parameter in it is not added by @crash, too */
	bool crash;		   /* for a capture kernel: drop crashkernel= and the like (see
				    * command_line_dropped()), add nr_cpus=1 reset_devices irqpoll, and panic=10
				    * unless the line has a panic=, so that a capture that fails ends in a reboot
				    */
};

/*
 * The command line in *@ret, owned by the caller (free). What the running kernel and @append give
 * to init stays behind one "--" at the end. NOT_FOUND when the running kernel's is not known;
 * USAGE when @append leaves a quote open.
 */
must_check struct error *command_line_make(const struct machine *machine,
					   const struct command_line_options *options, char **ret);
/*
 * The value of the last "name=value" (or "" for a bare name) in @line, without its quotes, copied
 * to @buf and cut to @size; false: it is not there. What is init's does not count.
 */
bool command_line_value(const char *line, const char *name, char *buf, size_t size);

/* A parameter that is dropped from a reused command line, and the reason, for help. */
struct command_line_dropped {
	const char *name; /* "hugepages" */
	const char *why;  /* a phrase: "memory that the crash region does not have" */
	bool crash;	  /* for capture kernels alone */
};
/* Grouped by reason; ends with a zero entry. */
extern const struct command_line_dropped command_line_dropped[];

#endif
