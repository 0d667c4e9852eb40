// SPDX-License-Identifier: GPL-2.0-or-later
/* Which folders are ours to remove, and which goes first. */
#include "capture/job.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char base[] = "/tmp/kx-retention-XXXXXX";

static int setup(void **state)
{
	return mkdtemp(base) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", base);
	return system(command);
}

static void make(const char *folder, const char *file)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", base, folder);
	mkdir(path, 0700);
	if (!file)
		return;
	snprintf(path, sizeof(path), "%s/%s/%s", base, folder, file);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static bool is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return !access(path, F_OK);
}

static void names(void **state)
{
	static const char *const ours[] = { "host-20261126-153612", "vmcore-20261126-153612-2",
					    "a-b.c-20261126-153612-17" };
	static const char *const others[] = {
		"",
		"host",
		"20261126-153612",
		".host-20261126-153612",
		"host-20261126-15361",
		"host-20261126-153612x",
		"host-20261126-153612-",
		"host-20261126-153612-2x",
		"202611261536", /* kdump-tools */
		"127.0.0.1-2026-11-26-15:36:12",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		assert_true(retention_is_ours(ours[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(retention_is_ours(others[i]));
}

static void oldest_first(void **state)
{
	char *removed;

	make("z-20240101-000000", "vmcore");
	make("a-20250101-000000", "vmcore");
	make("a-20250101-000000-2", "vmcore.incomplete");
	make("a-20250101-000000-10", "dmesg.txt");
	make("a-20230101-000000", "notes"); /* somebody's */
	make("a-20220101-000000", NULL);    /* empty: not known whose */
	make("other", "vmcore");
	/* three others are there, and as many shall stay */
	assert_null(retention_drop_oldest(base, "a-20250101-000000-10", 3, &removed));
	assert_null(removed);
	for (unsigned int i = 0; i < 3; i++) {
		static const char *const order[] = { "z-20240101-000000", "a-20250101-000000",
						     "a-20250101-000000-2" };

		assert_null(retention_drop_oldest(base, "a-20250101-000000-10", 0, &removed));
		assert_string_equal(removed, order[i]);
		assert_false(is_there(removed));
		free(removed);
	}
	assert_null(retention_drop_oldest(base, "a-20250101-000000-10", 0, &removed));
	assert_null(removed);
	assert_true(is_there("a-20250101-000000-10/dmesg.txt"));
	assert_true(is_there("a-20230101-000000/notes"));
	assert_true(is_there("a-20220101-000000"));
	assert_true(is_there("other/vmcore"));
}

static void not_through_links(void **state)
{
	char from[256], *removed;

	make("real", "vmcore");
	snprintf(from, sizeof(from), "%s/a-20210101-000000", base);
	assert_int_equal(symlink("real", from), 0);
	assert_null(retention_drop_oldest(base, "a-20250101-000000-10", 0, &removed));
	assert_null(removed);
	assert_true(is_there("real/vmcore"));
}

static void drop_line(void *context, const char *line)
{
}

static void a_number_of_them(void **state)
{
	struct job job = { .say = drop_line };

	make("b-20260101-000000", "vmcore");
	make("b-20260102-000000", "vmcore");
	make("b-20260103-000000", "vmcore");
	assert_null(retention_limit(&job, base, "b-20260101-000000", 2));
	assert_true(is_there("b-20260101-000000")); /* the new one, whatever the clock says */
	assert_false(is_there("b-20260102-000000"));
	assert_true(is_there("b-20260103-000000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(oldest_first),
		cmocka_unit_test(not_through_links),
		cmocka_unit_test(a_number_of_them),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
