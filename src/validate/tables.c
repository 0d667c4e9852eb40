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
static void check_leaf(struct walk *w, uint64_t virt, uint64_t entry, uint64_t at)
{
	uint64_t size = 1ull << (12 + 9 * w->level);
	uint64_t phys = entry & ADDRESS & ~w->sme_mask & ~(size - 1);

	if (virt < w->page_offset || virt >= w->direct_end || phys == virt - w->page_offset)
		return;
	validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
			"the direct map leads from %#llx to physical %#llx, not %#llx",
			(unsigned long long)virt, (unsigned long long)phys,
			(unsigned long long)(virt - w->page_offset));
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
	if (w->level == 0 || (w->level <= 2 && entry & LARGE)) {
		check_leaf(w, virt, entry, at);
		return NULL;
	}
	if (w->level > 2 && entry & LARGE) {
		validation_find(w->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(at, 8),
				"the entry for %#llx is %#llx: a reserved bit is set",
				(unsigned long long)virt, (unsigned long long)entry);
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

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct walk w = { .v = v, .limit = 1ull << 52 };
	struct arch_walk root;
	struct error *err;
	uint64_t text;
	int64_t sme;

	if (kxdump_info(validation_dump(v))->elf_machine != EM_X86_64 && image_arch(image) &&
	    image_arch(image)->elf_machine != EM_X86_64) {
		validation_skip(v, "this architecture's tables are not known here");
		return NULL;
	}
	TRY(image_symbol(image, "_stext", &text));
	/* The way to the text tells the root, and how many levels there are. */
	TRY(image_walk(image, 0, text, &root));
	if (!error_dropped(image_vmcoreinfo_number(image, "sme_mask", &sme)))
		w.sme_mask = (uint64_t)sme;
	find_direct_map(&w);
	err = alloc_grow(&w.tables, &w.room, 1, sizeof(*w.tables));
	if (!err) {
		uint64_t shift = 0, size = root.entries[root.nr_entries - 1].page_size;

		while (size > 4096) {
			size >>= 9;
			shift++;
		}
		w.tables[w.nr_tables++] =
			(struct table){ root.entries[0].entry_address & ~4095ull, 0 };
		err = walk_levels(&w, (unsigned int)(root.nr_entries - 1 + shift));
	}
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
