/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the facts of a machine are read from: its own /proc and /sys, or a directory that holds a
 * copy of them (`kx-crash snapshot`). Paths are as on the machine, "/proc/iomem".
 *
 * In a snapshot no path leaves the directory: "..", symbolic links and anything but plain files and
 * directories are refused. Beside the copies it holds two files of its own: "uname" (the kernel's
 * release and the machine's name, a line each) and "unreadable" (a line "PATH: why" for each file
 * that was there but could not be read).
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
/* utsname's release and machine (65 bytes each). NOT_FOUND in a snapshot without them. */
must_check struct error *host_uname(struct host *host, char release[65], char machine[65]);
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

enum host_line { HOST_LINE_DROP, HOST_LINE_KEEP, HOST_LINE_LAST /* keep, and stop reading */ };
/*
 * Of a long file, the lines that @wanted says (it gets them without their newline); reads no more
 * than it must and keeps nothing else. As host_read() otherwise; @cap is for what is kept.
 */
must_check struct error *host_read_lines(struct host *host, const char *path,
					 enum host_line (*wanted)(const char *line), size_t cap,
					 char **ret, size_t *size);
/* A number in C's notations on the first line; @hex: bare hexadecimal digits too. NOT_FOUND,
 * BAD_DATA, OS. */
must_check struct error *host_read_number(struct host *host, const char *path, bool hex,
					  uint64_t *ret);
/* A file's text without its last newline, in @buf; longer is BAD_DATA. */
must_check struct error *host_read_line(struct host *host, const char *path, char *buf,
					size_t size);
bool host_has(struct host *host, const char *path);
/* The names in a directory, sorted, NULL-terminated, one allocation (free). */
must_check struct error *host_list(struct host *host, const char *path, char ***ret);

/* Is told of everything that is asked of a host, so that it can be copied. */
struct host_recorder {
	/* A file's contents as the caller gets them, or @why it gets none (@data is NULL). */
	void (*file)(void *context, const char *path, const char *data, size_t size,
		     const struct error *why);
	/* A directory that host_has() was asked for is there. */
	void (*directory)(void *context, const char *path);
	void *context;
};
/* @recorder: borrowed; NULL ends it. */
void host_record(struct host *host, const struct host_recorder *recorder);

#endif
