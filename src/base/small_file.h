/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a few words, as /sys and /proc have them. */
#ifndef BASE_SMALL_FILE_H
#define BASE_SMALL_FILE_H

#include "base/error.h"

/*
 * What @path holds, at most @size - 1 bytes of it, without the blanks and newlines at both ends;
 * terminated, and empty after an error: OS.
 */
must_check struct error *small_file_read(const char *path, char *buf, size_t size);

#endif
