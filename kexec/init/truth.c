// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The truth: files of /proc and /sys and the log's records, as a cpio archive in the format "newc"
 * (Documentation/driver-api/early-userspace/buffer-format.rst of Linux), which any cpio(1) reads.
 */
#include "init/init.h"

#include "base/text.h"
#include "kexec/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_CAP (8u << 20)

static void pad(FILE *archive, size_t size)
{
	fwrite("\0\0\0", 1, -size & 3, archive);
}

static void put(FILE *archive, const char *name, const struct text *body)
{
	static unsigned int inode;
	size_t len = strlen(name) + 1;

	/* inode, mode, uid, gid, links, mtime, size, the device's and its own numbers, name, check
	 */
	fprintf(archive, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X", ++inode,
		0100644u, 0u, 0u, 1u, 0u, body->len, 0u, 0u, 0u, 0u, len, 0u);
	fwrite(name, 1, len, archive);
	pad(archive, 110 + len);
	if (body->len)
		fwrite(body->data, 1, body->len, archive);
	pad(archive, body->len);
}

/* All of a file; sysctls and kmsg want to be read in pieces of their own choosing. */
static void slurp(const char *path, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char buf[8192];
	ssize_t n;

	while (fd >= 0 && ret->len < FILE_CAP) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EPIPE)
			continue; /* a record of the log was written over: go on with the next */
		if (n <= 0)
			break;
		text_add(ret, buf, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
}

static void file(FILE *archive, const char *path)
{
	auto_text body = { 0 };

	slurp(path, &body);
	put(archive, path + 1, &body);
}

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
}

static void threads(FILE *archive, const char *pid)
{
	char path[320];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!is_number(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/stat", pid, entry->d_name);
		file(archive, path);
		snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/stack", pid, entry->d_name);
		file(archive, path);
	}
	if (dir)
		closedir(dir);
}

static void tasks(FILE *archive)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (is_number(entry->d_name))
			threads(archive, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

struct error *truth_write(void)
{
	static const char *const files[] = {
		"/proc/cmdline",
		"/proc/cpuinfo",
		"/proc/iomem",
		"/proc/meminfo",
		"/proc/modules",
		"/proc/sys/kernel/hostname",
		"/proc/sys/kernel/osrelease",
		"/proc/sys/kernel/version",
		STATE_RUN_FOLDER "/armed.json",
		"/sys/devices/system/cpu/online",
		"/sys/devices/system/cpu/possible",
		"/sys/kernel/kexec_crash_loaded",
		"/sys/kernel/kexec_crash_size",
		"/sys/kernel/notes",
		"/sys/kernel/vmcoreinfo",
	};
	struct text none = { 0 };
	FILE *archive;
	bool bad;
	int fd;

	TRY(disk_open(INIT_TRUTH_DISK, O_RDWR, &fd));
	archive = fdopen(fd, "r+e");
	if (!archive) {
		close(fd);
		return error_nomem();
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		file(archive, files[i]);
	tasks(archive);
	/* The log last of all: what was said until now is in it. */
	file(archive, "/dev/kmsg");
	put(archive, "complete", &none);
	put(archive, "TRAILER!!!", &none);
	bad = fflush(archive) || fsync(fd) || ferror(archive);
	fclose(archive);
	if (bad)
		return error_os(EIO, "the truth's disk");
	say("truth written");
	return NULL;
}
