// SPDX-License-Identifier: GPL-2.0-or-later
/* Process 1: mounts what is needed, and plays its role to the end. */
#include "init/init.h"

#include "kexec/command_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_LINE_MAX 4096

/* The kernel's log, once /dev is there: its lines reach the console whole, not mixed with others.
 */
static int kmsg = -1;

void say(const char *fmt, ...)
{
	char line[512] = "<1>" INIT_SAYS; /* KERN_ALERT: printed whatever the log level */
	size_t len = strlen(line), skip = kmsg < 0 ? 3 : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	len += n < 0 ? 0 : min((size_t)n, sizeof(line) - len - 2);
	line[len++] = '\n';
	if (write(kmsg < 0 ? STDOUT_FILENO : kmsg, line + skip, len - skip) < 0)
		return;
}

struct error *read_line(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error_os(errno, "%s", path);
	n = read(fd, buf, size - 1);
	if (n < 0)
		n = 0;
	close(fd);
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = 0;
	return NULL;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
	} mounts[] = {
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "devtmpfs", "/dev" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].where, 0755);
		/* (devtmpfs may be mounted already: EBUSY) */
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) &&
		    errno != EBUSY)
			say("failed: mount %s: %s", mounts[i].where, strerror(errno));
	}
}

/* The console is there before any file system: without one, nobody would hear us. */
static void console_open(void)
{
	int fd = open("/dev/console", O_RDWR);

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

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
	console_open();
	mount_all();
	console_open();
	setenv("NO_COLOR", "1", 1);
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	err = read_line("/proc/cmdline", line, sizeof(line));
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
