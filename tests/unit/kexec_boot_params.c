// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/boot_params*.c: the zero page by zero-page.rst and bootparam.h, as a kernel walks it. */
#include "base/text.h"
#include "kexec/boot_params.h"
#include "support/made_kernel.h"
#include "support/made_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct made {
	struct machine machine;
	struct text_bytes kernel;
	struct kernel_image image;
	struct plan_options options;
	struct plan plan;
	const struct plan_segment *params;
};

static void made_open(struct made *m, const char *iomem, bool efi)
{
	*m = (struct made){ .options = { .crash = true, .command_line = "quiet" } };
	made_machine(iomem, 1, &m->machine);
	if (efi)
		made_machine_efi(&m->machine);
	made_bzimage(&made_bzimage_default, &m->kernel);
	assert_null(kernel_image_open_bytes("made", m->kernel.data, m->kernel.size, &m->image));
}

static void made_plan(struct made *m)
{
	struct error *err = plan_make(&m->machine, &m->image, NULL, 0, &m->options, &m->plan);

	if (err)
		fail_msg("%s", err->message);
	m->params = plan_find(&m->plan, "boot_params");
	assert_non_null(m->params);
}

static void made_close(struct made *m)
{
	plan_deinit(&m->plan);
	kernel_image_close(&m->image);
	machine_deinit(&m->machine);
	free(m->kernel.data);
}

static uint64_t get(const struct made *m, size_t offset, size_t size)
{
	uint64_t value = 0;

	assert_true(offset + size <= m->params->size);
	memcpy(&value, m->params->data + offset, size);
	return value;
}

/* Walks the chain of struct setup_data; the offset of @type's payload in the segment, 0: none. */
static size_t setup_data(const struct made *m, uint32_t type, uint32_t *size)
{
	uint64_t address = get(m, 0x250, 8);

	for (unsigned int i = 0; address; i++) {
		size_t at = (size_t)(address - m->params->address);

		assert_true(i < 8);
		assert_true(address > m->params->address);
		*size = (uint32_t)get(m, at + 12, 4);
		assert_true(at + 16 + *size <= m->params->size);
		if (get(m, at + 8, 4) == type)
			return at + 16;
		address = get(m, at, 8);
	}
	return 0;
}

static void a_pc(void **state)
{
	static const struct {
		uint64_t start, size;
		uint32_t type;
	} first[] = {
		{ 0x0, 0x1000, 2 },
		{ 0x1000, 0x9ec00, 1 },
		{ 0x9fc00, 0x400, 2 },
	};
	struct made m;
	uint32_t size;

	made_open(&m, made_iomem_pc, false);
	m.machine.acpi_rsdp = MADE_RSDP;
	made_plan(&m);
	assert_int_equal(get(&m, 0x1e8, 1), m.plan.memory_map.count);
	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		assert_int_equal(get(&m, 0x2d0 + 20 * i, 8), first[i].start);
		assert_int_equal(get(&m, 0x2d0 + 20 * i + 8, 8), first[i].size);
		assert_int_equal(get(&m, 0x2d0 + 20 * i + 16, 4), first[i].type);
	}
	assert_int_equal(get(&m, 0x70, 8), MADE_RSDP);
	assert_int_equal(get(&m, 0x210, 1), 0xd0);
	assert_int_equal(get(&m, 0x211, 1), 1);
	assert_int_equal(get(&m, 0x218, 8), 0);
	assert_int_equal(get(&m, 0x1c0, 4), 0);
	/* A seed, and nothing else. */
	assert_true(setup_data(&m, 9, &size));
	assert_int_equal(size, 32);
	assert_int_equal(setup_data(&m, 4, &size), 0);
	assert_int_equal(setup_data(&m, 1, &size), 0);
	made_close(&m);
}

static void efi(void **state)
{
	struct made m;
	size_t map, setup;
	uint32_t size;

	made_open(&m, made_iomem_pc, true);
	made_plan(&m);
	assert_true(m.plan.has_efi);
	/* From the running kernel's: screen_info, the system table. */
	assert_int_equal(get(&m, 0x0f, 1), 0x70);
	assert_int_equal(get(&m, 0x1c0, 4), 0x34364c45);
	assert_int_equal(get(&m, 0x1c4, 4), 0x1000);
	assert_int_equal(get(&m, 0x1d8, 4), 7);
	/* The map: 40 bytes each, version 1. */
	assert_int_equal(get(&m, 0x1c8, 4), 40);
	assert_int_equal(get(&m, 0x1cc, 4), 1);
	assert_int_equal(get(&m, 0x1d4, 4), 80);
	map = (size_t)(get(&m, 0x1d0, 4) - m.params->address);
	assert_int_equal(get(&m, map, 4), 5);
	assert_int_equal(get(&m, map + 8, 8), 0x3f8ed000);
	assert_int_equal(get(&m, map + 16, 8), 0xfffffffeffe6d000);
	assert_int_equal(get(&m, map + 24, 8), 0x100);
	assert_int_equal(get(&m, map + 32, 8), 0x800000000000000f);
	assert_int_equal(get(&m, map + 40, 4), 6);
	setup = setup_data(&m, 4, &size);
	assert_true(setup);
	assert_int_equal(size, 96);
	assert_int_equal(get(&m, setup, 8), 0x3f9a0000);
	assert_int_equal(get(&m, setup + 8, 8), 0x3f9b0000);
	assert_int_equal(get(&m, setup + 16, 8), 0x3f9c0000);
	assert_int_equal(get(&m, setup + 24, 8), 0x3f9d0000);
	assert_null(strstr(m.plan.command_line, "acpi_rsdp"));
	made_close(&m);
}

/* A kernel that cannot use them is told where ACPI's tables are. */
static void without_efi(void **state)
{
	struct made m;
	uint32_t size;

	made_open(&m, made_iomem_pc, true);
	m.image.efi_kexec = false;
	made_plan(&m);
	assert_false(m.plan.has_efi);
	assert_int_equal(get(&m, 0x1c0, 4), 0);
	assert_int_equal(setup_data(&m, 4, &size), 0);
	assert_non_null(strstr(m.plan.command_line, " acpi_rsdp=0xf59d0 quiet"));
	plan_deinit(&m.plan);

	m.image.efi_kexec = true;
	m.options.no_efi = true;
	m.options.command_line = "acpi_rsdp=0x1234";
	made_plan(&m);
	assert_int_equal(get(&m, 0x1c0, 4), 0);
	assert_null(strstr(m.plan.command_line, "acpi_rsdp=0xf59d0"));
	made_close(&m);
}

/* 200 reserved ranges below the crash region: the table in the zero page has 128 entries. */
static void fragmented(void **state)
{
	auto_text iomem = { 0 };
	struct made m;
	uint64_t ram = 0;
	uint32_t size, reserved = 0;
	size_t more;

	text_adds(&iomem, "00001000-0009fbff : System RAM\n");
	for (unsigned int i = 0; i < 200; i++)
		text_addf(&iomem, "%08x-%08x : Reserved\n", 0x100000 + i * 0x2000,
			  0x100fff + i * 0x2000);
	text_adds(&iomem, "01000000-3fffffff : System RAM\n"
			  "  30000000-3bffffff : Crash kernel\n");
	made_open(&m, text_string(&iomem), false);
	made_plan(&m);
	assert_int_equal(m.plan.memory_map.count, 202);
	assert_int_equal(get(&m, 0x1e8, 1), 128);
	more = setup_data(&m, 1, &size);
	assert_true(more);
	assert_int_equal(size, (202 - 128) * 20);
	/* All RAM is in the zero page itself; nothing is lost, nothing twice. */
	for (size_t i = 0; i < 202; i++) {
		size_t at = i < 128 ? 0x2d0 + i * 20 : more + (i - 128) * 20;
		uint64_t type = get(&m, at + 16, 4);

		if (type == MEMORY_RAM) {
			assert_true(i < 2);
			ram += get(&m, at + 8, 8);
		} else {
			assert_int_equal(type, MEMORY_RESERVED);
			assert_int_equal(get(&m, at, 8), 0x100000 + reserved++ * 0x2000);
			assert_int_equal(get(&m, at + 8, 8), 0x1000);
		}
	}
	assert_int_equal(reserved, 200);
	assert_int_equal(ram, 0x9ec00 + 0xc000000 - m.plan.elfcorehdr_size);
	made_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pc),
		cmocka_unit_test(efi),
		cmocka_unit_test(without_efi),
		cmocka_unit_test(fragmented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
