/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rd -r: memory into a file. Private to commands. */
#ifndef COMMANDS_RD_FILE_H
#define COMMANDS_RD_FILE_H

#include "base/memory.h"

/*
 * Writes @size bytes at @address to a new file that replaces @path when it is whole. When any byte
 * is missing nothing is left behind: a hole in a file would read as zeros.
 */
must_check struct error *rd_write_file(const struct memory *memory, uint64_t address, uint64_t size,
				       const char *path);

#endif
