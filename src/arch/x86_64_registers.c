// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers of x86_64 in their several places: struct elf_prstatus, struct pt_regs, the CPU's own
 * interrupt frame, struct inactive_task_frame, QEMU's CPU state note.
 */
#include "arch/x86_64.h"
#include "base/bytes.h"

const char *const x86_register_names[] = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp",    "rsp", "r8", "r9",	     "r10",
	"r11", "r12", "r13", "r14", "r15", "rip", "eflags", "cs",  "ss", "orig_rax", NULL,
};

/* Order of struct pt_regs, which elf_prstatus's user_regs_struct begins with. */
static const uint8_t pt_regs_order[21] = {
	X86_R15, X86_R14,      X86_R13, X86_R12, X86_RBP,    X86_RBX, X86_R11,
	X86_R10, X86_R9,       X86_R8,	X86_RAX, X86_RCX,    X86_RDX, X86_RSI,
	X86_RDI, X86_ORIG_RAX, X86_RIP, X86_CS,	 X86_EFLAGS, X86_RSP, X86_SS,
};

static void set_register(struct registers *regs, unsigned int reg, uint64_t value)
{
	regs->value[reg] = value;
	regs->known |= X86_BIT(reg);
}

static void take(struct bytes *b, unsigned int from, struct registers *regs)
{
	for (unsigned int i = from; i < ARRAY_SIZE(pt_regs_order); i++) {
		uint64_t value = bytes_u64(b);

		/* Segment registers are 16 bits; FRED keeps flags of its own above (v6.9). */
		if (pt_regs_order[i] == X86_CS || pt_regs_order[i] == X86_SS)
			value &= 0xffff;
		set_register(regs, pt_regs_order[i], value);
	}
}

struct error *x86_registers_from_prstatus(const void *desc, size_t size, struct registers *ret)
{
	struct bytes b = bytes_of(desc, size, false);
	struct registers regs = { 0 };

	bytes_seek(&b, 112); /* pr_reg of struct elf_prstatus */
	take(&b, 0, &regs);
	if (b.failed)
		return error_create(ERROR_BAD_DATA,
				    "NT_PRSTATUS has %zu bytes, x86_64 needs at least %d", size,
				    112 + X86_PT_REGS_SIZE);
	*ret = regs;
	return NULL;
}

struct error *x86_registers_from_pt_regs(struct arch *arch, uint64_t address, struct registers *ret)
{
	uint8_t raw[X86_PT_REGS_SIZE] = { 0 };
	struct bytes b = bytes_of(raw, sizeof(raw), false);
	struct registers regs = { 0 };

	TRY(memory_read(arch->env->memory, address, raw, sizeof(raw)));
	take(&b, 0, &regs);
	*ret = regs;
	return NULL;
}

struct error *x86_registers_from_iret(struct arch *arch, uint64_t address, struct registers *regs)
{
	uint8_t raw[X86_PT_REGS_SIZE - X86_IRET_OFFSET] = { 0 };
	struct bytes b = bytes_of(raw, sizeof(raw), false);

	TRY(memory_read(arch->env->memory, address, raw, sizeof(raw)));
	take(&b, X86_IRET_OFFSET / 8, regs);
	return NULL;
}

bool x86_registers_are_user(const struct registers *regs)
{
	return (regs->known & X86_BIT(X86_CS)) && (regs->value[X86_CS] & 3) == 3;
}

struct error *x86_registers_of_sleeping(struct arch *arch, uint64_t task, struct registers *ret)
{
	static const struct {
		const char *member;
		unsigned int reg;
	} saved[] = {
		{ "r15", X86_R15 }, { "r14", X86_R14 }, { "r13", X86_R13 },	 { "r12", X86_R12 },
		{ "bx", X86_RBX },  { "bp", X86_RBP },	{ "ret_addr", X86_RIP },
	};
	const struct arch_env *env = arch->env;
	struct registers regs = { 0 };
	uint64_t offset, size, frame;

	TRY(env->member(env->context, "task_struct", "thread.sp", &offset, &size));
	TRY(error_wrap(memory_read_word(env->memory, task + offset, &frame),
		       "saved stack pointer of task %#llx", (unsigned long long)task));
	for (size_t i = 0; i < ARRAY_SIZE(saved); i++) {
		uint64_t value;

		TRY(env->member(env->context, "inactive_task_frame", saved[i].member, &offset,
				&size));
		TRY(error_wrap(memory_read_word(env->memory, frame + offset, &value),
			       "saved registers of task %#llx", (unsigned long long)task));
		set_register(&regs, saved[i].reg, value);
	}
	TRY(env->type_size(env->context, "inactive_task_frame", &size));
	set_register(&regs, X86_RSP, frame + size);
	*ret = regs;
	return NULL;
}

struct error *x86_user_registers(struct arch *arch, uint64_t stack_low, uint64_t stack_high,
				 struct registers *ret)
{
	struct registers regs;

	/* FRED leaves 16 bytes above pt_regs (v6.9): see which of the two holds a user's frame. */
	for (unsigned int padding = 0; padding <= 16; padding += 16) {
		TRY(x86_registers_from_pt_regs(arch, stack_high - X86_PT_REGS_SIZE - padding,
					       &regs));
		if (x86_registers_are_user(&regs) && (regs.value[X86_SS] & 3) == 3) {
			*ret = regs;
			return NULL;
		}
	}
	return error_at(ERROR_NOT_FOUND, stack_high,
			"no user registers at the top of the stack %#llx",
			(unsigned long long)stack_low);
}

unsigned int x86_roots_from_cpu_note(const void *desc, size_t size, uint64_t *roots,
				     unsigned int room)
{
	/* QEMUCPUState, version 1: cr0…cr4 from byte 392 on (target/i386/arch_dump.c of QEMU). */
	struct bytes b = bytes_of(desc, size, false);
	unsigned int n = 0;
	uint64_t cr3;

	if (bytes_u32(&b) != 1)
		return 0;
	bytes_seek(&b, 392 + 3 * 8);
	cr3 = bytes_u64(&b) & ~0xfffull;
	if (b.failed)
		return 0;
	/* With page-table isolation the kernel's half of the pair is the one with bit 12 clear. */
	if (n < room && cr3 & 0x1000)
		roots[n++] = cr3 & ~0x1000ull;
	if (n < room)
		roots[n++] = cr3;
	return n;
}
