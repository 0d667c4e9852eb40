/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump and the commands run on it, line by line. */
#ifndef SHELL_SESSION_H
#define SHELL_SESSION_H

#include "commands/command.h"

struct session {
	struct context context;
	FILE *usual;	  /* where rows go when a line does not say */
	bool interactive; /* someone is there: prompt, pager */
	bool colour;	  /* on the terminal */
	bool paging;	  /* allowed at all (--no-pager) */
	bool failed;	  /* a command did */
};

/* Takes @image over, also on failure. @colour: also needs standard output to be a terminal. */
must_check struct error *session_init(struct session *session, struct image *image,
				      const char *const *dump_paths, enum output_format format,
				      bool colour);
void session_deinit(struct session *session);

/* Runs one line; what goes wrong is told, and remembered in @failed. */
void session_run_line(struct session *session, const char *text);
/* Lines of @file until its end or `exit`. */
void session_run_stream(struct session *session, FILE *file);
/* The file at @path ("-": standard input). */
void session_run_file(struct session *session, const char *path);
/* The user's rc file, if there is one; its output is not shown in a batch. */
void session_run_rc(struct session *session);

#endif
