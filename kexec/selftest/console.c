// SPDX-License-Identifier: GPL-2.0-or-later
/* The serial line. */
#include "selftest/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A guest that floods its console shall not fill our memory. */
#define TEXT_CAP (32u << 20)

struct error *console_open(const char *path, struct console *ret)
{
	*ret = (struct console){ .fd = -1, .path = strdup(path) };
	return ret->path ? NULL : error_nomem();
}

void console_close(struct console *console)
{
	if (console->fd >= 0)
		close(console->fd);
	text_deinit(&console->text);
	free(console->path);
	*console = (struct console){ .fd = -1 };
}

struct error *console_read(struct console *console)
{
	char buf[16384];
	ssize_t n;

	if (console->fd < 0)
		console->fd = open(console->path, O_RDONLY | O_CLOEXEC);
	if (console->fd < 0)
		return errno == ENOENT ? NULL : error_os(errno, "%s", console->path);
	while ((n = read(console->fd, buf, sizeof(buf))) > 0) {
		size_t len = 0;

		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] && buf[i] != '\r')
				buf[len++] = buf[i];
		}
		if (console->text.len < TEXT_CAP)
			text_add(&console->text, buf, len);
	}
	if (n < 0)
		return error_os(errno, "%s", console->path);
	return console->text.failed ? error_nomem() : NULL;
}

bool console_find(const struct console *console, const char *needle, size_t from, size_t *ret)
{
	const char *text = text_string(&console->text), *hit;

	if (from > console->text.len)
		return false;
	hit = strstr(text + from, needle);
	if (!hit || !strchr(hit, '\n'))
		return false;
	while (hit > text + from && hit[-1] != '\n')
		hit--;
	*ret = (size_t)(hit - text);
	return true;
}

void console_rest(const struct console *console, size_t at, const char *needle, char *buf,
		  size_t size)
{
	const char *hit = strstr(text_string(&console->text) + at, needle);
	size_t len;

	hit = hit ? hit + strlen(needle) : "";
	len = min(strcspn(hit, "\n"), size - 1);
	memcpy(buf, hit, len);
	buf[len] = 0;
}

const char *console_tail(const struct console *console, size_t from, unsigned int count)
{
	const char *text = text_string(&console->text), *at = text + console->text.len;

	from = min(from, console->text.len);
	if (at > text + from && at[-1] == '\n')
		at--;
	while (at > text + from) {
		if (at[-1] == '\n' && !--count)
			break;
		at--;
	}
	return at;
}
