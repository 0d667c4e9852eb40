// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Relocating a module's file: what the linker makes of the same object is what has to come out. And
 * each byte of the file wrong, one after the other.
 */
#include "support/data.h"

#include "symbols/module_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TEXT	 UINT64_C(0xffffffffc0000000)
#define RODATA	 UINT64_C(0xffffffffc0010000)
#define EXTERNAL UINT64_C(0xffffffff81001230)

static const char source_text[] =
	"extern int external(int a);\n"
	"extern int not_known(int a);\n"
	"extern long far;\n"
	"static const char letters[] __attribute__((used)) = \"abcdef\";\n"
	"int first(int a)\n"
	"{\n"
	"	return external(a) + (int)far + letters[a];\n"
	"}\n"
	"__attribute__((section(\".rodata\"))) const void *const table[] = {\n"
	"	(const void *)external, (const void *)first, (const char *)&far + 8, letters,\n"
	"};\n"
	"int second(int a)\n"
	"{\n"
	"	return not_known(a) + 1;\n"
	"}\n";

static const struct build_id id = { .bytes = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
					       0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
					       0xcd, 0xef, 0x01, 0x23, 0x45, 0x67 },
				    .size = 20 };
static char folder[64];

static void run(const char *words)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && %s", folder, words);
	assert_int_equal(system(command), 0);
}

static size_t read_file(const char *name, uint8_t *to, size_t room)
{
	char path[128];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(to, 1, room, file);
	fclose(file);
	assert_in_range(size, 1, room - 1);
	return size;
}

static int set_up(void **state)
{
	char path[128];
	FILE *file;

	strcpy(folder, "/tmp/kx-module-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/demo.c", folder);
	file = fopen(path, "w");
	if (!file)
		return -1;
	fputs(source_text, file);
	fclose(file);
	run("gcc -c -O2 -ffreestanding -fno-pic -mcmodel=kernel -fcf-protection=none "
	    "-fno-stack-protector -fno-asynchronous-unwind-tables demo.c -o demo.o && "
	    "ld -r --build-id=0x0123456789abcdef0123456789abcdef01234567 demo.o -o demo.ko && "
	    "ld -e first --section-start=.text=0xffffffffc0000000 "
	    "--section-start=.rodata=0xffffffffc0010000 --defsym=external=0xffffffff81001230 "
	    "--defsym=far=0xffffffff82004560 --defsym=not_known=0 demo.o -o demo 2>ld.out && "
	    "objcopy -O binary -j .text demo text && objcopy -O binary -j .rodata demo rodata");
	return 0;
}

static int tear_down(void **state)
{
	run("rm -rf '../'\"${PWD##*/}\"");
	return 0;
}

static bool find_section(void *context, const char *name, uint64_t *address)
{
	*address = strcmp(name, ".text") ? RODATA : TEXT;
	return !strcmp(name, ".text") || !strcmp(name, ".rodata");
}

static bool find_symbol(void *context, const char *name, uint64_t *address)
{
	*address = strcmp(name, "external") ? UINT64_C(0xffffffff82004560) : EXTERNAL;
	return !strcmp(name, "external") || !strcmp(name, "far");
}

static const struct module_layout layout = { find_section, find_symbol, NULL };

static struct error *open_named(const char *name, const struct build_id *wanted,
				struct module_file **ret)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return module_file_open(path, wanted, &layout, ret);
}

static const struct debug_section *section_of(const struct module_file *file, const char *name)
{
	for (size_t i = 0; i < file->nr_sections; i++) {
		if (!strcmp(file->sections[i].name, name))
			return &file->sections[i];
	}
	fail_msg("no section %s", name);
	return NULL;
}

static void test_relocate(void **state)
{
	const struct debug_section *text, *rodata;
	struct module_file *file;
	uint8_t linked[4096];
	size_t size, at;

	assert_ok(open_named("demo.ko", &id, &file));
	rodata = section_of(file, ".rodata");
	assert_int_equal(rodata->address, RODATA);
	assert_false(rodata->writable || rodata->executable);
	assert_int_equal(read_file("rodata", linked, sizeof(linked)), rodata->size);
	assert_memory_equal(linked, rodata->data, rodata->size);
	text = section_of(file, ".text");
	assert_true(text->executable);
	size = read_file("text", linked, sizeof(linked));
	assert_int_equal(size, text->size);
	/* One field is not known, and is not looked at. */
	assert_int_equal(file->nr_unknown, 1);
	assert_int_equal(file->unknown[0].size, 4);
	at = file->unknown[0].address - TEXT;
	assert_in_range(at, 1, size - 4);
	assert_memory_equal(linked, text->data, at);
	assert_memory_equal(linked + at + 4, text->data + at + 4, size - at - 4);
	module_file_close(file);
}

static void test_refuse(void **state)
{
	struct build_id other = id, none = { .size = 0 };
	struct module_file *file;

	other.bytes[19] ^= 1;
	assert_fails(open_named("demo.ko", &other, &file), ERROR_NOT_MINE);
	assert_fails(open_named("demo.ko", &none, &file), ERROR_NOT_MINE);
	assert_fails(open_named("demo.c", &id, &file), ERROR_NOT_MINE);
	assert_fails(open_named("demo", &id, &file), ERROR_NOT_MINE);
	assert_fails(open_named("nothing", &id, &file), ERROR_OS);
}

/* False: it was refused, as what it is. */
static bool opens(const uint8_t *bytes, size_t size)
{
	struct module_file *file;
	struct error *err;
	char path[64];
	int fd = memfd_create("damaged.ko", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = module_file_open(path, &id, &layout, &file);
	close(fd);
	if (!err) {
		module_file_close(file);
		return true;
	}
	assert_true(err->code == ERROR_NOT_MINE || err->code == ERROR_BAD_DATA);
	error_free(err);
	return false;
}

static void test_damage(void **state)
{
	static const uint8_t wrong[] = { 0xff, 0x7f, 0x01 };
	uint8_t bytes[16384];
	size_t size = read_file("demo.ko", bytes, sizeof(bytes)), refused = 0;

	for (size_t at = 0; at < size; at++) {
		uint8_t was = bytes[at];

		for (size_t i = 0; i < sizeof(wrong); i++) {
			bytes[at] = was ^ wrong[i];
			refused += !opens(bytes, size);
		}
		bytes[at] = was;
	}
	assert_in_range(refused, 100, 3 * size);
	for (size_t cut = 1; cut < size; cut += 7)
		(void)opens(bytes, cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relocate),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
