/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One initramfs in the making. Private to the room. */
#ifndef MKINITRD_JOB_H
#define MKINITRD_JOB_H

#include "base/text.h"
#include "capture/capture.h"
#include "mkinitrd/mkinitrd.h"

#define JOB_WISHES 256

/* Files of the initramfs. */
#define JOB_CONFIG	"etc/kx-crash/capture.conf"
#define JOB_KEY		"etc/kx-crash/ssh_key"
#define JOB_KNOWN_HOSTS "etc/kx-crash/known_hosts"

struct job {
	const struct mkinitrd_options *options;
	struct mkinitrd_report *report;
	struct capture_config config; /* as it will be in the initramfs */
	struct module_wish wishes[JOB_WISHES];
	size_t nr_wishes;
	bool other_kernel; /* than the running one: drivers may have other names there */
	struct text hosts; /* /etc/hosts */
};

/* Is told with the rows; at most so many are kept. */
void job_note(struct job *job, const char *fmt, ...) printf_like(2, 3);
must_check struct error *job_wish(struct job *job, bool optional, const char *name, const char *fmt,
				  ...) printf_like(4, 5);

/* ---- device.c: /sys ---- */
/* The drivers of what is at the folder @path of /sys, and of all above it. */
must_check struct error *device_modules(struct job *job, const char *path, const char *what);
/* The drivers of a block device; UNSUPPORTED when it is made of others. */
must_check struct error *device_block_modules(struct job *job, unsigned int major,
					      unsigned int minor, const char *what);
/*
 * The device that "/dev/…", "UUID=…" and the like mean here. NOT_FOUND: there is none now.
 */
must_check struct error *device_number(const char *device, unsigned int *major,
				       unsigned int *minor);
/*
 * A name that means the device in another kernel, too ("UUID=…"), when there is one. Without
 * @by_content, one that does not change when something else is written to it. Owned by the caller;
 * NOT_FOUND.
 */
must_check struct error *device_lasting_name(unsigned int major, unsigned int minor,
					     bool by_content, char **ret);

/* ---- storage.c ---- */
/* "fs:…" or "nfs:…" for a folder of the running system. */
must_check struct error *storage_place(struct job *job, const char *path, char **ret);
/* Modules of a FS or BLOCK target, and a lasting name for its device. */
must_check struct error *storage_target(struct job *job, struct capture_target *target);

/* ---- network.c ---- */
/* What the way to @host needs; @numeric: its address, which has room for 46 bytes. */
must_check struct error *network_to(struct job *job, const char *host, char *numeric);

/* ---- programs.c ---- */
must_check struct error *programs_ssh(struct job *job, const struct capture_target *target);
must_check struct error *programs_hooks(struct job *job);
must_check struct error *programs_shell(struct job *job);

#endif
