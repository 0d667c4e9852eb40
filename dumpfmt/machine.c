// SPDX-License-Identifier: GPL-2.0-or-later
/* Machines by name, as uname -m has it (arch/ of Linux, UTS_MACHINE), and by number (elf.h). */
#include "dumpfmt/machine.h"

#include "base/compiler.h"
#include "kxdump.h"

#include <elf.h>
#include <string.h>

/* The first of several names is the one that a number is called by. */
static const struct machine {
	const char *name;
	uint16_t number;
} machines[] = {
	{ "x86_64", EM_X86_64 },      { "i386", EM_386 },      { "i486", EM_386 },
	{ "i586", EM_386 },	      { "i686", EM_386 },      { "aarch64", EM_AARCH64 },
	{ "aarch64_be", EM_AARCH64 }, { "arm", EM_ARM },       { "ppc64", EM_PPC64 },
	{ "ppc64le", EM_PPC64 },      { "ppc", EM_PPC },       { "s390x", EM_S390 },
	{ "s390", EM_S390 },	      { "riscv64", EM_RISCV }, { "riscv32", EM_RISCV },
	{ "loongarch64", 258 }, /* EM_LOONGARCH, which old headers lack */
	{ "mips", EM_MIPS },	      { "mips64", EM_MIPS },   { "ia64", EM_IA_64 },
	{ "sparc64", EM_SPARCV9 },    { "alpha", EM_ALPHA },
};

uint16_t machine_number(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(machines); i++) {
		if (!strcmp(machines[i].name, name))
			return machines[i].number;
	}
	return name && !strncmp(name, "arm", 3) ? EM_ARM : EM_NONE;
}

const char *kxdump_machine_name(uint16_t elf_machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		if (machines[i].number == elf_machine)
			return machines[i].name;
	}
	return NULL;
}
