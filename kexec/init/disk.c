// SPDX-License-Identifier: GPL-2.0-or-later
/* Disks by their serial numbers: the order in which the kernel finds them is nobody's promise. */
#include "init/init.h"

#include "base/small_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WAIT_STEPS 100 /* of 50 ms */

/* The name of the disk below /dev in @ret, or false. */
static bool find(const char *serial, char *ret, size_t size)
{
	DIR *dir = opendir("/sys/block");
	char path[320], text[64];
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/block/%s/serial", entry->d_name);
		if (entry->d_name[0] == '.' ||
		    error_dropped(small_file_read(path, text, sizeof(text))))
			continue;
		found = !strcmp(text, serial);
		if (found)
			snprintf(ret, size, "/dev/%s", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

struct error *disk_open(const char *serial, int flags, int *ret)
{
	char path[300];

	for (unsigned int i = 0; !find(serial, path, sizeof(path)); i++) {
		if (i == WAIT_STEPS)
			return error_create(ERROR_NOT_FOUND,
					    "no disk with the serial number %s: no virtio_blk?",
					    serial);
		usleep(50000);
	}
	*ret = open(path, flags | O_CLOEXEC);
	return *ret < 0 ? error_os(errno, "%s", path) : NULL;
}
