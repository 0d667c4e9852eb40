// SPDX-License-Identifier: GPL-2.0-or-later
/* Purgatory's blob, run by unicorn: exceptions are told instead of resetting the machine. */
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE 0x12f000000ull
#define DATA 0x10000000ull

static void machine_init(struct purgatory_machine *machine, unsigned int levels)
{
	purgatory_machine_init(machine, BASE, levels);
	purgatory_machine_region(machine, DATA, 5000);
	purgatory_machine_region(machine, DATA + 0x10000, 77);
	purgatory_machine_digest(machine);
}

static bool said(const struct purgatory_machine *machine, const char *text)
{
	return strstr(machine->serial, text) != NULL;
}

/* Halts, having said @text. */
static void check_tells(struct purgatory_machine *machine, const char *text)
{
	assert_int_equal(purgatory_machine_run(machine), MACHINE_HALTED);
	assert_false(machine->wrote_elsewhere);
	assert_false(machine->used_other_port);
	if (!said(machine, text))
		print_error("no \"%s\" in: %s\n", text, machine->serial);
	assert_true(said(machine, text));
	assert_true(said(machine, "Halted.\r\n"));
}

/* Nothing is mapped where the screen should be: the fault is told on the serial port. */
static void no_screen(void **state)
{
	struct purgatory_machine machine;

	machine_init(&machine, 4);
	purgatory_machine_writable(&machine, MACHINE_SCREEN, 80 * 25 * 2);
	machine.parameters.digest[0] ^= 1;
	machine.parameters.vga = 1;
	check_tells(&machine, "SHA-256 differs");
	assert_true(said(&machine, "exception 14, code 0x2, at 0x12f0"));
	assert_true(said(&machine, "(purgatory is at 0x12f000000), address 0xb8000\r\n"));
	assert_int_equal(machine.faults, 1);
	purgatory_machine_deinit(&machine);
}

static void no_memory(void **state)
{
	struct purgatory_machine machine;

	machine_init(&machine, 5);
	machine.parameters.regions[1].start = 0x600000000;
	check_tells(&machine, "exception 14, code 0x0, at 0x12f00");
	assert_true(said(&machine, "address 0x600000000\r\n"));
	assert_int_equal(machine.faults, 1);
	purgatory_machine_deinit(&machine);
}

/* In the midst of the digest: each exception that x86 knows has a gate, and the stack is right. */
static void exceptions(void **state)
{
	for (uint32_t vector = 0; vector < 32; vector++) {
		struct purgatory_machine machine;
		char wanted[40];

		if (vector == 2)
			continue;
		machine_init(&machine, vector & 1 ? 4 : 5);
		machine.inject_at = 30000 + vector;
		machine.inject_vector = vector;
		machine.code = 0;
		snprintf(wanted, sizeof(wanted), "exception %u, code 0x0, at 0x12f00", vector);
		check_tells(&machine, wanted);
		purgatory_machine_deinit(&machine);
	}
}

/* An NMI, wherever it comes, is no reason to lose a dump: nothing of the work is upset. */
static void nmi(void **state)
{
	for (size_t at = 1500; at < 60000; at += 4447) {
		struct purgatory_machine machine;

		machine_init(&machine, at & 1 ? 4 : 5);
		machine.inject_at = at;
		machine.inject_vector = 2;
		assert_int_equal(purgatory_machine_run(&machine), MACHINE_ENTERED);
		assert_int_equal(machine.serial_length, 0);
		assert_int_equal(purgatory_machine_register(&machine, UC_X86_REG_RSI),
				 machine.parameters.boot_params);
		purgatory_machine_deinit(&machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_screen),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(exceptions),
		cmocka_unit_test(nmi),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
