// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/iomem.c: /proc/iomem of real machines, and lines that no kernel writes. */
#include "support/data.h"

#include "kexec/iomem.h"

#include <stdio.h>
#include <string.h>

/* A Debian 6.1 guest of 512 MiB with crashkernel=128M. */
static const char guest[] = "00000000-00000fff : Reserved\n"
			    "00001000-0009fbff : System RAM\n"
			    "0009fc00-0009ffff : Reserved\n"
			    "000a0000-000bffff : PCI Bus 0000:00\n"
			    "000f0000-000fffff : Reserved\n"
			    "  000f0000-000fffff : System ROM\n"
			    "00100000-1ffd9fff : System RAM\n"
			    "  08200000-09001ef1 : Kernel code\n"
			    "  09200000-09a22fff : Kernel rodata\n"
			    "  09c00000-09e45d3f : Kernel data\n"
			    "  0a4ac000-0a9fffff : Kernel bss\n"
			    "  16000000-1dffffff : Crash kernel\n"
			    "1ffda000-1fffffff : Reserved\n"
			    "20000000-febfffff : PCI Bus 0000:00\n"
			    "  febf0000-febf3fff : 0000:00:02.0\n"
			    "    febf0000-febf3fff : virtio-pci-modern\n"
			    "fd00000000-ffffffffff : Reserved\n";

static void parse(const char *text, struct iomem *ret)
{
	assert_ok(iomem_parse(text, strlen(text), ret));
}

static void a_guest(void **state)
{
	const struct iomem_entry *entry;
	struct ranges ranges = { 0 };
	struct iomem iomem;

	parse(guest, &iomem);
	assert_int_equal(iomem.count, 17);
	assert_false(iomem.all_zero);
	assert_ok(iomem_ranges(&iomem, "Crash kernel", &ranges));
	assert_int_equal(ranges.count, 1);
	assert_int_equal(ranges.list[0].start, 0x16000000);
	assert_int_equal(ranges_bytes(&ranges), 128 << 20);
	ranges_deinit(&ranges);

	assert_ok(iomem_ram(&iomem, &ranges));
	assert_int_equal(ranges.count, 2);
	assert_int_equal(ranges.list[1].end, 0x1ffd9fff);
	ranges_deinit(&ranges);

	entry = iomem_find(&iomem, "virtio-pci-modern");
	assert_int_equal(entry->depth, 2);
	assert_string_equal(iomem.entries[entry->parent].name, "0000:00:02.0");
	assert_string_equal(iomem.entries[iomem.entries[entry->parent].parent].name,
			    "PCI Bus 0000:00");
	assert_int_equal(iomem.entries[0].parent, -1);
	assert_null(iomem_find(&iomem, "Kernel"));
	iomem_deinit(&iomem);
}

static void hidden_addresses(void **state)
{
	struct iomem iomem;

	parse("00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n"
	      "00000000-00000000 : Reserved\n",
	      &iomem);
	assert_true(iomem.all_zero);
	assert_int_equal(iomem.count, 3);
	iomem_deinit(&iomem);
	/* One real address is enough. */
	parse("00000000-00000000 : Reserved\n00001000-0009fbff : System RAM\n", &iomem);
	assert_false(iomem.all_zero);
	iomem_deinit(&iomem);
	parse("", &iomem);
	assert_false(iomem.all_zero);
	assert_int_equal(iomem.count, 0);
	iomem_deinit(&iomem);
}

/* Drivers' RAM: Documentation/ABI of virtio-mem and dax/kmem; the names as drivers give them. */
static void ram_of_drivers(void **state)
{
	struct ranges ram = { 0 };
	struct iomem iomem;

	parse("00001000-0009ffff : System RAM\n"
	      "100000000-17fffffff : virtio0\n"
	      "  100000000-107ffffff : System RAM (virtio_mem)\n"
	      "  110000000-117ffffff : System RAM (virtio_mem)\n"
	      "200000000-23fffffff : dax0.0\n"
	      "  200000000-23fffffff : System RAM (kmem)\n"
	      "240000000-24fffffff : System RAM ()\n"
	      "250000000-25fffffff : System RAM of a sort\n"
	      "260000000-26fffffff : System RAMBUS\n"
	      "ffffffffffff0000-ffffffffffffffff : System RAM\n",
	      &iomem);
	assert_ok(iomem_ram(&iomem, &ram));
	assert_int_equal(ram.count, 5);
	assert_true(ranges_hold(&ram, 0x110000000, 0x117ffffff));
	assert_true(ranges_hold(&ram, 0x200000000, 0x23fffffff));
	assert_null(ranges_find(&ram, 0x108000000));
	assert_null(ranges_find(&ram, 0x240000000));
	assert_null(ranges_find(&ram, 0x250000000));
	assert_null(ranges_find(&ram, 0x260000000));
	assert_int_equal(ram.list[4].end, UINT64_MAX);
	ranges_deinit(&ram);
	iomem_deinit(&iomem);
}

static void odd_names(void **state)
{
	struct iomem iomem;

	parse("00000000-00000fff : a : b - c : \n"
	      "00001000-00001fff : \n"
	      "00002000-00002fff :   blanks \n"
	      "00003000-00003fff : \x01\xff%s",
	      &iomem);
	assert_string_equal(iomem.entries[0].name, "a : b - c : ");
	assert_string_equal(iomem.entries[1].name, "");
	assert_string_equal(iomem.entries[2].name, "  blanks ");
	assert_string_equal(iomem.entries[3].name, "\x01\xff%s");
	iomem_deinit(&iomem);
}

static void bad_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
	} cases[] = {
		{ "\n", 1 },
		{ "00000000-00000fff\n", 1 },
		{ "00000000-00000fff : a\nnothing\n", 2 },
		{ "00000000-00000fff : a\n\n", 2 },
		{ "00000000 00000fff : a\n", 1 },
		{ "00000000-00000fff :a\n", 1 },
		{ "00001000-00000fff : backwards\n", 1 },
		{ "00000000000000000-00000fff : 17 digits\n", 1 },
		{ "0000000g-00000fff : not hexadecimal\n", 1 },
		{ "-00000fff : no start\n", 1 },
		{ "0x0-0xfff : prefixed\n", 1 },
		{ " 00000000-00000fff : one blank\n", 1 },
		{ "  00000000-00000fff : below nothing\n", 1 },
		{ "00000000-00000fff : a\n    00000000-00000fff : skips a level\n", 2 },
		{ "\t00000000-00000fff : tab\n", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct iomem iomem;
		struct error *err = iomem_parse(cases[i].text, strlen(cases[i].text), &iomem);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_BAD_DATA);
		assert_int_equal(err->address, cases[i].line);
		error_free(err);
	}
}

static void no_text(void **state)
{
	struct iomem iomem;

	assert_fails(iomem_parse("00000000-00000fff : a\0b\n", 24, &iomem), ERROR_BAD_DATA);
}

/* Deeper than any kernel nests. */
static void deep(void **state)
{
	char text[200 * 160], *at = text;
	struct iomem iomem;

	for (int depth = 0; depth < 100; depth++)
		at += sprintf(at, "%*s00000000-00000fff : a\n", 2 * depth, "");
	assert_fails(iomem_parse(text, (size_t)(at - text), &iomem), ERROR_BAD_DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest),	  cmocka_unit_test(hidden_addresses),
		cmocka_unit_test(ram_of_drivers), cmocka_unit_test(odd_names),
		cmocka_unit_test(bad_lines),	  cmocka_unit_test(no_text),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
