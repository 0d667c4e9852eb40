/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files with code and debug information, which distributions may keep compressed (nf_tables.ko.xz).
 */
#ifndef SYMBOLS_ELF_FILE_H
#define SYMBOLS_ELF_FILE_H

#include "base/error.h"

#include <stdbool.h>

/* Is @ending one that such files have behind their name, or none? */
bool elf_file_has_ending(const char *ending);

/*
 * Opens @path to be read as an ELF file; *@fd is the caller's. What is compressed (gzip, xz, zstd)
 * is expanded into memory. NOT_MINE for what cannot be an ELF file, BAD_DATA for what does not
 * expand.
 */
must_check struct error *elf_file_open(const char *path, int *fd);

#endif
