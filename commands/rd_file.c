// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory into a file: under a temporary name, synced, renamed. */
#include "commands/rd_file.h"

#include "base/interrupt.h"
#include "base/write_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct error *copy(const struct memory *memory, uint64_t address, uint64_t size, int fd,
			  const char *path)
{
	uint8_t page[4096];

	while (size) {
		size_t chunk = (size_t)min(size, sizeof(page) - (address & (sizeof(page) - 1)));

		TRY(interrupt_check());
		TRY(memory_read(memory, address, page, chunk));
		if (!write_all(fd, page, chunk))
			return error_os(errno, "%s", path);
		address += chunk;
		size -= chunk;
	}
	if (fsync(fd))
		return error_os(errno, "%s", path);
	return NULL;
}

struct error *rd_write_file(const struct memory *memory, uint64_t address, uint64_t size,
			    const char *path)
{
	struct error *err;
	char *temporary;
	int fd;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return error_nomem();
	fd = mkstemp(temporary);
	if (fd < 0) {
		err = error_os(errno, "%s", path);
		free(temporary);
		return err;
	}
	err = copy(memory, address, size, fd, path);
	if (close(fd) && !err)
		err = error_os(errno, "%s", path);
	if (!err && rename(temporary, path))
		err = error_os(errno, "%s", path);
	if (err)
		unlink(temporary);
	free(temporary);
	return err;
}
