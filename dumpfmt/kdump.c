// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * makedumpfile's "compressed kdump" format, also as QEMU writes it, and its ancestor diskdump:
 *
 *	block 0         the header
 *	block 1…        the sub-header and the notes
 *	then            bitmap 1: pages that exist; bitmap 2: pages that were dumped
 *	then            a descriptor for each dumped page
 *	then            the pages' data
 *
 * See makedumpfile's IMPLEMENTATION and diskdump_mod.h, QEMU's include/sysemu/dump.h.
 */
#include "dumpfmt/kdump.h"

#include "base/interrupt.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define DESC_SIZE   24
#define TAIL_DESCS  170 /* looked at together, from the end, for where the data ends */
#define TAIL_ROUNDS 64

static const struct machine {
	const char *name;
	uint16_t machine;
} machines[] = {
	{ "x86_64", EM_X86_64 },      { "i386", EM_386 },
	{ "i486", EM_386 },           { "i586", EM_386 },
	{ "i686", EM_386 },           { "aarch64", EM_AARCH64 },
	{ "aarch64_be", EM_AARCH64 }, { "ppc64", EM_PPC64 },
	{ "ppc64le", EM_PPC64 },      { "ppc", EM_PPC },
	{ "s390x", EM_S390 },         { "s390", EM_S390 },
	{ "riscv64", EM_RISCV },      { "riscv32", EM_RISCV },
	{ "loongarch64", 258 },       { "mips", EM_MIPS },
	{ "mips64", EM_MIPS },        { "ia64", EM_IA_64 },
	{ "sparc64", EM_SPARCV9 },    { "alpha", EM_ALPHA },
};

static uint16_t machine_of(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(machines); i++) {
		if (!strcmp(machines[i].name, name))
			return machines[i].machine;
	}
	return name && !strncmp(name, "arm", 3) ? EM_ARM : EM_NONE;
}

static struct error *set_detail(struct kdump *k, const struct kdump_header *h)
{
	const struct codec *codec = codec_find(h->status & CODEC_FLAGS);
	char files[40] = "";

	if (k->nr_parts > 1)
		snprintf(files, sizeof(files), ", %zu split files", k->nr_parts);
	else if (h->split)
		snprintf(files, sizeof(files), ", one file of a split set");
	k->dump->info.detail =
		arena_printf(&k->dump->arena, "%s, version %u, %s%s%s%s",
	                     h->diskdump ? "diskdump" : "makedumpfile compressed", h->version,
	                     codec ? codec->name : "uncompressed", files,
	                     h->status & KDUMP_NO_VMEMMAP ? ", vmemmap excluded" : "",
	                     k->dump->info.flattened ? ", flattened" : "");
	return k->dump->info.detail ? NULL : error_nomem();
}

static struct error *set_info(struct kdump *k, const struct kdump_header *h)
{
	struct kxdump *dump = k->dump;
	struct kxdump_info *info = &dump->info;

	info->format = "kdump";
	info->word_size = h->word_size;
	info->big_endian = h->big_endian;
	info->page_size = h->block_size;
	info->max_pfn = k->max_pfn;
	info->nr_cpus = h->nr_cpus;
	if (h->has_sub) {
		info->has_phys_base = true;
		info->phys_base = h->phys_base;
		if (h->version >= 1)
			info->dump_level = (int)h->dump_level;
	}
	info->has_time = h->seconds != 0;
	info->time = h->seconds;
	TRY(dump_string(dump, h->uts[UTS_SYSNAME], UTS_SIZE, &info->sysname));
	TRY(dump_string(dump, h->uts[UTS_NODENAME], UTS_SIZE, &info->nodename));
	TRY(dump_string(dump, h->uts[UTS_RELEASE], UTS_SIZE, &info->release));
	TRY(dump_string(dump, h->uts[UTS_VERSION], UTS_SIZE, &info->version));
	TRY(dump_string(dump, h->uts[UTS_MACHINE], UTS_SIZE, &info->machine));
	info->elf_machine = machine_of(info->machine);
	for (size_t i = 0; i < k->nr_parts; i++) {
		if (k->parts[i].header.status & KDUMP_INCOMPLETE) {
			k->doubtful = true;
			TRY(dump_partial(dump, "%s: marked incomplete by its writer",
			                 k->parts[i].source->path));
		}
	}
	return set_detail(k, h);
}

static struct error *read_notes(struct kdump *k, const struct kdump_part *part)
{
	const struct kdump_header *h = &part->header;
	struct kxdump *dump = k->dump;
	const struct kxdump_note *note;
	uint64_t size = h->vmcoreinfo_size;
	char *text;

	if (h->note_offset && h->note_size && !dump->notes.count)
		TRY(notes_read(dump, part->source, h->note_offset, h->note_size));
	note = notes_find(&dump->notes, "VMCOREINFO", 0);
	if (note) {
		dump->vmcoreinfo = note->data;
		dump->vmcoreinfo_size = note->size;
	} else if (h->vmcoreinfo_offset && size) {
		if (!source_has(part->source, h->vmcoreinfo_offset, size) ||
		    size > part->source->stored)
			return dump_partial(dump,
			                    "VMCOREINFO (%llu bytes at offset 0x%llx) lies beyond "
			                    "the end of the file",
			                    (unsigned long long)size,
			                    (unsigned long long)h->vmcoreinfo_offset);
		text = arena_alloc(&dump->arena, size + 1);
		if (!text)
			return error_nomem();
		if (error_dropped(source_read(part->source, h->vmcoreinfo_offset, text, size)))
			return dump_partial(dump, "VMCOREINFO cannot be read");
		dump->vmcoreinfo = text;
		dump->vmcoreinfo_size = size;
	}
	if (dump->vmcoreinfo)
		dump->vmcoreinfo_size = strnlen(dump->vmcoreinfo, dump->vmcoreinfo_size);
	return NULL;
}

/* How many of the @bits of a bitmap at @offset the file holds, counted from the start. */
static uint64_t bits_there(const struct source *source, uint64_t offset, uint64_t bits)
{
	bool there;
	uint64_t run = source_run(source, offset, (bits + 7) / 8, &there);

	/* The measure is the file itself: what a flattened one claims to span costs nothing. */
	return there ? min(bits, min(run, source->stored) * 8) : 0;
}

/* Lays out the bitmaps, as far as the file holds them. */
static struct error *set_bitmaps(struct kdump *k)
{
	const struct kdump_header *h = &k->parts[0].header;
	struct source *source = k->parts[0].source;
	uint64_t start = (uint64_t)(1 + h->sub_blocks) * h->block_size;
	uint64_t size = (uint64_t)h->bitmap_blocks * h->block_size, second, one;

	k->max_pfn = kdump_header_max_pfn(h);
	if (k->max_pfn > size * 8 || k->max_pfn > UINT64_MAX / h->block_size)
		return error_create(ERROR_BAD_DATA,
		                    "%s: max_mapnr is 0x%llx, but the bitmaps (%u blocks of %u "
		                    "bytes) have room for 0x%llx pages",
		                    source->path, (unsigned long long)k->max_pfn, h->bitmap_blocks,
		                    h->block_size, (unsigned long long)size * 8);
	/* Two, each of them rounded up to blocks, or one. */
	one = ((k->max_pfn + 7) / 8 + h->block_size - 1) / h->block_size;
	k->single_bitmap = h->bitmap_blocks < 2 * one;
	second = k->single_bitmap ? start : start + size / 2;
	k->desc_offset = start + size;
	bitmap_init(&k->ram, source, start, k->max_pfn);
	bitmap_init(&k->dumped, source, second, k->max_pfn);
	k->dumped.bits = bits_there(source, second, k->max_pfn);
	k->ram.bits = bits_there(source, start, k->max_pfn);
	if (k->dumped.bits == k->max_pfn && k->ram.bits == k->max_pfn)
		return NULL;
	k->doubtful = true;
	return dump_partial(k->dump,
	                    "%s: truncated: the bitmaps (%llu bytes at offset 0x%llx) lie beyond "
	                    "the end of the file (%llu bytes)",
	                    source->path, (unsigned long long)size, (unsigned long long)start,
	                    (unsigned long long)source->size);
}

/* Names the dumped pages from @start up to @end as missing, when there are any. */
static struct error *check_gap(struct kdump *k, uint64_t start, uint64_t end)
{
	uint64_t before, after;

	if (start >= end)
		return NULL;
	TRY(bitmap_rank(&k->dumped, start, &before));
	TRY(bitmap_rank(&k->dumped, end, &after));
	if (before == after)
		return NULL;
	k->doubtful = true;
	return dump_partial(k->dump,
	                    "files of the split set are missing: the %llu pages from pfn 0x%llx "
	                    "up to 0x%llx",
	                    (unsigned long long)(after - before), (unsigned long long)start,
	                    (unsigned long long)end);
}

/*
 * Whether the data of @part's last pages is in the file. Writers put data in the order of pages, so
 * that these are at the end; the shared page of zeros is elsewhere and tells nothing.
 */
static struct error *check_tail(struct kdump *k, struct kdump_part *part, uint64_t count)
{
	struct page_desc *descs = k->batch;
	size_t n;

	for (size_t round = 0; count && round < TAIL_ROUNDS; round++, count -= n) {
		bool telling = false;

		n = (size_t)min(count, (uint64_t)TAIL_DESCS);
		if (error_dropped(kdump_pages_descs(k, part, count - n, n, descs)))
			return NULL; /* a damaged source has said so */
		for (size_t i = 0; i < n; i++) {
			telling |= descs[i].offset != k->data_offset;
			if (kdump_pages_there(part, &descs[i]))
				continue;
			k->doubtful = true;
			if (!descs[i].offset) {
				if (part->header.status & KDUMP_INCOMPLETE)
					return NULL;
				return dump_partial(k->dump,
				                    "%s: pages were lost: descriptors are empty",
				                    part->source->path);
			}
			return dump_partial(k->dump,
			                    "%s: truncated: the data of pages lies beyond the end "
			                    "of the file (%llu bytes)",
			                    part->source->path,
			                    (unsigned long long)part->source->size);
		}
		if (telling)
			return NULL;
	}
	return NULL;
}

static struct error *check_part(struct kdump *k, struct kdump_part *part)
{
	uint64_t end, size;

	TRY(bitmap_rank(&k->dumped, part->start, &part->rank));
	TRY(bitmap_rank(&k->dumped, part->end, &end));
	if (part->source->damage)
		k->doubtful = true;
	size = (end - part->rank) * DESC_SIZE;
	if (!size)
		return NULL;
	if (source_has(part->source, k->desc_offset, size))
		return check_tail(k, part, end - part->rank);
	k->doubtful = true;
	return dump_partial(k->dump,
	                    "%s: truncated: the page descriptors (%llu bytes at offset 0x%llx) lie "
	                    "beyond the end of the file (%llu bytes)",
	                    part->source->path, (unsigned long long)size,
	                    (unsigned long long)k->desc_offset,
	                    (unsigned long long)part->source->size);
}

static struct error *check_parts(struct kdump *k)
{
	uint64_t total, covered = 0;

	TRY(bitmap_rank(&k->dumped, k->max_pfn, &total));
	k->data_offset = k->desc_offset + total * DESC_SIZE;
	for (size_t i = 0; i < k->nr_parts; i++) {
		TRY(check_gap(k, covered, k->parts[i].start));
		TRY(check_part(k, &k->parts[i]));
		covered = k->parts[i].end;
	}
	return check_gap(k, covered, k->max_pfn);
}

static struct error *open_kdump(struct kxdump *dump)
{
	struct kdump *k = calloc(1, sizeof(*k));

	if (!k)
		return error_nomem();
	dump->format = k;
	k->dump = dump;
	TRY(kdump_set_open(k));
	k->page_size = k->parts[0].header.block_size;
	TRY(set_bitmaps(k));
	TRY(set_info(k, &k->parts[0].header));
	TRY(kdump_pages_init(k));
	for (size_t i = 0; i < k->nr_parts && !dump->vmcoreinfo; i++)
		TRY(read_notes(k, &k->parts[i]));
	return check_parts(k);
}

static void close_kdump(struct kxdump *dump)
{
	struct kdump *k = dump->format;

	if (!k)
		return;
	kdump_pages_deinit(k);
	bitmap_deinit(&k->ram);
	bitmap_deinit(&k->dumped);
	free(k->region_marks);
	free(k->parts);
	free(k);
	dump->format = NULL;
}

static struct error *read_kdump(struct kxdump *dump, uint64_t phys, void *buf, size_t size)
{
	return kdump_pages_read(dump->format, phys, buf, size);
}

static enum kxdump_page page_state(struct kxdump *dump, uint64_t phys)
{
	struct kdump *k = dump->format;

	return kdump_page_state(k, phys / k->page_size);
}

static bool next_present(struct kxdump *dump, uint64_t phys, uint64_t *start, uint64_t *size)
{
	struct kdump *k = dump->format;
	uint64_t pfn = phys / k->page_size + (phys % k->page_size != 0), end;

	if (error_dropped(kdump_next_present(k, pfn, &pfn, &end)) || pfn >= end)
		return false;
	*start = pfn * k->page_size;
	*size = (end - pfn) * k->page_size;
	return true;
}

static size_t nr_regions(struct kxdump *dump)
{
	size_t count;

	return error_dropped(kdump_nr_regions(dump->format, &count)) ? 0 : count;
}

static struct error *region(struct kxdump *dump, size_t i, struct kxdump_region *ret)
{
	return kdump_region(dump->format, i, ret);
}

static struct error *totals(struct kxdump *dump, struct kxdump_totals *ret)
{
	return kdump_totals(dump->format, ret);
}

static void header(struct kxdump *dump, const struct dump_fields *fields)
{
	struct kdump *k = dump->format;

	kdump_header_fields(&k->parts[0].header, fields);
	for (size_t i = 0; k->nr_parts > 1 && i < k->nr_parts; i++)
		dump_field(fields, "split_file", "%s: pfns 0x%llx up to 0x%llx",
		           k->parts[i].source->path, (unsigned long long)k->parts[i].start,
		           (unsigned long long)k->parts[i].end);
}

const struct dump_ops dump_format_kdump = {
	.name = "kdump",
	.magic = { { "KDUMP   ", 8, 0 }, { "DISKDUMP", 8, 0 } },
	.open = open_kdump,
	.close = close_kdump,
	.read = read_kdump,
	.page_state = page_state,
	.next_present = next_present,
	.nr_regions = nr_regions,
	.region = region,
	.totals = totals,
	.header = header,
};
