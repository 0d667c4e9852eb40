// SPDX-License-Identifier: GPL-2.0-or-later
/* Files without a name. */
#include "base/nameless.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

int nameless_open(const char *near)
{
	const char *temporary = getenv("TMPDIR");
	char *copy = near ? strdup(near) : NULL;
	int fd = -1;

	if (copy)
		fd = open(dirname(copy), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open(temporary ? temporary : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	free(copy);
	return fd;
}
