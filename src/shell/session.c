// SPDX-License-Identifier: GPL-2.0-or-later
/* A session: runs lines, sends their output where it belongs. */
#include "shell/session.h"

#include "base/words.h"
#include "commands/alias.h"
#include "shell/child.h"
#include "shell/paths.h"
#include "shell/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names that crash's users have in their fingers. */
static const char *const default_aliases[][2] = {
	{ "q", "exit" },	   { "quit", "exit" },	       { "h", "help" },
	{ "?", "help" },	   { "man", "help" },	       { "dec", "set radix 10" },
	{ "hex", "set radix 16" }, { "sf", "set scroll off" }, { "sn", "set scroll on" },
	{ "pd", "p -d" },	   { "px", "p -x" },	       { "dmesg", "log" },
	{ "last", "ps -l" },	   { "lsmod", "mod" },	       { "for", "foreach" },
	{ "size", "*" },
};

#define MAX_EXPANSIONS 16

/* The task that commands begin with: the one that crashed, else what the first CPU was running. */
static void choose_task(struct context *context)
{
	if (!image_has_kernel(context->image))
		return;
	context->has_task = !error_dropped(crash_task(context->image, &context->task)) ||
			    !error_dropped(task_on_cpu(context->image, 0, &context->task));
}

struct error *session_init(struct session *session, struct image *image,
			   const char *const *dump_paths, enum output_format format, bool colour)
{
	*session = (struct session){
		.context = { .image = image, .dump_paths = dump_paths, .scroll = true },
		.usual = stdout,
		.colour = colour && isatty(STDOUT_FILENO),
	};
	TRY(output_create(stdout, format, session->colour, &session->context.out));
	for (size_t i = 0; i < ARRAY_SIZE(default_aliases); i++)
		TRY(alias_set(&session->context.aliases, default_aliases[i][0],
			      default_aliases[i][1]));
	choose_task(&session->context);
	return NULL;
}

void session_deinit(struct session *session)
{
	alias_free(&session->context.aliases);
	output_destroy(session->context.out);
	arena_deinit(&session->context.arena);
	image_close(session->context.image);
}

/* The name that an error of @line is told under. */
static const char *first_word(struct session *session, const char *line)
{
	const char *start = line + strspn(line, " \t"), *word;

	word = arena_copy(&session->context.arena, start, strcspn(start, " \t|>"));
	return word ? word : "";
}

static void tell_failure(struct session *session, const char *name, struct error *err)
{
	output_command_begin(session->context.out, name);
	if (!output_command_end(session->context.out, err))
		session->failed = true;
}

/* Replaces the first word while it is an alias; each one once, so that "ps" may stand for "ps -a".
 */
static const char *expand_aliases(struct session *session, const char *line)
{
	const char *used[MAX_EXPANSIONS];

	for (size_t n = 0; n < MAX_EXPANSIONS; n++) {
		size_t len;
		const char *text, *expanded;

		line += strspn(line, " \t");
		len = strcspn(line, " \t|>");
		text = alias_find(session->context.aliases, line, len);
		for (size_t i = 0; text && i < n; i++) {
			if (used[i] == text)
				text = NULL;
		}
		if (!text)
			break;
		used[n] = text;
		expanded = arena_printf(&session->context.arena, "%s%s", text, line + len);
		if (!expanded)
			break;
		line = expanded;
	}
	return line;
}

/* Is @line's first word, up to a '.', a struct's or union's name and no command's? */
static bool names_type(struct context *context, const char *line)
{
	size_t word = strcspn(line, " \t"), len = strcspn(line, " \t.");
	char *name = arena_copy(&context->arena, line, word);
	const struct type *type;

	if (!name || !len || command_find(name) || !image_has_kernel(context->image))
		return false;
	name[len] = 0;
	return !error_dropped(
		       types_find_kind(image_types(context->image), TYPE_STRUCT, name, &type)) ||
	       !error_dropped(
		       types_find_kind(image_types(context->image), TYPE_UNION, name, &type));
}

/* "*task_struct" and "task_struct" are "* task_struct", as in crash. */
static const char *add_star(struct context *context, const char *line)
{
	if (line[0] == '*' && line[1] && !strchr(" \t", line[1]))
		return arena_printf(&context->arena, "* %s", line + 1);
	if (names_type(context, line))
		return arena_printf(&context->arena, "* %s", line);
	return line;
}

/* Runs @line->command with its rows to where @sink says. */
static bool run_command(struct session *session, const char *command, const struct sink *sink)
{
	struct context *context = &session->context;
	struct output *out = context->out;
	struct error *err;
	char **argv;
	int argc;

	command = add_star(context, command);
	if (!command) {
		tell_failure(session, "", error_nomem());
		return false;
	}
	err = words_split(command, &context->arena, &argc, &argv);
	output_command_begin(out, err ? first_word(session, command) : argv[0]);
	if (!err)
		err = command_run(context, argc, argv, words_skip(command, 1));
	if (!output_command_end(out, err))
		return false;
	if (sink->stream == stdout && output_write_error(out) == EPIPE)
		context->quit = true;
	return true;
}

static void run_to_sink(struct session *session, const struct line *line)
{
	struct context *context = &session->context;
	bool page = session->interactive && session->paging && context->scroll &&
		    session->usual == stdout && isatty(STDOUT_FILENO);
	struct error *err;
	struct sink sink;
	int status;

	fflush(stdout);
	err = sink_open(line, session->usual, page, &sink);
	if (err) {
		tell_failure(session, first_word(session, line->command), err);
		return;
	}
	output_set_stream(context->out, sink.stream,
			  session->colour && (sink.stream == stdout || sink.pager));
	if (sink.pager)
		output_set_errors(context->out, sink.stream);
	if (!run_command(session, line->command, &sink))
		session->failed = true;
	if (sink.pager)
		output_set_errors(context->out, stderr);
	err = sink_close(&sink, &status);
	output_set_stream(context->out, session->usual, session->colour);
	if (err)
		tell_failure(session, first_word(session, line->command), err);
	/* The filter's word counts, as in a shell: "log | grep -q BUG". */
	if (status)
		session->failed = true;
}

static void run_shell(struct session *session, const char *command)
{
	const char *shell = getenv("SHELL");
	struct error *err;
	pid_t child;

	fflush(stdout);
	if (!*command)
		command = shell && *shell ? shell : "/bin/sh";
	err = child_start(command, NULL, &child);
	if (err)
		tell_failure(session, "!", err);
	else if (child_wait(child))
		session->failed = true;
	/* Past the ^C that the terminal echoed. */
	if (interrupt_pending)
		putchar('\n');
}

void session_run_line(struct session *session, const char *text)
{
	struct context *context = &session->context;
	struct line line;
	struct error *err;

	interrupt_pending = 0;
	text = expand_aliases(session, text);
	err = line_parse(text, &context->arena, &line);
	if (err)
		tell_failure(session, first_word(session, text), err);
	else if (line.kind == LINE_SHELL)
		run_shell(session, line.command);
	else if (line.kind == LINE_COMMAND)
		run_to_sink(session, &line);
	interrupt_pending = 0;
	arena_deinit(&context->arena);
}

void session_run_stream(struct session *session, FILE *file)
{
	size_t room = 0;
	char *line = NULL;
	ssize_t len;

	while (!session->context.quit && (len = getline(&line, &room, file)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = 0;
		session_run_line(session, line);
	}
	free(line);
}

void session_run_file(struct session *session, const char *path)
{
	FILE *file;

	if (!strcmp(path, "-")) {
		session_run_stream(session, stdin);
		return;
	}
	file = fopen(path, "re");
	if (!file) {
		tell_failure(session, "", error_os(errno, "%s", path));
		return;
	}
	session_run_stream(session, file);
	if (ferror(file)) /* a directory, for one */
		tell_failure(session, "", error_os(errno, "%s", path));
	fclose(file);
}

void session_run_rc(struct session *session)
{
	char *path = paths_rc();
	FILE *silence = NULL;

	if (path && !access(path, R_OK)) {
		if (!session->interactive)
			silence = fopen("/dev/null", "we");
		if (silence)
			session->usual = silence;
		output_set_stream(session->context.out, session->usual, session->colour);
		session_run_file(session, path);
		session->usual = stdout;
		output_set_stream(session->context.out, stdout, session->colour);
		if (silence)
			fclose(silence);
		/* Told, but no command of the batch. */
		session->failed = false;
	}
	free(path);
}
