// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * struct disk_dump_header and struct kdump_sub_header of makedumpfile's diskdump_mod.h, as its file
 * IMPLEMENTATION describes them. Neither says its byte order nor the size of its longs: they are
 * those of the dumped machine, and the ones that make the header plausible are taken.
 */
#include "dumpfmt/kdump_header.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

#define SIGNATURE_SIZE	8
#define UTS_OFFSET	12
#define HEADER_SIZE_32	452
#define HEADER_SIZE_64	464
#define SUB_SIZE_MAX	104
#define VERSION_MAX	64 /* 6 is the newest that is known; later ones have only added fields */
#define BLOCK_SIZE_MIN	1024
#define BLOCK_SIZE_MAX	(1 << 20)
#define SUB_BLOCKS_MAX	(1 << 20)
#define NR_BLOCKS_LIMIT INT32_MAX

static uint64_t get_long(struct bytes *b, uint8_t word_size)
{
	return bytes_number(b, word_size);
}

static void decode_main(struct bytes *b, struct kdump_header *h)
{
	h->version = (bytes_seek(b, SIGNATURE_SIZE), bytes_u32(b));
	bytes_seek(b, UTS_OFFSET);
	for (size_t i = 0; i < NR_UTS; i++) {
		const uint8_t *text = bytes_take(b, UTS_SIZE);

		if (text)
			memcpy(h->uts[i], text, UTS_SIZE);
	}
	bytes_seek(b, (b->at + h->word_size - 1) & ~(size_t)(h->word_size - 1));
	h->seconds = (int64_t)sign_extend(get_long(b, h->word_size), h->word_size * 8u);
	h->microseconds = (int64_t)sign_extend(get_long(b, h->word_size), h->word_size * 8u);
	h->status = bytes_u32(b);
	h->block_size = bytes_u32(b);
	h->sub_blocks = bytes_u32(b);
	h->bitmap_blocks = bytes_u32(b);
	h->max_mapnr = bytes_u32(b);
	h->ram_blocks = bytes_u32(b);
	h->device_blocks = bytes_u32(b);
	h->written_blocks = bytes_u32(b);
	h->current_cpu = bytes_u32(b);
	h->nr_cpus = bytes_u32(b);
}

static bool plausible(const struct kdump_header *h)
{
	return h->version <= VERSION_MAX && h->block_size >= BLOCK_SIZE_MIN &&
	       h->block_size <= BLOCK_SIZE_MAX && !(h->block_size & (h->block_size - 1)) &&
	       h->sub_blocks <= SUB_BLOCKS_MAX && h->bitmap_blocks <= NR_BLOCKS_LIMIT;
}

static struct error *implausible(const struct source *source, const uint8_t *data)
{
	return error_create(
		ERROR_BAD_DATA,
		"%s: the header makes no sense in either byte order: version 0x%08x, "
		"block_size 0x%08x (64-bit) or 0x%08x (32-bit), sub_hdr_size 0x%08x or "
		"0x%08x; expected a version up to %d, a power of two from %d to %d, and "
		"less than %d",
		source->path, (uint32_t)load_number(data + 8, 4, false),
		(uint32_t)load_number(data + 428, 4, false),
		(uint32_t)load_number(data + 416, 4, false),
		(uint32_t)load_number(data + 432, 4, false),
		(uint32_t)load_number(data + 420, 4, false), VERSION_MAX, BLOCK_SIZE_MIN,
		BLOCK_SIZE_MAX, SUB_BLOCKS_MAX);
}

/* Decodes the main header as the first layout that makes sense. */
static bool decode_any(const uint8_t *data, size_t size, struct kdump_header *ret)
{
	for (size_t i = 0; i < 4; i++) {
		struct kdump_header h = { .word_size = i < 2 ? 8 : 4, .big_endian = i & 1 };
		struct bytes b = bytes_of(data, size, h.big_endian);

		decode_main(&b, &h);
		if (!b.failed && plausible(&h)) {
			*ret = h;
			return true;
		}
	}
	return false;
}

/* A 64-bit field, which compilers of 32-bit machines align to 4 or to 8 bytes. */
static uint64_t get_offset(struct bytes *b, const struct kdump_header *h)
{
	if (h->word_size == 8 || h->padded)
		bytes_seek(b, (b->at + 7) & ~(size_t)7);
	return bytes_u64(b);
}

static void decode_sub(const uint8_t *data, struct kdump_header *h)
{
	struct bytes b = bytes_of(data, SUB_SIZE_MAX, h->big_endian);

	h->phys_base = (int64_t)sign_extend(get_long(&b, h->word_size), h->word_size * 8u);
	if (h->version >= 1)
		h->dump_level = bytes_u32(&b);
	if (h->version >= 2) {
		h->split = bytes_u32(&b);
		h->start_pfn = get_long(&b, h->word_size);
		h->end_pfn = get_long(&b, h->word_size);
	}
	if (h->version >= 3) {
		h->vmcoreinfo_offset = get_offset(&b, h);
		h->vmcoreinfo_size = get_long(&b, h->word_size);
	}
	if (h->version >= 4) {
		h->note_offset = get_offset(&b, h);
		h->note_size = get_long(&b, h->word_size);
	}
	if (h->version >= 5) {
		h->erase_offset = get_offset(&b, h);
		h->erase_size = get_long(&b, h->word_size);
	}
	if (h->version >= 6) {
		h->start_pfn_64 = get_offset(&b, h);
		h->end_pfn_64 = get_offset(&b, h);
		h->max_mapnr_64 = get_offset(&b, h);
	}
}

/* Whether @size bytes at @offset may be what a sub-header points at: none, or in the file. */
static unsigned int pointer_score(const struct source *source, const struct kdump_header *h,
				  uint64_t offset, uint64_t size)
{
	if (!offset && !size)
		return 1;
	return offset >= h->block_size && size && source_has(source, offset, size) ? 2 : 0;
}

static unsigned int sub_score(const struct source *source, const struct kdump_header *h)
{
	return pointer_score(source, h, h->vmcoreinfo_offset, h->vmcoreinfo_size) +
	       pointer_score(source, h, h->note_offset, h->note_size) +
	       pointer_score(source, h, h->erase_offset, h->erase_size) +
	       (h->max_mapnr_64 <= UINT32_MAX && (uint32_t)h->max_mapnr_64 == h->max_mapnr ? 2 : 0);
}

/* Bytes of the sub-header that must be there, packed. */
static size_t sub_size(const struct kdump_header *h)
{
	static const uint8_t sizes_32[] = { 4, 8, 20, 32, 44, 56, 80 };
	static const uint8_t sizes_64[] = { 8, 12, 32, 48, 64, 80, 104 };
	uint32_t version = min(h->version, (uint32_t)ARRAY_SIZE(sizes_64) - 1);

	return h->word_size == 8 ? sizes_64[version] : sizes_32[version];
}

static struct error *read_sub(struct source *source, struct kdump_header *h)
{
	uint8_t data[SUB_SIZE_MAX] = { 0 };
	struct kdump_header padded;
	size_t size;

	TRY(source_read_some(source, h->block_size, data, sizeof(data), &size));
	if (size < sub_size(h))
		return error_at(ERROR_BAD_DATA, h->block_size + size,
				"%s: the sub-header at offset 0x%x lies beyond the end of the file "
				"(truncated): it has %llu bytes",
				source->path, h->block_size, (unsigned long long)source->size);
	padded = *h;
	padded.padded = true;
	decode_sub(data, h);
	h->has_sub = true;
	if (h->word_size == 8)
		return NULL;
	decode_sub(data, &padded);
	padded.has_sub = true;
	/* QEMU packs the structure for every 32-bit machine. */
	if (sub_score(source, &padded) > sub_score(source, h))
		*h = padded;
	return NULL;
}

struct error *kdump_header_read(struct source *source, struct kdump_header *ret)
{
	uint8_t data[HEADER_SIZE_64] = { 0 };
	struct kdump_header h;
	size_t size;

	TRY(source_read_some(source, 0, data, sizeof(data), &size));
	if (memcmp(data, "KDUMP   ", SIGNATURE_SIZE) != 0 &&
	    memcmp(data, "DISKDUMP", SIGNATURE_SIZE) != 0)
		return error_create(ERROR_NOT_MINE, "%s: not a makedumpfile compressed dump",
				    source->path);
	if (size < HEADER_SIZE_32)
		return error_at(ERROR_BAD_DATA, size,
				"%s: cut off within its header: it has %zu bytes, the header %d",
				source->path, size, HEADER_SIZE_64);
	if (!decode_any(data, size, &h))
		return implausible(source, data);
	h.diskdump = !memcmp(data, "DISKDUMP", SIGNATURE_SIZE);
	if (h.sub_blocks && !h.diskdump)
		TRY(read_sub(source, &h));
	*ret = h;
	return NULL;
}

uint64_t kdump_header_max_pfn(const struct kdump_header *h)
{
	return h->max_mapnr_64 ? h->max_mapnr_64 : h->max_mapnr;
}

void kdump_header_range(const struct kdump_header *h, uint64_t *start, uint64_t *end)
{
	uint64_t max_pfn = kdump_header_max_pfn(h);

	*start = 0;
	*end = max_pfn;
	if (!h->split)
		return;
	*start = h->version >= 6 ? h->start_pfn_64 : h->start_pfn;
	*end = min(h->version >= 6 ? h->end_pfn_64 : h->end_pfn, max_pfn);
}

static const char *const uts_names[NR_UTS] = {
	"utsname.sysname", "utsname.nodename", "utsname.release",
	"utsname.version", "utsname.machine",  "utsname.domainname",
};

static void sub_fields(const struct kdump_header *h, const struct dump_fields *f)
{
	dump_field(f, "phys_base", "0x%" PRIx64, h->phys_base);
	if (h->version >= 1)
		dump_field(f, "dump_level", "%" PRIu32, h->dump_level);
	if (h->version >= 2) {
		dump_field(f, "split", "%" PRIu32, h->split);
		dump_field(f, "start_pfn", "0x%" PRIx64, h->start_pfn);
		dump_field(f, "end_pfn", "0x%" PRIx64, h->end_pfn);
	}
	if (h->version >= 3) {
		dump_field(f, "offset_vmcoreinfo", "0x%" PRIx64, h->vmcoreinfo_offset);
		dump_field(f, "size_vmcoreinfo", "%" PRIu64, h->vmcoreinfo_size);
	}
	if (h->version >= 4) {
		dump_field(f, "offset_note", "0x%" PRIx64, h->note_offset);
		dump_field(f, "size_note", "%" PRIu64, h->note_size);
	}
	if (h->version >= 5) {
		dump_field(f, "offset_eraseinfo", "0x%" PRIx64, h->erase_offset);
		dump_field(f, "size_eraseinfo", "%" PRIu64, h->erase_size);
	}
	if (h->version >= 6) {
		dump_field(f, "start_pfn_64", "0x%" PRIx64, h->start_pfn_64);
		dump_field(f, "end_pfn_64", "0x%" PRIx64, h->end_pfn_64);
		dump_field(f, "max_mapnr_64", "0x%" PRIx64, h->max_mapnr_64);
	}
}

void kdump_header_fields(const struct kdump_header *h, const struct dump_fields *f)
{
	dump_field(f, "signature", "%s", h->diskdump ? "DISKDUMP" : "KDUMP   ");
	dump_field(f, "header_version", "%" PRIu32, h->version);
	for (size_t i = 0; i < NR_UTS; i++)
		dump_field(f, uts_names[i], "%.*s", UTS_SIZE, h->uts[i]);
	dump_field(f, "timestamp.tv_sec", "%" PRId64, h->seconds);
	dump_field(f, "timestamp.tv_usec", "%" PRId64, h->microseconds);
	dump_field(f, "status", "0x%" PRIx32, h->status);
	dump_field(f, "block_size", "%" PRIu32, h->block_size);
	dump_field(f, "sub_hdr_size", "%" PRIu32, h->sub_blocks);
	dump_field(f, "bitmap_blocks", "%" PRIu32, h->bitmap_blocks);
	dump_field(f, "max_mapnr", "0x%" PRIx32, h->max_mapnr);
	dump_field(f, "total_ram_blocks", "%" PRIu32, h->ram_blocks);
	dump_field(f, "device_blocks", "%" PRIu32, h->device_blocks);
	dump_field(f, "written_blocks", "%" PRIu32, h->written_blocks);
	dump_field(f, "current_cpu", "%" PRIu32, h->current_cpu);
	dump_field(f, "nr_cpus", "%" PRIu32, h->nr_cpus);
	if (h->has_sub)
		sub_fields(h, f);
}
