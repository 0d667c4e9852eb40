/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine made of texts: a directory like `kx-crash snapshot` writes, for one test. */
#ifndef TESTS_SUPPORT_SNAPSHOT_DIR_H
#define TESTS_SUPPORT_SNAPSHOT_DIR_H

#include <stddef.h>

/* An empty temporary directory; its path is the test's until snapshot_dir_remove() frees it. */
char *snapshot_dir_create(void);
void snapshot_dir_remove(char *dir);
/* Writes a file with its directories; "/proc/iomem". */
void snapshot_dir_put(const char *dir, const char *path, const void *data, size_t size);
void snapshot_dir_puts(const char *dir, const char *path, const char *text);
void snapshot_dir_mkdir(const char *dir, const char *path);
void snapshot_dir_unlink(const char *dir, const char *path);

#endif
