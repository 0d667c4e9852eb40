// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bitmaps of makedumpfile's compressed format: a page that was dumped exists, and no page is
 * behind the last one. Each file of a split set has the same ones.
 */
#include "validate/validate.h"

#include "kxdump_check.h"

#include "base/alloc.h"

#include <string.h>

#define CHUNK (64 << 10)

struct bitmaps {
	struct validation *v;
	struct kxdump_kdump k;	   /* the file that is looked at */
	struct kxdump_kdump first; /* of the set */
	uint8_t *described, *dumped, *other;
};

static struct place byte_place(const struct bitmaps *b, const struct kxdump_extent *bitmap,
			       uint64_t at)
{
	return place_file((unsigned int)b->k.file, bitmap->offset + at, 1);
}

/* The first byte from @i on that has a page that was dumped and does not exist; @size: none. */
static size_t next_extra(const struct bitmaps *b, size_t i, size_t size)
{
	uint64_t dumped, described;

	/* A machine of 16 TiB has half a GiB of each. */
	for (; i + 8 <= size; i += 8) {
		memcpy(&dumped, b->dumped + i, 8);
		memcpy(&described, b->described + i, 8);
		if (dumped & ~described)
			break;
	}
	while (i < size && !(b->dumped[i] & ~b->described[i]))
		i++;
	return i;
}

/* Dumped pages that do not exist, in the @size bytes at @at of the bitmaps. */
static void check_subset(struct bitmaps *b, uint64_t at, size_t size)
{
	for (size_t i = next_extra(b, 0, size); i < size; i = next_extra(b, i + 1, size)) {
		unsigned int extra = b->dumped[i] & ~(unsigned int)b->described[i];

		validation_find(
			b->v, FINDING_FAULT, CAUSE_CORRUPT, byte_place(b, &b->k.dumped, at + i),
			"pfn 0x%llx and %d more of its byte were dumped, and do not exist",
			(unsigned long long)(at + i) * 8 + (unsigned int)__builtin_ctz(extra),
			__builtin_popcount(extra) - 1);
	}
}

/* Set bits behind max_mapnr. */
static void check_padding(struct bitmaps *b, const struct kxdump_extent *bitmap,
			  const uint8_t *bytes, uint64_t at, size_t size)
{
	uint64_t max_pfn = b->k.max_pfn;

	for (size_t i = at < max_pfn / 8 ? (size_t)min(max_pfn / 8 - at, (uint64_t)size) : 0;
	     i < size; i++) {
		unsigned int bits = bytes[i];

		if (at + i == max_pfn / 8)
			bits &= 0xffu << max_pfn % 8;
		if (bits)
			validation_find(b->v, FINDING_FAULT, CAUSE_CORRUPT,
					byte_place(b, bitmap, at + i),
					"bits are set behind the last page, pfn 0x%llx: 0x%02x",
					(unsigned long long)max_pfn - 1, bits);
	}
}

static void compare(struct bitmaps *b, const struct kxdump_extent *bitmap, const uint8_t *bytes,
		    uint64_t at, size_t size, const char *which)
{
	size_t i = 0;

	if (!memcmp(b->other, bytes, size))
		return;
	while (b->other[i] == bytes[i])
		i++;
	validation_find(b->v, FINDING_FAULT, CAUSE_CORRUPT, byte_place(b, bitmap, at + i),
			"%s differs from that of the set's first file at pfn 0x%llx", which,
			(unsigned long long)(at + i) * 8);
}

static struct error *read_chunk(struct bitmaps *b, size_t file, const struct kxdump_extent *bitmap,
				uint64_t at, uint8_t *buf, size_t size)
{
	return kxdump_check_read(validation_dump(b->v), file, bitmap->offset + at, buf, size);
}

static struct error *check_chunk(struct bitmaps *b, uint64_t at, size_t size)
{
	const struct kxdump_kdump *k = &b->k;

	TRY(read_chunk(b, k->file, &k->dumped, at, b->dumped, size));
	check_padding(b, &k->dumped, b->dumped, at, size);
	if (!k->single_bitmap) {
		TRY(read_chunk(b, k->file, &k->described, at, b->described, size));
		check_subset(b, at, size);
		check_padding(b, &k->described, b->described, at, size);
	}
	if (k->file == b->first.file)
		return NULL;
	TRY(read_chunk(b, b->first.file, &b->first.dumped, at, b->other, size));
	compare(b, &k->dumped, b->dumped, at, size, "bitmap 2");
	if (k->single_bitmap)
		return NULL;
	TRY(read_chunk(b, b->first.file, &b->first.described, at, b->other, size));
	compare(b, &k->described, b->described, at, size, "bitmap 1");
	return NULL;
}

/* Bytes of each bitmap: of a file without pages, the end that has no bits may be missing. */
static uint64_t bitmap_size(const struct bitmaps *b)
{
	uint64_t bits = (b->k.max_pfn + 7) / 8, left = 0;
	struct kxdump_file file;

	if (kxdump_check_file(validation_dump(b->v), b->k.file, &file) &&
	    file.size > b->k.dumped.offset)
		left = file.size - b->k.dumped.offset;
	return max(bits, min(left, b->k.dumped.size));
}

static struct error *check_file(struct bitmaps *b)
{
	uint64_t end = bitmap_size(b);
	size_t size;

	for (uint64_t at = 0; at < end; at += size) {
		struct error *err;

		size = (size_t)min((uint64_t)CHUNK, end - at);
		err = check_chunk(b, at, size);
		if (err)
			return validation_find_error(b->v, true, byte_place(b, &b->k.dumped, at),
						     err, "the bitmaps");
	}
	return NULL;
}

static struct error *run(struct validation *v)
{
	uint8_t *buffer auto_free = malloc(3 * CHUNK);
	struct bitmaps b = { .v = v };

	if (!buffer)
		return error_nomem();
	b.described = buffer;
	b.dumped = buffer + CHUNK;
	b.other = buffer + 2 * CHUNK;
	if (!kxdump_check_kdump(validation_dump(v), 0, &b.first)) {
		validation_skip(v, "the dump is not of makedumpfile's compressed format");
		return NULL;
	}
	for (size_t i = 0; kxdump_check_kdump(validation_dump(v), i, &b.k); i++)
		TRY(check_file(&b));
	validation_looked_at(v, b.first.max_pfn);
	return NULL;
}

const struct validate_check validate_kdump_bitmaps = {
	.name = "kdump-bitmaps",
	.family = "container",
	.summary = "pages were dumped that do not exist, or the files of a set disagree on them",
	.quick = true,
	.run = run,
};
