/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF notes of a dump, read into memory. */
#ifndef DUMPFMT_NOTES_H
#define DUMPFMT_NOTES_H

#include "dumpfmt/source.h"
#include "kxdump.h"

struct notes {
	struct kxdump_note *items;
	size_t count, room;
	uint64_t loaded; /* bytes of their data */
};

void notes_deinit(struct notes *notes);
/*
 * Adds the notes within @size bytes at @offset of @source to @dump's. What is damaged ends them and
 * is told by the dump's partial_why.
 */
must_check struct error *notes_read(struct kxdump *dump, struct source *source, uint64_t offset,
				    uint64_t size);
/* The first note of @name and @type, or NULL. */
const struct kxdump_note *notes_find(const struct notes *notes, const char *name, uint32_t type);

#endif
