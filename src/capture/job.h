/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of capturing, and what each kind of target does with it. */
#ifndef CAPTURE_JOB_H
#define CAPTURE_JOB_H

#include "capture/capture.h"

#define JOB_NAME	 160
#define JOB_LOG_NAME	 "dmesg.txt"
#define JOB_NAME_OF_DUMP "vmcore"

struct job {
	const struct capture_config *config;
	const struct capture_target *target; /* that is tried */
	struct image *image; /* NULL: the source is no dump, and there is a log beside it alone */
	const struct error *no_image; /* why */
	char name[JOB_NAME];	      /* of the crash: "host-20261126-153612", in UTC */
	/* The folder that an earlier try of a target made: the next one goes on there. */
	const struct capture_target *tried;
	char tried_name[JOB_NAME + 16];
	capture_say *say;
	void *context;
	struct capture_result *result;
};

void job_say(const struct job *job, const char *fmt, ...) printf_like(2, 3);
/*
 * Saves the dump to files, or to a descriptor, flattened: paths, nr_paths, fd, overwrite and
 * max_size of @where are used, all else is the configuration's. The report is kept as the result's.
 */
must_check struct error *job_save(struct job *job, const struct save_options *where);
/* Where the dump is now, for people; takes the place of what was noted before. */
must_check struct error *job_place(struct job *job, const char *fmt, ...) printf_like(2, 3);

/* The log of the dump, or the one that lies beside it on a device. */
must_check struct error *job_log(const struct job *job, FILE *file);
/* Notes whether the log is saved, and says so; @err is taken over. */
void job_log_saved(struct job *job, struct error *err, const char *place);

/* ---- log.c ---- */
/* The crashed kernel's log as dmesg shows it. What of it cannot be read is told in the text. */
must_check struct error *log_write(struct image *image, FILE *file);

/* ---- a target of each kind: log and dump, whole, or an error ---- */
must_check struct error *directory_save(struct job *job, const char *base);
must_check struct error *mount_save(struct job *job); /* FS, NFS */
must_check struct error *block_save(struct job *job);
must_check struct error *ssh_save(struct job *job);
must_check struct error *port_save(struct job *job);

/* ---- block.c, of a device that became a dump ---- */
bool block_has_log(const char *path);
/* The log that was saved on it. NOT_FOUND. */
must_check struct error *block_log(const char *path, FILE *to);
/* Neither dump nor log shall be found on it any more. */
must_check struct error *block_forget(const char *path);

/* ---- host.c ---- */
/* A numeric address of @host, waiting for name resolution @wait seconds at most. */
must_check struct error *host_address(const char *host, unsigned int wait, char *ret, size_t size);

/* ---- retention.c ---- */
/* A name that job.name was made of, with or without a number behind. */
bool retention_is_ours(const char *name);
/*
 * Removes the oldest dump of ours in @base but @keep, where more than @least others are; *@removed
 * is its name (free), NULL: none.
 */
must_check struct error *retention_drop_oldest(const char *base, const char *keep,
					       unsigned int least, char **removed);
/* Removes all but the newest @count, @keep counted. */
must_check struct error *retention_limit(const struct job *job, const char *base, const char *keep,
					 unsigned int count);
/* Bytes that a file there could still take. */
must_check struct error *retention_room(const char *path, uint64_t *ret);

/* ---- spawn.c ---- */
/*
 * Runs @argv[0], found in $PATH, and waits. @input: its standard input, -1 for none. @extra:
 * strings "NAME=value" for its environment, NULL-terminated, or NULL. An exit status but 0 is an
 * error.
 */
must_check struct error *spawn_run(char *const *argv, int input, char *const *extra);
struct spawn {
	int pid;
	int to; /* its standard input */
};
must_check struct error *spawn_start(char *const *argv, struct spawn *ret);
/* Closes its input, unless that is -1 already, and waits. */
must_check struct error *spawn_finish(struct spawn *child, const char *name);

#endif
