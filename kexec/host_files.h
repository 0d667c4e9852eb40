/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a host's files and directories. Private to host*.c. */
#ifndef KEXEC_HOST_FILES_H
#define KEXEC_HOST_FILES_H

#include "kexec/host.h"

struct host {
	char *root;	  /* NULL: this machine */
	int fd;		  /* of @root, else -1 */
	char *unreadable; /* the snapshot's list of what could not be read, or NULL */
	const struct host_recorder *recorder;
};

/* A descriptor for reading, of a plain file (or, @directory, of a directory). NOT_FOUND, OS. */
must_check struct error *host_open_file(struct host *host, const char *path, bool directory,
					int *ret);

#endif
