// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What saving a dump needs of one that is open: handles for other threads, its pages as bits, whole
 * notes. A share has caches, windows and codec contexts of its own; what never changes once a dump
 * is open (indexes, counts, headers, notes) it borrows.
 */
#include "base/alloc.h"
#include "dumpfmt/dump.h"

#include <string.h>

struct source *dump_shared_source(const struct kxdump *dump, const struct kxdump *share,
				  const struct source *source)
{
	size_t i = 0;

	while (dump->sources[i] != source)
		i++;
	return share->sources[i];
}

static struct error *fill(struct kxdump *dump, struct kxdump *share)
{
	TRY(alloc_array(dump->nr_sources, sizeof(*share->sources), dump->nr_sources, "files",
			&share->sources));
	for (; share->nr_sources < dump->nr_sources; share->nr_sources++)
		TRY(source_share(dump->sources[share->nr_sources],
				 &share->sources[share->nr_sources]));
	share->ops = dump->ops;
	return dump->ops->share(dump, share);
}

struct error *kxdump_share(struct kxdump *dump, struct kxdump **ret)
{
	struct kxdump *share = malloc(sizeof(*share));
	struct error *err;

	if (!share)
		return error_nomem();
	*share = *dump;
	share->shared = true;
	share->ops = NULL;
	share->format = NULL;
	share->sources = NULL;
	share->nr_sources = 0;
	err = fill(dump, share);
	if (err) {
		kxdump_close(share);
		return err;
	}
	*ret = share;
	return NULL;
}

void dump_set_bits(uint8_t *bits, uint64_t from, uint64_t to)
{
	for (; from < to && from % 8; from++)
		bits[from / 8] |= (uint8_t)(1 << from % 8);
	if (from >= to)
		return;
	memset(bits + from / 8, 0xff, (size_t)(to / 8 - from / 8));
	if (to % 8)
		bits[to / 8] |= (uint8_t)(0xff >> (8 - to % 8));
}

struct error *kxdump_bits(struct kxdump *dump, uint64_t pfn, uint64_t count, uint8_t *described,
			  uint8_t *dumped)
{
	memset(described, 0, (size_t)(count / 8));
	memset(dumped, 0, (size_t)(count / 8));
	return dump->ops->bits(dump, pfn, count, described, dumped);
}

struct error *kxdump_note_read(struct kxdump *dump, size_t i, uint64_t offset, void *buf,
			       size_t size)
{
	const struct kxdump_note *note = &dump->notes.items[i];

	if (offset > note->full_size || size > note->full_size - offset)
		return error_create(ERROR_BAD_DATA,
				    "the note %s has %llu bytes; %zu at %llu were wanted",
				    note->name, (unsigned long long)note->full_size, size,
				    (unsigned long long)offset);
	return source_read(dump->sources[note->file], note->file_offset + offset, buf, size);
}

const void *kxdump_eraseinfo(const struct kxdump *dump, size_t *size)
{
	*size = dump->eraseinfo_size;
	return dump->eraseinfo;
}
