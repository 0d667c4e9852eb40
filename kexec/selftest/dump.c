// SPDX-License-Identifier: GPL-2.0-or-later
/* Running `kx-crash --json DUMP` and taking its documents apart. */
#include "selftest/dump.h"

#include "base/interrupt.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECONDS	   300
#define ANSWER_CAP (256u << 20)

extern char **environ;

static const char *const commands[] = {
	[DUMP_SYS] = "sys",	      [DUMP_BT] = "bt",
	[DUMP_LOG] = "log",	      [DUMP_PS] = "ps",
	[DUMP_REGIONS] = "dump -r",   [DUMP_NOTES] = "dump -n",
	[DUMP_STACKS] = "foreach bt",
};

static struct error *start(const char *vmcore, const char *vmlinux, pid_t *pid, int *ret)
{
	const char *words[8 + 2 * DUMP_ANSWERS] = { "kx-crash", "--json", "--no-rc", "--no-debug",
						    vmcore };
	posix_spawn_file_actions_t actions;
	size_t n = 5;
	int fds[2], failed;

	if (vmlinux)
		words[n++] = vmlinux;
	for (size_t i = 0; i < DUMP_ANSWERS; i++) {
		words[n++] = "-c";
		words[n++] = commands[i];
	}
	if (pipe2(fds, O_CLOEXEC))
		return error_os(errno, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
	failed = posix_spawn(pid, "/proc/self/exe", &actions, NULL, (char *const *)words, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (failed) {
		close(fds[0]);
		return error_os(failed, "running kx-crash");
	}
	*ret = fds[0];
	return NULL;
}

static struct error *read_all(int fd, struct text *ret)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	time_t end = time(NULL) + SECONDS;
	char buf[65536];
	ssize_t n = 1;

	while (n > 0) {
		TRY(interrupt_check());
		if (time(NULL) > end)
			return error_create(ERROR_OS, "kx-crash took over %d s", SECONDS);
		if (poll(&ready, 1, 200) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			text_add(ret, buf, (size_t)n);
		if (ret->len > ANSWER_CAP)
			return error_create(ERROR_BAD_DATA, "kx-crash said too much");
	}
	return ret->failed ? error_nomem() : NULL;
}

/* A line is a command's document. What is no JSON was said to stderr: an error. */
static struct error *take(const char *line, size_t len, enum dump_answer answer, struct dump *ret)
{
	json_t *document = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	const char *message =
		json_string_value(json_object_get(json_object_get(document, "error"), "message"));
	json_t *rows = json_object_get(document, "rows");
	struct error *err = NULL;

	if (!document)
		err = error_create(ERROR_BAD_DATA, "%.*s", (int)min(len, (size_t)300), line);
	else if (message || !json_is_array(rows))
		err = error_create(ERROR_BAD_DATA, "%s: %s", commands[answer],
				   message ?: "no rows");
	else if (answer != DUMP_STACKS && !json_is_true(json_object_get(document, "complete")))
		err = error_create(
			ERROR_BAD_DATA, "%s is not complete: %s", commands[answer],
			json_string_value(json_array_get(json_object_get(document, "notes"), 0))
				?: "it does not say why");
	else
		ret->rows[answer] = json_incref(rows);
	json_decref(document);
	return err;
}

static struct error *take_all(const struct text *said, struct dump *ret)
{
	const char *line = text_string(said);
	size_t answer = 0, len;

	for (; *line; line += len, line += *line == '\n') {
		len = strcspn(line, "\n");
		if (answer == DUMP_ANSWERS)
			return error_create(ERROR_BAD_DATA, "more answers than questions: %.*s",
					    (int)min(len, (size_t)300), line);
		TRY(take(line, len, (enum dump_answer)answer++, ret));
	}
	if (answer != DUMP_ANSWERS)
		return error_create(ERROR_BAD_DATA, "%zu answers to %d questions", answer,
				    DUMP_ANSWERS);
	return NULL;
}

struct error *dump_ask(const char *vmcore, const char *vmlinux, struct dump *ret)
{
	auto_text said = { 0 };
	struct error *err;
	pid_t pid;
	int fd;

	*ret = (struct dump){ 0 };
	TRY(start(vmcore, vmlinux, &pid, &fd));
	err = read_all(fd, &said);
	close(fd);
	if (err)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!err)
		err = take_all(&said, ret);
	if (err)
		dump_deinit(ret);
	return err;
}

void dump_deinit(struct dump *dump)
{
	for (size_t i = 0; i < DUMP_ANSWERS; i++)
		json_decref(dump->rows[i]);
	*dump = (struct dump){ 0 };
}

const char *dump_text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key)) ?: "";
}

int64_t dump_int(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(row, key);

	return json_is_integer(value) ? json_integer_value(value) : -1;
}

uint64_t dump_hex(const json_t *row, const char *key)
{
	return strtoull(dump_text(row, key), NULL, 16);
}
