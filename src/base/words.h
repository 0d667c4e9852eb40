/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command line as words. Spaces separate; '…' and "…" hold them together; within quotes a
 * backslash stands before the quote or a backslash. Commands that take an expression use the line
 * as typed instead, where C's quotes mean what they mean in C.
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include "base/arena.h"
#include "base/error.h"

/* The words of @line, NULL-terminated, from @arena. USAGE when a quote is not closed. */
must_check struct error *words_split(const char *line, struct arena *arena, int *argc,
				     char ***argv);
/* @line from its @n-th word on (0: the first), or its end. */
const char *words_skip(const char *line, int n);
/* The end of the quoted string that begins at @quote (at a ' or "), or NULL: it is not closed. */
const char *words_quote_end(const char *quote);
/* @words joined by single spaces, from @arena; NULL when memory is short. */
char *words_join(char *const *words, struct arena *arena);

#endif
