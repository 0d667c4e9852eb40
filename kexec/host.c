// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading a host's files, whole or in part. Each read is told to the recorder, if there is one. */
#include "kexec/host.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/options.h"
#include "base/text.h"
#include "kexec/host_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* sysfs gives a page at a time, /proc less; sysctls refuse to be read in large pieces. */
#define PIECE	       65536
#define LINE_MAX_BYTES 65536
#define NAMES_MAX      65536

/* Hands the outcome to the recorder, and on. */
static struct error *told(struct host *host, const char *path, const char *data, size_t size,
			  struct error *err)
{
	const struct host_recorder *recorder = host->recorder;

	if (recorder)
		recorder->file(recorder->context, path, err ? NULL : data, err ? 0 : size, err);
	return err;
}

/* read(2) that goes on after a signal, unless it was Ctrl-C. */
static struct error *read_some(int fd, const char *path, char *to, size_t room, size_t *got)
{
	ssize_t n;

	do {
		TRY(interrupt_check());
		n = read(fd, to, room);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_os(errno, "%s", path);
	*got = (size_t)n;
	return NULL;
}

/* Up to @cap bytes of @fd are added to @to; whether there are more is not looked at. */
static struct error *read_up_to(int fd, const char *path, size_t cap, struct text *to)
{
	char piece[4096];
	size_t got;

	while (to->len < cap) {
		TRY(read_some(fd, path, piece, min(sizeof(piece), cap - to->len), &got));
		if (!got)
			break;
		text_add(to, piece, got);
		if (to->failed)
			return error_nomem();
	}
	return NULL;
}

/* @from's bytes become the caller's. */
static struct error *hand_over(struct text *from, char **ret, size_t *size)
{
	text_add(from, "", 0); /* an empty file is a string too */
	if (from->failed)
		return error_nomem();
	*ret = from->data;
	*size = from->len;
	*from = (struct text){ 0 };
	return NULL;
}

static struct error *read_file(struct host *host, const char *path, size_t cap, bool whole,
			       char **ret, size_t *size)
{
	auto_text text = { 0 };
	struct error *err;
	int fd;

	TRY(host_open_file(host, path, false, &fd));
	err = read_up_to(fd, path, cap + whole, &text);
	close(fd);
	if (!err && text.len > cap)
		err = error_create(ERROR_BAD_DATA, "%s: larger than %zu bytes", path, cap);
	return err ? err : hand_over(&text, ret, size);
}

struct error *host_read(struct host *host, const char *path, size_t cap, char **ret, size_t *size)
{
	struct error *err = read_file(host, path, cap, true, ret, size);

	return told(host, path, err ? NULL : *ret, err ? 0 : *size, err);
}

struct error *host_read_head(struct host *host, const char *path, size_t cap, char **ret,
			     size_t *size)
{
	struct error *err = read_file(host, path, cap, false, ret, size);

	return told(host, path, err ? NULL : *ret, err ? 0 : *size, err);
}

struct line_reader {
	const char *path;
	enum host_line (*wanted)(const char *line);
	size_t cap;
	struct text kept;
	bool done;
};

static struct error *take_line(struct line_reader *reader, const char *line)
{
	enum host_line verdict = reader->wanted(line);

	if (verdict == HOST_LINE_DROP)
		return NULL;
	text_adds(&reader->kept, line);
	text_addc(&reader->kept, '\n');
	if (reader->kept.failed)
		return error_nomem();
	if (reader->kept.len > reader->cap)
		return error_create(ERROR_BAD_DATA, "%s: too many lines of interest", reader->path);
	reader->done = verdict == HOST_LINE_LAST;
	return NULL;
}

/* Cuts the lines out of @buf (of @len bytes, with room for a NUL); *@len is what is left over. */
static struct error *take_lines(struct line_reader *reader, char *buf, size_t *len, bool at_end)
{
	size_t from = 0;

	while (!reader->done) {
		char *newline = memchr(buf + from, '\n', *len - from);

		if (!newline && !(at_end && from < *len))
			break;
		if (!newline)
			newline = buf + *len;
		*newline = 0;
		TRY(take_line(reader, buf + from));
		from = min((size_t)(newline - buf) + 1, *len);
	}
	memmove(buf, buf + from, *len - from);
	*len -= from;
	if (!reader->done && *len >= LINE_MAX_BYTES)
		return error_create(ERROR_BAD_DATA, "%s: a line of more than %d bytes",
				    reader->path, LINE_MAX_BYTES);
	return NULL;
}

static struct error *filter(int fd, struct line_reader *reader)
{
	auto_free char *buf = malloc(LINE_MAX_BYTES + PIECE + 1);
	size_t len = 0, got;

	if (!buf)
		return error_nomem();
	while (!reader->done) {
		TRY(read_some(fd, reader->path, buf + len, PIECE, &got));
		len += got;
		TRY(take_lines(reader, buf, &len, !got));
		if (!got)
			break;
	}
	return NULL;
}

struct error *host_read_lines(struct host *host, const char *path,
			      enum host_line (*wanted)(const char *line), size_t cap, char **ret,
			      size_t *size)
{
	struct line_reader reader = { .path = path, .wanted = wanted, .cap = cap };
	struct error *err;
	int fd;

	err = host_open_file(host, path, false, &fd);
	if (!err) {
		err = filter(fd, &reader);
		close(fd);
	}
	if (!err)
		err = hand_over(&reader.kept, ret, size);
	text_deinit(&reader.kept);
	return told(host, path, err ? NULL : *ret, err ? 0 : *size, err);
}

struct error *host_read_line(struct host *host, const char *path, char *buf, size_t size)
{
	auto_free char *data = NULL;
	size_t len;

	TRY(host_read(host, path, size, &data, &len));
	if (len && data[len - 1] == '\n')
		data[--len] = 0;
	if (strlen(data) != len || len >= size)
		return error_create(ERROR_BAD_DATA, "%s: expected text of less than %zu bytes",
				    path, size);
	memcpy(buf, data, len + 1);
	return NULL;
}

struct error *host_read_number(struct host *host, const char *path, bool hex, uint64_t *ret)
{
	char line[256];
	struct error *err;

	TRY(host_read_line(host, path, line, sizeof(line)));
	line[strcspn(line, "\n")] = 0;
	err = parse_number(line, hex, path, ret);
	if (err && err->code == ERROR_USAGE) /* nobody typed it */
		err->code = ERROR_BAD_DATA;
	return err;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in @text, each with its NUL, as sorted pointers; the names lie behind these. */
static struct error *sort_names(const struct text *text, size_t count, char ***ret)
{
	char **names = malloc((count + 1) * sizeof(*names) + text->len + 1), *at;

	if (!names)
		return error_nomem();
	at = (char *)(names + count + 1);
	if (text->len)
		memcpy(at, text->data, text->len);
	for (size_t i = 0; i < count; i++) {
		names[i] = at;
		at += strlen(at) + 1;
	}
	names[count] = NULL;
	qsort(names, count, sizeof(*names), compare_names);
	*ret = names;
	return NULL;
}

static struct error *list_directory(DIR *dir, const char *path, char ***ret)
{
	auto_text text = { 0 };
	struct dirent *entry;
	size_t count = 0;

	while (errno = 0, (entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (++count > NAMES_MAX)
			return error_create(ERROR_BAD_DATA, "%s: more than %d names", path,
					    NAMES_MAX);
		text_add(&text, entry->d_name, strlen(entry->d_name) + 1);
	}
	if (errno)
		return error_os(errno, "%s", path);
	return text.failed ? error_nomem() : sort_names(&text, count, ret);
}

struct error *host_list(struct host *host, const char *path, char ***ret)
{
	struct error *err;
	DIR *dir;
	int fd;

	TRY(host_open_file(host, path, true, &fd));
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_nomem();
	}
	err = list_directory(dir, path, ret);
	closedir(dir);
	return err;
}
