// SPDX-License-Identifier: GPL-2.0-or-later
/* Process 1: plays its role to the end. */
#include "init/init.h"

#include "base/small_file.h"
#include "kexec/command_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#define COMMAND_LINE_MAX 4096

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		say("note: %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static struct error *play_test(const char *line)
{
	char syscall[16] = "auto", panic[16] = "sysrq";

	(void)command_line_value(line, "kx.syscall", syscall, sizeof(syscall));
	(void)command_line_value(line, "kx.panic", panic, sizeof(panic));
	set("/proc/sys/kernel/sysrq", "1");
	set("/proc/sys/kernel/panic_on_oops", "1");
	set("/proc/sys/kernel/unknown_nmi_panic", "1");
	TRY(arm_run(syscall));
	tasks_make();
	TRY(truth_write());
	return die(panic);
}

int main(void)
{
	char line[COMMAND_LINE_MAX] = "", role[16] = "test";
	struct error *err;

	/* It ends with switching the machine off: nobody shall start it by mistake. */
	if (getpid() != 1) {
		fputs("kx-crash-init is process 1 of the self-test's guest, and nothing else.\n",
		      stderr);
		return 2;
	}
	process1_start(INIT_SAYS);
	setenv("NO_COLOR", "1", 1);
	err = small_file_read("/proc/cmdline", line, sizeof(line));
	if (!err) {
		(void)command_line_value(line, "kx.role", role, sizeof(role));
		say("%s up", role);
		modules_load();
		err = !strcmp(role, "capture") ? save_run() : play_test(line);
	}
	if (err)
		say("failed: %s", err->message);
	error_free(err);
	sync();
	reboot(RB_POWER_OFF);
	/* A machine that cannot be switched off can still be reset, which ends QEMU too. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}
