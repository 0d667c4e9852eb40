// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets on disks: where a folder of the running system really lies, and what it takes to mount
 * it. */
#include "mkinitrd/job.h"

#include "base/alloc.h"
#include "mkinitrd/mountinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOUNTINFO     "/proc/self/mountinfo"
#define MOUNTINFO_CAP (8u << 20)

/* What a file system's module asks for by name, and modules do not say. */
static const struct {
	const char *type, *needs[5];
} file_systems[] = {
	{ "ext3", { "crc32c" } },
	{ "ext4", { "crc32c" } },
	{ "xfs", { "crc32c" } },
	{ "f2fs", { "crc32c", "crc32" } },
	{ "btrfs", { "crc32c", "xxhash", "sha256", "blake2b-256" } },
	{ "vfat", { "nls_cp437", "nls_ascii", "nls_iso8859-1", "nls_utf8" } },
	{ "exfat", { "nls_utf8" } },
};

static struct error *file_system_modules(struct job *job, const char *type)
{
	char alias[64];

	snprintf(alias, sizeof(alias), "fs-%.56s", type);
	TRY(job_wish(job, false, alias, "file system %s", type));
	TRY(job_wish(job, true, type, "file system %s", type));
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++) {
		const char *const *needs = file_systems[i].needs;

		if (strcmp(type, file_systems[i].type))
			continue;
		for (size_t n = 0; n < ARRAY_SIZE(file_systems[i].needs) && needs[n]; n++)
			TRY(job_wish(job, true, needs[n], "%s asks for it", type));
	}
	return NULL;
}

static struct error *read_mountinfo(struct text *ret)
{
	FILE *file = fopen(MOUNTINFO, "re");
	char buf[8192];
	size_t n;

	if (!file)
		return error_os(errno, MOUNTINFO);
	while (ret->len < MOUNTINFO_CAP && (n = fread(buf, 1, sizeof(buf), file)) > 0)
		text_add(ret, buf, n);
	fclose(file);
	return ret->failed ? error_nomem() : NULL;
}

static struct error *refuse(const char *path, const struct mount_line *mount)
{
	static const struct {
		const char *type, *is;
	} known[] = {
		{ "overlay", "an overlay (a container or a live system)" },
		{ "tmpfs", "a tmpfs, which is gone when the machine dies" },
		{ "ramfs", "memory, which is gone when the machine dies" },
		{ "zfs", "ZFS, whose pools are not imported there" },
		{ "virtiofs", "virtiofs" },
		{ "9p", "9p" },
		{ "cifs", "a CIFS share" },
	};
	const char *is = mount->type;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].type, mount->type))
			is = known[i].is;
	}
	return error_create(
		ERROR_UNSUPPORTED,
		"%s lies on %s: the capture initramfs cannot save there. Name a partition "
		"(fs:TYPE:UUID=…:/path), a disk (block:), ssh: or nfs:",
		path, is);
}

/* btrfs and others have device numbers of their own: the source names the device. */
static struct error *device_of(const char *path, const struct mount_line *mount,
			       unsigned int *major_ret, unsigned int *minor_ret)
{
	struct stat st;

	*major_ret = mount->major;
	*minor_ret = mount->minor;
	if (mount->major)
		return NULL;
	if (*mount->source != '/' || stat(mount->source, &st) || !S_ISBLK(st.st_mode))
		return refuse(path, mount);
	*major_ret = major(st.st_rdev);
	*minor_ret = minor(st.st_rdev);
	return NULL;
}

static struct error *place_on_disk(struct job *job, const char *path,
				   const struct mount_line *mount, const char *inside,
				   struct text *ret)
{
	auto_free char *name = NULL, *link = NULL;
	unsigned int major_is, minor_is;
	char dev[64], uevent[64];

	TRY(device_of(path, mount, &major_is, &minor_is));
	/* (refuses what is not one device, too) */
	TRY(device_block_modules(job, major_is, minor_is, path));
	if (error_dropped(device_lasting_name(major_is, minor_is, true, &name))) {
		snprintf(uevent, sizeof(uevent), "/sys/dev/block/%u:%u", major_is, minor_is);
		link = realpath(uevent, NULL);
		if (!link)
			return error_os(errno, "%s", uevent);
		snprintf(dev, sizeof(dev), "/dev/%s", strrchr(link, '/') + 1);
		job_note(job,
			 "%s is on %s, of which no name is known that lasts: in the capture "
			 "kernel it may be another disk",
			 path, dev);
		name = strdup(dev);
	}
	if (!name)
		return error_nomem();
	text_addf(ret, "fs:%s:%s:%s", mount->type, name, inside);
	return NULL;
}

static struct error *place(struct job *job, const char *path, const struct mount_line *mount,
			   struct text *ret)
{
	auto_free char *inside = NULL;

	TRY(mount_line_inside(mount, path, &inside));
	if (strncmp(mount->type, "nfs", 3))
		return place_on_disk(job, path, mount, inside, ret);
	/* The root of an NFS mount is below what the source names. */
	text_addf(ret, "nfs:%s%s", mount->source, strcmp(inside, "/") ? inside : "");
	return NULL;
}

/* What is not there yet will be made: its nearest folder tells where. */
static struct error *real_folder(const char *path, char **ret)
{
	auto_free char *above = strdup(path), *real = NULL;
	auto_text whole = { 0 };
	char *slash;

	if (!above)
		return error_nomem();
	while (!(real = realpath(above, NULL))) {
		slash = strrchr(above, '/');
		if (errno != ENOENT || !slash)
			return error_os(errno, "%s", path);
		if (slash == above)
			slash++;
		*slash = 0;
	}
	text_adds(&whole, strcmp(real, "/") ? real : "");
	if (path[strlen(above)] && path[strlen(above)] != '/')
		text_adds(&whole, "/");
	text_adds(&whole, path + strlen(above));
	if (whole.failed)
		return error_nomem();
	*ret = whole.data;
	whole = (struct text){ 0 };
	return NULL;
}

struct error *storage_place(struct job *job, const char *path, char **ret)
{
	auto_free char *real = NULL;
	auto_text mounts = { 0 }, target = { 0 };
	struct mount_line mount;
	struct error *err;

	TRY(real_folder(path, &real));
	TRY(read_mountinfo(&mounts));
	TRY(mountinfo_find(text_string(&mounts), real, &mount));
	err = place(job, real, &mount, &target);
	mount_line_deinit(&mount);
	if (!err && target.failed)
		err = error_nomem();
	if (err)
		return err;
	*ret = target.data;
	target = (struct text){ 0 };
	return NULL;
}

/* Puts a lasting name in the place of "/dev/…", which the capture kernel may give to another. */
static struct error *rename_device(struct job *job, struct capture_target *target,
				   unsigned int major_is, unsigned int minor_is)
{
	auto_free char *name = NULL;
	auto_text text = { 0 };

	if (*target->device != '/')
		return NULL;
	if (error_dropped(
		    device_lasting_name(major_is, minor_is, target->kind == CAPTURE_FS, &name))) {
		job_note(job,
			 "%s: no name of it is known that lasts: in the capture kernel it may be "
			 "another disk",
			 target->device);
		return NULL;
	}
	if (target->kind == CAPTURE_FS)
		text_addf(&text, "fs:%s:%s:%s", target->type, name, target->path);
	else
		text_addf(&text, "block:%s", name);
	return text.failed ? error_nomem() : capture_target_replace(target, text.data);
}

struct error *storage_target(struct job *job, struct capture_target *target)
{
	unsigned int major_is, minor_is;
	struct error *err;

	if (target->kind == CAPTURE_FS)
		TRY(file_system_modules(job, target->type));
	err = device_number(target->device, &major_is, &minor_is);
	if (err && err->code == ERROR_NOT_FOUND && job->options->nr_add) {
		job_note(job, "%s: its drivers must be among --add-module's", err->message);
		error_free(err);
		return NULL;
	}
	if (err)
		return error_wrap(err, "%s: its drivers cannot be told (--add-module names them)",
				  target->text);
	TRY(device_block_modules(job, major_is, minor_is, target->text));
	return rename_device(job, target, major_is, minor_is);
}
