// SPDX-License-Identifier: GPL-2.0-or-later
/* Filesystems that are mounted for a dump, on a device or over NFS, and unmounted after it. */
#include "capture/device.h"
#include "capture/job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_FOLDER  "/run"
#define MOUNT_POINT RUN_FOLDER "/kx-crash-target"
#define RETRY_US    1000000

static struct error *make_mount_point(void)
{
	mkdir(RUN_FOLDER, 0755); /* (an initramfs may have none) */
	if (mkdir(MOUNT_POINT, 0700) && errno != EEXIST)
		return error_os(errno, MOUNT_POINT);
	return NULL;
}

static struct error *mount_device(const struct job *job)
{
	const struct capture_target *t = job->target;
	/* Its default subvolume may be any; a path means the same from the topmost only. */
	const char *options = strcmp(t->type, "btrfs") ? NULL : "subvolid=5";
	char *device = NULL;
	struct error *err;

	TRY(device_find(t->device, job->config->device_wait, &device));
	err = mount(device, MOUNT_POINT, t->type, MS_NOATIME | MS_NOSUID | MS_NODEV, options)
		      ? error_os(errno, "%s cannot be mounted as %s%s", device, t->type,
				 errno == ENODEV ? ", which this kernel has no driver for" : "")
		      : NULL;
	free(device);
	return err;
}

/*
 * NFS 4: fs/nfs/fs_context.c of Linux takes the server's address from the options; mount.nfs does
 * no more than to look it up. The export is mounted, and what is below it is a path in it: which
 * part of the path is the export is the server's to know, and 4 has one tree.
 */
static struct error *mount_nfs(const struct job *job)
{
	const struct capture_target *t = job->target;
	bool v6;
	auto_text source = { 0 };
	auto_text options = { 0 };
	char address[128];

	TRY(host_address(t->host, job->config->device_wait, address, sizeof(address)));
	v6 = strchr(address, ':');
	text_addf(&source, v6 ? "[%s]:%s" : "%s:%s", address, t->path);
	/* Soft: a server that is gone must not hold up the next target. Every error is looked at.
	 */
	text_addf(&options, "addr=%s,vers=4.2,proto=%s,soft,timeo=300,retrans=4", address,
		  v6 ? "tcp6" : "tcp");
	if (source.failed || options.failed)
		return error_nomem();
	/* A network that has just come up may not let packets through for some seconds. */
	for (unsigned int i = 0;; i++) {
		if (!mount(source.data, MOUNT_POINT, "nfs4", MS_NOATIME | MS_NOSUID | MS_NODEV,
			   options.data))
			return NULL;
		if (errno == EPROTONOSUPPORT && strstr(options.data, "vers=4.2")) {
			/* An older server. */
			memcpy(strstr(options.data, "vers=4.2"), "vers=4.0", 8);
			continue;
		}
		if (i >= job->config->device_wait ||
		    (errno != EHOSTUNREACH && errno != ENETUNREACH && errno != ETIMEDOUT &&
		     errno != ECONNREFUSED))
			return error_os(errno, "%s cannot be mounted%s", source.data,
					errno == ENODEV ? ": this kernel has no NFS 4" : "");
		usleep(RETRY_US);
	}
}

static struct error *save_below(struct job *job, const char *path)
{
	auto_text base = { 0 };

	text_addf(&base, "%s%s", MOUNT_POINT, path);
	if (base.failed)
		return error_nomem();
	/* Each folder on the way may be missing: the first dump makes them. */
	for (char *p = base.data + strlen(MOUNT_POINT) + 1; *path; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = 0;
		if (mkdir(base.data, 0700) && errno != EEXIST)
			return error_os(errno, "%s", base.data);
		*p = c;
		if (!c)
			break;
	}
	return directory_save(job, base.data);
}

struct error *mount_save(struct job *job)
{
	bool nfs = job->target->kind == CAPTURE_NFS;
	struct error *err;

	TRY(make_mount_point());
	TRY(nfs ? mount_nfs(job) : mount_device(job));
	err = save_below(job, nfs ? "" : job->target->path);
	/* What a failed disk does not take back must not hold up the next target. */
	if (umount2(MOUNT_POINT, 0) && !err)
		err = error_os(errno, "%s cannot be unmounted", job->target->text);
	else if (err)
		umount2(MOUNT_POINT, MNT_DETACH);
	if (!err)
		err = job_place(job, "%s/%s/%s", job->target->text, job->tried_name,
				JOB_NAME_OF_DUMP);
	return err;
}
