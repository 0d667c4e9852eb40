// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/elfcorehdr.c: what is written reads back through dumpfmt, range by range. */
#include "kexec/elfcorehdr.h"
#include "support/dump_text.h"
#include "support/made_machine.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char iomem_holes[] = "00000000-00000fff : Reserved\n"
				  "00001000-0009fbff : System RAM\n"
				  "00100000-bffdffff : System RAM\n"
				  "  01000000-02e01fff : Kernel code\n"
				  "  af000000-beffffff : Crash kernel\n"
				  "100000000-23fffffff : System RAM\n"
				  "  217000000-236ffffff : Crash kernel\n"
				  "240000000-247ffffff : System RAM (virtio_mem)\n";

static void make(const struct machine *machine, const struct elfcorehdr_low *low,
		 struct elfcorehdr *ret)
{
	struct error *err = elfcorehdr_make(machine, low, ret);

	if (err)
		fail_msg("%s", err->message);
}

/* fs/proc/vmcore.c of Linux refuses everything else. */
static void check_ident(const struct elfcorehdr *header)
{
	Elf64_Ehdr ehdr;

	memcpy(&ehdr, header->data, sizeof(ehdr));
	assert_memory_equal(ehdr.e_ident, ELFMAG, SELFMAG);
	assert_int_equal(ehdr.e_ident[EI_CLASS], ELFCLASS64);
	assert_int_equal(ehdr.e_ident[EI_VERSION], EV_CURRENT);
	assert_int_equal(ehdr.e_type, ET_CORE);
	assert_int_equal(ehdr.e_machine, EM_X86_64);
	assert_int_equal(ehdr.e_version, EV_CURRENT);
	assert_int_equal(ehdr.e_ehsize, 64);
	assert_int_equal(ehdr.e_phoff, 64);
	assert_int_equal(ehdr.e_phentsize, 56);
	assert_int_equal(ehdr.e_phnum, header->count);
	assert_int_equal(header->size, 64 + 56 * header->count);
}

/*
 * As a dump: a file in which the bytes of each physical address are at that offset, but for the
 * header at its start. Those below the first megabyte would collide with it: not asked for.
 */
static struct kxdump *as_dump(const struct elfcorehdr *header, uint64_t end, int *fd)
{
	const char *paths[1];
	struct kxdump *dump;
	struct error *err;
	char path[40];

	dump_text_memory(header->data, header->size, fd, path);
	assert_int_equal(ftruncate(*fd, (off_t)end), 0);
	paths[0] = path;
	err = kxdump_open(paths, 1, &dump);
	if (err)
		fail_msg("%s", err->message);
	return dump;
}

static void reads_back(void **state)
{
	static const struct range expected[] = {
		{ 0x100000, 0xaeffffff },
		{ 0xbf000000, 0xbffdffff },
		{ 0x100000000, 0x216ffffff },
		{ 0x237000000, 0x247ffffff },
	};
	struct elfcorehdr_low low = { .reserved = true };
	struct elfcorehdr header;
	struct machine machine;
	struct ranges ram = { 0 };
	struct kxdump *dump;
	uint64_t word = 0;
	int fd;

	made_machine(iomem_holes, 3, &machine);
	make(&machine, &low, &header);
	check_ident(&header);
	dump = as_dump(&header, 0x248000000, &fd);
	assert_string_equal(kxdump_info(dump)->format, "elf");
	for (size_t i = 0; i < kxdump_nr_regions(dump); i++) {
		struct kxdump_region region;

		assert_null(kxdump_region(dump, i, &region));
		assert_int_equal(region.file_offset, region.phys);
		assert_int_equal(region.file_size, region.size);
		if (region.virt == machine.text_virt) {
			assert_int_equal(region.phys, MADE_TEXT);
			assert_int_equal(region.size, machine.text_size);
			continue;
		}
		assert_int_equal(region.virt, MADE_PAGE_OFFSET + region.phys);
		assert_null(ranges_add(&ram, region.phys, region.phys + region.size - 1));
	}
	assert_int_equal(ram.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ram.count; i++) {
		assert_int_equal(ram.list[i].start, expected[i].start);
		assert_int_equal(ram.list[i].end, expected[i].end);
	}
	/* And a byte is where it says. */
	assert_int_equal(pwrite(fd, "\x12\x34\x56\x78\x9a\xbc\xde\xf0", 8, 0x237000000), 8);
	assert_null(kxdump_read(dump, 0x237000000, &word, 8));
	assert_int_equal(word, 0xf0debc9a78563412);
	assert_int_equal(kxdump_page_state(dump, 0xaf000000), KXDUMP_PAGE_ABSENT);
	assert_int_equal(kxdump_page_state(dump, 0x1000), KXDUMP_PAGE_ABSENT);
	kxdump_close(dump);
	close(fd);
	ranges_deinit(&ram);
	elfcorehdr_deinit(&header);
	machine_deinit(&machine);
}

/* CPU ids may be sparse, and a CPU that is not there has no notes. */
static void notes(void **state)
{
	struct elfcorehdr_low low = { .reserved = true };
	struct elfcorehdr header;
	struct machine machine;

	made_machine(made_iomem_pc, 3, &machine);
	machine.cpus[1].notes = 0;
	machine.cpus[2].id = 7;
	make(&machine, &low, &header);
	assert_int_equal(header.count, 2 + 1 + 1 + 2);
	assert_int_equal(header.entries[0].type, PT_NOTE);
	assert_int_equal(header.entries[0].cpu, 0);
	assert_int_equal(header.entries[0].offset, MADE_NOTES(0));
	assert_int_equal(header.entries[0].size, 408);
	assert_int_equal(header.entries[1].cpu, 7);
	assert_int_equal(header.entries[1].phys, MADE_NOTES(2));
	assert_string_equal(header.entries[2].what, "vmcoreinfo");
	assert_int_equal(header.entries[2].type, PT_NOTE);
	assert_int_equal(header.entries[2].offset, MADE_VMCOREINFO);
	assert_string_equal(header.entries[3].what, "kernel text");
	assert_int_equal(header.entries[3].type, PT_LOAD);
	elfcorehdr_deinit(&header);
	machine_deinit(&machine);
}

/* What was backed up is read from there, all else from where it is. */
static void backup(void **state)
{
	struct elfcorehdr_low low = { .backup_source = 0x1000,
				      .backup_target = 0x3d000000,
				      .backup_size = 0x9ec00 };
	struct elfcorehdr header;
	struct machine machine;
	const struct elfcorehdr_entry *entry;

	made_machine(made_iomem_pc, 1, &machine);
	make(&machine, &low, &header);
	assert_int_equal(header.count, 1 + 1 + 1 + 3);
	entry = &header.entries[3];
	assert_int_equal(entry->phys, 0x1000);
	assert_int_equal(entry->size, 0x9ec00);
	assert_int_equal(entry->offset, 0x3d000000);
	assert_int_equal(entry->virt, MADE_PAGE_OFFSET + 0x1000);
	assert_int_equal(header.entries[4].offset, 0x100000);
	assert_int_equal(header.entries[4].phys, 0x100000);
	elfcorehdr_deinit(&header);
	machine_deinit(&machine);
}

/* RAM without a hole at 640 KiB: only its start was backed up. */
static void backup_of_a_part(void **state)
{
	static const char iomem[] = "00000000-3fffffff : System RAM\n"
				    "  30000000-37ffffff : Crash kernel\n";
	struct elfcorehdr_low low = { .backup_target = 0x37000000, .backup_size = 0xa0000 };
	struct elfcorehdr header;
	struct machine machine;

	made_machine(iomem, 1, &machine);
	make(&machine, &low, &header);
	assert_int_equal(header.count, 1 + 1 + 1 + 3);
	assert_int_equal(header.entries[3].offset, 0x37000000);
	assert_int_equal(header.entries[3].size, 0xa0000);
	assert_int_equal(header.entries[4].offset, 0xa0000);
	assert_int_equal(header.entries[4].size, 0x30000000 - 0xa0000);
	assert_int_equal(header.entries[5].phys, 0x38000000);
	elfcorehdr_deinit(&header);
	machine_deinit(&machine);
}

static void nothing_to_dump(void **state)
{
	static const char iomem[] = "00100000-00ffffff : System RAM\n"
				    "  00100000-00ffffff : Crash kernel\n";
	struct elfcorehdr_low low = { .reserved = true };
	struct elfcorehdr header;
	struct machine machine;
	struct error *err;

	made_machine(iomem, 1, &machine);
	err = elfcorehdr_make(&machine, &low, &header);
	assert_non_null(err);
	assert_non_null(strstr(err->message, "nothing to dump"));
	error_free(err);
	machine_deinit(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back),	   cmocka_unit_test(notes),
		cmocka_unit_test(backup),	   cmocka_unit_test(backup_of_a_part),
		cmocka_unit_test(nothing_to_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
