/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of list and tree: an entry of a container, with the structs that -s asks for. Private. */
#ifndef COMMANDS_ENTRIES_H
#define COMMANDS_ENTRIES_H

#include "commands/values.h"

#define ENTRIES_MAX_SELECTIONS 8

struct entries {
	struct context *context;
	const struct value_env *env;
	struct value_format format;
	struct selection selections[ENTRIES_MAX_SELECTIONS];
	unsigned int nr_selections;
	uint64_t offset;  /* taken from an entry's address: where the struct begins */
	bool is_pointers; /* entries may be values of the container's own: odd ones are no structs
			   */
	bool show_index;
	uint64_t shown;
};

extern const struct table entries_table;

/* Reads -s, -d and -x, and begins the table. */
must_check struct error *entries_init(struct context *context, const struct arguments *arguments,
				      struct entries *ret);
/* A container_each: emits a row. @context is the struct entries. */
must_check struct error *entries_show(void *context, uint64_t entry, uint64_t index);
/* After the walk, which ended with @err (taken over): what was shown stays shown. */
must_check struct error *entries_end(struct entries *entries, struct error *err);

#endif
