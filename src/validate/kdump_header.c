// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header and sub-header of makedumpfile's compressed format: fields against what they may hold,
 * against each other, and against the file.
 */
#include "validate/validate.h"

#include "kxdump_check.h"

#include <string.h>

#define NEWEST_VERSION 6
#define STATUS_CODECS  0x27u
#define STATUS_KNOWN   0x3fu /* codecs, incomplete, vmemmap left out */
#define LEVEL_MAX      31
#define CPUS_MAX       (1 << 16)
#define UTS_SIZE       65
#define UTS_OFFSET     12

/* Where the fields behind utsname and the time lie, by their number. */
enum { STATUS, BLOCK_SIZE, SUB_BLOCKS, BITMAP_BLOCKS, MAX_MAPNR, NR_CPUS = 9 };

static struct place field(const struct kxdump_kdump *k, unsigned int number)
{
	return place_file((unsigned int)k->file, (k->word_size == 8 ? 424u : 412u) + 4 * number, 4);
}

static struct place sub_header(const struct kxdump_kdump *k)
{
	return place_file((unsigned int)k->file, k->block_size, 0);
}

#define wrong(v, place, ...) validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place, __VA_ARGS__)

static void check_main(struct validation *v, const struct kxdump_kdump *k)
{
	uint64_t one = (k->max_pfn + 7) / 8;

	one = (one + k->block_size - 1) / k->block_size;
	if (k->version > NEWEST_VERSION)
		validation_find(
			v, FINDING_NOTE, CAUSE_CORRUPT, place_file((unsigned int)k->file, 8, 4),
			"version %u: the newest that is known is %d", k->version, NEWEST_VERSION);
	if (k->status & ~STATUS_KNOWN)
		wrong(v, field(k, STATUS), "status 0x%x has bits that have no meaning", k->status);
	if ((k->status & STATUS_CODECS) & ((k->status & STATUS_CODECS) - 1))
		wrong(v, field(k, STATUS), "status 0x%x names more than one codec", k->status);
	if (!k->max_pfn)
		wrong(v, field(k, MAX_MAPNR), "max_mapnr is 0: there is no memory");
	if (k->bitmap_blocks != 2 * one && k->bitmap_blocks != one)
		wrong(v, field(k, BITMAP_BLOCKS),
		      "bitmap_blocks is %u; two bitmaps of 0x%llx pages take %llu",
		      k->bitmap_blocks, (unsigned long long)k->max_pfn,
		      2 * (unsigned long long)one);
	if (!k->nr_cpus || k->nr_cpus > CPUS_MAX)
		wrong(v, field(k, NR_CPUS), "nr_cpus is %u", k->nr_cpus);
	if (!k->sub_blocks && k->version)
		wrong(v, field(k, SUB_BLOCKS), "version %u has a sub-header, sub_hdr_size is 0",
		      k->version);
}

static void check_names(struct validation *v, const struct kxdump_kdump *k)
{
	static const char *const names[] = { "sysname", "nodename", "release",
					     "version", "machine",  "domainname" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length = strnlen(k->uts[i], UTS_SIZE), bad = 0;

		while (bad < length && (unsigned char)k->uts[i][bad] >= ' ' &&
		       k->uts[i][bad] != 0x7f)
			bad++;
		if (length == UTS_SIZE || bad < length)
			wrong(v,
			      place_file((unsigned int)k->file, UTS_OFFSET + i * UTS_SIZE,
					 UTS_SIZE),
			      "utsname's %s is not a string: %s", names[i],
			      bad < length ? "it has control characters" : "it does not end");
	}
}

static void check_sub(struct validation *v, const struct kxdump_kdump *k)
{
	if (k->version >= 1 && k->dump_level > LEVEL_MAX)
		wrong(v, sub_header(k), "dump_level is %u; the highest is %d", k->dump_level,
		      LEVEL_MAX);
	if (k->version >= 2 && k->split > 1)
		wrong(v, sub_header(k), "split is %u; expected 0 or 1", k->split);
	if (k->split && (k->start_pfn > k->end_pfn || k->end_pfn > k->max_pfn))
		wrong(v, sub_header(k),
		      "the file's pages are from pfn 0x%llx up to 0x%llx of 0x%llx",
		      (unsigned long long)k->start_pfn, (unsigned long long)k->end_pfn,
		      (unsigned long long)k->max_pfn);
	if (k->version >= 6 && k->max_mapnr_64 && k->max_mapnr_64 < UINT32_MAX &&
	    k->max_mapnr_64 != k->max_mapnr)
		wrong(v, field(k, MAX_MAPNR), "max_mapnr is 0x%x, max_mapnr_64 0x%llx",
		      k->max_mapnr, (unsigned long long)k->max_mapnr_64);
}

/* What the sub-header points at lies behind it: before the bitmaps, or behind all else. */
static void check_pointer(struct validation *v, const struct kxdump_kdump *k,
			  const struct kxdump_file *file, const struct kxdump_extent *extent,
			  const char *what)
{
	uint64_t bitmaps = k->described.offset, end;
	bool over = __builtin_add_overflow(extent->offset, extent->size, &end);

	if (!extent->offset && !extent->size)
		return;
	if (over || end > file->size)
		wrong(v, sub_header(k),
		      "%s, %llu bytes at offset 0x%llx, lie beyond the end of the file (%llu bytes)",
		      what, (unsigned long long)extent->size, (unsigned long long)extent->offset,
		      (unsigned long long)file->size);
	else if (extent->offset < k->block_size || (extent->offset < k->data && end > bitmaps))
		wrong(v, sub_header(k),
		      "%s, %llu bytes at offset 0x%llx, lie over the header or the bitmaps", what,
		      (unsigned long long)extent->size, (unsigned long long)extent->offset);
}

static void check_file(struct validation *v, const struct kxdump_kdump *k)
{
	struct kxdump_file file = { 0 };

	(void)kxdump_check_file(validation_dump(v), k->file, &file);
	check_main(v, k);
	check_names(v, k);
	if (!k->has_sub)
		return;
	check_sub(v, k);
	check_pointer(v, k, &file, &k->vmcoreinfo, "VMCOREINFO");
	check_pointer(v, k, &file, &k->notes, "the notes");
	check_pointer(v, k, &file, &k->eraseinfo, "the eraseinfo");
}

static struct error *run(struct validation *v)
{
	struct kxdump_kdump k;
	size_t count = 0;

	for (; kxdump_check_kdump(validation_dump(v), count, &k); count++)
		check_file(v, &k);
	if (!count)
		validation_skip(v, "the dump is not of makedumpfile's compressed format");
	validation_looked_at(v, count);
	return NULL;
}

const struct validate_check validate_kdump_header = {
	.name = "kdump-header",
	.family = "container",
	.summary = "fields of the header contradict the format, each other, or the file",
	.quick = true,
	.run = run,
};
