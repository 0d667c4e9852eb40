// SPDX-License-Identifier: GPL-2.0-or-later
/* A command line as words. */
#include "base/words.h"

#include "base/text.h"

#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_spaces(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

/* A backslash that stands for the character after it, within @quote. */
static bool is_escape(const char *s, char quote)
{
	return s[0] == '\\' && (s[1] == quote || s[1] == '\\');
}

const char *words_quote_end(const char *quote)
{
	const char *s = quote + 1;

	while (*s && *s != *quote)
		s += is_escape(s, *quote) ? 2 : 1;
	return *s ? s + 1 : NULL;
}

/* The end of the word at @s; an open quote reaches to the end of the line. */
static const char *word_end(const char *s)
{
	while (*s && !is_space(*s)) {
		const char *end = NULL;

		if (*s == '\'' || *s == '"') {
			end = words_quote_end(s);
			if (!end)
				return s + strlen(s);
		}
		s = end ? end : s + 1;
	}
	return s;
}

/* Copies [@s, @end) to @to without its quotes. */
static struct error *unquote(const char *s, const char *end, char *to)
{
	char quote = 0;

	for (; s < end; s++) {
		if (!quote && (*s == '\'' || *s == '"')) {
			quote = *s;
		} else if (quote && *s == quote) {
			quote = 0;
		} else {
			if (quote && is_escape(s, quote))
				s++;
			*to++ = *s;
		}
	}
	if (quote)
		return error_create(ERROR_USAGE, "a %c is not closed", quote);
	return NULL;
}

struct error *words_split(const char *line, struct arena *arena, int *argc, char ***argv)
{
	char **words;
	int n = 0;

	for (const char *s = skip_spaces(line); *s; s = skip_spaces(word_end(s)))
		n++;
	words = arena_alloc(arena, ((size_t)n + 1) * sizeof(*words));
	if (!words)
		return error_nomem();
	n = 0;
	for (const char *s = skip_spaces(line), *end; *s; s = skip_spaces(end)) {
		end = word_end(s);
		words[n] = arena_alloc(arena, (size_t)(end - s) + 1);
		if (!words[n])
			return error_nomem();
		TRY(unquote(s, end, words[n++]));
	}
	*argc = n;
	*argv = words;
	return NULL;
}

const char *words_skip(const char *line, int n)
{
	const char *s = skip_spaces(line);

	while (n-- > 0)
		s = skip_spaces(word_end(s));
	return s;
}

char *words_join(char *const *words, struct arena *arena)
{
	auto_text t = { 0 };

	for (size_t i = 0; words[i]; i++) {
		if (i)
			text_addc(&t, ' ');
		text_adds(&t, words[i]);
	}
	if (t.failed)
		return NULL;
	return arena_copy(arena, text_string(&t), t.len);
}
