// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory: DIR/NAME/dmesg.txt and DIR/NAME/vmcore, each of which has its name when it is whole
 * and on the disk; until then a dump is vmcore.incomplete, and opens as one of which the rest is
 * lost.
 */
#include "capture/job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_MAX 100
#define NO_ROOM	  (1u << 20) /* bytes: with no more left a failure was for want of room */

static struct error *sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed;

	if (fd < 0)
		return error_os(errno, "%s", path);
	failed = fsync(fd) && errno != EINVAL ? errno : 0; /* not every filesystem can */
	close(fd);
	return failed ? error_os(failed, "%s", path) : NULL;
}

/* A name that nothing there has, and the folder of that name. */
static struct error *make_fresh(struct job *job, const char *base, struct text *path)
{
	for (unsigned int n = 1; n <= NAMES_MAX; n++) {
		char number[16] = "";

		if (n > 1)
			snprintf(number, sizeof(number), "-%u", n);
		snprintf(job->tried_name, sizeof(job->tried_name), "%s%s", job->name, number);
		text_clear(path);
		text_addf(path, "%s/%s", base, job->tried_name);
		if (path->failed)
			return error_nomem();
		if (!mkdir(path->data, 0700))
			return sync_folder(base);
		if (errno != EEXIST)
			return error_os(errno, "%s", path->data);
	}
	return error_create(ERROR_OS, "%s/%s: there are %d of that name", base, job->name,
			    NAMES_MAX);
}

/* The folder for this crash, the same for every try of one target. */
static struct error *make_folder(struct job *job, const char *base, struct text *path)
{
	if (job->tried == job->target) {
		text_addf(path, "%s/%s", base, job->tried_name);
		if (path->failed)
			return error_nomem();
		return mkdir(path->data, 0700) && errno != EEXIST
			       ? error_os(errno, "%s", path->data)
			       : NULL;
	}
	TRY(make_fresh(job, base, path));
	job->tried = job->target;
	return NULL;
}

static struct error *write_log(const struct job *job, const char *temporary, const char *path)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct error *err;

	if (!file) {
		err = error_os(errno, "%s", temporary);
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = job_log(job, file);
	if (!err && fsync(fd))
		err = error_os(errno, "%s", temporary);
	if (fclose(file) && !err)
		err = error_os(errno, "%s", temporary);
	if (!err && rename(temporary, path))
		err = error_os(errno, "%s", path);
	if (err)
		unlink(temporary);
	return err;
}

/* Says what became of it: without the log there still is the dump. */
static void save_log(struct job *job, const char *folder)
{
	auto_text path = { 0 };
	auto_text temporary = { 0 };
	struct error *err;

	text_addf(&path, "%s/%s", folder, JOB_LOG_NAME);
	text_addf(&temporary, "%s/%s.incomplete", folder, JOB_LOG_NAME);
	err = path.failed || temporary.failed ? error_nomem()
					      : write_log(job, temporary.data, path.data);
	if (!err)
		err = sync_folder(folder);
	job_log_saved(job, err, text_string(&path));
}

static struct error *save_once(struct job *job, const char *base, const char *dump)
{
	struct save_options where = { .paths = &dump, .nr_paths = 1 };
	uint64_t room, least = job->config->min_free;
	auto_text partial = { 0 };

	/* What an earlier try left takes room. */
	text_addf(&partial, "%s.incomplete", dump);
	if (partial.failed)
		return error_nomem();
	unlink(partial.data);
	if (least) {
		TRY(retention_room(base, &room));
		if (room <= least)
			return error_os(ENOSPC, "%s: no more than min-free is free", base);
		where.max_size = room - least;
	}
	return job_save(job, &where);
}

/* Was it for want of room that writing failed? */
static bool lacks_room(const struct job *job, const char *base)
{
	uint64_t room;

	return !error_dropped(retention_room(base, &room)) &&
	       room < job->config->min_free + NO_ROOM;
}

/* Older dumps make room, one after the other, where the user said that they may. */
static struct error *save_dump(struct job *job, const char *base, const char *folder)
{
	const struct capture_config *config = job->config;
	/* To keep N means N; only room that shall stay free is worth more than an older dump. */
	unsigned int least = config->min_free	  ? 0
			     : config->keep_dumps ? config->keep_dumps - 1
						  : UINT_MAX;
	auto_text dump = { 0 };

	text_addf(&dump, "%s/%s", folder, JOB_NAME_OF_DUMP);
	if (dump.failed)
		return error_nomem();
	for (;;) {
		struct error *err = save_once(job, base, dump.data);
		char *removed = NULL;

		if (!err)
			return job_place(job, "%s", dump.data);
		if (err->code != ERROR_OS || !lacks_room(job, base) ||
		    error_dropped(retention_drop_oldest(base, job->tried_name, least, &removed)) ||
		    !removed)
			return err;
		job_say(job, "no room (%s): removed %s/%s", err->message, base, removed);
		error_free(err);
		free(removed);
	}
}

static bool is_there(const char *folder, const char *file)
{
	auto_text path = { 0 };

	text_addf(&path, "%s/%s", folder, file);
	return !path.failed && !access(path.data, F_OK);
}

struct error *directory_save(struct job *job, const char *base)
{
	auto_text folder = { 0 };
	struct error *err;

	TRY(make_folder(job, base, &folder));
	save_log(job, folder.data);
	err = save_dump(job, base, folder.data);
	if (!err && job->config->keep_dumps)
		err = retention_limit(job, base, job->tried_name, job->config->keep_dumps);
	if (err && is_there(folder.data, JOB_NAME_OF_DUMP ".incomplete"))
		job_say(job, "what was saved is %s/%s.incomplete", folder.data, JOB_NAME_OF_DUMP);
	/* (an empty one says nothing) */
	if (err)
		rmdir(folder.data);
	return err;
}
