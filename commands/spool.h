/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes through a pipe, in a file without a name: a dump is read back and forth. */
#ifndef COMMANDS_SPOOL_H
#define COMMANDS_SPOOL_H

#include "base/error.h"

struct spool {
	int fd;
	char path[40]; /* by which it can be opened while @fd is open; "" when there is none */
};

/* Reads @from to its end into a file in the folder of @near (NULL: where temporary files go). */
must_check struct error *spool_input(int from, const char *near, struct spool *ret);
void spool_close(struct spool *spool);

#endif
