/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of all that machine_gather() reads of a host, as a directory that host_open() takes: it is
 * machine_gather() over a host that is listened to, so nothing can be forgotten.
 */
#ifndef KEXEC_SNAPSHOT_H
#define KEXEC_SNAPSHOT_H

#include "kexec/host.h"

struct snapshot_file {
	char *path;	   /* as on the machine */
	size_t size;	   /* bytes that were saved */
	struct error *why; /* there is none in the snapshot; NULL: there is */
};

struct snapshot {
	struct snapshot_file *files; /* in the order they were first asked for */
	size_t count, room;
};

/*
 * Writes the directory @dir, which must not be there yet: it appears when it is whole. What could
 * not be read is in @ret, and no failure. USAGE when @dir exists.
 */
must_check struct error *snapshot_save(struct host *host, const char *dir, struct snapshot *ret);
void snapshot_deinit(struct snapshot *snapshot);

#endif
