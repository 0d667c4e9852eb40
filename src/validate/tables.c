// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's page tables, from its root down, each table read once: Intel SDM volume 3 chapter 4,
 * arch/x86/include/asm/pgtable_64_types.h of Linux for what lies where.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "image/view.h"
#include "validate/reach.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define PRESENT	   1ull
#define LARGE	   (1ull << 7)
#define ADDRESS	   0x000ffffffffff000ull
#define MAX_TABLES ((size_t)1 << 22) /* they map 8 TiB in pages of 4 KiB */

enum { CPU_PHYS_BITS };
DEFINE_VIEW(cpu_view, "cpuinfo_x86", [CPU_PHYS_BITS] = FIELD("x86_phys_bits"));

struct table {
	uint64_t phys, virt; /* @virt: the lowest address that it maps */
};

struct walk {
	struct validation *v;
	uint64_t sme_mask, limit; /* @limit: one above the highest address that the CPU has */
	uint64_t page_offset, direct_end;
	struct table *tables, *next; /* of this level, and of the one below */
	size_t nr_tables, nr_next, room, room_next;
	unsigned int level; /* 4: the PGD of five levels; 0: PTEs */
	size_t seen;
	bool users; /* the tables that user mode has of the kernel's half (PTI) */
};

static uint64_t canonical(const struct walk *w, unsigned int top, uint64_t virt)
{
	unsigned int bit = 12 + 9 * (top + 1) - 1;

	return virt >> bit & 1 ? virt | ~0ull << bit : virt;
}

static int by_address(const void *a, const void *b)
{
	const struct table *x = a, *y = b;

	return x->phys < y->phys ? -1 : x->phys > y->phys;
}

/* Tables that are met again (the shadow and the espfix areas are such) are read once. */
static void keep_first(struct walk *w)
{
	size_t kept = 0;

	qsort(w->next, w->nr_next, sizeof(*w->next), by_address);
	for (size_t i = 0; i < w->nr_next; i++) {
		if (!kept || w->next[kept - 1].phys != w->next[i].phys)
			w->next[kept++] = w->next[i];
	}
	w->nr_next = kept;
}

/* The direct map: what is @page_offset above a physical address is that address. */
static void check_direct_map(struct walk *w, uint64_t virt, uint64_t phys, uint64_t at)
{
	if (virt < w->page_offset || virt >= w->direct_end || phys == virt - w->page_offset)
		return;
	validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
			"the direct map leads from %#llx to physical %#llx, not %#llx",
			(unsigned long long)virt, (unsigned long long)phys,
			(unsigned long long)(virt - w->page_offset));
}

/* What user mode maps of the kernel's half leads to where the kernel's own tables lead. */
static void check_users(struct walk *w, uint64_t virt, uint64_t phys, uint64_t at)
{
	struct arch_walk kernel;
	struct error *err = image_walk(validation_image(w->v), 0, virt, &kernel);

	if (!err && kernel.physical != phys)
		validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
				"user mode's table leads from %#llx to physical %#llx, the "
				"kernel's to %#llx",
				(unsigned long long)virt, (unsigned long long)phys,
				(unsigned long long)kernel.physical);
	if (err && err->code == ERROR_ABSENT)
		validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
				"user mode's table leads from %#llx to physical %#llx, the "
				"kernel's nowhere",
				(unsigned long long)virt, (unsigned long long)phys);
	error_free(err); /* what of the kernel's tables cannot be read is told of them */
}

static void check_leaf(struct walk *w, uint64_t virt, uint64_t entry, uint64_t at)
{
	uint64_t size = 1ull << (12 + 9 * w->level);
	uint64_t phys = entry & ADDRESS & ~w->sme_mask & ~(size - 1);

	if (w->users)
		check_users(w, virt, phys, at);
	else
		check_direct_map(w, virt, phys, at);
}

/* Those of an address are told apart: see limit. */
static bool has_reserved_bits(unsigned int level, uint64_t entry)
{
	uint64_t size = 1ull << (12 + 9 * level);

	if (level == 0 || !(entry & LARGE))
		return false;
	/* A large page lies at a multiple of its size; PAT has the lowest bit of the address. */
	return level > 2 || entry & ADDRESS & (size - 1) & ~4096ull;
}

static struct error *check_entry(struct walk *w, uint64_t virt, uint64_t entry, uint64_t at)
{
	uint64_t phys = entry & ADDRESS & ~w->sme_mask;

	if (!(entry & PRESENT))
		return NULL;
	if (phys >= w->limit) {
		validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
				"the entry for %#llx is %#llx: no CPU has such an address",
				(unsigned long long)virt, (unsigned long long)entry);
		return NULL;
	}
	if (has_reserved_bits(w->level, entry)) {
		validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
				"the entry for %#llx is %#llx: a reserved bit is set",
				(unsigned long long)virt, (unsigned long long)entry);
		return NULL;
	}
	if (w->level == 0 || entry & LARGE) {
		check_leaf(w, virt, entry, at);
		return NULL;
	}
	if (w->seen + w->nr_next >= MAX_TABLES)
		return error_at(ERROR_BAD_DATA, at, "there are more than %zu page tables",
				MAX_TABLES);
	TRY(alloc_grow(&w->next, &w->room_next, w->nr_next + 1, sizeof(*w->next)));
	w->next[w->nr_next++] = (struct table){ phys, virt };
	return NULL;
}

static struct error *read_table(struct walk *w, unsigned int top, const struct table *table)
{
	unsigned int shift = 12 + 9 * w->level;
	uint64_t entries[512];
	struct error *err = memory_read(image_physical(validation_image(w->v)), table->phys,
					entries, sizeof(entries));
	bool excluded = err && err->code == ERROR_EXCLUDED;

	w->seen++;
	validation_looked_at(w->v, 1);
	/* An ELF dump leaves out tables of zeros without saying so. */
	if (excluded && reach_severity(w->v, KXDUMP_PAGE_EXCLUDED) == FINDING_NOTE)
		return validation_find_error(w->v, false, place_physical(table->phys, 4096), err,
					     "a page table");
	if (err) {
		err = error_wrap(err, "the table of %#llx", (unsigned long long)table->virt);
		return validation_find_error(w->v, true, place_physical(table->phys, 4096), err,
					     "a page table");
	}
	/* The lower half is a process's, if anybody's. */
	for (unsigned int i = w->level == top ? 256 : 0; i < 512; i++)
		TRY(check_entry(w, canonical(w, top, table->virt | (uint64_t)i << shift),
				entries[i], table->phys + 8ull * i));
	return interrupt_check();
}

static struct error *walk_levels(struct walk *w, unsigned int top)
{
	for (w->level = top;; w->level--) {
		struct table *tables = w->tables;
		size_t room = w->room;

		w->nr_next = 0;
		for (size_t i = 0; i < w->nr_tables; i++)
			TRY(read_table(w, top, &w->tables[i]));
		if (!w->level)
			return NULL;
		keep_first(w);
		w->tables = w->next;
		w->room = w->room_next;
		w->nr_tables = w->nr_next;
		w->next = tables;
		w->room_next = room;
	}
}

/* What the kernel learnt of its CPU; without, as much as any could have. */
static uint64_t find_limit(struct image *image)
{
	uint64_t cpu, bits;

	if (error_dropped(image_symbol(image, "boot_cpu_data", &cpu)) ||
	    error_dropped(view_read(image, &cpu_view, CPU_PHYS_BITS, cpu, &bits)) || bits < 32 ||
	    bits > 52)
		bits = 52;
	return 1ull << bits;
}

/* The direct map ends where the next area begins, or by what memory there is. */
static void find_direct_map(struct walk *w)
{
	struct image *image = validation_image(w->v);
	uint64_t end;

	if (error_dropped(image_read_global(image, "page_offset_base", 0, &w->page_offset)))
		return;
	if (error_dropped(image_read_global(image, "vmalloc_base", 0, &end)) ||
	    end <= w->page_offset)
		return;
	w->direct_end = end;
}

/* All tables below @root, physical, which is of level @top. */
static struct error *walk_from(struct walk *w, uint64_t root, unsigned int top)
{
	TRY(alloc_grow(&w->tables, &w->room, 1, sizeof(*w->tables)));
	w->tables[0] = (struct table){ root, 0 };
	w->nr_tables = 1;
	return walk_levels(w, top);
}

/*
 * The kernel's own root, physical; false: not known. With page-table isolation (v4.15) that is two
 * pages, and user mode has the second one, *@users. Where it is switched off that is zeros. A
 * kernel built without it has something else there, and so may have other roots.
 */
static bool find_own_root(struct image *image, uint64_t *ret, bool *users)
{
	struct symbol symbol;
	uint64_t root;

	if (error_dropped(image_symbol(image, "init_top_pgt", &root)) ||
	    error_dropped(image_translate(image, root, ret)))
		return false;
	*users = !error_dropped(symbols_by_address(image_symbols(image), root, &symbol)) &&
		 symbol.address == root && symbol.size >= 2 * 4096;
	return true;
}

/* From the root that is in use, which may be a process's, and from the kernel's own. */
static struct error *walk_all(struct walk *w)
{
	struct image *image = validation_image(w->v);
	bool users = false;
	uint64_t own;
	uint64_t text, size, root;
	struct arch_walk found;
	unsigned int top;

	TRY(image_symbol(image, "_stext", &text));
	/* The way to the text tells the root, and how many levels there are. */
	TRY(image_walk(image, 0, text, &found));
	top = found.nr_entries - 1;
	for (size = found.entries[top].page_size; size > 4096; size >>= 9)
		top++;
	root = found.entries[0].entry_address & ~4095ull;
	TRY(walk_from(w, root, top));
	if (!find_own_root(image, &own, &users))
		return NULL;
	if (own != root)
		TRY(walk_from(w, own, top));
	w->users = true;
	return users ? walk_from(w, own + 4096, top) : NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct walk w = { .v = v };
	struct error *err;
	int64_t sme;

	if (kxdump_info(validation_dump(v))->elf_machine != EM_X86_64 && image_arch(image) &&
	    image_arch(image)->elf_machine != EM_X86_64) {
		validation_skip(v, "this architecture's tables are not known here");
		return NULL;
	}
	if (!error_dropped(image_vmcoreinfo_number(image, "sme_mask", &sme)))
		w.sme_mask = (uint64_t)sme;
	w.limit = find_limit(image);
	find_direct_map(&w);
	err = walk_all(&w);
	free(w.tables);
	free(w.next);
	return err;
}

const struct validate_check validate_page_tables = {
	.name = "page-tables",
	.family = "translation",
	.summary = "the kernel's page tables are damaged, or not in the dump",
	.needs_kernel = true,
	.run = run,
};
