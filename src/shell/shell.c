// SPDX-License-Identifier: GPL-2.0-or-later
/* The program: its options, opening the dump, batch or interactive. */
#include "shell/shell.h"

#include "base/progress.h"
#include "base/utf8.h"
#include "commands/help.h"
#include "shell/interactive.h"
#include "shell/man.h"
#include "shell/session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OK, STATUS_FAILED, STATUS_USAGE };

static const struct option_spec options[] = {
	{ 'c', "command", "CMD", "run CMD and leave; may be given again, also between -x" },
	{ 'x', "execute", "FILE", "run the lines of FILE (-: standard input) and leave" },
	{ 'j', "json", NULL, "one JSON document a command and line" },
	{ 'f', "force", NULL, "go on with a vmlinux of another build" },
	{ 0, "no-debug", NULL, "do not look for debug files" },
	{ 'n', "no-rc", NULL, "do not run the rc file" },
	{ 's', "silent", NULL, "no banner" },
	{ 0, "no-color", NULL, "no colours, as with $NO_COLOR" },
	{ 0, "no-pager", NULL, "never start the pager" },
	{ 'h', "help", NULL, "this text" },
	{ 'V', "version", NULL, "the version" },
	{ 0, "man", NULL, NULL }, /* for docs/kx-crash.1 */
	{ 0 },
};

static void tell(const char *kind, const char *message)
{
	auto_text text = { 0 };

	utf8_add_printable(&text, message, strlen(message));
	fprintf(stderr, "kx-crash: %s%s\n", kind, text_string(&text));
}

static int fail(struct error *err)
{
	bool usage = err->code == ERROR_USAGE;

	tell("", err->message);
	error_free(err);
	if (usage)
		fputs("Try \"kx-crash --help\".\n", stderr);
	return STATUS_USAGE;
}

static void print_help(void)
{
	puts("Usage: kx-crash [OPTIONS] DUMP... [VMLINUX]\n\n"
	     "Says why a Linux kernel died, from the dump of its memory. Nothing but the dump is\n"
	     "needed; a VMLINUX with debug information adds source lines.\n\n"
	     "Options:");
	for (const struct option_spec *spec = options; spec->letter || spec->name; spec++) {
		auto_text left = { 0 };

		if (!spec->summary)
			continue;
		help_option(spec, &left);
		printf("  %-20s %s\n", text_string(&left), spec->summary);
	}
	puts("\nCommands (\"help COMMAND\" tells more, also as -c 'help COMMAND'):");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	puts(programs[0] ? "\nBesides (\"kx-crash NAME --help\" tells more):" : "");
	for (size_t i = 0; programs[i]; i++)
		printf("  %-10s %s\n", programs[i]->name, programs[i]->summary);
}

static int print_man(void)
{
	auto_text page = { 0 };

	man_page(options, &page);
	fputs(text_string(&page), stdout);
	return page.failed ? STATUS_FAILED : STATUS_OK;
}

/*
 * Tells dumps from the vmlinux, whatever their order: *@nr dumps into @dumps, which has room for
 * all operands and a NULL. What is no dump is the vmlinux, when there is a dump besides; a second
 * one is taken for a dump all the same, and opening it says what it is instead.
 */
static struct error *sort_operands(const struct arguments *arguments, const char **dumps,
				   size_t *nr, const char **vmlinux)
{
	const char *other = NULL;

	*nr = 0;
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		const char *path = arguments->operands[i];

		if (other || kxdump_probe(path))
			dumps[(*nr)++] = path;
		else
			other = path;
	}
	if (!*nr && other) {
		dumps[(*nr)++] = other;
		other = NULL;
	}
	dumps[*nr] = NULL;
	*vmlinux = other;
	if (!*nr)
		return error_create(ERROR_USAGE, "a dump is expected");
	return NULL;
}

static struct error *open_image(const struct arguments *arguments, const char **dumps,
				struct image **ret)
{
	struct image_options image_options = {
		.want_debug = !arguments_has_name(arguments, "no-debug"),
		.force = arguments_has(arguments, 'f'),
	};
	struct kxdump *dump;
	size_t nr;

	TRY(sort_operands(arguments, dumps, &nr, &image_options.vmlinux));
	TRY(kxdump_open(dumps, nr, &dump));
	return image_open(dump, &image_options, ret);
}

static void run_batch(struct session *session, const struct arguments *arguments)
{
	bool given = false;

	for (size_t i = 0; i < arguments->nr_options && !session->context.quit; i++) {
		const struct option_given *option = &arguments->options[i];

		if (option->spec->letter == 'c')
			session_run_line(session, option->value);
		else if (option->spec->letter == 'x')
			session_run_file(session, option->value);
		else
			continue;
		given = true;
	}
	if (!given && !session->context.quit)
		session_run_stream(session, stdin);
}

static void run(struct session *session, const struct arguments *arguments)
{
	struct image *image = session->context.image;
	const char *missing;

	session->interactive = !arguments_has(arguments, 'c') && !arguments_has(arguments, 'x') &&
			       isatty(STDIN_FILENO);
	session->paging = !arguments_has_name(arguments, "no-pager");
	if (session->interactive)
		interactive_init();
	for (size_t i = 0; (missing = image_missing(image, i)); i++)
		tell("note: ", missing);
	if (!arguments_has(arguments, 'n'))
		session_run_rc(session);
	if (!session->interactive) {
		run_batch(session, arguments);
		return;
	}
	if (!arguments_has(arguments, 's'))
		interactive_banner(session);
	interactive_run(session);
}

static bool want_colour(const struct arguments *arguments)
{
	return !arguments_has_name(arguments, "no-color") && output_colour_wanted();
}

static int analyse(const struct arguments *arguments)
{
	enum output_format format = arguments_has(arguments, 'j') ? OUTPUT_JSON : OUTPUT_TEXT;
	struct session session;
	struct image *image;
	struct error *err;
	const char **dumps;
	int status;

	dumps = calloc(arguments->nr_operands + 1, sizeof(*dumps));
	if (!dumps)
		return fail(error_nomem());
	progress_enable(isatty(STDERR_FILENO));
	err = open_image(arguments, dumps, &image);
	if (!err) {
		err = session_init(&session, image, dumps, format, want_colour(arguments));
		if (!err)
			run(&session, arguments);
		status = session.failed ? STATUS_FAILED : STATUS_OK;
		session_deinit(&session);
	}
	if (err)
		status = fail(err);
	free(dumps);
	return status;
}

int shell_main(int argc, char **argv)
{
	const struct program *program;
	struct arguments arguments;
	struct error *err;
	int status;

	signal(SIGPIPE, SIG_IGN);
	program = argc > 1 ? program_find(argv[1]) : NULL;
	if (program)
		return program_main(program, argc - 1, argv + 1);
	err = arguments_parse(options, argc, argv, false, &arguments);
	if (err)
		return fail(err);
	if (arguments_has(&arguments, 'h')) {
		print_help();
		status = STATUS_OK;
	} else if (arguments_has(&arguments, 'V')) {
		puts("kx-crash " KX_VERSION);
		status = STATUS_OK;
	} else if (arguments_has_name(&arguments, "man")) {
		status = print_man();
	} else {
		status = analyse(&arguments);
	}
	arguments_deinit(&arguments);
	return status;
}
