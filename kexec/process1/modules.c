// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel modules: in the order of the list, which the host made. */
#include "process1/process1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* (what another module, or the kernel, has brought along: EEXIST) */
	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		say("note: %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	/* It is in the kernel now, and memory is short. */
	unlink(path);
}

void modules_load(void)
{
	FILE *list = fopen("/" PROCESS1_MODULES_LIST, "re");
	char path[256];

	if (!list)
		return;
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = 0;
		load(path);
	}
	fclose(list);
}
