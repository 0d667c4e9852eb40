// SPDX-License-Identifier: GPL-2.0-or-later
/* help: what commands there are, and what one does. */
#include "commands/help.h"

#include "commands/alias.h"

#include <string.h>

void help_option(const struct option_spec *spec, struct text *t)
{
	if (spec->letter)
		text_addf(t, "-%c", spec->letter);
	if (spec->name)
		text_addf(t, "%s--%s", spec->letter ? ", " : "", spec->name);
	if (spec->argument)
		text_addf(t, " %s", spec->argument);
}

const char *help_json_type(enum column_type type)
{
	switch (type) {
	case COLUMN_TEXT:
		return "string";
	case COLUMN_INT:
		return "integer";
	case COLUMN_HEX:
	case COLUMN_ADDRESS:
		return "hex string";
	case COLUMN_BOOL:
		return "boolean";
	case COLUMN_TIME:
		return "integer, ns";
	case COLUMN_LIST:
		return "array of strings";
	case COLUMN_TREE:
		return "nested value";
	}
	return "";
}

static void add_options(const struct help_subject *subject, struct text *t)
{
	const struct option_spec *spec = subject->options;

	if (!spec || (!spec->letter && !spec->name))
		return;
	text_adds(t, "\nOptions:\n");
	for (; spec->letter || spec->name; spec++) {
		auto_text left = { 0 };

		help_option(spec, &left);
		text_addf(t, "  %-20s %s\n", text_string(&left), spec->summary);
	}
}

static void add_keys(const struct help_subject *subject, struct text *t)
{
	for (size_t i = 0; subject->tables && subject->tables[i]; i++) {
		const struct table *table = subject->tables[i];

		text_adds(t, i ? "\nor:\n" : "\nKeys of a row in JSON:\n");
		for (size_t k = 0; k < table->nr_columns; k++) {
			const struct column *column = &table->columns[k];

			if (column->text_only)
				continue;
			text_addf(t, "  %-14s %s (%s)\n", column->name,
				  column->summary ? column->summary : "",
				  help_json_type(column->type));
		}
	}
}

struct help_subject help_of_command(const struct command *command)
{
	return (struct help_subject){
		.prefix = "",
		.name = command->name,
		.summary = command->summary,
		.usage = command->usage,
		.help = command->help,
		.options = command->options,
		.tables = command->tables,
	};
}

struct help_subject help_of_program(const struct program *program)
{
	return (struct help_subject){
		.prefix = "kx-crash ",
		.name = program->name,
		.summary = program->summary,
		.usage = program->usage,
		.help = program->help,
		.options = program->options,
		.tables = program->tables,
	};
}

void help_page(const struct help_subject *subject, struct text *t)
{
	text_addf(t, "%s - %s\n\nUsage: %s%s %s\n", subject->name, subject->summary,
		  subject->prefix, subject->name, subject->usage ? subject->usage : "");
	if (subject->help)
		text_addf(t, "\n%s", subject->help);
	if (t->len && t->data[t->len - 1] != '\n')
		text_addc(t, '\n');
	add_options(subject, t);
	add_keys(subject, t);
}

enum { NAME, SUMMARY };
static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, -10, "COMMAND", "the command's name" },
	[SUMMARY] = { "summary", COLUMN_TEXT, 0, "DOES", "what it does, in a line" },
};
static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{name:-10} {summary}",
};

static void list_commands(struct context *context)
{
	output_begin(context->out, &table);
	for (size_t i = 0; commands[i]; i++) {
		output_text(context->out, NAME, commands[i]->name);
		output_text(context->out, SUMMARY, commands[i]->summary);
		output_row(context->out);
	}
}

/* The command that @name names, itself or through an alias. */
static const struct command *find(struct context *context, const char *name)
{
	const struct command *command = command_find(name);
	const char *text = alias_find(context->aliases, name, strlen(name));
	char first[32];

	if (command || !text || sscanf(text, "%31s", first) != 1)
		return command;
	return command_find(first);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	auto_text page = { 0 };

	if (!arguments->nr_operands) {
		list_commands(context);
		return NULL;
	}
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		const struct command *command = find(context, arguments->operands[i]);
		struct help_subject subject;

		if (!command)
			return error_create(ERROR_NOT_FOUND, "no command \"%s\"",
					    arguments->operands[i]);
		if (i)
			text_addc(&page, '\n');
		subject = help_of_command(command);
		help_page(&subject, &page);
	}
	if (page.failed)
		return error_nomem();
	output_help(context->out, text_string(&page));
	return NULL;
}

static const struct table *const tables[] = { &table, NULL };

const struct command help_command = {
	.name = "help",
	.summary = "what commands there are, and what one does",
	.usage = "[COMMAND...]",
	.help = "Without operands, lists all commands. With a command's name: its usage, options\n"
		"and the keys of its rows in JSON.\n",
	.tables = tables,
	.completes = COMPLETES_COMMAND,
	.works_on_dump = true,
	.run = run,
};
