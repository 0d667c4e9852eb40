// SPDX-License-Identifier: GPL-2.0-or-later
/* The guest's archive, read through libarchive, and the formats of the files in it. */
#include "selftest/truth.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#define MAX_FILES   200000
#define FILE_CAP    (16u << 20)
#define MAX_RECORDS 1000000
#define PF_KTHREAD  0x200000u

struct truth_entry {
	char *name;
	struct text body;
};

struct truth {
	struct truth_entry *files;
	size_t count, room;
};

static struct error *read_body(struct archive *archive, struct text *ret)
{
	char buf[65536];
	ssize_t n;

	while ((n = archive_read_data(archive, buf, sizeof(buf))) > 0) {
		text_add(ret, buf, (size_t)n);
		if (ret->len > FILE_CAP)
			return error_create(ERROR_BAD_DATA, "a file of over %u MiB",
					    FILE_CAP >> 20);
	}
	if (n < 0)
		return error_create(ERROR_BAD_DATA, "%s", archive_error_string(archive));
	text_add(ret, "", 0);
	return ret->failed ? error_nomem() : NULL;
}

static struct error *read_entry(struct truth *truth, struct archive *archive,
				struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	struct truth_entry *file;

	if (truth->count == MAX_FILES)
		return error_create(ERROR_BAD_DATA, "over %d files", MAX_FILES);
	TRY(alloc_grow(&truth->files, &truth->room, truth->count + 1, sizeof(*truth->files)));
	file = &truth->files[truth->count++];
	*file = (struct truth_entry){ .name = strdup(name ? name : "") };
	return file->name ? read_body(archive, &file->body) : error_nomem();
}

static struct error *read_all(struct truth *truth, struct archive *archive, const char *path)
{
	struct archive_entry *entry;
	int status;

	archive_read_support_format_cpio(archive);
	if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK)
		return error_create(ERROR_OS, "%s", archive_error_string(archive));
	while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
		TRY(read_entry(truth, archive, entry));
	if (status != ARCHIVE_EOF)
		return error_create(ERROR_BAD_DATA, "%s", archive_error_string(archive));
	if (!truth_file(truth, "complete", NULL))
		return error_create(ERROR_BAD_DATA, "it ends too early");
	return NULL;
}

struct error *truth_open(const char *path, struct truth **ret)
{
	struct truth *truth = calloc(1, sizeof(*truth));
	struct archive *archive = archive_read_new();
	struct error *err;

	err = truth && archive ? read_all(truth, archive, path) : error_nomem();
	if (archive)
		archive_read_free(archive);
	if (err) {
		truth_close(truth);
		return error_wrap(err, "what the guest wrote down");
	}
	*ret = truth;
	return NULL;
}

void truth_close(struct truth *truth)
{
	if (!truth)
		return;
	for (size_t i = 0; i < truth->count; i++) {
		free(truth->files[i].name);
		text_deinit(&truth->files[i].body);
	}
	free(truth->files);
	free(truth);
}

const char *truth_file(const struct truth *truth, const char *name, size_t *size)
{
	for (size_t i = 0; i < truth->count; i++) {
		const struct truth_entry *file = &truth->files[i];

		if (strcmp(file->name, name))
			continue;
		if (size)
			*size = file->body.len;
		return text_string(&file->body);
	}
	return NULL;
}

void truth_line(const struct truth *truth, const char *name, char *buf, size_t size)
{
	const char *text = truth_file(truth, name, NULL);

	snprintf(buf, size, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
}

/* proc(5): "pid (comm) state ppid pgrp session tty tpgid flags …"; comm may hold anything. */
static bool parse_stat(const char *text, struct truth_task *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	unsigned int flags;

	if (!open || !close || close < open || sscanf(text, "%d", &ret->pid) != 1 ||
	    sscanf(close + 1, " %c %d %*d %*d %*d %*d %u", &ret->state, &ret->ppid, &flags) != 3)
		return false;
	ret->kthread = flags & PF_KTHREAD;
	snprintf(ret->comm, sizeof(ret->comm), "%.*s", (int)(close - open - 1), open + 1);
	return true;
}

struct error *truth_tasks(const struct truth *truth, struct truth_task **ret, size_t *count)
{
	struct truth_task *tasks = calloc(truth->count + 1, sizeof(*tasks));
	size_t nr = 0;

	if (!tasks)
		return error_nomem();
	for (size_t i = 0; i < truth->count; i++) {
		const struct truth_entry *file = &truth->files[i];
		size_t len = strlen(file->name);

		/* A task that ended while it was looked at has an empty file. */
		if (len > 5 && !strcmp(file->name + len - 5, "/stat") && file->body.len &&
		    parse_stat(text_string(&file->body), &tasks[nr]))
			nr++;
	}
	if (!nr) {
		free(tasks);
		return error_create(ERROR_BAD_DATA, "the guest wrote down no task");
	}
	*ret = tasks;
	*count = nr;
	return NULL;
}

const char *truth_stack(const struct truth *truth, int pid)
{
	char end[48];
	size_t len;

	len = (size_t)snprintf(end, sizeof(end), "/task/%d/stack", pid);
	for (size_t i = 0; i < truth->count; i++) {
		const struct truth_entry *file = &truth->files[i];
		size_t name = strlen(file->name);

		if (name > len && !strcmp(file->name + name - len, end))
			return file->body.len ? text_string(&file->body) : NULL;
	}
	return NULL;
}

/* Undoes \xNN in place. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int byte;
	int used;

	for (; *text; text++) {
		used = 0;
		if (text[0] == '\\' && text[1] == 'x' &&
		    sscanf(text + 2, "%2x%n", &byte, &used) == 1 && used == 2) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = 0;
}

/* "prio,seq,µs,flags[,…];text": Documentation/ABI/testing/dev-kmsg of Linux. */
static struct error *parse_record(const char *line, size_t len, struct truth_record *ret)
{
	const char *text = memchr(line, ';', len);
	unsigned long long seq, time;
	unsigned int priority;

	if (!text || sscanf(line, "%u,%llu,%llu,", &priority, &seq, &time) != 3)
		return error_create(ERROR_BAD_DATA, "no record of the log: %.*s",
				    (int)min(len, (size_t)60), line);
	ret->text = strndup(text + 1, len - (size_t)(text + 1 - line));
	if (!ret->text)
		return error_nomem();
	unescape(ret->text);
	ret->seq = seq;
	ret->time_us = time;
	ret->level = priority & 7;
	ret->facility = priority >> 3;
	return NULL;
}

struct error *truth_records(const struct truth *truth, struct truth_record **ret, size_t *count)
{
	const char *line = truth_file(truth, "dev/kmsg", NULL);
	struct truth_record *records = NULL;
	struct error *err = NULL;
	size_t nr = 0, room = 0;

	for (; !err && line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (*line == ' ') /* a key and a value of the record before */
			continue;
		err = nr == MAX_RECORDS ? error_create(ERROR_BAD_DATA, "too many records")
					: alloc_grow(&records, &room, nr + 1, sizeof(*records));
		if (!err)
			err = parse_record(line, strcspn(line, "\n"), &records[nr]);
		if (!err)
			nr++;
	}
	if (!err && !nr)
		err = error_create(ERROR_BAD_DATA, "the guest wrote down no log");
	if (err) {
		truth_records_free(records, nr);
		return err;
	}
	*ret = records;
	*count = nr;
	return NULL;
}

void truth_records_free(struct truth_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(records[i].text);
	free(records);
}

unsigned int truth_cpus(const struct truth *truth)
{
	const char *line = truth_file(truth, "proc/cpuinfo", NULL);
	unsigned int count = 0;

	for (; line && *line; line += strcspn(line, "\n"), line += *line == '\n')
		count += !strncmp(line, "processor", 9);
	return count;
}

/* ELF notes of 4-byte words: namesz, descsz, type, name, desc, the latter two padded to words. */
struct error *truth_build_id(const struct truth *truth, char *buf, size_t size)
{
	size_t bytes = 0;
	const char *notes = truth_file(truth, "sys/kernel/notes", &bytes);
	struct bytes b = bytes_of(notes ? notes : "", bytes, false);

	while (bytes_left(&b) >= 12) {
		uint32_t name_size = bytes_u32(&b), id_size = bytes_u32(&b), type = bytes_u32(&b);
		const uint8_t *name = bytes_take(&b, ((uint64_t)name_size + 3) & ~3ull);
		const uint8_t *id = bytes_take(&b, ((uint64_t)id_size + 3) & ~3ull);

		if (!name || !id)
			break;
		if (type != 3 || name_size != 4 || memcmp(name, "GNU", 4) || id_size * 2u >= size)
			continue;
		for (uint32_t i = 0; i < id_size; i++)
			snprintf(buf + 2 * i, 3, "%02x", id[i]);
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "the guest's /sys/kernel/notes has no build-id");
}
