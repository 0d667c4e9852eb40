// SPDX-License-Identifier: GPL-2.0-or-later
/* Purgatory's blob, run by unicorn: something is wrong, so it says so and halts for good. */
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE   0x12f000000ull
#define DATA   0x10000000ull
#define SOURCE 0x20000000ull
#define TARGET 0x21000000ull

/* Two regions and a backup, all well yet. */
static void machine_init(struct purgatory_machine *machine, unsigned int levels)
{
	purgatory_machine_init(machine, BASE, levels);
	purgatory_machine_region(machine, DATA, 5000);
	purgatory_machine_region(machine, DATA + 0x10000, 77);
	purgatory_machine_digest(machine);
	purgatory_machine_memory(machine, SOURCE, "\x11\x22\x33", 3);
	purgatory_machine_memory(machine, TARGET, "\xee\xee\xee", 3);
	machine->parameters.backup_source = SOURCE;
	machine->parameters.backup_target = TARGET;
	machine->parameters.backup_size = 3;
	purgatory_machine_writable(machine, MACHINE_SCREEN, 80 * 25 * 2);
}

static bool said(const struct purgatory_machine *machine, const char *text)
{
	return strstr(machine->serial, text) != NULL;
}

/* Also: the backup's target is as it was. */
static void check_halted(struct purgatory_machine *machine)
{
	uint8_t target[3];

	assert_int_equal(purgatory_machine_run(machine), MACHINE_HALTED);
	assert_false(machine->wrote_elsewhere);
	assert_false(machine->used_other_port);
	purgatory_machine_read(machine, TARGET, target, sizeof(target));
	assert_memory_equal(target, "\xee\xee\xee", 3);
}

/* Halts, and the first line on the serial port has @text. */
static void check_says(struct purgatory_machine *machine, const char *text)
{
	check_halted(machine);
	assert_int_equal(strncmp(machine->serial, "kx-crash purgatory: ", 20), 0);
	if (!said(machine, text))
		print_error("no \"%s\" in: %s\n", text, machine->serial);
	assert_true(said(machine, text));
	assert_true(said(machine, "Halted.\r\n"));
}

static void hex(char text[65], const uint8_t digest[32])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void flip(struct purgatory_machine *machine, uint64_t address, unsigned int bit)
{
	uint8_t byte;

	purgatory_machine_read(machine, address, &byte, 1);
	byte ^= (uint8_t)(1u << bit);
	assert_int_equal(uc_mem_write(machine->uc, address, &byte, 1), UC_ERR_OK);
}

static void altered_region(void **state)
{
	static const uint64_t at[] = { DATA,	    DATA + 63,	    DATA + 64,
				       DATA + 4999, DATA + 0x10000, DATA + 0x10000 + 76 };

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct purgatory_machine machine;
		uint8_t expected[32];
		char wanted[65], computed[65];

		machine_init(&machine, i & 1 ? 5 : 4);
		memcpy(expected, machine.parameters.digest, sizeof(expected));
		flip(&machine, at[i], (unsigned int)i);
		purgatory_machine_digest(&machine);
		hex(computed, machine.parameters.digest);
		memcpy(machine.parameters.digest, expected, sizeof(expected));
		hex(wanted, expected);
		check_says(&machine, "SHA-256 differs");
		assert_true(said(&machine, wanted));
		assert_true(said(&machine, computed));
		assert_true(said(&machine, "over 2 regions"));
		assert_true(said(&machine, "0x10000000, size 0x1388\r\n"));
		assert_true(said(&machine, "0x10010000, size 0x4d\r\n"));
		purgatory_machine_deinit(&machine);
	}
}

/* A byte behind a region is none of its business. */
static void altered_beside(void **state)
{
	struct purgatory_machine machine;

	machine_init(&machine, 4);
	purgatory_machine_writable(&machine, TARGET, 3);
	flip(&machine, DATA + 5000, 0);
	flip(&machine, DATA + 0x10000 + 77, 7);
	assert_int_equal(purgatory_machine_run(&machine), MACHINE_ENTERED);
	purgatory_machine_deinit(&machine);
}

static void altered_digest(void **state)
{
	for (size_t i = 0; i < 32; i++) {
		struct purgatory_machine machine;

		machine_init(&machine, i & 1 ? 4 : 5);
		machine.parameters.digest[i] ^= (uint8_t)(1u << i % 8);
		check_says(&machine, "SHA-256 differs");
		purgatory_machine_deinit(&machine);
	}
}

/* All regions that there can be, at the longest addresses: nothing of the message is cut off. */
static void longest_message(void **state)
{
	struct purgatory_machine machine;

	purgatory_machine_init(&machine, BASE, 4);
	purgatory_machine_memory(&machine, TARGET, "\xee\xee\xee", 3);
	for (size_t i = 0; i < PURGATORY_MAX_REGIONS; i++)
		machine.parameters.regions[i].start = UINT64_MAX;
	machine.parameters.nr_regions = PURGATORY_MAX_REGIONS;
	check_says(&machine, "over 16 regions");
	assert_true(said(&machine, "0xffffffffffffffff, size 0x0\r\n"));
	purgatory_machine_deinit(&machine);
}

static void bad_parameters(void **state)
{
	struct purgatory_machine machine;

	for (unsigned int bit = 0; bit < 64; bit += 9) {
		machine_init(&machine, 4);
		machine.parameters.magic ^= 1ull << bit;
		check_says(&machine, "bad parameters: magic 0x");
		purgatory_machine_deinit(&machine);
	}

	machine_init(&machine, 4);
	machine.parameters.nr_regions = PURGATORY_MAX_REGIONS + 1;
	check_says(&machine, "bad parameters: number of regions 0x11");
	purgatory_machine_deinit(&machine);

	machine_init(&machine, 4);
	machine.parameters.nr_regions = UINT64_MAX;
	check_says(&machine, "bad parameters: number of regions 0xffffffffffffffff");
	purgatory_machine_deinit(&machine);

	machine_init(&machine, 4);
	machine.parameters.regions[1].size = UINT64_MAX;
	check_says(&machine, "bad parameters: size of a region");
	purgatory_machine_deinit(&machine);

	machine_init(&machine, 4);
	machine.parameters.entry = 0;
	check_says(&machine, "bad parameters: entry 0x0");
	purgatory_machine_deinit(&machine);

	machine_init(&machine, 4);
	machine.parameters.entry = BASE + PURGATORY_MEMORY - 1;
	check_says(&machine, "bad parameters: entry 0x12f007fff");
	purgatory_machine_deinit(&machine);
}

/* A backup over purgatory itself, or over its own source, would not end well. */
static void bad_backup(void **state)
{
	static const uint64_t targets[] = { BASE, BASE - 2, BASE + PURGATORY_MEMORY - 1, SOURCE + 1,
					    UINT64_MAX - 1 };
	struct purgatory_machine machine;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		machine_init(&machine, 4);
		machine.parameters.backup_target = targets[i];
		check_says(&machine, "bad parameters: backup ");
		purgatory_machine_deinit(&machine);
	}
}

/* Parameters that are not ours name no port to write to; a usual one is believed. */
static void wrong_magic_port(void **state)
{
	struct purgatory_machine machine;

	machine_init(&machine, 4);
	machine.parameters.magic = 0;
	machine.parameters.serial_port = 0xcf8;
	check_halted(&machine);
	assert_int_equal(machine.serial_length, 0);
	purgatory_machine_deinit(&machine);
}

static void silent(void **state)
{
	struct purgatory_machine machine;
	char row[81];

	machine_init(&machine, 4);
	purgatory_machine_memory(&machine, MACHINE_SCREEN, NULL, 4000);
	machine.parameters.digest[0] ^= 1;
	machine.parameters.serial_port = 0;
	check_halted(&machine);
	assert_int_equal(machine.port_reads, 0);
	assert_int_equal(machine.serial_length, 0);
	purgatory_machine_row(&machine, 0, row);
	assert_string_equal(row, "");
	purgatory_machine_deinit(&machine);
}

/* No UART at the port: the bus reads as ones. A stuck one: it does not wait forever. */
static void no_uart(void **state)
{
	struct purgatory_machine machine;

	machine_init(&machine, 4);
	machine.parameters.digest[0] ^= 1;
	machine.uart_port = 0;
	check_halted(&machine);
	purgatory_machine_deinit(&machine);

	machine_init(&machine, 4);
	machine.parameters.digest[0] ^= 1;
	machine.uart_stuck = true;
	check_halted(&machine);
	assert_int_equal(machine.serial_length, 0);
	assert_true(machine.port_reads < 1000000);
	purgatory_machine_deinit(&machine);
}

/* What another has set stays; what nobody has set becomes 115200 8n1. */
static void uart_setting(void **state)
{
	static const struct {
		uint8_t line;
		uint16_t divisor;
		uint8_t line_after;
		uint16_t divisor_after;
	} cases[] = {
		{ 0x03, 12, 0x03, 12 },	 { 0x1a, 96, 0x1a, 96 }, { 0x83, 12, 0x03, 12 },
		{ 0x00, 12, 0x03, 0x1 }, { 0x03, 0, 0x03, 0x1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct purgatory_machine machine;

		machine_init(&machine, 4);
		machine.parameters.digest[0] ^= 1;
		machine.uart_line = cases[i].line;
		machine.uart_divisor = cases[i].divisor;
		machine.uart_port = machine.parameters.serial_port = 0x2f8;
		check_says(&machine, "SHA-256 differs");
		assert_int_equal(machine.uart_line, cases[i].line_after);
		assert_int_equal(machine.uart_divisor, cases[i].divisor_after);
		purgatory_machine_deinit(&machine);
	}
}

static void screen(void **state)
{
	struct purgatory_machine machine;
	char row[81];

	machine_init(&machine, 5);
	purgatory_machine_memory(&machine, MACHINE_SCREEN, NULL, 4000);
	machine.parameters.digest[0] ^= 1;
	machine.parameters.vga = 1;
	machine.parameters.serial_port = 0;
	check_halted(&machine);
	purgatory_machine_row(&machine, 0, row);
	assert_string_equal(row,
			    "kx-crash purgatory: the loaded kernel was altered: SHA-256 differs");
	purgatory_machine_row(&machine, 1, row);
	assert_int_equal(strncmp(row, "  expected ", 11), 0);
	assert_int_equal(strlen(row), 11 + 64);
	purgatory_machine_row(&machine, 3, row);
	assert_string_equal(row, "  over 2 regions");
	purgatory_machine_row(&machine, 6, row);
	assert_string_equal(row, "The new kernel is not started. Halted.");
	purgatory_machine_deinit(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(altered_region),   cmocka_unit_test(altered_beside),
		cmocka_unit_test(altered_digest),   cmocka_unit_test(longest_message),
		cmocka_unit_test(bad_parameters),   cmocka_unit_test(bad_backup),
		cmocka_unit_test(wrong_magic_port), cmocka_unit_test(silent),
		cmocka_unit_test(no_uart),	    cmocka_unit_test(uart_setting),
		cmocka_unit_test(screen),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
