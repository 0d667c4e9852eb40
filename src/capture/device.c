// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block devices by what does not change from one kernel to the next: tags as in fstab, by libblkid,
 * which needs no udev; or a disk's serial number.
 */
#include "capture/device.h"

#include "base/small_file.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define STEP_US	       200000
#define STEPS_A_SECOND (1000000 / STEP_US)

static char *find_serial(const char *serial)
{
	/* virtio; NVMe and others */
	static const char *const files[] = { "serial", "device/serial" };
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	char *found = NULL, path[512], text[256];

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(files) && !found; i++) {
			snprintf(path, sizeof(path), "/sys/block/%s/%s", entry->d_name, files[i]);
			if (!error_dropped(small_file_read(path, text, sizeof(text))) &&
			    !strcmp(text, serial) && asprintf(&found, "/dev/%s", entry->d_name) < 0)
				found = NULL;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

static char *find_tag(const char *device)
{
	const char *equals = strchr(device, '=');
	char tag[16];
	char *value;
	blkid_cache cache = NULL;

	snprintf(tag, sizeof(tag), "%.*s", (int)(equals - device), device);
	/* A cache in a file would tell of what was there once. */
	if (blkid_get_cache(&cache, "/dev/null"))
		return NULL;
	value = blkid_evaluate_tag(tag, equals + 1, &cache);
	blkid_put_cache(cache);
	return value;
}

static char *find_once(const char *device)
{
	if (*device == '/')
		return access(device, F_OK) ? NULL : strdup(device);
	if (!strncmp(device, "SERIAL=", 7))
		return find_serial(device + 7);
	return find_tag(device);
}

struct error *device_find(const char *device, unsigned int wait, char **ret)
{
	for (unsigned int i = 0;; i++) {
		*ret = find_once(device);
		if (*ret)
			return NULL;
		if (i >= wait * STEPS_A_SECOND)
			break;
		usleep(STEP_US);
	}
	if (!wait)
		return error_create(ERROR_NOT_FOUND, "%s: there is no such device", device);
	return error_create(ERROR_NOT_FOUND,
			    "%s: there is no such device after %u s: is its driver missing?",
			    device, wait);
}

/* Is the device, or a part of it, mounted or swapped to? */
static bool is_used(const char *path, char *how, size_t size)
{
	/* Whoever uses a device holds it for itself alone. */
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0 && errno == EBUSY) {
		snprintf(how, size, "it is in use: mounted, swapped to, or part of another device");
		return true;
	}
	if (fd >= 0)
		close(fd);
	return false;
}

static struct error *describe(const char *path, char *ret, size_t size)
{
	blkid_probe probe = blkid_new_probe_from_filename(path);
	const char *type = NULL;
	int found;

	*ret = 0;
	if (!probe)
		return error_os(errno, "%s", path);
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(probe, 1);
	found = blkid_do_safeprobe(probe);
	if (found == -1)
		snprintf(ret, size, "what it holds cannot be read");
	else if (found == -2) /* several, and which one it is is not clear */
		snprintf(ret, size, "it holds several kinds of data");
	else if (found == 0 && !blkid_probe_lookup_value(probe, "TYPE", &type, NULL) &&
		 strcmp(type, "swap") != 0)
		snprintf(ret, size, "it holds %s", type);
	else if (found == 0 && !blkid_probe_lookup_value(probe, "PTTYPE", &type, NULL))
		snprintf(ret, size, "it holds a partition table (%s)", type);
	blkid_free_probe(probe);
	return NULL;
}

struct error *device_check_free(const char *path, bool force)
{
	char what[128];

	if (is_used(path, what, sizeof(what)))
		return error_create(ERROR_USAGE, "%s is not written over: %s", path, what);
	if (force)
		return NULL;
	TRY(describe(path, what, sizeof(what)));
	if (!*what)
		return NULL;
	return error_create(ERROR_USAGE, "%s is not written over: %s (--force does it)", path,
			    what);
}
