/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Choosing tasks by words, as ps and foreach take them: pids, task_struct addresses, names,
 * /regular expressions/, and, for foreach, states and kinds.
 */
#ifndef COMMANDS_TASK_SELECT_H
#define COMMANDS_TASK_SELECT_H

#include "commands/command.h"

struct task_select {
	bool kernel, user, leaders, active;
	char states[16]; /* letters, "" any */
	struct task_word *words;
	size_t nr_words;
};

/* A zeroed struct task_select takes every task. Borrows @text. USAGE for a wrong expression. */
must_check struct error *task_select_word(struct task_select *select, struct context *context,
					  const char *text);
/* The same for words that are no task's: "kernel", "user", "gleader", "active", a state's letter or
 * crash's two letters for it. False when @text is none of these. */
bool task_select_keyword(struct task_select *select, const char *text);
bool task_select_matches(struct task_select *select, const struct task *task);
/* The nth word that no task matched, NULL past the last one. */
const char *task_select_unmatched(const struct task_select *select, size_t n);
void task_select_deinit(struct task_select *select);

/* All tasks that @select takes, in the walk's order, in the context's arena; the walk's problem is
 * told to the output. */
must_check struct error *task_select_collect(struct task_select *select, struct context *context,
					     const struct task **ret, size_t *count);
/* NOT_FOUND when words were given and @count is 0; a note for each one that matched nothing. */
must_check struct error *task_select_check(const struct task_select *select,
					   struct context *context, size_t count);

#endif
