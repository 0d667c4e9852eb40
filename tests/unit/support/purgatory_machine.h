/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor that runs purgatory's blob (unicorn), with memory, page tables, a UART and a text
 * screen. It behaves as the old kernel leaves a machine: 64-bit mode, an identity map of the memory
 * that is there and of nothing else, no stack, no IDT. Where the kernel promises nothing, it leaves
 * rubbish.
 */
#ifndef TESTS_SUPPORT_PURGATORY_MACHINE_H
#define TESTS_SUPPORT_PURGATORY_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <unicorn/unicorn.h>

#include "purgatory/purgatory.h"

#define MACHINE_COM1   0x3f8
#define MACHINE_SCREEN 0xb8000

enum machine_outcome {
	MACHINE_ENTERED, /* rip is @parameters.entry */
	MACHINE_HALTED,	 /* hlt with interrupts off, again after each wake-up */
	MACHINE_LOST,	 /* anything else */
};

struct purgatory_machine {
	uc_engine *uc;
	uint64_t base;
	unsigned int levels; /* of page tables */
	uint64_t next_table;

	/* To be filled before it runs; magic, entry and boot_params are. */
	struct purgatory_parameters parameters;
	uint16_t uart_port; /* COM1 unless changed; 0: no UART */
	bool uart_stuck;    /* never ready to send */
	uint8_t uart_line, uart_modem, uart_fifo;
	uint16_t uart_divisor;

	/* Where it may write; its own memory is there already. */
	struct {
		uint64_t start, size;
	} writable[4];
	size_t nr_writable;

	/* An exception from outside, before the instruction of this number (0: none). */
	size_t inject_at;
	uint32_t inject_vector;

	/* What it did. */
	char serial[16384];
	size_t serial_length;
	uint64_t port_reads;
	bool wrote_elsewhere, used_other_port;
	uint64_t elsewhere;
	unsigned int faults;
	uint32_t vector, code; /* of the last fault */
};

/* @levels: 4 or 5. The blob is to run at @base. */
void purgatory_machine_init(struct purgatory_machine *machine, uint64_t base, unsigned int levels);
void purgatory_machine_deinit(struct purgatory_machine *machine);

/* Memory, identity-mapped, with @data or zeros; whole pages that are there already stay. */
void purgatory_machine_memory(struct purgatory_machine *machine, uint64_t address, const void *data,
			      size_t size);
void purgatory_machine_writable(struct purgatory_machine *machine, uint64_t start, uint64_t size);
/* Adds a region of rubbish that is as it should be. */
void purgatory_machine_region(struct purgatory_machine *machine, uint64_t address, size_t size);
/* Makes the digest that of the regions as they are in memory. */
void purgatory_machine_digest(struct purgatory_machine *machine);

enum machine_outcome purgatory_machine_run(struct purgatory_machine *machine);

void purgatory_machine_read(const struct purgatory_machine *machine, uint64_t address, void *data,
			    size_t size);
uint64_t purgatory_machine_register(const struct purgatory_machine *machine, int id);
/* A row of the screen, without the blanks at its end. */
void purgatory_machine_row(const struct purgatory_machine *machine, unsigned int row,
			   char text[81]);

/* For purgatory_machine_init(). */
void purgatory_machine_devices(struct purgatory_machine *machine);

#endif
