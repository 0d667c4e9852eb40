/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where one command's rows go: standard output, a file, a pipeline, or the pager. */
#ifndef SHELL_SINK_H
#define SHELL_SINK_H

#include "shell/line.h"

#include <stdio.h>
#include <sys/types.h>

struct sink {
	FILE *stream;	  /* for the command's rows */
	FILE *opened;	  /* to close at the end; NULL: standard output */
	const char *path; /* of the file */
	pid_t child;	  /* 0: none */
	struct pager *pager;
};

/* @usual: where rows go when @line does not say. @page: through the pager, should it be more than a
 * screen. */
must_check struct error *sink_open(const struct line *line, FILE *usual, bool page,
				   struct sink *ret);
/* Ends it; *@status is the pipeline's exit status, else 0. */
must_check struct error *sink_close(struct sink *sink, int *status);

#endif
