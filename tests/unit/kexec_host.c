// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/host.c: reading a snapshot's files, and nothing outside it. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "base/alloc.h"
#include "kexec/host.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

struct fixture {
	char *dir;
	struct host *host;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.dir = snapshot_dir_create();
	assert_ok(host_open(fixture.dir, &fixture.host));
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	host_close(f->host);
	snapshot_dir_remove(f->dir);
	return 0;
}

static void whole_files(void **state)
{
	struct fixture *f = *state;
	char *data;
	size_t size;

	snapshot_dir_put(f->dir, "/proc/a", "x\0y\n", 4);
	assert_ok(host_read(f->host, "/proc/a", 4, &data, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(data, "x\0y\n", 5);
	free(data);
	assert_fails(host_read(f->host, "/proc/a", 3, &data, &size), ERROR_BAD_DATA);
	assert_ok(host_read_head(f->host, "/proc/a", 3, &data, &size));
	assert_int_equal(size, 3);
	assert_memory_equal(data, "x\0y", 4);
	free(data);
	snapshot_dir_puts(f->dir, "/proc/empty", "");
	assert_ok(host_read(f->host, "/proc/empty", 10, &data, &size));
	assert_int_equal(size, 0);
	assert_string_equal(data, "");
	free(data);
	assert_fails(host_read(f->host, "/proc/none", 10, &data, &size), ERROR_NOT_FOUND);
	assert_fails(host_read(f->host, "/none/none", 10, &data, &size), ERROR_NOT_FOUND);
	assert_fails(host_read(f->host, "/proc/a/b", 10, &data, &size), ERROR_NOT_FOUND);
	assert_fails(host_read(f->host, "/proc", 10, &data, &size), ERROR_BAD_DATA);
	assert_true(host_has(f->host, "/proc/a"));
	assert_true(host_has(f->host, "/proc"));
	assert_false(host_has(f->host, "/proc/none"));
	assert_string_equal(host_root(f->host), f->dir);
}

static void numbers(void **state)
{
	struct fixture *f = *state;
	uint64_t value;
	char line[8];

	snapshot_dir_puts(f->dir, "/n/decimal", "123\n");
	snapshot_dir_puts(f->dir, "/n/prefixed", "0xffffffffffffffff");
	snapshot_dir_puts(f->dir, "/n/bare", "1e6f\n");
	snapshot_dir_puts(f->dir, "/n/large", "18446744073709551616\n");
	snapshot_dir_puts(f->dir, "/n/two", "5\n6\n");
	assert_ok(host_read_number(f->host, "/n/decimal", false, &value));
	assert_int_equal(value, 123);
	assert_ok(host_read_number(f->host, "/n/decimal", true, &value));
	assert_int_equal(value, 0x123);
	assert_ok(host_read_number(f->host, "/n/prefixed", false, &value));
	assert_int_equal(value, UINT64_MAX);
	assert_ok(host_read_number(f->host, "/n/bare", true, &value));
	assert_int_equal(value, 0x1e6f);
	assert_ok(host_read_number(f->host, "/n/two", false, &value));
	assert_int_equal(value, 5);
	assert_fails(host_read_number(f->host, "/n/bare", false, &value), ERROR_BAD_DATA);
	assert_fails(host_read_number(f->host, "/n/large", false, &value), ERROR_BAD_DATA);
	assert_fails(host_read_number(f->host, "/n/none", false, &value), ERROR_NOT_FOUND);

	snapshot_dir_puts(f->dir, "/n/seven", "1234567\n");
	assert_ok(host_read_line(f->host, "/n/seven", line, sizeof(line)));
	assert_string_equal(line, "1234567");
	snapshot_dir_puts(f->dir, "/n/eight", "12345678");
	assert_fails(host_read_line(f->host, "/n/eight", line, sizeof(line)), ERROR_BAD_DATA);
	snapshot_dir_put(f->dir, "/n/nul", "12\0\n", 4);
	assert_fails(host_read_line(f->host, "/n/nul", line, sizeof(line)), ERROR_BAD_DATA);
}

/* What is outside must not come in: not by "..", nor by links to it, in any part of the path. */
static void no_way_out(void **state)
{
	struct fixture *f = *state;
	char *inside = f->dir, path[256], *data, **names;
	struct host *host;
	size_t size;

	snapshot_dir_puts(inside, "/secret", "secret");
	snapshot_dir_puts(inside, "/in/proc/a", "a");
	snprintf(path, sizeof(path), "%s/in/proc/file", inside);
	assert_int_equal(symlink("../../secret", path), 0);
	snprintf(path, sizeof(path), "%s/in/proc/absolute", inside);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/in/up", inside);
	assert_int_equal(symlink("..", path), 0);
	snprintf(path, sizeof(path), "%s/in/etc", inside);
	assert_int_equal(symlink("/etc", path), 0);
	snprintf(path, sizeof(path), "%s/in/fifo", inside);
	assert_int_equal(mkfifo(path, 0600), 0);

	snprintf(path, sizeof(path), "%s/in", inside);
	assert_ok(host_open(path, &host));
	assert_ok(host_read(host, "/proc/a", 10, &data, &size));
	free(data);
	assert_fails(host_read(host, "/../secret", 10, &data, &size), ERROR_BAD_DATA);
	assert_fails(host_read(host, "/proc/../../secret", 10, &data, &size), ERROR_BAD_DATA);
	assert_fails(host_read(host, "/proc/file", 10, &data, &size), ERROR_BAD_DATA);
	assert_fails(host_read(host, "/proc/absolute", 10, &data, &size), ERROR_BAD_DATA);
	assert_fails(host_read_head(host, "/proc/absolute", 10, &data, &size), ERROR_BAD_DATA);
	/* A link to a directory, in the middle and at the end. */
	assert_non_null(strstr(path, "/in"));
	assert_true(error_dropped(host_read(host, "/up/secret", 10, &data, &size)));
	assert_true(error_dropped(host_read(host, "/etc/passwd", 100000, &data, &size)));
	assert_true(error_dropped(host_list(host, "/etc", &names)));
	assert_true(error_dropped(host_list(host, "/..", &names)));
	assert_false(host_has(host, "/up/secret"));
	assert_false(host_has(host, "/../secret"));
	/* Nor does a FIFO hold us up. */
	assert_fails(host_read(host, "/fifo", 10, &data, &size), ERROR_BAD_DATA);
	host_close(host);
}

static void directories(void **state)
{
	struct fixture *f = *state;
	char **names;

	snapshot_dir_puts(f->dir, "/sys/cpu2/x", "");
	snapshot_dir_puts(f->dir, "/sys/cpu10/x", "");
	snapshot_dir_puts(f->dir, "/sys/a", "");
	assert_ok(host_list(f->host, "/sys", &names));
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "cpu10");
	assert_string_equal(names[2], "cpu2");
	assert_null(names[3]);
	free(names);
	snapshot_dir_mkdir(f->dir, "/sys/empty");
	assert_ok(host_list(f->host, "/sys/empty", &names));
	assert_null(names[0]);
	free(names);
	assert_fails(host_list(f->host, "/sys/none", &names), ERROR_NOT_FOUND);
	assert_fails(host_list(f->host, "/sys/a", &names), ERROR_NOT_FOUND);
}

static enum host_line wanted(const char *line)
{
	if (!strcmp(line, "last"))
		return HOST_LINE_LAST;
	return *line == 'k' ? HOST_LINE_KEEP : HOST_LINE_DROP;
}

static void lines(void **state)
{
	struct fixture *f = *state;
	auto_free char *big = malloc(300000);
	char *data, *at = big;
	size_t size;

	snapshot_dir_puts(f->dir, "/a", "k1\nno\n\nk2");
	assert_ok(host_read_lines(f->host, "/a", wanted, 100, &data, &size));
	assert_string_equal(data, "k1\nk2\n");
	free(data);
	assert_fails(host_read_lines(f->host, "/a", wanted, 5, &data, &size), ERROR_BAD_DATA);
	snapshot_dir_puts(f->dir, "/b", "k1\nlast\nk2\n");
	assert_ok(host_read_lines(f->host, "/b", wanted, 100, &data, &size));
	assert_string_equal(data, "k1\nlast\n");
	free(data);

	/* Lines that lie across the pieces that are read. */
	for (int i = 0; i < 20000; i++)
		at += sprintf(at, i % 5000 ? "no %d\n" : "k%d\n", i);
	snapshot_dir_put(f->dir, "/c", big, (size_t)(at - big));
	assert_ok(host_read_lines(f->host, "/c", wanted, 100, &data, &size));
	assert_string_equal(data, "k0\nk5000\nk10000\nk15000\n");
	free(data);

	memset(big, 'k', 300000);
	snapshot_dir_put(f->dir, "/d", big, 300000);
	assert_fails(host_read_lines(f->host, "/d", wanted, 400000, &data, &size), ERROR_BAD_DATA);
	snapshot_dir_puts(f->dir, "/e", "");
	assert_ok(host_read_lines(f->host, "/e", wanted, 100, &data, &size));
	assert_string_equal(data, "");
	free(data);
	assert_fails(host_read_lines(f->host, "/none", wanted, 1, &data, &size), ERROR_NOT_FOUND);
}

/* A file that was there, but closed to who made the snapshot, is not the same as none. */
static void unreadable(void **state)
{
	struct fixture *f = *state;
	struct host *host;
	struct error *err;
	char *data;
	size_t size;

	snapshot_dir_puts(f->dir, "/unreadable",
			  "/proc/kcore: Permission denied\n/proc/kallsyms2: no\n");
	assert_ok(host_open(f->dir, &host));
	err = host_read_head(host, "/proc/kcore", 10, &data, &size);
	assert_non_null(err);
	assert_int_equal(err->code, ERROR_OS);
	assert_non_null(strstr(err->message, "Permission denied"));
	error_free(err);
	assert_fails(host_read(host, "/proc/kallsyms", 10, &data, &size), ERROR_NOT_FOUND);
	assert_fails(host_read(host, "/proc/kcor", 10, &data, &size), ERROR_NOT_FOUND);
	host_close(host);
}

static void names(void **state)
{
	struct fixture *f = *state;
	char release[65], machine[65];
	struct utsname name;
	struct host *host;

	assert_fails(host_uname(f->host, release, machine), ERROR_NOT_FOUND);
	snapshot_dir_puts(f->dir, "/uname", "6.1.0-50-cloud-amd64\nx86_64\n");
	assert_ok(host_uname(f->host, release, machine));
	assert_string_equal(release, "6.1.0-50-cloud-amd64");
	assert_string_equal(machine, "x86_64");
	snapshot_dir_puts(f->dir, "/uname", "6.1.0-50-cloud-amd64\n");
	assert_fails(host_uname(f->host, release, machine), ERROR_BAD_DATA);

	assert_ok(host_open(NULL, &host));
	assert_null(host_root(host));
	assert_ok(host_uname(host, release, machine));
	assert_int_equal(uname(&name), 0);
	assert_string_equal(release, name.release);
	assert_string_equal(machine, name.machine);
	host_close(host);
}

static void no_host(void **state)
{
	struct host *host;

	assert_fails(host_open("/nonexistent", &host), ERROR_OS);
	assert_fails(host_open("/dev/null", &host), ERROR_OS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_files), TEST(numbers),    TEST(no_way_out), TEST(directories),
		TEST(lines),	   TEST(unreadable), TEST(names),      TEST(no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
