// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64 page tables: Intel SDM volume 3 chapter 4; what Linux adds is in
 * arch/x86/include/asm/pgtable_types.h and pgtable-invert.h.
 */
#include "arch/x86_64.h"

#include <string.h>

#define PRESENT	 (1ull << 0)
#define RW	 (1ull << 1)
#define USER	 (1ull << 2)
#define PWT	 (1ull << 3)
#define PCD	 (1ull << 4)
#define ACCESSED (1ull << 5)
#define DIRTY	 (1ull << 6)
#define PSE	 (1ull << 7) /* a large page; PAT in the lowest level */
#define GLOBAL	 (1ull << 8)
#define PROTNONE GLOBAL /* Linux: of an entry that is not present */
#define NX	 (1ull << 63)
#define ADDRESS	 0x000ffffffffff000ull

static void add_word(char *to, size_t room, const char *word)
{
	size_t len = strlen(to);

	if (len + strlen(word) + 2 > room)
		return;
	if (len)
		to[len++] = ' ';
	strcpy(to + len, word);
}

static void describe(uint64_t entry, uint64_t page_size, char *ret, size_t room)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} words[] = {
		{ RW, "RW" },
		{ USER, "USER" },
		{ PWT, "PWT" },
		{ PCD, "PCD" },
		{ ACCESSED, "ACCESSED" },
		{ DIRTY, "DIRTY" },
		{ GLOBAL, "GLOBAL" },
		{ NX, "NX" },
	};

	ret[0] = 0;
	add_word(ret, room, entry & PRESENT ? "PRESENT" : "PROTNONE");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].bit == GLOBAL && !(entry & PRESENT))
			continue;
		if (entry & words[i].bit)
			add_word(ret, room, words[i].word);
	}
	if (page_size > 4096)
		add_word(ret, room, "PSE");
}

static void learn_levels(struct arch *arch)
{
	const struct arch_env *env = arch->env;
	uint64_t v;

	if (arch->levels_known)
		return;
	/* VMCOREINFO has both since v4.18; without it the caller set them by trial. */
	if (!error_dropped(env->number(env->context, "pgtable_l5_enabled", &v)))
		arch->five_levels = v == 1;
	if (!error_dropped(env->number(env->context, "sme_mask", &v)))
		arch->sme_mask = v;
	arch->levels_known = true;
}

/* Where a leaf entry points: entries of PROT_NONE hold the address turned over (L1TF). */
static uint64_t leaf_address(const struct arch *arch, uint64_t entry, uint64_t page_size)
{
	if (!(entry & PRESENT))
		entry ^= ADDRESS;
	return entry & ADDRESS & ~arch->sme_mask & ~(page_size - 1);
}

struct error *x86_walk(struct arch *arch, const struct memory *physical, uint64_t root,
		       uint64_t virt, struct arch_walk *ret)
{
	static const char *const names[] = { "PTE", "PMD", "PUD", "P4D", "PGD" };
	uint64_t table = root & ADDRESS;
	int top;

	learn_levels(arch);
	top = arch->five_levels ? 4 : 3;
	memset(ret, 0, sizeof(*ret));
	for (int level = top; level >= 0; level--) {
		unsigned int shift = 12 + 9 * (unsigned int)level;
		struct arch_walk_entry *e = &ret->entries[ret->nr_entries];
		uint64_t value;

		ret->absent = 1ull << shift;
		e->level = level == top ? "PGD" : names[level];
		e->entry_address = table + 8 * (virt >> shift & 511);
		TRY(error_wrap(memory_read_number(physical, e->entry_address, 8, &value),
			       "%s entry for %#llx", e->level, (unsigned long long)virt));
		e->value = value;
		ret->nr_entries++;
		if (!(value & PRESENT) && !(value & PROTNONE && value & ADDRESS))
			return error_at(ERROR_ABSENT, virt, "0x%llx is not mapped (%s is 0x%llx)",
					(unsigned long long)virt, e->level,
					(unsigned long long)value);
		if (level == 0 || ((level == 1 || level == 2) && value & PSE)) {
			e->page_size = 1ull << shift;
			ret->absent = 0;
			ret->physical = leaf_address(arch, value, e->page_size) |
					(virt & (e->page_size - 1));
			describe(value, e->page_size, ret->flags, sizeof(ret->flags));
			return NULL;
		}
		if (!(value & PRESENT))
			return error_at(ERROR_ABSENT, virt, "0x%llx is not mapped (%s is 0x%llx)",
					(unsigned long long)virt, e->level,
					(unsigned long long)value);
		table = value & ADDRESS & ~arch->sme_mask;
	}
	return error_at(ERROR_BAD_DATA, virt, "the page table of %#llx has no last level",
			(unsigned long long)virt);
}
