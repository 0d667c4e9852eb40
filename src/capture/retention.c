// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Older dumps in a target's directory. Only what we made is ever removed: a folder with a name of
 * ours, and in it the files of ours; one that holds anything else stays.
 */
#include "base/alloc.h"
#include "capture/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DATE_DIGITS 8
#define TIME_DIGITS 6
#define STAMP	    (1 + DATE_DIGITS + 1 + TIME_DIGITS) /* "-20261126-153612" */

static bool all_digits(const char *text, size_t len)
{
	return strspn(text, "0123456789") >= len;
}

/* Where the date begins in "host-20261126-153612" or "host-20261126-153612-2"; NULL: nowhere. */
static const char *stamp_of(const char *name)
{
	for (const char *p = strchr(name, '-'); p; p = strchr(p + 1, '-')) {
		if (p == name || strlen(p) < STAMP || !all_digits(p + 1, DATE_DIGITS) ||
		    p[1 + DATE_DIGITS] != '-' || !all_digits(p + 2 + DATE_DIGITS, TIME_DIGITS))
			continue;
		p += STAMP;
		if (!*p || (*p == '-' && p[1] && strspn(p + 1, "0123456789") == strlen(p + 1)))
			return p - STAMP + 1;
	}
	return NULL;
}

bool retention_is_ours(const char *name)
{
	return *name != '.' && stamp_of(name);
}

static bool is_file_of_ours(const char *name)
{
	static const char *const names[] = { JOB_LOG_NAME, JOB_LOG_NAME ".incomplete",
					     JOB_NAME_OF_DUMP, JOB_NAME_OF_DUMP ".incomplete" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

static bool holds_ours_alone(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool alone = dir, any = false;

	while (dir && (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		any = true;
		alone &= is_file_of_ours(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return alone && any;
}

struct names {
	char **list;
	size_t count, room;
};

static void names_deinit(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

static int by_time(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	const char *s = stamp_of(x), *t = stamp_of(y);
	int order = strncmp(s, t, STAMP - 1);

	/* (of the same second: by the number that was put behind) */
	if (!order)
		order = strlen(s) < strlen(t) ? -1 : strlen(s) > strlen(t);
	return order ? order : strcmp(s, t);
}

/* The dumps of ours in @base, the oldest first. */
static struct error *collect(const char *base, struct names *names)
{
	DIR *dir = opendir(base);
	struct dirent *entry;
	struct error *err = NULL;

	if (!dir)
		return error_os(errno, "%s", base);
	while (!err && (entry = readdir(dir))) {
		int fd;

		if (!retention_is_ours(entry->d_name))
			continue;
		fd = openat(dirfd(dir), entry->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && holds_ours_alone(fd)) {
			err = alloc_grow(&names->list, &names->room, names->count + 1,
					 sizeof(*names->list));
			if (!err && !(names->list[names->count++] = strdup(entry->d_name)))
				err = error_nomem();
		}
		if (fd >= 0)
			close(fd);
	}
	closedir(dir);
	if (names->count && !err)
		qsort(names->list, names->count, sizeof(*names->list), by_time);
	return err;
}

static struct error *drop(const char *base, const char *name)
{
	static const char *const files[] = { JOB_NAME_OF_DUMP, JOB_NAME_OF_DUMP ".incomplete",
					     JOB_LOG_NAME, JOB_LOG_NAME ".incomplete" };
	auto_text path = { 0 };
	int fd;

	text_addf(&path, "%s/%s", base, name);
	if (path.failed)
		return error_nomem();
	fd = open(path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_os(errno, "%s", path.data);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(fd, files[i], 0);
	close(fd);
	return rmdir(path.data) ? error_os(errno, "%s: cannot be removed", path.data) : NULL;
}

struct error *retention_drop_oldest(const char *base, const char *keep, unsigned int least,
				    char **removed)
{
	cleanup(names_deinit) struct names names = { 0 };
	size_t others = 0;

	*removed = NULL;
	TRY(collect(base, &names));
	for (size_t i = 0; i < names.count; i++)
		others += strcmp(names.list[i], keep) != 0;
	if (others <= least)
		return NULL;
	for (size_t i = 0; i < names.count; i++) {
		if (!strcmp(names.list[i], keep))
			continue;
		TRY(drop(base, names.list[i]));
		*removed = strdup(names.list[i]);
		return *removed ? NULL : error_nomem();
	}
	return NULL;
}

struct error *retention_limit(const struct job *job, const char *base, const char *keep,
			      unsigned int count)
{
	cleanup(names_deinit) struct names names = { 0 };
	size_t left;

	TRY(collect(base, &names));
	left = names.count;
	for (size_t i = 0; i < names.count && left > count; i++) {
		if (!strcmp(names.list[i], keep))
			continue;
		TRY(drop(base, names.list[i]));
		job_say(job, "removed %s/%s: %u dumps are kept", base, names.list[i], count);
		left--;
	}
	return NULL;
}

struct error *retention_room(const char *path, uint64_t *ret)
{
	struct statvfs st;

	if (statvfs(path, &st))
		return error_os(errno, "%s", path);
	*ret = (uint64_t)st.f_bavail * st.f_frsize;
	return NULL;
}
