// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of list and tree. */
#include "commands/entries.h"

#include <string.h>

enum { INDEX, ADDRESS, VALUE, SHOWN_INDEX };

static const struct column columns[] = {
	[INDEX] = { "index", COLUMN_INT, .summary = "list, rbtree: 0 and up; else its key" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the struct, the offset taken off" },
	[VALUE] = { "value", COLUMN_TREE, .summary = "what -s asked for; else null" },
	[SHOWN_INDEX] = { "shown_index", COLUMN_TEXT, .text_only = true },
};
const struct table entries_table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{address}(?  index: {shown_index})(?\n{value})",
};

struct error *entries_init(struct context *context, const struct arguments *arguments,
			   struct entries *ret)
{
	*ret = (struct entries){
		.context = context,
		.env = command_values(context),
		.format = values_format(context, arguments),
	};
	for (size_t i = 0; i < arguments->nr_options; i++) {
		const struct option_given *given = &arguments->options[i];

		if (given->spec->letter != 's' && given->spec->letter != 'S')
			continue;
		if (ret->nr_selections == ENTRIES_MAX_SELECTIONS)
			return error_create(ERROR_USAGE, "at most %d structs can be shown",
					    ENTRIES_MAX_SELECTIONS);
		TRY(selection_parse(context, given->value, TYPE_STRUCT,
				    &ret->selections[ret->nr_selections]));
		ret->nr_selections++;
	}
	output_begin(context->out, &entries_table);
	return NULL;
}

static struct error *show_selections(struct entries *e, uint64_t address)
{
	struct output *out = e->context->out;
	struct error *err = NULL;

	if (e->nr_selections == 1)
		return selection_show(e->context, e->env, &e->selections[0], address, &e->format,
				      VALUE);
	/* Several: each under its type's name. */
	output_tree_open(out, VALUE, NULL, TREE_OBJECT);
	for (unsigned int i = 0; !err && i < e->nr_selections; i++) {
		const struct selection *s = &e->selections[i];
		struct value object = { .type = s->type, .is_object = true, .address = address };

		if (!s->nr_paths)
			err = value_show(e->env, &object, &e->format, out, VALUE, s->name);
		for (unsigned int j = 0; !err && j < s->nr_paths; j++) {
			struct value member;

			err = value_member(e->env, &object, s->paths[j], &member);
			if (!err)
				err = value_show(e->env, &member, &e->format, out, VALUE,
						 s->paths[j]);
		}
	}
	output_tree_close(out, VALUE);
	return err;
}

struct error *entries_show(void *context, uint64_t entry, uint64_t index)
{
	struct entries *e = context;
	struct output *out = e->context->out;
	bool is_value = e->is_pointers && entry & 1;
	uint64_t address = is_value ? entry : entry - e->offset;

	output_uint(out, INDEX, index);
	output_uint(out, ADDRESS, address);
	if (e->show_index)
		output_textf(out, SHOWN_INDEX, "%llu", (unsigned long long)index);
	if (e->nr_selections && !is_value)
		TRY(show_selections(e, address));
	output_row(out);
	e->shown++;
	return NULL;
}

struct error *entries_end(struct entries *e, struct error *err)
{
	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM ||
	    err->code == ERROR_USAGE || !e->shown)
		return err;
	output_incomplete(e->context->out, err);
	return NULL;
}
