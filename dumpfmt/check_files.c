// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a dump as they are: sizes, bytes, and the records of flattened ones. */
#include "dumpfmt/dump.h"
#include "kxdump_check.h"

#include "base/bytes.h"
#include "base/interrupt.h"

#define FLATTENED_HEADER 4096
#define RECORD_SIZE	 16

bool kxdump_check_file(const struct kxdump *dump, size_t i, struct kxdump_file *ret)
{
	if (i >= dump->nr_sources)
		return false;
	*ret = (struct kxdump_file){
		.path = dump->sources[i]->path,
		.size = dump->sources[i]->size,
		.stored = dump->sources[i]->stored,
		.flattened = dump->sources[i]->flattened,
	};
	return true;
}

struct error *kxdump_check_read(struct kxdump *dump, size_t file, uint64_t offset, void *buf,
				size_t size)
{
	TRY(interrupt_check());
	return source_read(dump->sources[file], offset, buf, size);
}

struct error *kxdump_check_read_stored(struct kxdump *dump, size_t file, uint64_t offset, void *buf,
				       size_t size)
{
	TRY(interrupt_check());
	return source_pread(dump->sources[file], offset, buf, size);
}

struct error *kxdump_check_records(struct kxdump *dump, size_t file,
				   struct error *(*each)(void *context,
							 const struct kxdump_record *record),
				   void *context, uint64_t *end, bool *marked)
{
	struct source *source = dump->sources[file];
	uint64_t at = FLATTENED_HEADER;

	*marked = false;
	while (at <= source->stored && source->stored - at >= RECORD_SIZE) {
		struct kxdump_record record = { .at = at };
		uint8_t head[RECORD_SIZE];

		TRY(interrupt_check());
		TRY(source_pread(source, at, head, sizeof(head)));
		record.offset = load_number(head, 8, true);
		record.size = load_number(head + 8, 8, true);
		*marked = record.offset == UINT64_MAX && record.size == UINT64_MAX;
		if (*marked || record.offset > INT64_MAX ||
		    record.size > INT64_MAX - record.offset ||
		    record.size > source->stored - at - RECORD_SIZE)
			break;
		TRY(each(context, &record));
		at += RECORD_SIZE + record.size;
	}
	*end = *marked ? at + RECORD_SIZE : at;
	return NULL;
}

bool kxdump_check_gap(const struct kxdump *dump, size_t file, uint64_t offset, uint64_t *start,
		      uint64_t *size)
{
	const struct source *source = dump->sources[file];
	const struct extents *pieces = &source->pieces;

	if (!source->flattened)
		return false;
	for (size_t i = extents_find(pieces, offset); offset < source->size; i++) {
		uint64_t next = i < pieces->count ? pieces->items[i].first : source->size;

		if (next > offset) {
			*start = offset;
			*size = min(next, source->size) - offset;
			return true;
		}
		if (pieces->items[i].last == UINT64_MAX)
			return false;
		offset = pieces->items[i].last + 1;
	}
	return false;
}
