/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of x86_64 share. */
#ifndef ARCH_X86_64_H
#define ARCH_X86_64_H

#include "arch/arch.h"

enum x86_register {
	X86_RAX,
	X86_RBX,
	X86_RCX,
	X86_RDX,
	X86_RSI,
	X86_RDI,
	X86_RBP,
	X86_RSP,
	X86_R8,
	X86_R9,
	X86_R10,
	X86_R11,
	X86_R12,
	X86_R13,
	X86_R14,
	X86_R15,
	X86_RIP,
	X86_EFLAGS,
	X86_CS,
	X86_SS,
	X86_ORIG_RAX,
	X86_NR_REGISTERS,
};

#define X86_BIT(reg) (1u << (reg))
/* struct pt_regs as the CPU and the entry code push it: 21 words. */
#define X86_PT_REGS_SIZE 168
/* Of it, the CPU pushes the last five: ip, cs, flags, sp, ss. */
#define X86_IRET_OFFSET 128

/* One of the stacks that a CPU can run on. */
struct x86_stack {
	const char *name;
	uint64_t low, high; /* [low, high) */
};

#define X86_MAX_STACKS 10

struct orc_state;

struct arch {
	const struct arch_env *env;
	bool levels_known, five_levels;
	uint64_t sme_mask;
	struct orc_state *orc; /* made at the first unwinding */
};

/* x86_64_paging.c: Intel SDM volume 3, chapter 4; arch/x86/include/asm/pgtable*.h. */
must_check struct error *x86_walk(struct arch *arch, const struct memory *physical, uint64_t root,
				  uint64_t virt, struct arch_walk *ret);

/* x86_64_registers.c */
extern const char *const x86_register_names[];
must_check struct error *x86_registers_from_prstatus(const void *desc, size_t size,
						     struct registers *ret);
must_check struct error *x86_registers_from_pt_regs(struct arch *arch, uint64_t address,
						    struct registers *ret);
/* The hardware's part of a pt_regs alone, at @address; the other registers stay as they are. */
must_check struct error *x86_registers_from_iret(struct arch *arch, uint64_t address,
						 struct registers *regs);
bool x86_registers_are_user(const struct registers *regs);
must_check struct error *x86_registers_of_sleeping(struct arch *arch, uint64_t task,
						   struct registers *ret);
must_check struct error *x86_user_registers(struct arch *arch, uint64_t stack_low,
					    uint64_t stack_high, struct registers *ret);
unsigned int x86_roots_from_cpu_note(const void *desc, size_t size, uint64_t *roots,
				     unsigned int room);

/* x86_64_stacks.c: the stacks of @cpu, at most X86_MAX_STACKS; their number. */
unsigned int x86_cpu_stacks(struct arch *arch, unsigned int cpu, struct x86_stack *ret);

/* x86_64_unwind.c */
must_check struct error *x86_unwind(struct arch *arch, const struct unwind_start *start,
				    const struct unwind_sink *sink);

#endif
