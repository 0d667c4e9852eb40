// SPDX-License-Identifier: GPL-2.0-or-later
/* A line's grammar. */
#include "shell/line.h"

#include "base/words.h"

#include <string.h>

static const char *skip_spaces(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* A copy of [@start, @end) without spaces around it. */
static struct error *copy_trimmed(struct arena *arena, const char *start, const char *end,
				  const char **ret)
{
	char *copy;

	start = skip_spaces(start);
	while (end > start && strchr(" \t\r\n", end[-1]))
		end--;
	copy = arena_copy(arena, start, end > start ? (size_t)(end - start) : 0);
	if (!copy)
		return error_nomem();
	*ret = copy;
	return NULL;
}

/* Is the | or > at @s, outside quotes and brackets, for the shell? */
static bool is_for_shell(const char *line, const char *s)
{
	char before = s > line ? s[-1] : ' ';

	if (*s == '|')
		return s[1] != '|' && before != '|';
	return before != '-' && s[1] != '=';
}

const char *line_target(const char *line)
{
	unsigned int depth = 0;
	const char *s = line;

	while (*s) {
		if (*s == '\'' || *s == '"') {
			const char *end = words_quote_end(s);

			if (!end)
				return s + strlen(s);
			s = end;
			continue;
		}
		if (strchr("([", *s))
			depth++;
		else if (strchr(")]", *s) && depth)
			depth--;
		else if (strchr("|>", *s) && !depth && is_for_shell(line, s))
			return s;
		s++;
	}
	return s;
}

static struct error *parse_file(const char *s, struct arena *arena, struct line *line)
{
	char **words;
	int n;

	line->to = s[1] == '>' ? LINE_TO_FILE_END : LINE_TO_FILE;
	TRY(words_split(s + (s[1] == '>' ? 2 : 1), arena, &n, &words));
	if (n != 1)
		return error_create(ERROR_USAGE, "one file's name is expected after >");
	line->target = words[0];
	return NULL;
}

struct error *line_parse(const char *text, struct arena *arena, struct line *ret)
{
	struct line line = { .kind = LINE_COMMAND };
	const char *s = skip_spaces(text), *at;

	if (!*s || *s == '#') {
		line.kind = LINE_EMPTY;
		*ret = line;
		return NULL;
	}
	if (*s == '!') {
		line.kind = LINE_SHELL;
		TRY(copy_trimmed(arena, s + 1, s + strlen(s), &line.command));
		*ret = line;
		return NULL;
	}
	at = line_target(s);
	TRY(copy_trimmed(arena, s, at, &line.command));
	if (*at == '|') {
		line.to = LINE_TO_PIPE;
		TRY(copy_trimmed(arena, at + 1, at + strlen(at), &line.target));
		if (!*line.target)
			return error_create(ERROR_USAGE, "a shell command is expected after |");
	} else if (*at) {
		TRY(parse_file(at, arena, &line));
	}
	if (!*line.command)
		return error_create(ERROR_USAGE, "a command is expected before %c", *at);
	*ret = line;
	return NULL;
}
