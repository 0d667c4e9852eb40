// SPDX-License-Identifier: GPL-2.0-or-later
/* A machine made of texts. */
#include "support/snapshot_dir.h"

#include "support/data.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *snapshot_dir_create(void)
{
	char *dir = strdup("/tmp/kx-machine-XXXXXX");

	assert_non_null(dir);
	assert_non_null(mkdtemp(dir));
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void snapshot_dir_remove(char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

/* Makes the directories of @path; @whole: its last part, too. */
static void make_parents(char *path, int whole)
{
	for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (!slash && !whole)
			return;
		if (slash)
			*slash = 0;
		assert_true(!mkdir(path, 0755) || errno == EEXIST);
		if (!slash)
			return;
		*slash = '/';
	}
}

void snapshot_dir_put(const char *dir, const char *path, const void *data, size_t size)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	make_parents(full, 0);
	f = fopen(full, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

void snapshot_dir_puts(const char *dir, const char *path, const char *text)
{
	snapshot_dir_put(dir, path, text, strlen(text));
}

void snapshot_dir_mkdir(const char *dir, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	make_parents(full, 1);
}

void snapshot_dir_unlink(const char *dir, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	assert_int_equal(unlink(full), 0);
}
