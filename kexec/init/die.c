// SPDX-License-Identifier: GPL-2.0-or-later
/* How the guest dies, on request. */
#include "init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_SECONDS 60

static struct error *trigger(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return error_os(errno, "/proc/sysrq-trigger");
	if (write(fd, "c", 1) < 0)
		return error_os(errno, "/proc/sysrq-trigger");
	return error_create(ERROR_OS, "the kernel survived sysrq c");
}

static struct error *symbol(const char *name, unsigned long long *ret)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], found[256];
	bool there = false;

	if (!file)
		return error_os(errno, "/proc/kallsyms");
	while (!there && fgets(line, sizeof(line), file)) {
		there = sscanf(line, "%llx %*c %255s", ret, found) == 2 && !strcmp(found, name);
	}
	fclose(file);
	if (!there || !*ret)
		return error_create(ERROR_NOT_FOUND, "/proc/kallsyms has no address of %s", name);
	return NULL;
}

/* Until the host has written its byte. */
static struct error *wait_for_go(void)
{
	struct error *err = NULL;
	bool go = false;
	void *sector;
	int fd;

	TRY(disk_open(INIT_TRUTH_DISK, O_RDONLY | O_DIRECT, &fd));
	if (posix_memalign(&sector, 4096, 4096)) {
		close(fd);
		return error_nomem();
	}
	for (unsigned int i = 0; !err && !go && i < WAIT_SECONDS * 20; i++) {
		if (pread(fd, sector, 4096, INIT_GO_OFFSET) != 4096)
			err = error_os(errno, "the truth's disk");
		else
			go = *(const char *)sector != 0;
		usleep(50000);
	}
	free(sector);
	close(fd);
	return err ? err : go ? NULL : error_create(ERROR_OS, "the host did not answer");
}

/*
 * An oops needs a fault inside the kernel. The host's debugger puts a faulting instruction into the
 * function that sysrq c calls.
 */
static struct error *oops(void)
{
	unsigned long long address = 0;

	TRY(symbol("sysrq_handle_crash", &address));
	say("waiting for a fault at 0x%llx", address);
	TRY(wait_for_go());
	return trigger();
}

static struct error *nmi(void)
{
	say("waiting for an NMI");
	for (unsigned int i = 0; i < WAIT_SECONDS; i++)
		sleep(1);
	return error_create(ERROR_OS, "the kernel survived %u s of waiting for an NMI",
			    WAIT_SECONDS);
}

struct error *die(const char *how)
{
	say("dying of %s on CPU %d", how, sched_getcpu());
	if (!strcmp(how, "nmi"))
		return nmi();
	return !strcmp(how, "oops") ? oops() : trigger();
}
