// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing tasks by words. */
#include "commands/task_select.h"

#include "base/alloc.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* No pid has more digits than a task_struct's address. */
#define ADDRESS_DIGITS 12
#define MAX_PID	       (4 * 1024 * 1024)

struct task_word {
	const char *text;
	enum { WORD_PID, WORD_ADDRESS, WORD_NAME, WORD_PATTERN } kind;
	uint64_t number;
	regex_t pattern;
	bool matched;
};

/* "/…/", or '…' as crash has it, where the quotes came through. */
static bool is_pattern(const char *text)
{
	size_t len = strlen(text);

	return len > 2 && (text[0] == '/' || text[0] == '\'') && text[len - 1] == text[0];
}

static struct error *parse_pattern(struct context *context, struct task_word *word)
{
	char *inner = arena_copy(&context->arena, word->text + 1, strlen(word->text) - 2);
	char why[128];
	int status;

	if (!inner)
		return error_nomem();
	status = regcomp(&word->pattern, inner, REG_EXTENDED | REG_NOSUB);
	if (!status)
		return NULL;
	regerror(status, &word->pattern, why, sizeof(why));
	return error_create(ERROR_USAGE, "regular expression %s: %s", word->text, why);
}

static struct error *parse_word(struct context *context, struct task_word *word)
{
	const char *text = word->text;
	bool prefixed = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (is_pattern(text)) {
		word->kind = WORD_PATTERN;
		return parse_pattern(context, word);
	}
	word->number = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && word->number <= MAX_PID) {
		word->kind = WORD_PID;
		return NULL;
	}
	word->number = strtoull(text, &end, 16);
	if (isxdigit((unsigned char)*text) && !*end &&
	    (prefixed || strlen(text) >= ADDRESS_DIGITS)) {
		word->kind = WORD_ADDRESS;
		return NULL;
	}
	word->kind = WORD_NAME;
	/* A name that is a keyword or a command is told from it so. */
	if (*text == '\\')
		word->text++;
	return NULL;
}

struct error *task_select_word(struct task_select *select, struct context *context,
			       const char *text)
{
	struct task_word *words;

	words = realloc(select->words, (select->nr_words + 1) * sizeof(*words));
	if (!words)
		return error_nomem();
	select->words = words;
	words[select->nr_words] = (struct task_word){ .text = text };
	TRY(parse_word(context, &words[select->nr_words]));
	select->nr_words++;
	return NULL;
}

bool task_select_keyword(struct task_select *select, const char *text)
{
	static const struct {
		const char *name;
		char letter;
	} states[] = {
		{ "R", 'R' },  { "S", 'S' },  { "D", 'D' },  { "T", 'T' },  { "t", 't' },
		{ "X", 'X' },  { "Z", 'Z' },  { "P", 'P' },  { "I", 'I' },  { "RU", 'R' },
		{ "IN", 'S' }, { "UN", 'D' }, { "ST", 'T' }, { "TR", 't' }, { "DE", 'X' },
		{ "ZO", 'Z' }, { "PA", 'P' }, { "ID", 'I' },
	};
	size_t len = strlen(select->states);

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (strcmp(text, states[i].name))
			continue;
		if (!strchr(select->states, states[i].letter) && len + 1 < sizeof(select->states))
			select->states[len] = states[i].letter;
		return true;
	}
	if (!strcmp(text, "kernel"))
		select->kernel = true;
	else if (!strcmp(text, "user"))
		select->user = true;
	else if (!strcmp(text, "gleader"))
		select->leaders = true;
	else if (!strcmp(text, "active"))
		select->active = true;
	else
		return false;
	return true;
}

static bool word_matches(const struct task_word *word, const struct task *task)
{
	switch (word->kind) {
	case WORD_PID:
		return (uint64_t)task->pid == word->number;
	case WORD_ADDRESS:
		return task->address == word->number;
	case WORD_NAME:
		return !strcmp(task->comm, word->text);
	case WORD_PATTERN:
		return !regexec(&word->pattern, task->comm, 0, NULL, 0);
	}
	return false;
}

bool task_select_matches(struct task_select *select, const struct task *task)
{
	bool matches = !select->nr_words;

	if ((select->kernel && !select->user && !task->kthread) ||
	    (select->user && !select->kernel && task->kthread) ||
	    (select->leaders && task->is_thread) || (select->active && !task->active) ||
	    (select->states[0] && !strchr(select->states, task->state_letter)))
		return false;
	for (size_t i = 0; i < select->nr_words; i++) {
		if (word_matches(&select->words[i], task))
			matches = select->words[i].matched = true;
	}
	return matches;
}

const char *task_select_unmatched(const struct task_select *select, size_t n)
{
	for (size_t i = 0; i < select->nr_words; i++) {
		if (!select->words[i].matched && !n--)
			return select->words[i].text;
	}
	return NULL;
}

void task_select_deinit(struct task_select *select)
{
	for (size_t i = 0; i < select->nr_words; i++) {
		if (select->words[i].kind == WORD_PATTERN)
			regfree(&select->words[i].pattern);
	}
	free(select->words);
}

static struct error *copy_error(const struct error *err)
{
	return err->has_address ? error_at(err->code, err->address, "%s", err->message)
				: error_create(err->code, "%s", err->message);
}

struct error *task_select_collect(struct task_select *select, struct context *context,
				  const struct task **ret, size_t *count)
{
	struct task *tasks = NULL, task, *kept;
	size_t room = 0, n = 0;
	struct task_walk *walk;
	struct error *err;
	bool found;

	TRY(task_walk_create(context->image, &walk));
	for (;;) {
		err = task_walk_next(walk, &task, &found);
		if (err || !found)
			break;
		if (!task_select_matches(select, &task))
			continue;
		err = alloc_grow(&tasks, &room, n + 1, sizeof(*tasks));
		if (err)
			break;
		tasks[n++] = task;
	}
	if (!err && task_walk_problem(walk))
		output_incomplete(context->out, copy_error(task_walk_problem(walk)));
	task_walk_destroy(walk);
	kept = err ? NULL : arena_alloc(&context->arena, (n + 1) * sizeof(*tasks));
	if (!err && !kept)
		err = error_nomem();
	if (!err) {
		if (n)
			memcpy(kept, tasks, n * sizeof(*tasks));
		*ret = kept;
		*count = n;
	}
	free(tasks);
	return err;
}

struct error *task_select_check(const struct task_select *select, struct context *context,
				size_t count)
{
	const char *word = task_select_unmatched(select, 0);

	if (word && !count)
		return error_create(ERROR_NOT_FOUND, "no task matches %s", word);
	for (size_t i = 0; (word = task_select_unmatched(select, i)); i++)
		output_note(context->out, "no task matches %s", word);
	return NULL;
}
