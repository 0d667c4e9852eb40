/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the facts of a machine are read from: its own /proc and /sys, or a directory that holds a
 * copy of them (`kx-crash snapshot`). Paths are as on the machine, "/proc/iomem".
 */
#ifndef KEXEC_HOST_H
#define KEXEC_HOST_H

#include "base/error.h"

#include <stddef.h>

struct host;

/* @root: NULL for this machine, else a snapshot's directory. */
must_check struct error *host_open(const char *root, struct host **ret);
void host_close(struct host *host);
/* NULL for this machine. */
const char *host_root(const struct host *host);
/*
 * A whole file in *@ret (owned by the caller, free), with a NUL behind its *@size bytes. More than
 * @cap bytes is BAD_DATA; no such file is NOT_FOUND; the rest is OS. /proc/kcore is never read
 * whole: see host_read_head().
 */
must_check struct error *host_read(struct host *host, const char *path, size_t cap, char **ret,
				   size_t *size);
/* The first @cap bytes or less. */
must_check struct error *host_read_head(struct host *host, const char *path, size_t cap, char **ret,
					size_t *size);
/* A number in C's notations on the first line. NOT_FOUND, BAD_DATA. */
must_check struct error *host_read_number(struct host *host, const char *path, uint64_t *ret);
/* A file's text without its last newline, in @buf; longer is BAD_DATA. */
must_check struct error *host_read_line(struct host *host, const char *path, char *buf,
					size_t size);
bool host_has(struct host *host, const char *path);
/* The names in a directory, sorted, NULL-terminated, one allocation (free). */
must_check struct error *host_list(struct host *host, const char *path, char ***ret);

#endif
