/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion of members. Private to complete*.c. */
#ifndef SHELL_COMPLETE_MEMBER_H
#define SHELL_COMPLETE_MEMBER_H

#include "shell/complete.h"

/* One question in the making. */
struct completion {
	struct context *context;
	const char *line;
	size_t start, end;  /* of the word, in @line */
	const char *typed;  /* the word's part that candidates begin with */
	const char *before; /* the part of the word before that, which each match repeats */
	bool any_kind;	    /* of types; else @kind */
	enum type_kind kind;
	struct matches *matches;
	struct arena *arena;
};

/* Adds @word where it begins with what was typed. */
void completion_add(struct completion *c, const char *word);

/*
 * "type.member" where types are expected, "expression.member" and "expression->member" where
 * symbols are. True when it was such a place, whether or not something fits.
 */
bool complete_member(struct completion *c, bool types, bool expressions);

#endif
