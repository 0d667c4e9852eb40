// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that the shell runs. */
#include "shell/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* The shell ignores SIGPIPE and handles SIGINT; its children must not. */
static int spawn(const char *command, int input, pid_t *pid)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;
	int errnum;

	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	errnum = posix_spawn_file_actions_init(&actions);
	if (errnum)
		return errnum;
	errnum = posix_spawnattr_init(&attributes);
	if (!errnum) {
		if (input >= 0)
			errnum = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
		posix_spawnattr_setsigdefault(&attributes, &signals);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
		if (!errnum)
			errnum = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return errnum;
}

struct error *child_start(const char *command, FILE **ret_input, pid_t *ret)
{
	int ends[2] = { -1, -1 }, errnum;
	FILE *input = NULL;
	pid_t pid;

	if (ret_input) {
		if (pipe2(ends, O_CLOEXEC))
			return error_os(errno, "pipe");
		input = fdopen(ends[1], "w");
		if (!input) {
			close(ends[0]);
			close(ends[1]);
			return error_nomem();
		}
	}
	errnum = spawn(command, ends[0], &pid);
	if (ends[0] >= 0)
		close(ends[0]);
	if (errnum) {
		if (input)
			fclose(input);
		return error_os(errnum, "running %s", command);
	}
	if (ret_input)
		*ret_input = input;
	*ret = pid;
	return NULL;
}

int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
