/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Purgatory's ABI: all that it and those who load it must agree on.
 *
 * Purgatory is a flat, position-independent blob. It is loaded at any page and entered at its first
 * byte, in 64-bit mode with an identity map of all memory it is told of, interrupts off, no stack.
 * The loader writes a struct purgatory_parameters into it at PURGATORY_PARAMETERS, and gives the
 * segment PURGATORY_MEMORY bytes (stack and all; zero behind the blob).
 *
 * It verifies the digest (SHA-256 over the regions, in their order), copies the backup region, and
 * jumps to @entry as the 64-bit boot protocol of x86 wants it (rsi = @boot_params, its own GDT with
 * CS 0x10 and DS 0x18). When the digest is wrong it says so where @serial_port and @vga allow, and
 * halts.
 */
#ifndef PURGATORY_ABI_H
#define PURGATORY_ABI_H

#define PURGATORY_MAGIC	      0x7972677275706b78ull /* "xkpurgry" */
#define PURGATORY_PARAMETERS  16		    /* offset in the blob */
#define PURGATORY_MEMORY      0x8000		    /* bytes */
#define PURGATORY_MAX_REGIONS 16

/* In the parameters, for the blob's assembly. */
#define PURGATORY_ENTRY	      8
#define PURGATORY_BOOT_PARAMS 16

#ifndef __ASSEMBLER__

#include <stdint.h>

struct purgatory_region {
	uint64_t start, size; /* physical, bytes */
};

struct purgatory_parameters {
	uint64_t magic; /* in the blob already */
	uint64_t entry, boot_params;
	uint64_t backup_source, backup_target, backup_size; /* 0: no backup */
	uint16_t serial_port; /* 0: none; 8250 at 115200n8 or as it was left */
	uint8_t vga;	      /* 1: text at 0xb8000 */
	uint8_t reserved[5];
	uint64_t nr_regions;
	uint8_t digest[32];
	struct purgatory_region regions[PURGATORY_MAX_REGIONS];
};

#endif
#endif
