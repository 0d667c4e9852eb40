// SPDX-License-Identifier: GPL-2.0-or-later
/* Compressed files: what the tools of each format made is read as what went in. */
#include "support/data.h"

#include "symbols/elf_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define SIZE 300000

static char folder[64];
static uint8_t plain[SIZE];

static void run(const char *words)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && %s", folder, words);
	assert_int_equal(system(command), 0);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(path_of(name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	static uint8_t packed[2 * SIZE];
	size_t size;

	strcpy(folder, "/tmp/kx-elf-file-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < SIZE; i++)
		plain[i] = (uint8_t)(i % 251 ^ i >> 9);
	memcpy(plain, "\177ELF", 4);
	write_file("plain", plain, SIZE);
	size = ZSTD_compress(packed, sizeof(packed), plain, SIZE, 3);
	assert_false(ZSTD_isError(size));
	write_file("packed.zst", packed, size);
	run("gzip -c plain >packed.gz && python3 -c 'import lzma; "
	    "lzma.open(\"packed.xz\", \"wb\").write(open(\"plain\", \"rb\").read())'");
	return 0;
}

static int tear_down(void **state)
{
	run("rm -rf '../'\"${PWD##*/}\"");
	return 0;
}

static void holds_it(const char *name)
{
	static uint8_t got[SIZE + 1];
	size_t all = 0;
	ssize_t n;
	int fd;

	assert_ok(elf_file_open(path_of(name), &fd));
	while ((n = pread(fd, got + all, sizeof(got) - all, (off_t)all)) > 0)
		all += (size_t)n;
	assert_int_equal(all, SIZE);
	assert_memory_equal(got, plain, SIZE);
	close(fd);
}

static void expands(void **state)
{
	holds_it("plain");
	holds_it("packed.gz");
	holds_it("packed.xz");
	holds_it("packed.zst");
}

static void does_not_expand(void **state)
{
	int fd;

	run("for i in gz xz zst; do head -c 500 packed.$i >cut.$i; done; : >empty");
	assert_fails(elf_file_open(path_of("cut.gz"), &fd), ERROR_BAD_DATA);
	assert_fails(elf_file_open(path_of("cut.xz"), &fd), ERROR_BAD_DATA);
	assert_fails(elf_file_open(path_of("cut.zst"), &fd), ERROR_BAD_DATA);
	assert_fails(elf_file_open(path_of("empty"), &fd), ERROR_NOT_MINE);
	assert_fails(elf_file_open(folder, &fd), ERROR_NOT_MINE);
	assert_fails(elf_file_open(path_of("none"), &fd), ERROR_OS);
}

static void endings(void **state)
{
	assert_true(elf_file_has_ending(""));
	assert_true(elf_file_has_ending(".zst"));
	assert_false(elf_file_has_ending(".zs"));
	assert_false(elf_file_has_ending(".debug"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expands),
		cmocka_unit_test(does_not_expand),
		cmocka_unit_test(endings),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
