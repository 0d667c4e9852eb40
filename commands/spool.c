// SPDX-License-Identifier: GPL-2.0-or-later
/* Standard input, gathered on the disk where the result will lie: memory may not hold it. */
#include "commands/spool.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/nameless.h"
#include "base/write_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (1 << 20)

struct error *spool_input(int from, const char *near, struct spool *ret)
{
	uint8_t *chunk auto_free = malloc(CHUNK);
	ssize_t n;

	*ret = (struct spool){ .fd = nameless_open(near) };
	if (ret->fd < 0)
		return error_os(errno, "a temporary file for standard input");
	if (!chunk)
		return error_nomem();
	snprintf(ret->path, sizeof(ret->path), "/proc/self/fd/%d", ret->fd);
	for (;;) {
		TRY(interrupt_check());
		n = read(from, chunk, CHUNK);
		if (!n)
			return NULL;
		if (n < 0 && errno != EINTR)
			return error_os(errno, "standard input");
		if (n > 0 && !write_all(ret->fd, chunk, (size_t)n))
			return error_os(errno, "standard input cannot be kept on the disk");
	}
}

void spool_close(struct spool *spool)
{
	if (spool->path[0])
		close(spool->fd);
	spool->path[0] = 0;
}
