// SPDX-License-Identifier: GPL-2.0-or-later
/* What a capture kernel does at the end. */
#include "capture/job.h"

#include <errno.h>
#include <sys/reboot.h>
#include <unistd.h>

static struct error *run_shell(void)
{
	char *shell[] = { "/bin/sh", "-i", NULL };

	return spawn_run(shell, STDIN_FILENO, NULL);
}

struct error *capture_action_do(enum capture_action action)
{
	static const int how[] = {
		[ACTION_REBOOT] = RB_AUTOBOOT,
		[ACTION_HALT] = RB_HALT_SYSTEM,
		[ACTION_POWEROFF] = RB_POWER_OFF,
	};

	if (action == ACTION_NONE)
		return NULL;
	sync();
	if (action == ACTION_SHELL)
		return run_shell();
	reboot(how[action]);
	return error_os(errno, "the machine cannot be switched");
}
