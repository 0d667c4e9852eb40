// SPDX-License-Identifier: GPL-2.0-or-later
/* Purgatory's blob, run by unicorn: all is well, so the new kernel gets the machine it asks for. */
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DATA 0x10000000ull

struct place {
	uint64_t base;
	unsigned int levels;
};

/* Below 1 MiB, below, across and above 4 GiB, at pages that are not round. Unicorn has 40 bits. */
static const struct place places[] = {
	{ 0x10000, 4 },	   { 0x2f000000, 4 },  { 0xfffff000, 4 },   { 0x7345678000, 4 },
	{ 0x2f001000, 5 }, { 0x100000000, 5 }, { 0x7345678000, 5 },
};
#define NR_PLACES (sizeof(places) / sizeof(places[0]))

static uint64_t reg(const struct purgatory_machine *machine, int id)
{
	return purgatory_machine_register(machine, id);
}

/* Linux, Documentation/arch/x86/boot.rst, "64-bit Boot Protocol". */
static void check_registers(const struct purgatory_machine *machine)
{
	static const int zero[] = {
		UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RDI,
		UC_X86_REG_RBP, UC_X86_REG_R8,	UC_X86_REG_R9,	UC_X86_REG_R10, UC_X86_REG_R11,
		UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15,
	};
	static const int data[] = { UC_X86_REG_DS, UC_X86_REG_ES, UC_X86_REG_SS, UC_X86_REG_FS,
				    UC_X86_REG_GS };
	uint64_t rsp = reg(machine, UC_X86_REG_RSP);

	assert_int_equal(reg(machine, UC_X86_REG_RSI), machine->parameters.boot_params);
	for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
		assert_int_equal(reg(machine, zero[i]), 0);
	assert_int_equal(reg(machine, UC_X86_REG_CS), 0x10);
	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		assert_int_equal(reg(machine, data[i]), 0x18);
	assert_true(rsp > machine->base && rsp <= machine->base + PURGATORY_MEMORY);
	assert_int_equal(rsp % 16, 0);
	assert_int_equal(reg(machine, UC_X86_REG_EFLAGS) & 0x600, 0);
	assert_int_equal(reg(machine, UC_X86_REG_CR0), 0x80010011);
	assert_int_equal(reg(machine, UC_X86_REG_CR4), machine->levels == 5 ? 0x1020 : 0x20);
}

/* Flat, 4 GiB: execute/read and 64-bit, read/write. The accessed bit may be set or not. */
static void check_gdt(const struct purgatory_machine *machine)
{
	uc_x86_mmr gdt;
	uint64_t descriptors[4];

	assert_int_equal(uc_reg_read(machine->uc, UC_X86_REG_GDTR, &gdt), UC_ERR_OK);
	assert_true(gdt.limit >= 0x1f);
	assert_true(gdt.base >= machine->base &&
		    gdt.base + gdt.limit < machine->base + PURGATORY_MEMORY);
	purgatory_machine_read(machine, gdt.base, descriptors, sizeof(descriptors));
	assert_int_equal(descriptors[2] & ~(1ull << 40), 0x00af9a000000ffff);
	assert_int_equal(descriptors[3] & ~(1ull << 40), 0x00cf92000000ffff);
}

static void check_entered(struct purgatory_machine *machine)
{
	assert_int_equal(purgatory_machine_run(machine), MACHINE_ENTERED);
	check_registers(machine);
	check_gdt(machine);
	assert_int_equal(machine->serial_length, 0);
	assert_int_equal(machine->faults, 0);
	assert_false(machine->used_other_port);
	assert_false(machine->wrote_elsewhere);
}

static void everywhere(void **state)
{
	for (size_t i = 0; i < NR_PLACES; i++) {
		struct purgatory_machine machine;

		purgatory_machine_init(&machine, places[i].base, places[i].levels);
		purgatory_machine_region(&machine, DATA + 3, 70001);
		purgatory_machine_region(&machine, 0x200000000, 4096);
		purgatory_machine_digest(&machine);
		check_entered(&machine);
		purgatory_machine_deinit(&machine);
	}
}

/* Regions whose ends lie around those of SHA-256's blocks, next to each other and empty. */
static void lists(void **state)
{
	static const uint64_t sizes[] = { 55,  56,  63,	 64, 119, 120, 0,    1,
					  127, 128, 129, 65, 57,  62,  4096, 4097 };

	for (size_t count = 0; count <= PURGATORY_MAX_REGIONS; count++) {
		struct purgatory_machine machine;
		uint64_t at = DATA;

		purgatory_machine_init(&machine, places[count % NR_PLACES].base,
				       places[count % NR_PLACES].levels);
		for (size_t i = 0; i < count; i++) {
			purgatory_machine_region(&machine, at, sizes[(i + count) % 16]);
			at += sizes[(i + count) % 16] + 5000 * (i % 3);
		}
		purgatory_machine_digest(&machine);
		check_entered(&machine);
		purgatory_machine_deinit(&machine);
	}
}

static void single_sizes(void **state)
{
	for (size_t size = 0; size <= 130; size++) {
		struct purgatory_machine machine;

		purgatory_machine_init(&machine, places[0].base, 4);
		purgatory_machine_region(&machine, DATA + size, size);
		purgatory_machine_digest(&machine);
		check_entered(&machine);
		purgatory_machine_deinit(&machine);
	}
}

/* FIPS 180-4's "abc", so not by the digest that our own sha256.c makes of it. */
static void known_digest(void **state)
{
	static const uint8_t abc[32] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	struct purgatory_machine machine;

	purgatory_machine_init(&machine, places[3].base, 4);
	purgatory_machine_memory(&machine, DATA, "abc", 3);
	machine.parameters.nr_regions = 3;
	for (size_t i = 0; i < 3; i++)
		machine.parameters.regions[i] = (struct purgatory_region){ DATA + i, 1 };
	memcpy(machine.parameters.digest, abc, sizeof(abc));
	check_entered(&machine);
	purgatory_machine_deinit(&machine);
}

/* The low 640 KiB go to where the capture kernel's dump looks for them. */
static void backup(void **state)
{
	static uint8_t low[0x9fc00], copy[sizeof(low) + 2];
	struct purgatory_machine machine;
	uint64_t target = 0x123450000;

	for (size_t i = 0; i < sizeof(low); i++)
		low[i] = (uint8_t)rand();
	memset(copy, 0xee, sizeof(copy));
	purgatory_machine_init(&machine, 0x2f000000, 5);
	purgatory_machine_memory(&machine, 0, low, sizeof(low));
	purgatory_machine_memory(&machine, target - 1, copy, sizeof(copy));
	purgatory_machine_region(&machine, DATA, 1000);
	purgatory_machine_digest(&machine);
	machine.parameters.backup_source = 0;
	machine.parameters.backup_target = target;
	machine.parameters.backup_size = sizeof(low);
	purgatory_machine_writable(&machine, target, sizeof(low));
	check_entered(&machine);
	purgatory_machine_read(&machine, target - 1, copy, sizeof(copy));
	assert_memory_equal(copy + 1, low, sizeof(low));
	assert_int_equal(copy[0], 0xee);
	assert_int_equal(copy[sizeof(copy) - 1], 0xee);
	purgatory_machine_deinit(&machine);
}

/* Nothing is left out of the blob: what the loader writes over is its parameters alone. */
static void head(void **state)
{
	struct purgatory_parameters in_blob;

	memcpy(&in_blob, purgatory_blob + PURGATORY_PARAMETERS, sizeof(in_blob));
	assert_int_equal(in_blob.magic, PURGATORY_MAGIC);
	for (size_t i = sizeof(in_blob.magic); i < sizeof(in_blob); i++)
		assert_int_equal(((const uint8_t *)&in_blob)[i], 0);
	assert_true(purgatory_blob_end - purgatory_blob < PURGATORY_MEMORY / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head),		cmocka_unit_test(everywhere),
		cmocka_unit_test(lists),	cmocka_unit_test(single_sizes),
		cmocka_unit_test(known_digest), cmocka_unit_test(backup),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
