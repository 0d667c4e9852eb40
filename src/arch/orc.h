/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ORC, the unwind tables that objtool makes for x86_64: for each range of text where the caller's
 * stack pointer, frame pointer and return address are. arch/x86/include/asm/orc_types.h of Linux.
 */
#ifndef ARCH_ORC_H
#define ARCH_ORC_H

#include "arch/arch.h"

/* Registers by meaning: their numbers differ between versions of the format. */
enum orc_register {
	ORC_UNDEFINED,
	ORC_PREV_SP,
	ORC_AX,
	ORC_DX,
	ORC_DI,
	ORC_BP,
	ORC_SP,
	ORC_R10,
	ORC_R13,
	ORC_BP_INDIRECT,
	ORC_SP_INDIRECT,
	ORC_INVALID,
};

enum orc_type {
	ORC_TYPE_UNKNOWN, /* nothing is known here */
	ORC_TYPE_END_OF_STACK,
	ORC_TYPE_CALL,
	ORC_TYPE_REGS,	       /* a whole struct pt_regs */
	ORC_TYPE_REGS_PARTIAL, /* only what the CPU pushed */
};

struct orc {
	int16_t sp_offset, bp_offset;
	enum orc_register sp_reg, bp_reg;
	enum orc_type type;
	bool signal; /* the frame above is an interrupted one */
};

struct orc_state;

/* Learns the version of the tables from the kernel's types and variables. */
must_check struct error *orc_create(const struct arch_env *env, struct orc_state **ret);
void orc_destroy(struct orc_state *state);
/* What holds at text address @pc. NOT_FOUND where no table covers it. */
must_check struct error *orc_find(struct orc_state *state, uint64_t pc, struct orc *ret);

#endif
