// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stacks that a CPU switches to: arch/x86/kernel/dumpstack_64.c, irq_64.c and
 * include/asm/cpu_entry_area.h of Linux.
 */
#include "arch/x86_64.h"

#define MAX_STACK_SIZE	 (1 << 20)
#define IRQ_STACK_SIZE	 16384
#define ENTRY_STACK_SIZE 512

struct stacks {
	struct arch *arch;
	unsigned int cpu, count;
	struct x86_stack *ret;
};

/* A size comes from the kernel's types, and a stack is looked through word by word. */
static void add(struct stacks *s, const char *name, uint64_t low, uint64_t size)
{
	if (s->count < X86_MAX_STACKS && low && size && size <= MAX_STACK_SIZE && low + size > low)
		s->ret[s->count++] = (struct x86_stack){ name, low, low + size };
}

/* The value of a per-CPU pointer. */
static bool per_cpu_value(struct stacks *s, const char *name, uint64_t offset, uint64_t *ret)
{
	const struct arch_env *env = s->arch->env;
	uint64_t address;

	return !error_dropped(env->per_cpu(env->context, name, s->cpu, &address)) &&
	       !error_dropped(memory_read_word(env->memory, address + offset, ret)) && *ret;
}

static void add_irq_stack(struct stacks *s)
{
	const struct arch_env *env = s->arch->env;
	uint64_t top, size, offset = 0, width;

	if (error_dropped(env->type_size(env->context, "irq_stack", &size)) || !size)
		size = IRQ_STACK_SIZE;
	/* In pcpu_hot from v6.2 to v6.14 (d7b6d709a76a, 01157ddc58dc); irq_stack_ptr before v5.2.
	 */
	if (!per_cpu_value(s, "hardirq_stack_ptr", 0, &top) &&
	    (error_dropped(
		     env->member(env->context, "pcpu_hot", "hardirq_stack_ptr", &offset, &width)) ||
	     !per_cpu_value(s, "pcpu_hot", offset, &top)) &&
	    !per_cpu_value(s, "irq_stack_ptr", 0, &top))
		return;
	/* Since v5.12 (e7f890017971) it points at the topmost word, before that above it. */
	top = (top + 4095) & ~4095ull;
	add(s, "irq", top - size, size);
}

static void add_exception_stacks(struct stacks *s)
{
	static const struct {
		const char *name, *member;
	} stacks[] = {
		{ "#DF", "DF_stack" },	{ "nmi", "NMI_stack" }, { "#DB", "DB_stack" },
		{ "#MC", "MCE_stack" }, { "#VC", "VC_stack" },	{ "#VC2", "VC2_stack" },
	};
	const struct arch_env *env = s->arch->env;
	uint64_t base, offset, size;

	/* Since v5.2 (7623f37e4113). */
	if (!per_cpu_value(s, "cea_exception_stacks", 0, &base))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		if (!error_dropped(env->member(env->context, "cea_exception_stacks",
					       stacks[i].member, &offset, &size)))
			add(s, stacks[i].name, base + offset, size);
	}
}

/* The stack on which the CPU enters the kernel from user mode, before it switches to the task's. */
static void add_entry_stack(struct stacks *s)
{
	const struct arch_env *env = s->arch->env;
	uint64_t offset, width, top, size;

	if (error_dropped(
		    env->member(env->context, "tss_struct", "x86_tss.sp0", &offset, &width)) ||
	    !per_cpu_value(s, "cpu_tss_rw", offset, &top))
		return;
	if (error_dropped(env->type_size(env->context, "entry_stack", &size)) || !size)
		size = ENTRY_STACK_SIZE;
	add(s, "entry", top - size, size);
}

unsigned int x86_cpu_stacks(struct arch *arch, unsigned int cpu, struct x86_stack *ret)
{
	struct stacks s = { .arch = arch, .cpu = cpu, .ret = ret };

	if (cpu == UINT32_MAX)
		return 0;
	add_irq_stack(&s);
	add_exception_stacks(&s);
	add_entry_stack(&s);
	return s.count;
}
