/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: what may stand at a place of a line, told from the commands' own structs. Knows
 * nothing of readline, so that tests can ask it.
 */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include "shell/session.h"

struct matches {
	char **words; /* each starts with what was typed of the last word */
	size_t count, room;
	bool files;    /* file names fit too; the caller knows them */
	bool no_space; /* no space follows a sole match: "struct foo." goes on */
};

/* Candidates for the word that begins at @start and ends at @end of @line. */
must_check struct error *complete_line(struct session *session, const char *line, size_t start,
				       size_t end, struct matches *ret);
void matches_deinit(struct matches *matches);

#endif
