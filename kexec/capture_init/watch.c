// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a process still does something: proc(5), PID/stat and PID/io. */
#include "capture_init/watch.h"

#include "base/small_file.h"
#include "process1/process1.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_US	       200000
#define STEPS_A_SECOND (1000000 / STEP_US)

struct activity {
	uint64_t bytes; /* read and written, pipes and sockets among it */
	uint64_t ticks; /* of CPU time, all threads */
};

static struct activity activity(pid_t pid)
{
	unsigned long long user, system, value;
	struct activity a = { 0 };
	char path[64], line[512], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!error_dropped(small_file_read(path, line, sizeof(line))) &&
	    (end = strrchr(line, ')')) &&
	    sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
		   &system) == 2)
		a.ticks = user + system;
	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "rchar: %llu", &value) == 1 ||
		    sscanf(line, "wchar: %llu", &value) == 1)
			a.bytes += value;
	}
	if (file)
		fclose(file);
	return a;
}

/* To wait for a disk in the kernel takes some CPU time, too: a twentieth of it is a start. */
static bool has_moved(const struct activity *last, const struct activity *now, unsigned int steps)
{
	uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK) * (steps / STEPS_A_SECOND + 1) / 20;

	return now->bytes != last->bytes || now->ticks - last->ticks > ticks;
}

static bool ended_well(int status, bool *broke_off)
{
	*broke_off = WIFSIGNALED(status);
	if (*broke_off)
		say("failed: the saving program was killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

bool watch_child(pid_t child, unsigned int seconds, bool *broke_off)
{
	struct activity last = { 0 }, now;
	unsigned int still = 0;
	int status = 0;
	pid_t pid;

	*broke_off = false;
	for (;;) {
		/* Whatever else ends has nobody but us to be waited for. */
		pid = waitpid(-1, &status, WNOHANG);
		if (pid == child)
			return ended_well(status, broke_off);
		if (pid < 0 && errno != EINTR)
			return false;
		if (pid > 0)
			continue;
		usleep(STEP_US);
		now = activity(child);
		if (has_moved(&last, &now, still)) {
			last = now;
			still = 0;
		}
		if (still++ < seconds * STEPS_A_SECOND)
			continue;
		say("failed: nothing moved for %u s", seconds);
		/* It may not even die; what comes next does not wait for that. */
		*broke_off = true;
		kill(child, SIGKILL);
		return false;
	}
}
