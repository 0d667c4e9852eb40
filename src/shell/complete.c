// SPDX-License-Identifier: GPL-2.0-or-later
/* Completion: which kinds of words fit, and the candidates of each kind. */
#include "shell/complete.h"

#include "base/alloc.h"
#include "base/words.h"
#include "commands/alias.h"
#include "shell/complete_member.h"
#include "shell/line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void matches_deinit(struct matches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		free(matches->words[i]);
	free(matches->words);
	*matches = (struct matches){ 0 };
}

void completion_add(struct completion *c, const char *word)
{
	struct matches *matches = c->matches;
	char *joined;

	if (strncmp(word, c->typed, strlen(c->typed)) != 0)
		return;
	if (error_dropped(alloc_grow(&matches->words, &matches->room, matches->count + 1,
				     sizeof(*matches->words))))
		return;
	if (asprintf(&joined, "%s%s", c->before, word) >= 0)
		matches->words[matches->count++] = joined;
}

/* ---- candidates by kind ---- */

static void add_commands(struct completion *c)
{
	for (size_t i = 0; commands[i]; i++)
		completion_add(c, commands[i]->name);
}

static void add_aliases(struct completion *c)
{
	for (const struct alias *alias = c->context->aliases; alias; alias = alias->next)
		completion_add(c, alias->name);
}

static void add_options(struct completion *c, const struct command *command)
{
	for (const struct option_spec *spec = command->options;
	     spec && (spec->letter || spec->name); spec++) {
		char letter[3] = { '-', spec->letter, 0 };
		auto_text name = { 0 };

		if (spec->letter)
			completion_add(c, letter);
		text_addf(&name, "--%s", spec->name ? spec->name : "");
		if (spec->name)
			completion_add(c, text_string(&name));
	}
}

static bool add_symbol(void *context, const struct symbol *symbol)
{
	completion_add(context, symbol->name);
	return true;
}

static void add_symbols(struct completion *c)
{
	/* All of them at once help nobody. */
	if (*c->typed)
		error_free(symbols_each(image_symbols(c->context->image), add_symbol, c));
}

static bool add_type(void *context, enum type_kind kind, const char *name)
{
	struct completion *c = context;

	if (c->any_kind || kind == c->kind)
		completion_add(c, name);
	return true;
}

static void add_types(struct completion *c)
{
	if (*c->typed)
		error_free(types_each(image_types(c->context->image), add_type, c));
}

static void add_pids(struct completion *c)
{
	struct task_walk *walk;
	struct task task;
	bool found;

	if (error_dropped(task_walk_create(c->context->image, &walk)))
		return;
	while (!error_dropped(task_walk_next(walk, &task, &found)) && found) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", task.pid);
		completion_add(c, pid);
	}
	task_walk_destroy(walk);
}

static void add_modules(struct completion *c)
{
	const struct image_module *modules;
	const struct error *why;
	size_t count;

	if (error_dropped(image_modules(c->context->image, &modules, &count, &why)))
		return;
	for (size_t i = 0; i < count; i++)
		completion_add(c, modules[i].name);
}

/* ---- what fits ---- */

/* The kind of word that an option's argument is, told from how help names it. */
static unsigned int argument_completes(const struct option_spec *spec)
{
	static const struct {
		const char *name;
		unsigned int completes;
	} names[] = {
		{ "STRUCT", COMPLETES_TYPE },	{ "TYPE", COMPLETES_TYPE },
		{ "MEMBER", COMPLETES_TYPE },	{ "OFFSET", COMPLETES_TYPE },
		{ "SYMBOL", COMPLETES_SYMBOL }, { "ADDR", COMPLETES_SYMBOL },
		{ "MODULE", COMPLETES_MODULE }, { "FILE", COMPLETES_FILE },
		{ "PID", COMPLETES_PID },	{ "TASK", COMPLETES_PID },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcasestr(spec->argument, names[i].name))
			return names[i].completes;
	}
	return 0;
}

/* The option whose argument comes after @word, such as "-s" or "-xs"; NULL: none does. */
static const struct option_spec *waiting_option(const struct command *command, const char *word)
{
	const struct option_spec *spec = command->options;

	if (word[0] != '-' || !word[1])
		return NULL;
	for (; spec && (spec->letter || spec->name); spec++) {
		if (!spec->argument)
			continue;
		if (word[1] == '-' ? spec->name && !strcmp(spec->name, word + 2)
				   : spec->letter && word[strlen(word) - 1] == spec->letter)
			return spec;
	}
	return NULL;
}

static void add_by_kinds(struct completion *c, unsigned int completes)
{
	bool has_kernel = image_has_kernel(c->context->image);

	if (completes & COMPLETES_COMMAND) {
		add_commands(c);
		add_aliases(c);
	}
	if (completes & COMPLETES_FILE)
		c->matches->files = true;
	if (!has_kernel)
		return;
	if (completes & COMPLETES_TYPE)
		add_types(c);
	if (completes & COMPLETES_SYMBOL)
		add_symbols(c);
	if (completes & COMPLETES_PID)
		add_pids(c);
	if (completes & COMPLETES_MODULE)
		add_modules(c);
}

/* The kind of type that @word announces: "struct ", "union ", "enum ". */
static bool announces_type(const char *word, enum type_kind *ret)
{
	if (!strcmp(word, "struct"))
		*ret = TYPE_STRUCT;
	else if (!strcmp(word, "union"))
		*ret = TYPE_UNION;
	else if (!strcmp(word, "enum"))
		*ret = TYPE_ENUM;
	else
		return false;
	return true;
}

static void complete_operand(struct completion *c, const struct command *command,
			     const char *last_word)
{
	const struct option_spec *option = waiting_option(command, last_word);
	unsigned int completes = option ? argument_completes(option) : command->completes;
	/* "struct foo": the command or C's keyword, in an expression perhaps after a bracket. */
	const char *keyword = last_word + strlen(last_word);

	while (keyword > last_word && isalpha((unsigned char)keyword[-1]))
		keyword--;
	c->any_kind = !announces_type(keyword, &c->kind);
	if (!c->any_kind)
		completes = COMPLETES_TYPE;
	if (completes & (COMPLETES_TYPE | COMPLETES_SYMBOL) &&
	    complete_member(c, completes & COMPLETES_TYPE, completes & COMPLETES_SYMBOL))
		return;
	add_by_kinds(c, completes);
	/* A '.', a bracket or the like may follow. */
	c->matches->no_space = command->raw || completes & COMPLETES_TYPE;
}

/* The words before the one to complete, "*x" as two; at least one. */
static struct error *words_before(struct completion *c, struct arena *arena, int *argc,
				  char ***argv)
{
	const char *line = c->line + strspn(c->line, " \t");
	char *before = arena_copy(arena, line, (size_t)(c->line + c->start - line));

	if (!before)
		return error_nomem();
	if (*before == '*')
		before = arena_printf(arena, "* %s", before + 1);
	if (!before)
		return error_nomem();
	return words_split(before, arena, argc, argv);
}

static const struct command *find_command(struct completion *c, const char *name)
{
	const char *text = alias_find(c->context->aliases, name, strlen(name));
	char first[32];

	if (text && sscanf(text, "%31s", first) == 1)
		name = first;
	return command_find(name);
}

static struct error *complete(struct completion *c, struct arena *arena)
{
	const char *line = c->line + strspn(c->line, " \t");
	const struct command *command;
	char **argv;
	int argc;

	if (line >= c->line + c->start) {
		add_commands(c);
		add_aliases(c);
		return NULL;
	}
	if (*line == '!' || line_target(line) < c->line + c->start) {
		c->matches->files = true;
		return NULL;
	}
	TRY(words_before(c, arena, &argc, &argv));
	if (!argc)
		return NULL;
	command = find_command(c, argv[0]);
	if (!command)
		return NULL;
	if (c->typed[0] == '-')
		add_options(c, command);
	else
		complete_operand(c, command, argv[argc - 1]);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_unique(struct matches *matches)
{
	size_t kept = 0;

	if (!matches->count)
		return;
	qsort(matches->words, matches->count, sizeof(*matches->words), compare);
	for (size_t i = 1; i < matches->count; i++) {
		if (!strcmp(matches->words[i], matches->words[kept]))
			free(matches->words[i]);
		else
			matches->words[++kept] = matches->words[i];
	}
	matches->count = kept + 1;
}

struct error *complete_line(struct session *session, const char *line, size_t start, size_t end,
			    struct matches *ret)
{
	struct matches matches = { 0 };
	struct arena arena = { 0 };
	struct completion c = {
		.context = &session->context,
		.line = line,
		.start = start,
		.end = end,
		.before = "",
		.matches = &matches,
		.arena = &arena,
	};
	struct error *err;

	c.typed = arena_copy(&arena, line + start, end - start);
	err = c.typed ? complete(&c, &arena) : error_nomem();
	arena_deinit(&arena);
	if (err) {
		matches_deinit(&matches);
		return err;
	}
	sort_unique(&matches);
	*ret = matches;
	return NULL;
}
