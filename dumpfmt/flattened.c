// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flattened files, as specified by makedumpfile(8) ("-F") and makedumpfile's
 * struct makedumpfile_header and makedumpfile_data_header; QEMU writes them too.
 *
 *	4096 bytes: "makedumpfile\0\0\0\0", type = 1, version = 1
 *	records:    offset, size, @size bytes of the payload that belong at @offset
 *	end:        offset = size = -1
 *
 * Numbers are 64-bit, signed and big-endian. Records come in any order; a later one overwrites.
 */
#include "dumpfmt/flattened.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER_SIZE 4096
#define RECORD_SIZE 16

static const char signature[16] = "makedumpfile";

/* Where records are small, many of their headers are read at once. */
struct window {
	uint8_t data[4096];
	uint64_t at;
	size_t size;
};

static struct error *window_get(struct source *source, struct window *window, uint64_t offset,
				size_t ahead, const uint8_t **ret)
{
	if (offset < window->at || offset - window->at > window->size ||
	    window->size - (offset - window->at) < RECORD_SIZE) {
		window->size = 0;
		ahead = min((uint64_t)ahead, source->stored - offset);
		TRY(source_pread(source, offset, window->data, ahead));
		window->at = offset;
		window->size = ahead;
	}
	*ret = window->data + (offset - window->at);
	return NULL;
}

static struct error *note_damage(struct source *source, const char *what, uint64_t offset)
{
	if (asprintf(&source->damage, "%s: %s at offset 0x%llx of the flattened file", source->path,
		     what, (unsigned long long)offset) < 0) {
		source->damage = NULL;
		return error_nomem();
	}
	return NULL;
}

/* Adds one record, of which @left bytes of data are in the file. */
static struct error *add_record(struct source *source, uint64_t offset, uint64_t size,
				uint64_t target, uint64_t left, uint64_t number)
{
	uint64_t there = min(size, left);
	struct extent extent = { .first = offset, .target = target };

	extent.rank = UINT64_MAX - 2 * number; /* a later one wins */
	TRY(extents_add(&source->pieces, extent, there));
	if (there)
		source->size = max(source->size, offset + there);
	extent.first += there;
	extent.rank--;
	extent.kind = EXTENT_LOST;
	return extents_add(&source->pieces, extent, size - there);
}

static struct error *index_records(struct source *source)
{
	struct window window = { .size = 0 };
	size_t ahead = RECORD_SIZE;
	uint64_t at = HEADER_SIZE;

	source->size = 0;
	for (uint64_t number = 0;; number++) {
		const uint8_t *record;
		uint64_t offset, size, end;

		TRY(interrupt_check());
		if (at > source->stored || source->stored - at < RECORD_SIZE)
			return note_damage(source, "truncated: no end mark", source->stored);
		TRY(window_get(source, &window, at, ahead, &record));
		offset = load_number(record, 8, true);
		size = load_number(record + 8, 8, true);
		if (offset == UINT64_MAX && size == UINT64_MAX)
			return NULL;
		/* No writer's buffer is larger than all that it wrote; zeros were never written. */
		if ((!offset && !size) || offset > INT64_MAX || size > source->stored ||
		    __builtin_add_overflow(offset, size, &end) || end > INT64_MAX)
			return note_damage(source, "a damaged record", at);
		at += RECORD_SIZE;
		TRY(add_record(source, offset, size, at, source->stored - at, number));
		if (size > source->stored - at)
			return note_damage(source, "truncated: a record ends beyond the file", at);
		at += size;
		ahead = size < sizeof(window.data) / 2 ? sizeof(window.data) : RECORD_SIZE;
	}
}

struct error *flattened_open(struct source *source, bool index)
{
	uint8_t head[sizeof(signature) + 16];
	uint64_t type, version;

	if (source->volatile_bytes || source->stored < sizeof(head))
		return NULL;
	TRY(source_pread(source, 0, head, sizeof(head)));
	if (memcmp(head, signature, sizeof(signature)) != 0)
		return NULL;
	type = load_number(head + 16, 8, true);
	version = load_number(head + 24, 8, true);
	if (type != 1 || version != 1)
		return error_create(
			ERROR_BAD_DATA,
			"%s: a flattened file of type %lld, version %lld; expected 1 and 1",
			source->path, (long long)type, (long long)version);
	source->flattened = true;
	if (!index)
		return NULL;
	TRY(index_records(source));
	return extents_resolve(&source->pieces);
}

static struct error *never_written(struct source *source, uint64_t offset, uint64_t wanted,
				   size_t size)
{
	return error_at(ERROR_BAD_DATA, offset,
			"%s: %zu bytes at offset 0x%llx are not in the flattened file (truncated)",
			source->path, size, (unsigned long long)wanted);
}

struct error *flattened_read(struct source *source, uint64_t offset, void *buf, size_t size)
{
	size_t i = extents_find(&source->pieces, offset);
	uint64_t wanted = offset;
	size_t left = size, n;
	uint8_t *to = buf;

	for (; left; offset += n, to += n, left -= n) {
		const struct extent *piece = &source->pieces.items[i];

		if (i == source->pieces.count || offset < piece->first) {
			if (source->damage) /* what came later may have filled it */
				return never_written(source, offset, wanted, size);
			n = i == source->pieces.count ? left : min(left, piece->first - offset);
			memset(to, 0, n);
			continue;
		}
		if (piece->kind == EXTENT_LOST)
			return never_written(source, offset, wanted, size);
		n = left - 1 < piece->last - offset ? left : (size_t)(piece->last - offset + 1);
		TRY(source_pread(source, extent_target(piece, offset), to, n));
		if (offset + (n - 1) == piece->last)
			i++;
	}
	return NULL;
}

uint64_t flattened_run(const struct source *source, uint64_t offset, uint64_t size, bool *there)
{
	size_t i = extents_find(&source->pieces, offset);
	uint64_t run = 0;

	*there = false;
	for (; run < size && i < source->pieces.count; i++) {
		const struct extent *piece = &source->pieces.items[i];
		bool gap = piece->first > offset + run, present = piece->kind == EXTENT_PRESENT;

		if (run && (gap ? *there : *there != present))
			return run;
		if (gap) {
			run = min(size, piece->first - offset);
			if (run == size || present)
				return run;
		}
		*there = present;
		run = piece->last - offset < size ? piece->last - offset + 1 : size;
	}
	if (run < size && *there)
		return run;
	return size;
}
