/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aliases: short names for command lines. The shell owns the list and expands them. */
#ifndef COMMANDS_ALIAS_H
#define COMMANDS_ALIAS_H

#include "base/error.h"

struct alias {
	struct alias *next; /* in the order of the names */
	char *name, *text;
};

/* The text that @name stands for, or NULL. */
const char *alias_find(const struct alias *list, const char *name, size_t name_len);
/* Replaces or adds one; an empty @text removes it. */
must_check struct error *alias_set(struct alias **list, const char *name, const char *text);
void alias_free(struct alias **list);

#endif
