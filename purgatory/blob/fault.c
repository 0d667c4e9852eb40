// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exceptions: told, then halted. The old kernel leaves no IDT, so one would reset the machine
 * without a word. The gates are of the Intel SDM, volume 3, 6.14.1.
 */
#include "blob.h"

_Static_assert(sizeof(struct fault_gate) == FAULT_GATE_SIZE, "for entry.S");

#define GATE_INTERRUPT 0x8e /* present, ring 0, interrupts stay off */

struct fault_gate fault_gates[FAULT_VECTORS];

static void gate_set(struct fault_gate *gate, const uint8_t *handler)
{
	uint64_t address = (uintptr_t)handler;

	gate->address_0 = (uint16_t)address;
	gate->selector = PURGATORY_CS;
	gate->type = GATE_INTERRUPT;
	gate->address_16 = (uint16_t)(address >> 16);
	gate->address_32 = (uint32_t)(address >> 32);
}

void fault_init(void)
{
	for (size_t i = 0; i < FAULT_VECTORS; i++)
		gate_set(&fault_gates[i], fault_stubs + i * FAULT_STUB_SIZE);
	gate_set(&fault_gates[FAULT_NMI], fault_nmi);
}

void fault_report(uint64_t vector, uint64_t code, uint64_t rip, uint64_t address)
{
	struct message message;

	message_start(&message);
	message_text(&message, "exception ");
	message_number(&message, vector);
	message_text(&message, ", code ");
	message_hex(&message, code);
	message_text(&message, ", at ");
	message_hex(&message, rip);
	message_text(&message, " (purgatory is at ");
	message_hex(&message, (uintptr_t)purgatory_start);
	message_text(&message, "), address ");
	message_hex(&message, address);
	message_text(&message, "\n");
	message_halt(&message);
}
