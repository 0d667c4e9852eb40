// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Physical memory that several segments of an ELF dump describe (the kernel's text is one of its
 * own, over that of RAM) is the same memory: their bytes are alike, and what one has, no other
 * leaves out.
 */
#include "validate/extent_list.h"
#include "validate/validate.h"

#include "kxdump_check.h"

#include "base/alloc.h"

#include <elf.h>
#include <string.h>

#define CHUNK (64 << 10)
#define PAGE  4096u

struct aliases {
	struct validation *v;
	/* by physical address; @first: the header's number */
	struct extent_list loads;    /* what has bytes in the file */
	struct extent_list left_out; /* what has none (p_filesz < p_memsz) */
	uint8_t *a, *b;
};

static struct error *add_load(struct aliases *s, uint64_t i, const struct kxdump_phdr *p)
{
	uint64_t end;

	if (p->type != PT_LOAD || p->paddr == UINT64_MAX ||
	    __builtin_add_overflow(p->paddr, max(p->memsz, p->filesz), &end))
		return NULL;
	if (p->filesz < p->memsz)
		TRY(extent_list_add_apart(&s->left_out, p->paddr + p->filesz, p->memsz - p->filesz,
					  i));
	return p->filesz ? extent_list_add_apart(&s->loads, p->paddr, p->filesz, i) : NULL;
}

static struct error *read_loads(struct aliases *s, uint64_t count)
{
	struct kxdump_phdr p;

	for (uint64_t i = 0; i < count; i++) {
		TRY(kxdump_check_phdr(validation_dump(s->v), i, &p));
		TRY(add_load(s, i, &p));
	}
	extent_list_sort(&s->loads);
	extent_list_sort(&s->left_out);
	return NULL;
}

/* Each range that is left out, with the first that has some of it. */
static void check_left_out(struct aliases *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->left_out.count; i++) {
		const struct extent_run *out = &s->left_out.items[i], *load;

		while (at < s->loads.count && s->loads.items[at].end <= out->start)
			at++;
		load = at < s->loads.count ? &s->loads.items[at] : NULL;
		if (load && load->start < out->end)
			validation_find(
				s->v, FINDING_FAULT, CAUSE_CORRUPT,
				place_physical(max(load->start, out->start),
					       min(load->end, out->end) -
						       max(load->start, out->start)),
				"segment %llu has this memory, and segment %llu, 0x%llx bytes from "
				"0x%llx on, leaves it out",
				(unsigned long long)load->first, (unsigned long long)out->first,
				(unsigned long long)(out->end - out->start),
				(unsigned long long)out->start);
	}
	validation_looked_at(s->v, s->left_out.count);
}

static void tell(struct aliases *s, const struct extent_run *x, const struct extent_run *y,
		 uint64_t phys, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE) {
		size_t n = min((size_t)PAGE, size - at);

		if (memcmp(s->a + at, s->b + at, n) != 0)
			validation_find(
				s->v, FINDING_FAULT, CAUSE_CORRUPT, place_physical(phys + at, n),
				"segments %llu and %llu differ in this memory, which both have",
				(unsigned long long)x->first, (unsigned long long)y->first);
	}
}

/* The bytes of both segments from @start up to @end. */
static struct error *compare(struct aliases *s, const struct extent_run *x,
			     const struct extent_run *y, uint64_t start, uint64_t end)
{
	struct kxdump *dump = validation_dump(s->v);
	struct kxdump_phdr p, q;
	size_t n;

	TRY(kxdump_check_phdr(dump, x->first, &p));
	TRY(kxdump_check_phdr(dump, y->first, &q));
	if (p.paddr - p.offset == q.paddr - q.offset)
		return NULL; /* the same bytes of the file */
	for (uint64_t at = start; at < end; at += n) {
		n = (size_t)min((uint64_t)CHUNK, end - at);
		TRY(kxdump_check_read(dump, 0, p.offset + (at - p.paddr), s->a, n));
		TRY(kxdump_check_read(dump, 0, q.offset + (at - q.paddr), s->b, n));
		validation_looked_at(s->v, n / PAGE);
		if (memcmp(s->a, s->b, n) != 0)
			tell(s, x, y, at, n);
	}
	return NULL;
}

static struct error *check_loads(struct aliases *s)
{
	const struct extent_run *widest = NULL; /* of those so far, the one that ends last */

	for (size_t i = 0; i < s->loads.count; i++) {
		const struct extent_run *run = &s->loads.items[i];
		struct error *err = NULL;

		if (widest && run->start < widest->end)
			err = compare(s, widest, run, run->start, min(run->end, widest->end));
		err = validation_find_error(s->v, true, place_physical(run->start, 0), err,
					    "memory that several segments have");
		if (err)
			return err;
		if (!widest || run->end > widest->end)
			widest = run;
	}
	return NULL;
}

static struct error *run(struct validation *v)
{
	uint8_t *buffer auto_free = malloc(2 * CHUNK);
	struct aliases s = { .v = v };
	struct kxdump_elf elf;
	struct error *err;

	if (!buffer)
		return error_nomem();
	s.a = buffer;
	s.b = buffer + CHUNK;
	if (!kxdump_check_elf(validation_dump(v), &elf) || kxdump_info(validation_dump(v))->live) {
		validation_skip(v, "the dump is not an ELF file");
		return NULL;
	}
	err = read_loads(&s, elf.nr_phdrs);
	if (!err) {
		check_left_out(&s);
		err = check_loads(&s);
	}
	extent_list_deinit(&s.loads);
	extent_list_deinit(&s.left_out);
	return err;
}

const struct validate_check validate_elf_aliases = {
	.name = "elf-aliases",
	.family = "container",
	.summary = "the same memory is in the file twice and not alike, or left out once",
	.run = run,
};
