// SPDX-License-Identifier: GPL-2.0-or-later
/* Taint flags: Documentation/admin-guide/tainted-kernels.rst and kernel/panic.c of Linux. */
#include "kernel/taint.h"

#include "base/compiler.h"

static const struct {
	char letter;
	const char *meaning;
} taints[] = {
	{ 'P', "proprietary module" },
	{ 'F', "module loaded by force" },
	{ 'S', "CPU out of specification" },
	{ 'R', "module unloaded by force" },
	{ 'M', "machine check" },
	{ 'B', "bad page" },
	{ 'U', "set by user space" },
	{ 'D', "oops or BUG before" },
	{ 'A', "ACPI table overridden" },
	{ 'W', "warning before" },
	{ 'C', "staging driver" },
	{ 'I', "workaround for firmware" },
	{ 'O', "module built out of tree" },
	{ 'E', "unsigned module" },
	{ 'L', "soft lockup before" },
	{ 'K', "live patch" },
	{ 'X', "auxiliary, of the distribution" },
	{ 'T', "randomised structures" }, /* v4.18 */
	{ 'N', "in-kernel test" },	  /* v5.19 */
	{ 'J', "firmware control" },	  /* v6.15 */
};

void taint_letters(uint64_t flags, char *ret, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < 64 && len + 1 < size; i++) {
		if (flags >> i & 1)
			ret[len++] = i < ARRAY_SIZE(taints) ? taints[i].letter : '?';
	}
	if (size)
		ret[len] = 0;
}

const char *taint_meaning(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(taints); i++) {
		if (taints[i].letter == letter)
			return taints[i].meaning;
	}
	return NULL;
}
