// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF notes: namesz, descsz, type, then name and data, each padded to 4 bytes (elf(5), "Notes").
 * The kernel pads a note segment's end with zeros.
 */
#include "dumpfmt/notes.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "dumpfmt/dump.h"

#include <stdlib.h>
#include <string.h>

#define NOTE_HEADER_SIZE 12
#define NAME_MAX_SIZE	 256
#define NT_VMCOREDD	 0x700
/* A device's own dump has no bound; its name and the start of it are kept. */
#define DEVICE_DUMP_KEPT 65536

struct raw_note {
	uint64_t namesz, descsz;
	uint32_t type;
	uint64_t name_at, desc_at;
};

void notes_deinit(struct notes *notes)
{
	free(notes->items);
	notes->items = NULL;
	notes->count = 0;
}

const struct kxdump_note *notes_find(const struct notes *notes, const char *name, uint32_t type)
{
	for (size_t i = 0; i < notes->count; i++) {
		if (notes->items[i].type == type && !strcmp(notes->items[i].name, name))
			return &notes->items[i];
	}
	return NULL;
}

static uint64_t padded(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

static struct error *load_note(struct kxdump *dump, struct source *source,
			       const struct raw_note *raw)
{
	struct kxdump_note note = { .type = raw->type, .full_size = raw->descsz };
	struct notes *notes = &dump->notes;
	char *name = arena_alloc(&dump->arena, raw->namesz + 1);
	void *data;

	if (!name)
		return error_nomem();
	TRY(source_peek(source, raw->name_at, name, raw->namesz));
	note.name = name;
	note.file_offset = raw->desc_at;
	while (dump->sources[note.file] != source)
		note.file++;
	note.size = raw->descsz;
	if (raw->type == NT_VMCOREDD && !strcmp(name, "LINUX"))
		note.size = min(note.size, (size_t)DEVICE_DUMP_KEPT);
	/* Segments that alias each other must not make more of the file than it is. */
	if (note.size + NOTE_HEADER_SIZE > source->measure - min(notes->loaded, source->measure))
		return error_create(ERROR_BAD_DATA,
				    "%s: its notes together are larger than the file (%llu bytes)",
				    source->path, (unsigned long long)source->measure);
	data = arena_alloc(&dump->arena, note.size + 1);
	if (!data)
		return error_nomem();
	TRY(source_read(source, raw->desc_at, data, note.size));
	note.data = data;
	notes->loaded += note.size + NOTE_HEADER_SIZE;
	TRY(alloc_grow(&notes->items, &notes->room, notes->count + 1, sizeof(note)));
	notes->items[notes->count++] = note;
	return NULL;
}

static struct error *walk(struct kxdump *dump, struct source *source, uint64_t offset, uint64_t end)
{
	while (end - offset >= NOTE_HEADER_SIZE) {
		uint8_t header[NOTE_HEADER_SIZE];
		struct bytes b = bytes_of(header, sizeof(header), dump->info.big_endian);
		struct raw_note raw;

		TRY(source_peek(source, offset, header, sizeof(header)));
		raw.namesz = bytes_u32(&b);
		raw.descsz = bytes_u32(&b);
		raw.type = bytes_u32(&b);
		if (!raw.namesz && !raw.descsz) /* padding */
			return NULL;
		raw.name_at = offset + NOTE_HEADER_SIZE;
		raw.desc_at = raw.name_at + padded(raw.namesz);
		if (raw.namesz > NAME_MAX_SIZE || raw.desc_at > end ||
		    raw.descsz > end - raw.desc_at)
			return error_at(ERROR_BAD_DATA, offset,
					"%s: the note at offset 0x%llx has a name of %llu and data "
					"of %llu bytes, %llu bytes before the end of the notes",
					source->path, (unsigned long long)offset,
					(unsigned long long)raw.namesz,
					(unsigned long long)raw.descsz,
					(unsigned long long)(end - offset));
		TRY(load_note(dump, source, &raw));
		/* The last one's padding may be missing. */
		offset = min(raw.desc_at + padded(raw.descsz), end);
	}
	return NULL;
}

struct error *notes_read(struct kxdump *dump, struct source *source, uint64_t offset, uint64_t size)
{
	struct error *err = NULL;

	if (!source_has(source, offset, size)) {
		TRY(dump_partial(dump,
				 "the notes (%llu bytes at offset 0x%llx) lie beyond the end of "
				 "the file",
				 (unsigned long long)size, (unsigned long long)offset));
		size = offset < source->size ? source->size - offset : 0;
	}
	err = walk(dump, source, offset, offset + size);
	if (err && err->code == ERROR_BAD_DATA) {
		struct error *told = dump_partial(dump, "%s", err->message);

		error_free(err);
		return told;
	}
	return err;
}
