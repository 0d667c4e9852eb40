// SPDX-License-Identifier: GPL-2.0-or-later
/* File systems, the console, and what is said there. */
#include "process1/process1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel's log, once /dev is there: its lines reach the console whole, not mixed with others.
 */
static int kmsg = -1;
static const char *prefix = "";

void say(const char *fmt, ...)
{
	char line[512] = "<1>"; /* KERN_ALERT: printed whatever the log level */
	size_t len = strlen(line), skip = kmsg < 0 ? len : 0;
	va_list ap;
	int n;

	len += (size_t)snprintf(line + len, 64, "%s", prefix);
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	len += n < 0 ? 0 : min((size_t)n, sizeof(line) - len - 2);
	line[len++] = '\n';
	if (write(kmsg < 0 ? STDOUT_FILENO : kmsg, line + skip, len - skip) < 0)
		return;
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

/* Else the kernel drops what comes after ten lines in five seconds. */
static void lift_rate_limit(void)
{
	int fd = open("/proc/sys/kernel/printk_devkmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "on\n", 3) < 0)
		say("note: the kernel may drop lines: %s", strerror(errno));
	close(fd);
}

void process1_start(const char *says)
{
	prefix = says;
	console_open();
	mount_all();
	console_open();
	lift_rate_limit();
	kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}
