// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The notes (elf(5)): that a walk over them comes to their end, behind which are zeros, that their
 * names are names, and that VMCOREINFO, if it is there, is lines of text.
 */
#include "validate/validate.h"

#include "kxdump_check.h"

#include <elf.h>
#include <string.h>

#define CHUNK 4096

static uint64_t padded(uint64_t size)
{
	return (size + 3) & ~(uint64_t)3;
}

static struct place note_place(const struct kxdump_note *note)
{
	return place_file((unsigned int)note->file, note->file_offset, note->full_size);
}

/* Where the last note that was walked to, of those in the @size bytes at @offset, ends. */
static uint64_t walked_to(struct kxdump *dump, size_t file, uint64_t offset, uint64_t size)
{
	uint64_t end = offset;

	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);

		if (note->file == file && note->file_offset >= offset &&
		    note->file_offset - offset <= size)
			end = max(end, note->file_offset + padded(note->full_size));
	}
	return end;
}

/* The walk ended where a note's sizes are zeros: all that follows is. */
static struct error *check_rest(struct validation *v, size_t file, uint64_t offset, uint64_t size)
{
	struct kxdump *dump = validation_dump(v);
	uint64_t at = walked_to(dump, file, offset, size);
	uint8_t bytes[CHUNK];

	while (at < offset + size) {
		size_t n = (size_t)min((uint64_t)sizeof(bytes), offset + size - at), i = 0;

		TRY(kxdump_check_read(dump, file, at, bytes, n));
		while (i < n && !bytes[i])
			i++;
		if (i < n) {
			validation_find(
				v, FINDING_FAULT, CAUSE_CORRUPT,
				place_file((unsigned int)file, at + i, offset + size - at - i),
				"the notes' end is not theirs: what follows the last one is "
				"not zeros");
			return NULL;
		}
		at += n;
	}
	return NULL;
}

static struct error *check_range(struct validation *v, size_t file, uint64_t offset, uint64_t size)
{
	struct error *err = NULL;
	uint64_t end;

	if (size && !__builtin_add_overflow(offset, size, &end))
		err = check_rest(v, file, offset, size);
	return validation_find_error(v, true, place_file((unsigned int)file, offset, size), err,
				     "the notes");
}

static struct error *check_ranges(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	struct kxdump_kdump k;
	struct kxdump_elf elf;

	if (kxdump_check_kdump(dump, 0, &k))
		TRY(check_range(v, k.file, k.notes.offset, k.notes.size));
	if (!kxdump_check_elf(dump, &elf))
		return NULL;
	for (uint64_t i = 0; i < elf.nr_phdrs; i++) {
		struct kxdump_phdr p;

		if (error_dropped(kxdump_check_phdr(dump, i, &p)))
			return NULL; /* elf-headers tells of it */
		if (p.type == PT_NOTE)
			TRY(check_range(v, 0, p.offset, p.filesz));
	}
	return NULL;
}

static void check_name(struct validation *v, const struct kxdump_note *note)
{
	const char *c = note->name;

	while (*c > ' ' && *c < 0x7f)
		c++;
	if (*c || c == note->name)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, note_place(note),
				"a note of type 0x%x, %llu bytes, has no name that makes sense",
				note->type, (unsigned long long)note->full_size);
}

static bool is_status(const struct kxdump_note *note)
{
	return note->type == NT_PRSTATUS && !strcmp(note->name, "CORE");
}

/* The registers of each CPU are of the same size. */
static void check_statuses(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	const struct kxdump_note *first = NULL;

	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		const struct kxdump_note *note = kxdump_note(dump, i);

		if (!is_status(note))
			continue;
		if (!first)
			first = note;
		if (note->full_size != first->full_size)
			validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, note_place(note),
					"a CPU's NT_PRSTATUS has %llu bytes; the first one %llu",
					(unsigned long long)note->full_size,
					(unsigned long long)first->full_size);
	}
	if (!first)
		validation_find(v, FINDING_NOTE, CAUSE_ABSENT, place_none(),
				"there are no registers of CPUs (NT_PRSTATUS)");
}

/* The first line of @text that is no "KEY=value\n", as its place in it; @size: none. */
static size_t bad_line(const char *text, size_t size)
{
	size_t line = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\n') || c > '~' ||
		    (c == '\n' && !memchr(text + line, '=', i - line)))
			return line;
		if (c == '\n')
			line = i + 1;
	}
	return line;
}

static const struct kxdump_note *find_vmcoreinfo(const struct kxdump *dump)
{
	for (size_t i = 0; i < kxdump_nr_notes(dump); i++) {
		if (!strcmp(kxdump_note(dump, i)->name, "VMCOREINFO"))
			return kxdump_note(dump, i);
	}
	return NULL;
}

static void check_vmcoreinfo(struct validation *v)
{
	const struct kxdump_note *note = find_vmcoreinfo(validation_dump(v));
	size_t size = 0, line;
	const char *text = kxdump_vmcoreinfo(validation_dump(v), &size);

	if (!text) {
		validation_find(v, FINDING_NOTE, CAUSE_ABSENT, place_none(),
				"there is no VMCOREINFO");
		return;
	}
	if (note) { /* the text that readers take ends at the first NUL */
		text = note->data;
		size = note->size;
	}
	while (size && !text[size - 1])
		size--;
	line = bad_line(text, size);
	if (line < size)
		validation_find(
			v, FINDING_FAULT, CAUSE_CORRUPT, note ? note_place(note) : place_none(),
			"VMCOREINFO has a line that is no KEY=value, at byte %zu of it", line);
}

static struct error *run(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	size_t count = kxdump_nr_notes(dump);

	if (!kxdump_info(dump)->live)
		TRY(check_ranges(v));
	for (size_t i = 0; i < count; i++)
		check_name(v, kxdump_note(dump, i));
	check_statuses(v);
	check_vmcoreinfo(v);
	validation_looked_at(v, count);
	return NULL;
}

const struct validate_check validate_notes = {
	.name = "notes",
	.family = "container",
	.summary = "notes are cut off or damaged: registers and VMCOREINFO come from them",
	.quick = true,
	.run = run,
};
