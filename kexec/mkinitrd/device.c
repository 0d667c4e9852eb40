// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices and their drivers: Documentation/admin-guide/sysfs-rules.rst of Linux. */
#include "mkinitrd/job.h"

#include "base/alloc.h"
#include "base/small_file.h"
#include "capture/device.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEVICES "/sys/devices"

static bool read_text(const char *folder, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return !error_dropped(small_file_read(path, buf, size)) && *buf;
}

/* The last part of where a link points to. */
static bool link_name(const char *folder, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX], to[PATH_MAX];
	const char *slash;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	n = readlink(path, to, sizeof(to) - 1);
	if (n <= 0)
		return false;
	to[n] = 0;
	slash = strrchr(to, '/');
	return (size_t)snprintf(buf, size, "%s", slash ? slash + 1 : to) < size;
}

static struct error *one_level(struct job *job, const char *folder, const char *what)
{
	const char *device = strrchr(folder, '/') + 1;
	char driver[128], module[128], alias[512];
	bool has_module;

	if (!link_name(folder, "driver", driver, sizeof(driver)))
		return NULL;
	has_module = link_name(folder, "driver/module", module, sizeof(module));
	if (has_module)
		TRY(job_wish(job, false, module, "drives %s of %s", device, what));
	/* Built in here, or of another name in another kernel: there is the alias, too. */
	if ((!has_module || job->other_kernel) &&
	    read_text(folder, "modalias", alias, sizeof(alias)))
		TRY(job_wish(job, true, alias, "drives %s of %s", device, what));
	return NULL;
}

struct error *device_modules(struct job *job, const char *path, const char *what)
{
	auto_free char *folder = realpath(path, NULL);

	if (!folder)
		return error_os(errno, "%s", path);
	while (strlen(folder) > strlen(DEVICES) &&
	       !strncmp(folder, DEVICES "/", strlen(DEVICES "/"))) {
		TRY(one_level(job, folder, what));
		*strrchr(folder, '/') = 0;
	}
	return NULL;
}

static bool has_folder(const char *path, const char *name)
{
	char below[PATH_MAX];

	snprintf(below, sizeof(below), "%s/%s", path, name);
	return !access(below, F_OK);
}

/* What is made of other devices must be put together first, which is not done here. */
static struct error *check_plain(const char *path, const char *what)
{
	static const struct {
		const char *folder, *is;
	} kinds[] = {
		{ "dm", "a device-mapper volume (LVM, LUKS, multipath)" },
		{ "md", "a RAID of md" },
		{ "loop/backing_file", "a loop device" },
		{ "bcache", "a bcache" },
		{ "comp_algorithm", "memory (zram)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (has_folder(path, kinds[i].folder))
			return error_create(
				ERROR_UNSUPPORTED,
				"%s lies on %s, which the capture initramfs does not put "
				"together: name a partition of its own (fs:TYPE:UUID=…:/), a "
				"disk (block:), ssh: or nfs:",
				what, kinds[i].is);
	}
	return NULL;
}

struct error *device_block_modules(struct job *job, unsigned int major, unsigned int minor,
				   const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major, minor);
	TRY(check_plain(path, what));
	return device_modules(job, path, what);
}

/* ---- names ---- */

static const struct {
	const char *tag, *folder;
	bool by_content;
} names[] = {
	{ "UUID=", "/dev/disk/by-uuid", true },
	{ "PARTUUID=", "/dev/disk/by-partuuid", false },
	{ "LABEL=", "/dev/disk/by-label", true },
	{ "PARTLABEL=", "/dev/disk/by-partlabel", false },
};

static bool disk_serial(const char *folder, char *buf, size_t size)
{
	return read_text(folder, "serial", buf, size) ||
	       read_text(folder, "device/serial", buf, size);
}

struct error *device_number(const char *device, unsigned int *major_ret, unsigned int *minor_ret)
{
	auto_free char *path = NULL;
	struct stat st;

	TRY(device_find(device, 0, &path));
	if (stat(path, &st))
		return error_os(errno, "%s", path);
	if (!S_ISBLK(st.st_mode))
		return error_create(ERROR_USAGE, "%s is no block device", path);
	*major_ret = major(st.st_rdev);
	*minor_ret = minor(st.st_rdev);
	return NULL;
}

/* udev's links: a name in @folder that leads to the device. */
static bool find_link(const char *folder, dev_t device, struct text *ret)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	bool found = false;
	struct stat st;
	char path[PATH_MAX];

	while (dir && !found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		/* A name with what udev had to escape cannot be told apart from one without. */
		found = entry->d_name[0] != '.' && !strchr(entry->d_name, '\\') &&
			!stat(path, &st) && S_ISBLK(st.st_mode) && st.st_rdev == device;
		if (found)
			text_adds(ret, entry->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

struct error *device_lasting_name(unsigned int major_is, unsigned int minor_is, bool by_content,
				  char **ret)
{
	char folder[64], serial[128];
	auto_text name = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names) && !name.len; i++) {
		auto_text found = { 0 };

		if ((by_content || !names[i].by_content) &&
		    find_link(names[i].folder, makedev(major_is, minor_is), &found))
			text_addf(&name, "%s%s", names[i].tag, text_string(&found));
	}
	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u", major_is, minor_is);
	if (!name.len && !has_folder(folder, "partition") &&
	    disk_serial(folder, serial, sizeof(serial)) && !strpbrk(serial, " :#"))
		text_addf(&name, "SERIAL=%s", serial);
	if (name.failed)
		return error_nomem();
	if (!name.len)
		return error_create(ERROR_NOT_FOUND, "device %u:%u has no lasting name", major_is,
				    minor_is);
	*ret = name.data;
	name = (struct text){ 0 };
	return NULL;
}
