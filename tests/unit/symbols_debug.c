// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug files: compiled when the test runs, so that every line and every inlined call is known from
 * the source below. Also the symbols of an ELF file, and build-ids.
 */
#include "support/data.h"

#include "symbols/debug_info.h"
#include "symbols/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbered lines: tests below speak of them. */
static const char source_text[] = "volatile int sink;\n"			   /* 1 */
				  "static inline __attribute__((always_inline))\n" /* 2 */
				  "void inner(int a)\n"				   /* 3 */
				  "{\n"						   /* 4 */
				  "	__asm__ volatile(\"inner_label: nop\");\n" /* 5 */
				  "	sink = a;\n"				   /* 6 */
				  "}\n"						   /* 7 */
				  "static inline __attribute__((always_inline))\n" /* 8 */
				  "void middle(int a)\n"			   /* 9 */
				  "{\n"						   /* 10 */
				  "	inner(a + 1);\n"			   /* 11 */
				  "}\n"						   /* 12 */
				  "int outer(int a)\n"				   /* 13 */
				  "{\n"						   /* 14 */
				  "	middle(a);\n"				   /* 15 */
				  "	__asm__ volatile(\"outer_label: nop\");\n" /* 16 */
				  "	return sink;\n"				   /* 17 */
				  "}\n"						   /* 18 */
				  "__attribute__((section(\".init.text\")))\n"	   /* 19 */
				  "int first(void)\n"				   /* 20 */
				  "{\n"						   /* 21 */
				  "	__asm__ volatile(\"first_label: nop\");\n" /* 22 */
				  "	return 4;\n"				   /* 23 */
				  "}\n"						   /* 24 */
				  "__attribute__((weak)) int weak_data = 3;\n";	   /* 25 */

static char folder[64];

/* Runs a command in the test's folder; @fmt may use it as %1$s. */
static void run(const char *fmt)
{
	char command[1024];
	int n = snprintf(command, sizeof(command), "cd '%s' && ", folder);

	snprintf(command + n, sizeof(command) - (size_t)n, "%s", fmt);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	char path[128];
	FILE *file;

	strcpy(folder, "/tmp/kx-debug-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/demo.c", folder);
	file = fopen(path, "w");
	if (!file)
		return -1;
	fputs(source_text, file);
	fclose(file);
	return 0;
}

static int tear_down(void **state)
{
	run("rm -rf '../'\"${PWD##*/}\"");
	return 0;
}

static struct debug_file *open_demo(const char *name)
{
	struct debug_file *file;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_ok(debug_file_open(path, &file));
	return file;
}

#define BUILD_ID "0123456789abcdef0123456789abcdef01234567"
#define LINK                                                                                       \
	"gcc -g -O2 -c demo.c -o demo.o && ld -e outer --build-id=0x" BUILD_ID                     \
	" -Ttext=0xffffffff81000000 demo.o -o demo"

/* The chain at "inner_label", wherever the kernel is. */
static void check_chain(struct debug_file *file, uint64_t address)
{
	struct source_line lines[8];
	unsigned int count;

	assert_ok(debug_file_lines(file, address, lines, 8, &count));
	assert_int_equal(count, 3);
	assert_string_equal(lines[0].function, "inner");
	assert_int_equal(lines[0].line, 5);
	assert_string_equal(lines[0].file, "demo.c");
	assert_string_equal(lines[1].function, "middle");
	assert_int_equal(lines[1].line, 11);
	assert_string_equal(lines[1].file, "demo.c");
	assert_null(lines[2].function);
	assert_int_equal(lines[2].line, 15);
	assert_string_equal(lines[2].file, "demo.c");
	/* Fewer wanted than there are. */
	assert_ok(debug_file_lines(file, address, lines, 2, &count));
	assert_int_equal(count, 2);
}

static void check_lines(struct debug_file *file, uint64_t offset)
{
	struct debug_layout layout = { .offset = offset };
	struct source_line lines[8];
	uint64_t address, found;
	unsigned int count;

	assert_ok(debug_file_place(file, &layout));
	assert_ok(debug_file_symbol(file, "inner_label", &address));
	check_chain(file, address + offset);
	assert_ok(debug_file_symbol(file, "outer_label", &address));
	assert_ok(debug_file_lines(file, address + offset, lines, 8, &count));
	assert_int_equal(count, 1);
	assert_int_equal(lines[0].line, 16);
	assert_null(lines[0].function);
	assert_ok(debug_file_line_address(file, "demo.c", 16, &found));
	assert_int_equal(found, address + offset);
	assert_fails(debug_file_line_address(file, "demo.c", 999, &found), ERROR_NOT_FOUND);
	assert_fails(debug_file_line_address(file, "emo.c", 16, &found), ERROR_NOT_FOUND);
	assert_fails(debug_file_lines(file, 0x1234, lines, 8, &count), ERROR_NOT_FOUND);
	assert_fails(debug_file_symbol(file, "no_such_thing", &address), ERROR_NOT_FOUND);
}

static void test_vmlinux(void **state)
{
	struct debug_file *file;
	char hex[41];

	run(LINK);
	file = open_demo("demo");
	build_id_text(debug_file_build_id(file), hex);
	assert_string_equal(hex, BUILD_ID);
	check_lines(file, 0);
	check_lines(file, 0x1ac00000);
	debug_file_close(file);
}

/* Compilers such as clang write no .debug_aranges. */
static void test_without_aranges(void **state)
{
	struct debug_file *file;

	run(LINK " && objcopy --remove-section .debug_aranges demo bare");
	file = open_demo("bare");
	check_lines(file, 0x200000);
	debug_file_close(file);
}

static void test_compressed_and_older_dwarf(void **state)
{
	struct debug_file *file;

	run("gcc -g -gdwarf-4 -O2 -c demo.c -o old.o && ld -e outer --build-id=0x" BUILD_ID
	    " --compress-debug-sections=zlib -Ttext=0xffffffff81000000 old.o -o old");
	file = open_demo("old");
	check_lines(file, 0);
	debug_file_close(file);
}

/* A stripped file with its debug information beside it, by debuglink. */
static void test_split(void **state)
{
	struct debug_file *file;

	run(LINK " && objcopy --only-keep-debug demo demo.debug && strip -o thin demo && "
		 "objcopy --add-gnu-debuglink=demo.debug thin");
	file = open_demo("thin");
	check_lines(file, 0x400000);
	debug_file_close(file);
}

static bool find_section(void *context, const char *name, uint64_t *address)
{
	if (!strcmp(name, ".text"))
		*address = UINT64_C(0xffffffffc0a00000);
	else if (!strcmp(name, ".init.text"))
		*address = UINT64_C(0xffffffffc0900000);
	else
		return false;
	return true;
}

/* A module: an object file, whose sections are apart from each other in memory. */
static void check_module(const char *name)
{
	struct debug_layout layout = { .section = find_section };
	struct debug_file *file = open_demo(name);
	struct source_line lines[8];
	unsigned int count;
	uint64_t address;

	assert_ok(debug_file_place(file, &layout));
	/* Found by its line, and back. */
	assert_ok(debug_file_line_address(file, "demo.c", 22, &address));
	assert_true(address >= UINT64_C(0xffffffffc0900000) &&
		    address < UINT64_C(0xffffffffc0900100));
	assert_ok(debug_file_lines(file, address, lines, 8, &count));
	assert_int_equal(count, 1);
	assert_int_equal(lines[0].line, 22);
	assert_ok(debug_file_line_address(file, "demo.c", 5, &address));
	assert_true(address >= UINT64_C(0xffffffffc0a00000) &&
		    address < UINT64_C(0xffffffffc0a00100));
	check_chain(file, address);
	assert_fails(debug_file_lines(file, 0x100, lines, 8, &count), ERROR_NOT_FOUND);
	debug_file_close(file);
}

static void test_module(void **state)
{
	run("gcc -g -O2 -c demo.c -o demo.ko && objcopy --only-keep-debug demo.ko demo.ko.debug");
	check_module("demo.ko");
	check_module("demo.ko.debug");
}

static void test_bad_files(void **state)
{
	struct debug_file *file;
	char path[128];

	assert_fails(debug_file_open("/nonexistent/vmlinux", &file), ERROR_OS);
	assert_fails(debug_file_open(folder, &file), ERROR_NOT_MINE);
	run(": >empty && echo 'no kernel' >text && " LINK " && head -c 100 demo >cut && "
	    "strip -o bare demo");
	snprintf(path, sizeof(path), "%s/empty", folder);
	assert_fails(debug_file_open(path, &file), ERROR_NOT_MINE);
	snprintf(path, sizeof(path), "%s/text", folder);
	assert_fails(debug_file_open(path, &file), ERROR_NOT_MINE);
	snprintf(path, sizeof(path), "%s/cut", folder);
	if (!error_dropped(debug_file_open(path, &file)))
		debug_file_close(file);
	/* No DWARF and no symbols anywhere. */
	file = open_demo("bare");
	struct source_line lines[1];
	unsigned int count;
	uint64_t address;

	assert_null(debug_file_dwarf(file));
	assert_fails(debug_file_lines(file, UINT64_C(0xffffffff81000000), lines, 1, &count),
		     ERROR_NOT_FOUND);
	assert_fails(debug_file_line_address(file, "demo.c", 5, &address), ERROR_NOT_FOUND);
	assert_fails(debug_file_symbol(file, "outer", &address), ERROR_NOT_FOUND);
	debug_file_close(file);
}

/* ---- finding ---- */

static void test_find(void **state)
{
	struct build_id id = { .bytes = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
					  0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
					  0xcd, 0xef, 0x01, 0x23, 0x45, 0x67 },
			       .size = 20 };
	struct build_id other = id, unknown = { .size = 0 };
	struct debug_file *file;
	char *path;

	other.bytes[0] = 0xff;
	unsetenv("DEBUGINFOD_URLS");
	setenv("KX_DEBUG_PATH", folder, 1);
	run(LINK
	    " && mkdir -p boot lib/modules/6.1.0/kernel/fs .build-id/01 && "
	    "cp demo boot/vmlinux-6.1.0 && cp demo lib/modules/6.1.0/kernel/fs/my-fs.ko.debug");
	assert_ok(debug_file_find(&id, "6.1.0", NULL, &file));
	assert_non_null(strstr(debug_file_path(file), "/boot/vmlinux-6.1.0"));
	debug_file_close(file);
	assert_ok(debug_file_find(&id, "6.1.0", "my_fs", &file));
	assert_non_null(strstr(debug_file_path(file), "my-fs.ko.debug"));
	debug_file_close(file);
	assert_fails(debug_file_find(&id, "6.1.0", "my", &file), ERROR_NOT_FOUND);
	assert_ok(debug_file_find_code(&id, "6.1.0", "my_fs", &path));
	assert_non_null(strstr(path, "my-fs.ko.debug"));
	free(path);
	assert_fails(debug_file_find_code(&other, "6.1.0", "my_fs", &path), ERROR_NOT_FOUND);
	run("mv lib/modules/6.1.0/kernel/fs/my-fs.ko.debug my-fs.ko && gzip my-fs.ko && "
	    "mv my-fs.ko.gz lib/modules/6.1.0/kernel/fs");
	assert_ok(debug_file_find_code(&id, "6.1.0", "my_fs", &path));
	assert_non_null(strstr(path, "my-fs.ko.gz"));
	free(path);
	run("rm lib/modules/6.1.0/kernel/fs/my-fs.ko.gz");
	/* Debug information alone is not enough for it. */
	run("objcopy --only-keep-debug demo lib/modules/6.1.0/kernel/fs/my-fs.ko.debug");
	assert_ok(debug_file_find(&id, "6.1.0", "my_fs", &file));
	debug_file_close(file);
	assert_fails(debug_file_find_code(&id, "6.1.0", "my_fs", &path), ERROR_NOT_FOUND);
	/* The right place with a wrong build, or nothing to tell it by. */
	assert_fails(debug_file_find(&other, "6.1.0", NULL, &file), ERROR_NOT_FOUND);
	assert_fails(debug_file_find(&unknown, "6.1.0", NULL, &file), ERROR_NOT_FOUND);
	/* Releases are text from the dump: no way out of the folder. */
	assert_fails(debug_file_find(&id, "../boot", NULL, &file), ERROR_NOT_FOUND);
	run("cp demo .build-id/01/23456789abcdef0123456789abcdef01234567.debug");
	assert_ok(debug_file_find(&id, NULL, NULL, &file));
	debug_file_close(file);
	unsetenv("KX_DEBUG_PATH");
}

static void test_build_id_notes(void **state)
{
	const uint8_t notes[] = {
		/* a note of another owner, its name and descriptor padded */
		6,   0,	  0, 0, 1, 0, 0,   0,	1,   0, 0,    0,    'L',  'i',	'n',
		'u', 'x', 0, 0, 0, 7, 0,   0,	0,   4, 0,    0,    0,	  4,	0,
		0,   0,	  3, 0, 0, 0, 'G', 'N', 'U', 0, 0xde, 0xad, 0xbe, 0xef,
	};
	const uint8_t big[] = { 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3, 'G', 'N', 'U', 0, 0x42 };
	struct build_id id;
	char hex[41];

	assert_ok(build_id_from_notes(notes, sizeof(notes), false, &id));
	build_id_text(&id, hex);
	assert_string_equal(hex, "deadbeef");
	/* The last descriptor's padding may be missing. */
	assert_ok(build_id_from_notes(big, sizeof(big), true, &id));
	assert_int_equal(id.size, 1);
	assert_int_equal(id.bytes[0], 0x42);
	assert_fails(build_id_from_notes(notes, 24, false, &id), ERROR_NOT_FOUND);
	assert_fails(build_id_from_notes(notes, sizeof(notes) - 1, false, &id), ERROR_BAD_DATA);
	assert_fails(build_id_from_notes(notes, 0, false, &id), ERROR_NOT_FOUND);
	assert_fails(build_id_from_notes(big, sizeof(big), false, &id), ERROR_BAD_DATA);
}

/* ---- symbols of the file ---- */

static bool relocate(void *context, unsigned int section, uint64_t value, uint64_t *ret)
{
	*ret = value + 0x1000000;
	return true;
}

static void test_elf_symbols(void **state)
{
	struct symbol_source *source;
	struct debug_file *file;
	struct symbols set;
	struct symbol s;
	uint64_t outer;

	run(LINK " && strip -o stripped demo");
	file = open_demo("demo");
	assert_ok(debug_file_symbol(file, "outer", &outer));
	symbols_init(&set);
	assert_ok(elf_symbols_create(debug_file_elf(file), NULL, "demo", relocate, NULL, &source));
	symbols_add(&set, source);
	assert_ok(symbols_by_name(&set, "outer", &s));
	assert_int_equal(s.address, outer + 0x1000000);
	assert_int_equal(s.type, 'T');
	assert_true(s.size > 0);
	/* A label at the same place or within says less than the function. */
	assert_ok(symbols_by_address(&set, s.address, &s));
	assert_string_equal(s.name, "outer");
	assert_ok(symbols_by_name(&set, "sink", &s));
	assert_int_equal(s.type, 'B');
	assert_int_equal(s.size, 4);
	assert_ok(symbols_by_name(&set, "weak_data", &s));
	assert_int_equal(s.type, 'V');
	assert_ok(symbols_by_name(&set, "inner_label", &s));
	assert_int_equal(s.type, 't');
	assert_fails(symbols_by_name(&set, "demo.c", &s), ERROR_NOT_FOUND);
	symbols_deinit(&set);
	debug_file_close(file);

	file = open_demo("stripped");
	assert_fails(
		elf_symbols_create(debug_file_elf(file), NULL, "stripped", relocate, NULL, &source),
		ERROR_NOT_FOUND);
	debug_file_close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_vmlinux, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_aranges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_compressed_and_older_dwarf, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_split, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_module, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_find, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_elf_symbols, set_up, tear_down),
		cmocka_unit_test(test_build_id_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
