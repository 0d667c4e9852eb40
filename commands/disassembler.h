/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machine code as text, one instruction at a time. */
#ifndef COMMANDS_DISASSEMBLER_H
#define COMMANDS_DISASSEMBLER_H

#include "commands/command.h"
#include "image/view.h"

#define DISASSEMBLER_LONGEST 16 /* bytes of an instruction, on any machine */

struct disassembler;

struct instruction {
	unsigned int size; /* bytes, never 0 */
	char mnemonic[40];
	char operands[192];
	bool has_target;
	bool may_be_number; /* the target is an operand that need not be an address */
	uint64_t target;
};

/* For the machine that uname -m calls @machine. UNSUPPORTED names it. */
must_check struct error *disassembler_create(const char *machine, struct disassembler **ret);
void disassembler_destroy(struct disassembler *disassembler);
/* The instruction at @address, in @size bytes at @code; "(bad)" when it is none. */
void disassembler_next(struct disassembler *disassembler, const uint8_t *code, size_t size,
		       uint64_t address, struct instruction *ret);

#endif
