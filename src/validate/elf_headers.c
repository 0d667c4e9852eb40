// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of an ELF dump (elf(5)): each program header in the file, its bytes in the file and
 * nobody else's. e_ehsize is not looked at: QEMU 7.2 writes the size of a pointer there. What is
 * memory without bytes (p_filesz < p_memsz) is no fault.
 */
#include "validate/extent_list.h"
#include "validate/validate.h"

#include "kxdump_check.h"

#include <elf.h>
#include <string.h>

struct headers {
	struct validation *v;
	struct kxdump_elf elf;
	struct kxdump_file file;
	/* @first: the header's number */
	struct extent_list used;    /* of the file */
	struct extent_list virtual; /* of virtual memory */
};

static struct place place(const struct headers *h, uint64_t i)
{
	return place_file(0, h->elf.phoff + i * h->elf.phentsize, h->elf.phentsize);
}

#define wrong(h, i, cause, ...)                                                                    \
	validation_find((h)->v, FINDING_FAULT, cause, place(h, i), __VA_ARGS__)

static void check_load(struct headers *h, uint64_t i, const struct kxdump_phdr *p)
{
	uint64_t end;

	if (p->filesz > p->memsz)
		wrong(h, i, CAUSE_CORRUPT,
		      "segment %llu has %llu bytes in the file and %llu in memory",
		      (unsigned long long)i, (unsigned long long)p->filesz,
		      (unsigned long long)p->memsz);
	if (p->paddr != UINT64_MAX && __builtin_add_overflow(p->paddr, p->memsz, &end) && end)
		wrong(h, i, CAUSE_CORRUPT,
		      "segment %llu, %llu bytes at physical address 0x%llx, passes the end of memory",
		      (unsigned long long)i, (unsigned long long)p->memsz,
		      (unsigned long long)p->paddr);
	if (p->flags & ~(uint32_t)(PF_R | PF_W | PF_X))
		wrong(h, i, CAUSE_CORRUPT, "segment %llu has p_flags 0x%x", (unsigned long long)i,
		      p->flags);
}

/* Of virtual memory; 0 is what writers say who do not know. */
static struct error *check_virtual(struct headers *h, uint64_t i, const struct kxdump_phdr *p)
{
	uint64_t end;

	if (!p->vaddr || !p->memsz)
		return NULL;
	if (!__builtin_add_overflow(p->vaddr, p->memsz, &end))
		return extent_list_add_apart(&h->virtual, p->vaddr, p->memsz, i);
	if (end)
		wrong(h, i, CAUSE_CORRUPT,
		      "segment %llu, %llu bytes at virtual address 0x%llx, passes the end of memory",
		      (unsigned long long)i, (unsigned long long)p->memsz,
		      (unsigned long long)p->vaddr);
	return NULL;
}

/* What it takes of the file. */
static struct error *check_bytes(struct headers *h, uint64_t i, const struct kxdump_phdr *p)
{
	uint64_t tables = h->elf.phoff + h->elf.nr_phdrs * h->elf.phentsize, end;

	if (!p->filesz)
		return NULL;
	if (__builtin_add_overflow(p->offset, p->filesz, &end) || end > h->file.size) {
		wrong(h, i,
		      p->offset > INT64_MAX || p->filesz > INT64_MAX ? CAUSE_CORRUPT : CAUSE_ABSENT,
		      "segment %llu, %llu bytes at offset 0x%llx, lies beyond the end of the file "
		      "(%llu bytes)",
		      (unsigned long long)i, (unsigned long long)p->filesz,
		      (unsigned long long)p->offset, (unsigned long long)h->file.size);
		return NULL;
	}
	if (p->offset < tables)
		wrong(h, i, CAUSE_CORRUPT,
		      "segment %llu, at offset 0x%llx, lies over the headers, which end at 0x%llx",
		      (unsigned long long)i, (unsigned long long)p->offset,
		      (unsigned long long)tables);
	return extent_list_add_apart(&h->used, p->offset, p->filesz, i);
}

static struct error *check_phdr(struct headers *h, uint64_t i)
{
	struct kxdump_phdr p;

	TRY(kxdump_check_phdr(validation_dump(h->v), i, &p));
	if (p.type == PT_LOAD) {
		check_load(h, i, &p);
		TRY(check_virtual(h, i, &p));
	} else if (p.type != PT_NOTE && p.type != PT_NULL) {
		wrong(h, i, CAUSE_CORRUPT,
		      "segment %llu has type 0x%x; expected PT_LOAD or PT_NOTE",
		      (unsigned long long)i, p.type);
	}
	return check_bytes(h, i, &p);
}

/* Bytes may be there for two segments when they are the same memory: QEMU's, by virtual address. */
static bool same_memory(struct headers *h, uint64_t a, uint64_t b)
{
	struct kxdump_phdr p, q;

	if (error_dropped(kxdump_check_phdr(validation_dump(h->v), a, &p)) ||
	    error_dropped(kxdump_check_phdr(validation_dump(h->v), b, &q)))
		return false;
	return p.type == PT_LOAD && q.type == PT_LOAD && p.paddr - p.offset == q.paddr - q.offset;
}

static void check_overlaps(struct headers *h)
{
	uint64_t end = 0, owner = 0;

	extent_list_sort(&h->used);
	for (size_t i = 0; i < h->used.count; i++) {
		const struct extent_run *run = &h->used.items[i];

		if (run->start < end && !same_memory(h, owner, run->first))
			wrong(h, run->first, CAUSE_CORRUPT,
			      "segments %llu and %llu have the same bytes of the file, from offset "
			      "0x%llx on",
			      (unsigned long long)owner, (unsigned long long)run->first,
			      (unsigned long long)run->start);
		if (run->end > end) {
			end = run->end;
			owner = run->first;
		}
	}
	if (h->elf.sections_end > end)
		end = h->elf.sections_end;
	if (h->file.size > end)
		validation_find(h->v, FINDING_FAULT, CAUSE_CORRUPT,
				place_file(0, end, h->file.size - end),
				"%llu bytes behind the last segment and section",
				(unsigned long long)(h->file.size - end));
}

/* QEMU's segments are what the page tables map, and each CPU has its own. */
static bool of_several_page_tables(struct kxdump *dump)
{
	for (size_t i = 0; i < kxdump_nr_notes(dump); i++)
		if (!strcmp(kxdump_note(dump, i)->name, "QEMU"))
			return true;
	return false;
}

/* One virtual address is one place in memory. */
static void check_virtual_overlaps(struct headers *h)
{
	const struct extent_run *widest = NULL;
	struct kxdump_phdr p, q;

	extent_list_sort(&h->virtual);
	for (size_t i = 0; i < h->virtual.count; i++) {
		const struct extent_run *run = &h->virtual.items[i];

		if (widest && run->start < widest->end &&
		    !error_dropped(kxdump_check_phdr(validation_dump(h->v), widest->first, &p)) &&
		    !error_dropped(kxdump_check_phdr(validation_dump(h->v), run->first, &q)) &&
		    p.vaddr - p.paddr != q.vaddr - q.paddr)
			wrong(h, run->first, CAUSE_CORRUPT,
			      "segments %llu and %llu are different memory at the same virtual "
			      "address 0x%llx",
			      (unsigned long long)widest->first, (unsigned long long)run->first,
			      (unsigned long long)run->start);
		if (!widest || run->end > widest->end)
			widest = run;
	}
}

static struct error *run(struct validation *v)
{
	struct headers h = { .v = v };
	struct error *err = NULL;

	if (!kxdump_check_elf(validation_dump(v), &h.elf)) {
		validation_skip(v, "the dump is not ELF");
		return NULL;
	}
	(void)kxdump_check_file(validation_dump(v), 0, &h.file);
	if (h.elf.version != EV_CURRENT)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_file(0, 20, 4),
				"e_version is %u; expected 1", h.elf.version);
	for (uint64_t i = 0; !err && i < h.elf.nr_phdrs; i++)
		err = check_phdr(&h, i);
	err = validation_find_error(v, true, place(&h, 0), err, "the program headers");
	if (!err && !kxdump_info(validation_dump(v))->live) {
		check_overlaps(&h);
		if (!of_several_page_tables(validation_dump(v)))
			check_virtual_overlaps(&h);
	}
	extent_list_deinit(&h.virtual);
	extent_list_deinit(&h.used);
	validation_looked_at(v, h.elf.nr_phdrs);
	return err;
}

const struct validate_check validate_elf_headers = {
	.name = "elf-headers",
	.family = "container",
	.summary = "segments lie outside the file, over each other, or over the headers",
	.quick = true,
	.run = run,
};
