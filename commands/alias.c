// SPDX-License-Identifier: GPL-2.0-or-later
/* alias: short names for command lines. */
#include "commands/alias.h"

#include "base/text.h"
#include "base/words.h"
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>

static void free_one(struct alias *alias)
{
	free(alias->name);
	free(alias->text);
	free(alias);
}

const char *alias_find(const struct alias *list, const char *name, size_t name_len)
{
	for (; list; list = list->next) {
		if (strlen(list->name) == name_len && !strncmp(list->name, name, name_len))
			return list->text;
	}
	return NULL;
}

struct error *alias_set(struct alias **list, const char *name, const char *text)
{
	struct alias *alias = NULL;

	while (*list && strcmp((*list)->name, name) < 0)
		list = &(*list)->next;
	if (*text) {
		alias = calloc(1, sizeof(*alias));
		if (!alias)
			return error_nomem();
		alias->name = strdup(name);
		alias->text = strdup(text);
		if (!alias->name || !alias->text) {
			free_one(alias);
			return error_nomem();
		}
	}
	if (*list && !strcmp((*list)->name, name)) {
		struct alias *old = *list;

		*list = old->next;
		free_one(old);
	}
	if (alias) {
		alias->next = *list;
		*list = alias;
	}
	return NULL;
}

void alias_free(struct alias **list)
{
	while (*list) {
		struct alias *alias = *list;

		*list = alias->next;
		free_one(alias);
	}
}

enum { NAME, TEXT };
static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -10, .summary = "what is typed" },
	[TEXT] = { "text", COLUMN_TEXT, .heading = "COMMAND", .summary = "what it stands for" },
};
static const struct table table = { TABLE_COLUMNS(columns), LOOK_TABLE };

static struct error *list_aliases(struct context *context, const char *name)
{
	bool found = false;

	output_begin(context->out, &table);
	for (const struct alias *alias = context->aliases; alias; alias = alias->next) {
		if (name && strcmp(alias->name, name) != 0)
			continue;
		found = true;
		output_text(context->out, NAME, alias->name);
		output_text(context->out, TEXT, alias->text);
		output_row(context->out);
	}
	if (name && !found)
		return error_create(ERROR_NOT_FOUND, "no alias \"%s\"", name);
	return NULL;
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	const char *name = arguments->operands[0], *text;

	if (arguments->nr_operands < 2)
		return list_aliases(context, name);
	if (command_find(name))
		return error_create(ERROR_USAGE, "\"%s\" is a command", name);
	text = words_join(arguments->operands + 1, &context->arena);
	if (!text)
		return error_nomem();
	return alias_set(&context->aliases, name, text);
}

static const struct table *const tables[] = { &table, NULL };

const struct command alias_command = {
	.name = "alias",
	.summary = "short names for command lines",
	.usage = "[NAME [COMMAND...]]",
	.help = "Without operands, lists the aliases; with a name, shows that one. With a command\n"
		"line, NAME stands for it from now on where a command's name is expected, and what\n"
		"follows NAME is added. Quote a line that holds a pipe. An empty COMMAND (\"\")\n"
		"removes the alias. Aliases that should stay belong into the rc file.\n"
		"\n"
		"  alias errs \"log | grep -i error\"\n"
		"  alias errs \"\"\n",
	.tables = tables,
	.completes = COMPLETES_COMMAND,
	.works_on_dump = true,
	.run = run,
};
