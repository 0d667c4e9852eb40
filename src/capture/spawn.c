// SPDX-License-Identifier: GPL-2.0-or-later
/* Other programs: hooks, and ssh. */
#include "capture/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(char *const *argv, int input, char *const *extra)
{
	int null = open("/dev/null", O_RDWR);

	if (input < 0)
		input = null;
	if (input != STDIN_FILENO)
		dup2(input, STDIN_FILENO);
	/* Our standard output is a report's alone. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	for (; extra && *extra; extra++)
		putenv(*extra);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

static struct error *wait_for(int pid, const char *name)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_os(errno, "%s", name);
	}
	if (WIFSIGNALED(status))
		return error_create(ERROR_OS, "%s was ended by signal %d (%s)", name,
				    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127)
		return error_create(ERROR_NOT_FOUND, "%s: there is no such program", name);
	if (WEXITSTATUS(status))
		return error_create(ERROR_OS, "%s ended with status %d", name, WEXITSTATUS(status));
	return NULL;
}

struct error *spawn_run(char *const *argv, int input, char *const *extra)
{
	int pid = fork();

	if (pid < 0)
		return error_os(errno, "%s", argv[0]);
	if (!pid)
		become(argv, input, extra);
	return wait_for(pid, argv[0]);
}

struct error *spawn_start(char *const *argv, struct spawn *ret)
{
	int ends[2], pid;

	if (pipe2(ends, O_CLOEXEC))
		return error_os(errno, "a pipe to %s", argv[0]);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return error_os(errno, "%s", argv[0]);
	}
	if (!pid)
		become(argv, ends[0], NULL);
	close(ends[0]);
	*ret = (struct spawn){ pid, ends[1] };
	return NULL;
}

struct error *spawn_finish(struct spawn *child, const char *name)
{
	if (child->to >= 0)
		close(child->to);
	child->to = -1;
	return wait_for(child->pid, name);
}
