/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's command line, word by word, with the kernel's own quoting (lib/cmdline.c): double
 * quotes hold words together, what follows "--" is init's.
 */
#ifndef KEXEC_COMMAND_LINE_H
#define KEXEC_COMMAND_LINE_H

#include "kexec/machine.h"

struct command_line_options {
	const char *text; /* --command-line: all of it, nothing is derived; NULL */
	bool reuse;	  /* begin with the running kernel's, less what a capture kernel must not
			   * have; the default of arm when @text is NULL */
	const char *const *remove; /* names of parameters to leave out, NULL-terminated; or NULL */
	const char *append;	   /* or NULL */
	bool crash; /* for a capture kernel: drop crashkernel= and the like, add nr_cpus=1
		     * reset_devices irqpoll and what the platform needs */
};

/* The command line in *@ret, owned by the caller (free). */
must_check struct error *command_line_make(const struct machine *machine,
					   const struct command_line_options *options, char **ret);
/* The value of the last "name=value" (or "" for a bare name) in @line, copied to @buf; false. */
bool command_line_value(const char *line, const char *name, char *buf, size_t size);

#endif
