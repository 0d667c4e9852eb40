// SPDX-License-Identifier: GPL-2.0-or-later
/* The interactive shell, over readline. */
#include "shell/interactive.h"

#include "base/text.h"
#include "base/utf8.h"
#include "kernel/system.h"
#include "shell/complete.h"
#include "shell/paths.h"

#include <errno.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#define HISTORY_LINES 10000

/* readline's callbacks have no context of their own. */
static struct session *current;

/* ---- banner and prompt ---- */

static void add_amount(struct text *t, uint64_t bytes)
{
	if (bytes >= 1ull << 30)
		text_addf(t, "%.1f GiB", (double)bytes / (double)(1ull << 30));
	else
		text_addf(t, "%.0f MiB", (double)bytes / (double)(1ull << 20));
}

static void add_system(struct text *t, const struct system *system)
{
	unsigned long long up = (unsigned long long)system->uptime_s;

	text_addf(t, "Linux %s %s", system->release, system->machine);
	if (system->cpus_online)
		text_addf(t, ", %u CPU%s", system->cpus_online,
			  system->cpus_online == 1 ? "" : "s");
	if (system->memory_bytes) {
		text_adds(t, ", ");
		add_amount(t, system->memory_bytes);
	}
	if (system->has_uptime)
		text_addf(t, ", up %llu:%02llu:%02llu", up / 3600, up / 60 % 60, up % 60);
	if (*system->panic)
		text_addf(t, "\n%s", system->panic);
}

void interactive_banner(struct session *session)
{
	struct context *context = &session->context;
	auto_text t = { 0 }, printable = { 0 };
	struct system system;

	if (output_format(context->out) == OUTPUT_JSON)
		return;
	text_addf(&t, "kx-crash %s: ", KX_VERSION);
	if (!image_has_kernel(context->image))
		text_addf(&t, "%s, no kernel found in it",
			  kxdump_info(image_dump(context->image))->format);
	else if (error_dropped(system_describe(context->image, &system)))
		text_adds(&t, "the kernel cannot be described");
	else
		add_system(&t, &system);
	if (context->has_task)
		text_addf(&t, "\nCPU %u, task %d \"%s\"", context->task.cpu, context->task.pid,
			  context->task.comm);
	text_adds(&t, "\n\"help\" lists the commands.\n");
	utf8_add_printable(&printable, text_string(&t), t.len);
	fputs(text_string(&printable), stdout);
}

static void add_kernel_name(struct context *context, struct text *t)
{
	const struct kxdump_info *info = kxdump_info(image_dump(context->image));
	char release[65];

	if (!error_dropped(
		    image_vmcoreinfo_text(context->image, "OSRELEASE", release, sizeof(release))))
		text_adds(t, release);
	else if (info->release && *info->release)
		text_adds(t, info->release);
	else
		text_adds(t, info->format);
}

void interactive_prompt(struct session *session, struct text *ret)
{
	struct context *context = &session->context;
	auto_text t = { 0 };

	add_kernel_name(context, &t);
	if (context->has_task)
		text_addf(&t, " [%d %s]", context->task.pid, context->task.comm);
	/* \001 and \002 tell readline what takes no room. */
	if (session->colour)
		text_adds(ret, "\001\033[1;34m\002");
	utf8_add_printable(ret, text_string(&t), t.len);
	if (session->colour)
		text_adds(ret, "\001\033[0m\002");
	text_adds(ret, "> ");
}

/* ---- Ctrl-C ---- */

static void on_sigint(int signal)
{
	interrupt_pending = 1;
}

static const struct sigaction sigint_action = { .sa_handler = on_sigint, .sa_flags = SA_RESTART };

/* The line is dropped and a new prompt shown. readline goes on reading. */
static void drop_line(void)
{
	rl_free_line_state();
	rl_replace_line("", 0);
	rl_crlf();
	rl_on_new_line();
	rl_redisplay();
}

/*
 * Reads a key. At the prompt SIGINT is blocked but while pselect() waits here: readline's own
 * handler loses one that comes between its look at the signals and its read, and the prompt that
 * the user waits for does not come. The other signals stay readline's.
 */
static int read_key(FILE *stream)
{
	int fd = fileno(stream);
	sigset_t waiting;
	fd_set keys;

	pthread_sigmask(SIG_SETMASK, NULL, &waiting);
	sigdelset(&waiting, SIGINT);
	FD_ZERO(&keys);
	for (;;) {
		sigaction(SIGINT, &sigint_action, NULL);
		FD_SET(fd, &keys);
		if (pselect(fd + 1, &keys, NULL, NULL, NULL, &waiting) > 0)
			return rl_getc(stream);
		if (errno != EINTR)
			return EOF;
		rl_check_signals();
		if (!interrupt_pending)
			continue;
		interrupt_pending = 0;
		/* A search ends, and the question whether to show a long list has its answer. */
		if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH))
			return CTRL('G');
		if (RL_ISSTATE(RL_STATE_COMPLETING))
			return 'n';
		drop_line();
	}
}

/* A line, owned by the caller, or NULL at the end of the input. */
static char *read_line(const char *prompt)
{
	sigset_t sigint;
	char *line;

	sigemptyset(&sigint);
	sigaddset(&sigint, SIGINT);
	pthread_sigmask(SIG_BLOCK, &sigint, NULL);
	line = readline(prompt);
	pthread_sigmask(SIG_UNBLOCK, &sigint, NULL);
	return line;
}

void interactive_init(void)
{
	sigaction(SIGINT, &sigint_action, NULL);
	rl_catch_signals = 1;
	rl_getc_function = read_key;
}

/* ---- completion: readline's side ---- */

/* readline wants: the common beginning, the candidates, NULL; all of them malloc'ed. */
static char **to_readline(struct matches *matches)
{
	size_t common = strlen(matches->words[0]);
	char **list = calloc(matches->count + 2, sizeof(*list));

	if (!list)
		return NULL;
	for (size_t i = 1; i < matches->count; i++) {
		size_t same = 0;

		while (same < common && matches->words[i][same] == matches->words[0][same])
			same++;
		common = same;
	}
	list[0] = strndup(matches->words[0], common);
	if (!list[0]) {
		free(list);
		return NULL;
	}
	if (matches->count > 1) {
		memcpy(list + 1, matches->words, matches->count * sizeof(*list));
		matches->count = 0;
	}
	return list;
}

static char **on_complete(const char *word, int start, int end)
{
	struct matches matches;
	char **list = NULL;

	rl_attempted_completion_over = 1;
	rl_completion_append_character = ' ';
	if (error_dropped(
		    complete_line(current, rl_line_buffer, (size_t)start, (size_t)end, &matches)))
		return NULL;
	if (matches.files)
		rl_attempted_completion_over = 0;
	if (matches.no_space)
		rl_completion_append_character = 0;
	if (matches.count)
		list = to_readline(&matches);
	matches_deinit(&matches);
	return list;
}

static void init_readline(struct session *session)
{
	current = session;
	rl_readline_name = "kx-crash";
	rl_attempted_completion_function = on_complete;
	/* A word ends where an operand or an expression's name does; '.' joins a type's members. */
	rl_basic_word_break_characters = " \t\n\"'|><=;&()[]+*%,!^?";
	rl_completer_word_break_characters = (char *)rl_basic_word_break_characters;
	rl_completion_query_items = 200;
}

/* ---- the loop ---- */

static void remember(const char *line, const char *path)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!line[strspn(line, " \t")] || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	if (path)
		append_history(1, path);
}

static void open_history(const char *path)
{
	FILE *file;

	using_history();
	stifle_history(HISTORY_LINES);
	if (!path)
		return;
	/* append_history() makes no file; what was typed may be private. */
	file = fopen(path, "ae");
	if (file) {
		fchmod(fileno(file), 0600);
		fclose(file);
	}
	read_history(path);
	history_truncate_file(path, HISTORY_LINES);
}

void interactive_run(struct session *session)
{
	char *path = paths_history();

	init_readline(session);
	open_history(path);
	while (!session->context.quit) {
		auto_text prompt = { 0 };
		char *line;

		interactive_prompt(session, &prompt);
		line = read_line(text_string(&prompt));
		if (!line) {
			putchar('\n');
			break;
		}
		remember(line, path);
		session_run_line(session, line);
		free(line);
	}
	clear_history();
	free(path);
}
