// SPDX-License-Identifier: GPL-2.0-or-later
/* x86_64 as an architecture: the table that puts its files together. */
#include "arch/x86_64.h"
#include "arch/orc.h"

#include <elf.h>
#include <stdlib.h>

/* __START_KERNEL_map, where the image would be linked to without KASLR. */
#define KERNEL_MAP 0xffffffff80000000ull
/* The modules' area begins here at the latest (KERNEL_IMAGE_SIZE is 1 GiB with KASLR). */
#define KERNEL_MAP_END 0xffffffffc0000000ull

static struct error *x86_create(const struct arch_env *env, struct arch **ret)
{
	struct arch *arch = calloc(1, sizeof(*arch));

	if (!arch)
		return error_nomem();
	arch->env = env;
	*ret = arch;
	return NULL;
}

static void x86_destroy(struct arch *arch)
{
	if (!arch)
		return;
	orc_destroy(arch->orc);
	free(arch);
}

static bool x86_is_kernel(struct arch *arch, uint64_t virt)
{
	return virt >> 63;
}

static uint64_t x86_image_to_phys(uint64_t virt, int64_t phys_base)
{
	return virt - KERNEL_MAP + (uint64_t)phys_base;
}

static void x86_set_paging_levels(struct arch *arch, unsigned int levels)
{
	arch->five_levels = levels == 5;
	arch->levels_known = true;
}

const struct arch_ops x86_64_ops = {
	.name = "x86_64",
	.elf_machine = EM_X86_64,
	.register_names = x86_register_names,
	.reg_pc = X86_RIP,
	.reg_sp = X86_RSP,
	.reg_fp = X86_RBP,
	.page_shift = 12,
	.image_low = KERNEL_MAP,
	.image_high = KERNEL_MAP_END,
	.image_to_phys = x86_image_to_phys,
	.roots_from_cpu_note = x86_roots_from_cpu_note,
	.create = x86_create,
	.destroy = x86_destroy,
	.set_paging_levels = x86_set_paging_levels,
	.walk = x86_walk,
	.is_kernel = x86_is_kernel,
	.registers_from_prstatus = x86_registers_from_prstatus,
	.registers_from_pt_regs = x86_registers_from_pt_regs,
	.registers_are_user = x86_registers_are_user,
	.registers_of_sleeping = x86_registers_of_sleeping,
	.user_registers = x86_user_registers,
	.unwind = x86_unwind,
};
