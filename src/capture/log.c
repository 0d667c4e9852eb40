// SPDX-License-Identifier: GPL-2.0-or-later
/* The crashed kernel's log as text. */
#include "kernel/log.h"
#include "capture/job.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put_record(FILE *file, const struct log_record *record)
{
	const char *text = record->text, *end = text + record->text_len;
	unsigned long long us = record->time_ns / 1000;

	if (record->lost_text) {
		text = "(the text of this record is not there any more)";
		end = text + strlen(text);
	}
	do {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((newline ? newline : end) - text);

		fprintf(file, "[%5llu.%06llu] ", us / 1000000, us % 1000000);
		fwrite(text, 1, len, file);
		fputc('\n', file);
		text += len + 1;
	} while (text < end);
}

static struct error *put_records(struct log_walk *walk, FILE *file)
{
	struct log_record record;
	bool found;

	for (;;) {
		TRY(log_walk_next(walk, &record, &found));
		if (!found)
			break;
		put_record(file, &record);
	}
	if (log_walk_problem(walk))
		fprintf(file, "(records are missing: %s)\n", log_walk_problem(walk)->message);
	return NULL;
}

struct error *log_write(struct image *image, FILE *file)
{
	struct log_walk *walk;
	struct error *err;

	TRY(log_walk_create(image, &walk));
	err = put_records(walk, file);
	log_walk_destroy(walk);
	if (!err && (fflush(file) || ferror(file)))
		err = error_os(errno, "writing the log");
	return err;
}
