// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF notes (elf(5), "Notes") in the source's order. A VMCOREINFO that was found in memory becomes
 * a note, so that every tool finds it; eraseinfo is a note in ELF, as makedumpfile has it.
 */
#include "dumpfmt/write_notes.h"

#include "dumpfmt/write.h"

#include <stdlib.h>
#include <string.h>

#define NOTE_HEADER 12
#define CHUNK	    65536

static uint64_t padded(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

static bool is_named(const struct kxdump_note *note, const char *name)
{
	return !note->type && !strcmp(note->name, name);
}

/* A device's dump can be long, of which the start is kept; all of it, if it is there. */
static uint64_t data_size(const struct write_notes *notes, size_t i)
{
	struct kxdump *source = notes->what->source;
	const struct kxdump_note *note = kxdump_note(source, i);
	uint8_t last;

	if (note->full_size > note->size &&
	    error_dropped(kxdump_note_read(source, i, note->full_size - 1, &last, 1)))
		return note->size;
	return note->full_size;
}

/* Called for each note: @i of the source's, or SIZE_MAX with @data. */
typedef struct error *note_visitor(void *context, const char *name, uint32_t type, size_t i,
				   const void *data, uint64_t size);

static struct error *visit(const struct write_notes *notes, note_visitor *visitor, void *context)
{
	struct kxdump *source = notes->what->source;
	size_t erase_size;
	const void *erase = write_eraseinfo(notes->what, &erase_size);
	bool has_vmcoreinfo = false;

	for (size_t i = 0; source && i < kxdump_nr_notes(source); i++) {
		const struct kxdump_note *note = kxdump_note(source, i);

		if (is_named(note, "ERASEINFO"))
			continue;
		has_vmcoreinfo |= is_named(note, "VMCOREINFO");
		TRY(visitor(context, note->name, note->type, i, NULL, data_size(notes, i)));
	}
	if (!has_vmcoreinfo && notes->what->vmcoreinfo)
		TRY(visitor(context, "VMCOREINFO", 0, SIZE_MAX, notes->what->vmcoreinfo,
			    notes->what->vmcoreinfo_size));
	if (erase && notes->erase_note)
		TRY(visitor(context, "ERASEINFO", 0, SIZE_MAX, erase, erase_size));
	return NULL;
}

static struct error *measure(void *context, const char *name, uint32_t type, size_t i,
			     const void *data, uint64_t size)
{
	struct write_notes *notes = context;

	notes->size += NOTE_HEADER + padded(strlen(name) + 1);
	if (!type && !strcmp(name, "VMCOREINFO") && !notes->vmcoreinfo_size) {
		notes->vmcoreinfo_at = notes->size;
		notes->vmcoreinfo_size = size;
	}
	notes->size += padded(size);
	return NULL;
}

void write_notes_init(const struct kxdump_write *what, bool erase_note, struct write_notes *ret)
{
	*ret = (struct write_notes){ .what = what, .erase_note = erase_note };
	error_free(visit(ret, measure, ret)); /* measuring does not fail */
}

struct put {
	const struct write_notes *notes;
	struct target *target;
	uint64_t at;
	uint8_t *chunk;
};

static struct error *put_data(struct put *put, size_t i, const void *data, uint64_t size)
{
	if (data)
		return target_write(put->target, put->at, data, (size_t)size);
	for (uint64_t done = 0; done < size;) {
		size_t n = (size_t)min(size - done, (uint64_t)CHUNK);

		TRY(kxdump_note_read(put->notes->what->source, i, done, put->chunk, n));
		TRY(target_write(put->target, put->at + done, put->chunk, n));
		done += n;
	}
	return NULL;
}

static struct error *put_note(void *context, const char *name, uint32_t type, size_t i,
			      const void *data, uint64_t size)
{
	const struct kxdump_note *note;
	struct put *put = context;
	size_t name_size = strlen(name) + 1;
	uint8_t head[NOTE_HEADER + 260] = { 0 };
	struct record r = { head, 0, put->notes->what->big_endian };

	record_add(&r, name_size, 4);
	record_add(&r, size, 4);
	record_add(&r, type, 4);
	memcpy(head + NOTE_HEADER, name, min(name_size, (size_t)257));
	TRY(target_write(put->target, put->at, head, NOTE_HEADER + (size_t)padded(name_size)));
	put->at += NOTE_HEADER + padded(name_size);
	note = i == SIZE_MAX ? NULL : kxdump_note(put->notes->what->source, i);
	if (note && size == note->size)
		data = note->data;
	TRY(put_data(put, i, data, size));
	put->at += padded(size);
	return NULL;
}

struct error *write_notes_put(const struct write_notes *notes, struct target *target,
			      uint64_t offset)
{
	struct put put = { .notes = notes, .target = target, .at = offset };
	struct error *err;

	put.chunk = malloc(CHUNK);
	if (!put.chunk)
		return error_nomem();
	err = visit(notes, put_note, &put);
	free(put.chunk);
	return err;
}
