/* SPDX-License-Identifier: GPL-2.0-or-later */
/* write(2) until all is written. */
#ifndef BASE_WRITE_ALL_H
#define BASE_WRITE_ALL_H

#include "base/compiler.h"

#include <stdbool.h>

/* All @size bytes at @data, wherever @fd is; false: not all, and errno tells why. */
must_check bool write_all(int fd, const void *data, size_t size);

#endif
