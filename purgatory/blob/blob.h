/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the blob's files know of each other. */
#ifndef PURGATORY_BLOB_H
#define PURGATORY_BLOB_H

/* Bytes at least that the stack has; the deepest path needs less than a quarter. */
#define PURGATORY_STACK_SIZE 0x4000

#define PURGATORY_CS 0x10
#define PURGATORY_DS 0x18

/* One stub of this many bytes for each of the exceptions that x86 knows. */
#define FAULT_VECTORS	32
#define FAULT_GATE_SIZE 16
#define FAULT_STUB_SIZE 16
#define FAULT_NMI	2

#ifndef __ASSEMBLER__

#include "purgatory_abi.h"

#include <stddef.h>

/* Hidden symbols are reached relative to rip; others would be looked for in a table of addresses,
 * which a blob without relocations cannot have. */
#pragma GCC visibility push(hidden)

extern uint8_t purgatory_start[];
extern struct purgatory_parameters purgatory_parameters;

/* Verifies and copies. Returns when the kernel may be entered, else never. */
void purgatory_main(void);
/* Interrupts off, for good. */
void purgatory_halt(void) __attribute__((noreturn));

/* Where messages go: @serial_port 0 and @vga false are nowhere. */
void console_set(uint16_t serial_port, int vga);
void console_write(const char *text);

/* A message in the making. What does not fit is left out. */
struct message {
	char text[2048];
	size_t length;
};
/* With the words that all of them begin with. */
void message_start(struct message *message);
void message_text(struct message *message, const char *text);
void message_number(struct message *message, uint64_t number);
void message_hex(struct message *message, uint64_t number);
void message_digest(struct message *message, const uint8_t digest[32]);
/* Says it, and halts. */
void message_halt(struct message *message) __attribute__((noreturn));

struct fault_gate {
	uint16_t address_0, selector;
	uint8_t stack, type;
	uint16_t address_16;
	uint32_t address_32, reserved;
};

/* Fills the IDT, by which a fault is told instead of resetting the machine. */
void fault_init(void);
extern struct fault_gate fault_gates[FAULT_VECTORS];
extern uint8_t fault_stubs[], fault_nmi[];
/* Called by the stubs. */
void fault_report(uint64_t vector, uint64_t code, uint64_t rip, uint64_t address)
	__attribute__((noreturn));

/* The compiler calls these whether there is a library or not. */
void *memcpy(void *target, const void *source, size_t size);
void *memset(void *target, int value, size_t size);

#pragma GCC visibility pop

#endif
#endif
