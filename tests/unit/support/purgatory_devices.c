// SPDX-License-Identifier: GPL-2.0-or-later
/* The devices of a machine that runs purgatory: an 8250 and the VGA text screen. */
#include "support/purgatory_machine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool divisor_latch(const struct purgatory_machine *machine)
{
	return machine->uart_line & 0x80;
}

static uint32_t port_in(uc_engine *uc, uint32_t port, int size, void *context)
{
	struct purgatory_machine *machine = context;
	uint32_t index = port - machine->uart_port;

	machine->port_reads++;
	if (!machine->uart_port || index > 7)
		return 0xff;
	if (divisor_latch(machine) && index < 2)
		return (uint8_t)(machine->uart_divisor >> 8 * index);
	if (index == 3)
		return machine->uart_line;
	if (index == 4)
		return machine->uart_modem;
	if (index == 5)
		return machine->uart_stuck ? 0 : 0x60;
	return 0;
}

static void port_out(uc_engine *uc, uint32_t port, int size, uint32_t value, void *context)
{
	struct purgatory_machine *machine = context;
	uint32_t index = port - machine->uart_port;

	if (!machine->uart_port || index > 7 || size != 1) {
		machine->used_other_port = true;
	} else if (divisor_latch(machine) && index < 2) {
		machine->uart_divisor &= (uint16_t)(0xff00 >> 8 * index);
		machine->uart_divisor |= (uint16_t)(value << 8 * index);
	} else if (index == 0) {
		if (machine->serial_length + 1 < sizeof(machine->serial))
			machine->serial[machine->serial_length++] = (char)value;
	} else if (index == 2) {
		machine->uart_fifo = (uint8_t)value;
	} else if (index == 3) {
		machine->uart_line = (uint8_t)value;
	} else if (index == 4) {
		machine->uart_modem = (uint8_t)value;
	} else {
		machine->used_other_port = true;
	}
}

void purgatory_machine_devices(struct purgatory_machine *machine)
{
	uc_hook hook;

	assert_int_equal(uc_hook_add(machine->uc, &hook, UC_HOOK_INSN, (void *)port_in, machine, 1,
				     0, UC_X86_INS_IN),
			 UC_ERR_OK);
	assert_int_equal(uc_hook_add(machine->uc, &hook, UC_HOOK_INSN, (void *)port_out, machine, 1,
				     0, UC_X86_INS_OUT),
			 UC_ERR_OK);
}

void purgatory_machine_row(const struct purgatory_machine *machine, unsigned int row, char text[81])
{
	uint16_t cells[80];
	size_t length = 80;

	purgatory_machine_read(machine, MACHINE_SCREEN + row * sizeof(cells), cells, sizeof(cells));
	for (size_t i = 0; i < 80; i++)
		text[i] = (char)cells[i];
	while (length && (text[length - 1] == ' ' || !text[length - 1]))
		length--;
	text[length] = 0;
}
