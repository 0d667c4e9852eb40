// SPDX-License-Identifier: GPL-2.0-or-later
/* Some tasks of our own, so that a dump has more to show than the kernel's threads. */
#include "init/init.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void asleep(void)
{
	for (;;)
		sleep(1000);
}

static void in_a_pipe(void)
{
	int fds[2];
	char c;

	if (!pipe(fds) && read(fds[0], &c, 1) < 0)
		_exit(1);
}

static void stopped(void)
{
	raise(SIGSTOP);
}

static void child(const char *name, void (*run)(void))
{
	if (fork())
		return;
	prctl(PR_SET_NAME, name);
	run();
	_exit(0);
}

void tasks_make(void)
{
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t set;

	child("kx-sleeper", asleep);
	child("kx-pipe", in_a_pipe);
	child("kx-stopped", stopped);
	/* To die on another CPU than the boot one is what capture kernels find harder. */
	CPU_ZERO(&set);
	CPU_SET((size_t)(last > 0 ? last : 0), &set);
	sched_setaffinity(0, sizeof(set), &set);
	/* Until they are where they shall be. */
	usleep(200000);
}
