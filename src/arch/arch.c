// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures. */
#include "arch/arch.h"

#include <string.h>

#define ARCH(name) extern const struct arch_ops name##_ops;
#include "arch/arch.def"
#undef ARCH

static const struct arch_ops *const all[] = {
#define ARCH(name) &name##_ops,
#include "arch/arch.def"
#undef ARCH
};

const struct arch_ops *arch_find(uint16_t elf_machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i]->elf_machine == elf_machine)
			return all[i];
	}
	return NULL;
}

const struct arch_ops *arch_find_name(const char *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!strcmp(all[i]->name, machine))
			return all[i];
	}
	return NULL;
}
