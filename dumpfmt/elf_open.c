// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens an ELF dump: its segments as maps of memory, its notes, what it says of itself, and whether
 * it is a dump at all and whole.
 */
#include "dumpfmt/elf.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define ELF_INCOMPLETE 0x1 /* e_flags, makedumpfile's */

static const struct word_size {
	uint16_t machine;
	uint8_t size;
} word_sizes[] = {
	/* where the class may differ: kexec writes either */
	{ EM_386, 4 },	  { EM_ARM, 4 },     { EM_PPC, 4 },   { EM_68K, 4 },   { EM_SH, 4 },
	{ EM_X86_64, 8 }, { EM_AARCH64, 8 }, { EM_PPC64, 8 }, { EM_IA_64, 8 }, { EM_SPARCV9, 8 },
};

static uint8_t word_size_of(const struct elf_header *h)
{
	for (size_t i = 0; i < ARRAY_SIZE(word_sizes); i++) {
		if (word_sizes[i].machine == h->machine)
			return word_sizes[i].size;
	}
	return h->is_64 ? 8 : 4;
}

static struct error *keep(struct elf *elf, const struct elf_segment *segment)
{
	if (segment->type == PT_NOTE) {
		TRY(alloc_grow(&elf->notes, &elf->notes_room, elf->nr_notes + 1, sizeof(*segment)));
		elf->notes[elf->nr_notes++] = *segment;
	} else if (segment->type == PT_LOAD && (segment->memsz || segment->filesz)) {
		TRY(alloc_grow(&elf->loads, &elf->loads_room, elf->nr_loads + 1, sizeof(*segment)));
		elf->loads[elf->nr_loads++] = *segment;
	}
	return NULL;
}

/* A table that is within a sparse file's size may be mere claims. */
static struct error *check_count(const struct elf_header *h, const struct source *source)
{
	uint64_t size = h->nr_phdrs * h->phentsize;

	if (size <= source->measure || !source_has(source, h->phoff, size))
		return NULL;
	return error_create(ERROR_BAD_DATA,
			    "%s: %llu program headers of %u bytes would be more than the file has "
			    "on its disk (%llu bytes)",
			    source->path, (unsigned long long)h->nr_phdrs, h->phentsize,
			    (unsigned long long)source->measure);
}

static struct error *read_segments(struct kxdump *dump, struct elf *elf, struct source *source)
{
	for (uint64_t i = 0; i < elf->header.nr_phdrs; i++) {
		struct elf_segment segment;
		struct error *err;

		TRY(interrupt_check());
		err = elf_header_segment(source, &elf->header, i, &segment);
		if (err) { /* those that were read are of use */
			struct error *told;

			if (err->code != ERROR_BAD_DATA || !i)
				return err;
			told = dump_partial(dump, "%s", err->message);
			error_free(err);
			return told;
		}
		TRY(keep(elf, &segment));
	}
	if (!elf->nr_loads && !elf->nr_notes)
		return error_create(ERROR_BAD_DATA,
				    "%s: an ELF core file with neither memory nor notes: %llu "
				    "program headers%s%s",
				    source->path, (unsigned long long)elf->header.nr_phdrs,
				    dump->info.partial_why ? "; " : "",
				    dump->info.partial_why ? dump->info.partial_why : "");
	return NULL;
}

/* All of several segments at 0: the writer did not know. */
static bool knows_phys(const struct elf *elf)
{
	for (size_t i = 0; i < elf->nr_loads; i++) {
		if (elf->loads[i].paddr && elf->loads[i].paddr != UINT64_MAX)
			return true;
	}
	return elf->nr_loads == 1 && !elf->loads[0].paddr;
}

static bool segment_has_phys(const struct elf *elf, const struct elf_segment *segment)
{
	return elf->has_phys && segment->paddr != UINT64_MAX;
}

/* What of the segment is not in the file although it should be, as a reason. */
static struct error *check_truncated(struct kxdump *dump, const struct elf *elf,
				     const struct source *source)
{
	uint64_t end, furthest = 0;

	for (size_t i = 0; i < elf->nr_loads; i++) {
		if (__builtin_add_overflow(elf->loads[i].offset, elf->loads[i].filesz, &end))
			end = UINT64_MAX;
		if (elf->loads[i].filesz)
			furthest = max(furthest, end);
	}
	if (furthest <= source->size)
		return NULL;
	return dump_partial(dump, "%s: truncated: it has %llu bytes, its segments reach up to %llu",
			    source->path, (unsigned long long)source->size,
			    (unsigned long long)furthest);
}

static int compare_phys(const void *a, const void *b, void *context)
{
	const struct elf_segment *loads = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (loads[x].paddr != loads[y].paddr)
		return loads[x].paddr < loads[y].paddr ? -1 : 1;
	return x < y ? -1 : x > y;
}

static struct error *build_maps(struct elf *elf)
{
	if (elf->nr_loads > UINT32_MAX)
		return error_create(ERROR_UNSUPPORTED, "%zu segments", elf->nr_loads);
	TRY(alloc_array(elf->nr_loads, sizeof(*elf->order), elf->nr_loads, "segments",
			&elf->order));
	elf->has_phys = knows_phys(elf);
	for (uint32_t i = 0; i < elf->nr_loads; i++) {
		struct elf_segment *load = &elf->loads[i];

		elf->order[i] = i;
		if (!segment_has_phys(elf, load))
			load->paddr = UINT64_MAX;
		else
			TRY(elf_map_add(&elf->phys, load, i, load->paddr));
		if (elf_segment_has_virt(load))
			TRY(elf_map_add(&elf->virt, load, i, load->vaddr));
	}
	TRY(elf_map_finish(&elf->phys));
	TRY(elf_map_finish(&elf->virt));
	qsort_r(elf->order, elf->nr_loads, sizeof(*elf->order), compare_phys, elf->loads);
	return NULL;
}

/* The number after @key ("PAGESIZE=") at the start of a line of VMCOREINFO, 0 when there is none.
 */
static uint64_t vmcoreinfo_number(const struct kxdump *dump, const char *key)
{
	const char *line = dump->vmcoreinfo, *end = line ? line + dump->vmcoreinfo_size : NULL;
	size_t len = strlen(key);

	while (line && (size_t)(end - line) > len) {
		if (!memcmp(line, key, len)) /* terminated: notes have a NUL behind them */
			return strtoull(line + len, NULL, 10);
		line = memchr(line, '\n', (size_t)(end - line));
		if (line)
			line++;
	}
	return 0;
}

static struct error *read_notes(struct kxdump *dump, struct elf *elf)
{
	const struct kxdump_note *note;

	for (size_t i = 0; i < elf->nr_notes; i++) {
		TRY(interrupt_check());
		TRY(notes_read(dump, dump->sources[0], elf->notes[i].offset, elf->notes[i].filesz));
	}
	note = notes_find(&dump->notes, "VMCOREINFO", 0);
	if (note) {
		dump->vmcoreinfo = note->data;
		dump->vmcoreinfo_size = strnlen(note->data, note->size);
	}
	note = notes_find(&dump->notes, "ERASEINFO", 0); /* makedumpfile's */
	if (note) {
		dump->eraseinfo = note->data;
		dump->eraseinfo_size = note->size;
	}
	return NULL;
}

static struct error *check_process(const struct kxdump *dump, const struct elf *elf)
{
	if (notes_find(&dump->notes, "CORE", NT_AUXV) && !elf->has_phys &&
	    !notes_find(&dump->notes, "CORE", NT_TASKSTRUCT))
		return error_create(ERROR_NOT_MINE,
				    "%s: the core file of a process, not a dump of a machine",
				    dump->sources[0]->path);
	return NULL;
}

static struct error *set_info(struct kxdump *dump, struct elf *elf)
{
	const struct elf_header *h = &elf->header;
	const struct extents *extents = &elf->phys.extents;
	struct kxdump_info *info = &dump->info;
	uint64_t page_size = vmcoreinfo_number(dump, "PAGESIZE=");
	bool kcore = notes_find(&dump->notes, "CORE", NT_TASKSTRUCT) != NULL;

	info->format = kcore ? "kcore" : "elf";
	info->live = kcore && dump->sources[0]->volatile_bytes;
	if (!info->live) /* /proc/vmcore stays as it is */
		dump->sources[0]->volatile_bytes = false;
	info->elf_machine = h->machine;
	info->word_size = word_size_of(h);
	info->big_endian = h->big_endian;
	if (page_size >= 1024 && page_size <= 1 << 20 && !(page_size & (page_size - 1))) {
		info->page_size = (uint32_t)page_size;
		elf->phys.page_size = elf->virt.page_size = (uint32_t)page_size;
	}
	if (extents->count)
		info->max_pfn = extents->items[extents->count - 1].last / elf->phys.page_size + 1;
	if (!kcore && h->flags & ELF_INCOMPLETE)
		TRY(dump_partial(dump, "%s: marked incomplete by its writer",
				 dump->sources[0]->path));
	info->detail = arena_printf(
		&dump->arena, "%s, %s-endian, %zu segments%s%s%s%s", h->is_64 ? "ELF64" : "ELF32",
		h->big_endian ? "big" : "little", elf->nr_loads,
		notes_find(&dump->notes, "QEMU", 0) ? ", written by QEMU" : "",
		elf->has_phys || !elf->nr_loads ? "" : ", no physical addresses",
		info->live ? ", the running kernel" : "",
		dump->sources[0]->flattened ? ", flattened" : "");
	return info->detail ? NULL : error_nomem();
}

struct error *elf_open(struct kxdump *dump)
{
	struct source *source = dump->sources[0];
	struct elf *elf = calloc(1, sizeof(*elf));

	if (!elf)
		return error_nomem();
	dump->format = elf;
	elf_map_init(&elf->phys, source, "physical", ERROR_ABSENT);
	elf_map_init(&elf->virt, source, "virtual", ERROR_NOT_FOUND);
	TRY(elf_header_read(source, &elf->header));
	if (dump->nr_sources > 1)
		return error_create(ERROR_USAGE,
				    "%s: an ELF dump is one file, but %zu files were given",
				    source->path, dump->nr_sources);
	dump->info.big_endian = elf->header.big_endian;
	TRY(check_count(&elf->header, source));
	TRY(read_segments(dump, elf, source));
	TRY(read_notes(dump, elf));
	TRY(build_maps(elf));
	TRY(check_process(dump, elf));
	TRY(set_info(dump, elf));
	return check_truncated(dump, elf, source);
}
