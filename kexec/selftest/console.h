/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's serial line, read from the file that QEMU writes it to. */
#ifndef SELFTEST_CONSOLE_H
#define SELFTEST_CONSOLE_H

#include "base/error.h"
#include "base/text.h"

struct console {
	int fd; /* -1: the file is not there yet */
	char *path;
	struct text text; /* without carriage returns and NULs */
};

must_check struct error *console_open(const char *path, struct console *ret);
void console_close(struct console *console);
/* Reads what has come since. */
must_check struct error *console_read(struct console *console);
/*
 * Where the whole line that holds @needle begins, at or behind @from; false: there is none (yet).
 * An empty @needle is found in any line.
 */
bool console_find(const struct console *console, const char *needle, size_t from, size_t *ret);
/* The rest of the line behind @needle in the line at @at, copied to @buf (cut when too long). */
void console_rest(const struct console *console, size_t at, const char *needle, char *buf,
		  size_t size);
/* The last @count lines at or behind @from, of the console's text. */
const char *console_tail(const struct console *console, size_t from, unsigned int count);

#endif
