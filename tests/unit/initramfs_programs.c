// SPDX-License-Identifier: GPL-2.0-or-later
/* What a program needs: this test's own needs, as the dynamic loader sees them, and made-up
 * folders. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "initramfs/contents.h"
#include "initramfs/elf_needed.h"

#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SELF "/proc/self/exe"

/* Our own libraries, from memory. */
static size_t loader_needs(const char **names, size_t room)
{
	const char *strings = NULL;
	size_t count = 0;

	for (const ElfW(Dyn) *dyn = _DYNAMIC; dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_STRTAB)
			strings = (const char *)dyn->d_un.d_ptr;
	}
	for (const ElfW(Dyn) *dyn = _DYNAMIC; dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_NEEDED && count < room)
			names[count++] = strings + dyn->d_un.d_val;
	}
	return count;
}

static void own_needs(void **state)
{
	const char *names[64];
	size_t count = loader_needs(names, ARRAY_SIZE(names));
	struct elf_needed needed;

	assert_ok(elf_needed_read(SELF, &needed));
	assert_int_equal(needed.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(needed.names[i], names[i]);
	assert_non_null(needed.interpreter);
	assert_int_equal(access(needed.interpreter, X_OK), 0);
	elf_needed_deinit(&needed);
}

static size_t slurp(const char *path, char **ret)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	assert_true(fd >= 0 && !fstat(fd, &st));
	*ret = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, *ret, (size_t)st.st_size), st.st_size);
	close(fd);
	return (size_t)st.st_size;
}

/* Cut anywhere and filled with nonsense: an error, or fewer names. */
static void damaged(void **state)
{
	char *dir = snapshot_dir_create(), path[256], *data;
	size_t size = slurp(SELF, &data);
	struct elf_needed needed;

	snprintf(path, sizeof(path), "%s/cut", dir);
	for (size_t n = 0; n < size; n = n < 70 ? n + 1 : n * 2) {
		snapshot_dir_put(dir, "/cut", data, n);
		if (!error_dropped(elf_needed_read(path, &needed)))
			elf_needed_deinit(&needed);
		snapshot_dir_unlink(dir, "/cut");
	}
	/* Each byte of the file's header in turn. */
	size = size < 4096 ? size : 4096;
	for (size_t i = 4; i < 64; i++) {
		data[i] ^= (char)0xff;
		snapshot_dir_put(dir, "/cut", data, size);
		if (!error_dropped(elf_needed_read(path, &needed)))
			elf_needed_deinit(&needed);
		snapshot_dir_unlink(dir, "/cut");
		data[i] ^= (char)0xff;
	}
	snapshot_dir_puts(dir, "/cut", "#!/bin/sh\n");
	assert_fails(elf_needed_read(path, &needed), ERROR_NOT_MINE);
	assert_fails(elf_needed_read("/nonexistent", &needed), ERROR_OS);
	free(data);
	snapshot_dir_remove(dir);
}

static void find(const char *name, const struct elf_needed *needed, const char *of,
		 const char *config, const char *expected)
{
	char *path;

	assert_ok(elf_library_find(name, needed, of, config, &path));
	assert_string_equal(path, expected);
	free(path);
}

static void libraries(void **state)
{
	char *dir = snapshot_dir_create(), *data, config[256], text[600], of[256], expected[300];
	size_t size = slurp(SELF, &data);
	char *none;
	struct elf_needed needed;

	assert_ok(elf_needed_read(SELF, &needed));
	snprintf(config, sizeof(config), "%s/etc/ld.so.conf", dir);
	snprintf(text, sizeof(text),
		 "# of the test\n%s/one # the first\ninclude %s/etc/conf.d/*.conf\n", dir, dir);
	snapshot_dir_puts(dir, "/etc/ld.so.conf", text);
	/* One that includes itself ends all the same. */
	snprintf(text, sizeof(text), "include %s/etc/conf.d/*.conf\n%s/two\n", dir, dir);
	snapshot_dir_puts(dir, "/etc/conf.d/a.conf", text);
	snapshot_dir_puts(dir, "/one/libkx-a.so", "no library");
	snapshot_dir_put(dir, "/two/libkx-a.so", data, size);
	snapshot_dir_put(dir, "/app/lib/libkx-a.so", data, size);
	snapshot_dir_mkdir(dir, "/app/bin");
	snprintf(of, sizeof(of), "%s/app/bin/program", dir);

	/* What is no library for this machine is passed over. */
	snprintf(expected, sizeof(expected), "%s/two/libkx-a.so", dir);
	find("libkx-a.so", &needed, of, config, expected);
	/* The run path comes first. */
	free(needed.run_path);
	needed.run_path = strdup("relative:$ORIGIN/../lib");
	snprintf(expected, sizeof(expected), "%s/app/bin/../lib/libkx-a.so", dir);
	find("libkx-a.so", &needed, of, config, expected);
	assert_fails(elf_library_find("libkx-none.so", &needed, of, config, &none),
		     ERROR_NOT_FOUND);
	assert_fails(elf_library_find("../libkx-a.so", &needed, of, config, &none),
		     ERROR_NOT_FOUND);
	/* Another machine's. */
	needed.machine = EM_S390;
	assert_fails(elf_library_find("libkx-a.so", &needed, of, config, &none), ERROR_NOT_FOUND);
	elf_needed_deinit(&needed);
	snapshot_dir_remove(dir);
	free(data);
}

/* A script brings its interpreter, with all that that needs. */
static void script(void **state)
{
	char *dir = snapshot_dir_create(), path[256];
	struct contents contents = { 0 };

	snapshot_dir_puts(dir, "/hook", "#! /bin/sh -e\necho\n");
	snprintf(path, sizeof(path), "%s/hook", dir);
	assert_true(error_dropped(contents_add_program(&contents, path, "not executable")));
	contents_deinit(&contents);
	assert_int_equal(chmod(path, 0755), 0);
	assert_ok(contents_add_program(&contents, path, "a hook"));
	assert_true(contents_has(&contents, path));
	assert_true(contents_has(&contents, "/bin/sh"));
	assert_true(contents_has(&contents, CONTENTS_LIBRARIES "/libc.so.6"));
	for (size_t i = 0; i < contents.count; i++) {
		assert_int_not_equal(contents.all[i].name[0], '/');
		assert_true(contents.all[i].size > 0);
	}
	contents_deinit(&contents);

	snapshot_dir_puts(dir, "/bad", "#!sh\n");
	snprintf(path, sizeof(path), "%s/bad", dir);
	assert_int_equal(chmod(path, 0755), 0);
	assert_fails(contents_add_program(&contents, path, "a hook"), ERROR_USAGE);
	contents_deinit(&contents);
	snapshot_dir_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_needs),
		cmocka_unit_test(damaged),
		cmocka_unit_test(libraries),
		cmocka_unit_test(script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
