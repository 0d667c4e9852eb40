// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLANKS " \t\r\n"

static void trim(char *buf, size_t len)
{
	size_t start;

	buf[len] = 0;
	len = strlen(buf);
	while (len && strchr(BLANKS, buf[len - 1]))
		len--;
	buf[len] = 0;
	start = strspn(buf, BLANKS);
	memmove(buf, buf + start, len - start + 1);
}

struct error *small_file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), problem;
	size_t len = 0;
	ssize_t n = 0;

	*buf = 0;
	if (fd < 0)
		return error_os(errno, "%s", path);
	while (len < size - 1) {
		n = read(fd, buf + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	problem = errno;
	close(fd);
	if (n < 0) {
		*buf = 0;
		return error_os(problem, "%s", path);
	}
	trim(buf, len);
	return NULL;
}
