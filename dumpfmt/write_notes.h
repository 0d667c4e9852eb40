/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notes of a dump that is made: the source's, and what was missing among them. */
#ifndef DUMPFMT_WRITE_NOTES_H
#define DUMPFMT_WRITE_NOTES_H

#include "dumpfmt/write_target.h"
#include "kxdump_write.h"

struct write_notes {
	const struct kxdump_write *what; /* borrowed */
	bool erase_note;		 /* eraseinfo is a note (ELF), and not apart (KDUMP) */
	uint64_t size;			 /* bytes of all of them */
	uint64_t vmcoreinfo_at;		 /* of its text, from the first note's start */
	uint64_t vmcoreinfo_size;
};

/* Sets @ret up and measures. */
void write_notes_init(const struct kxdump_write *what, bool erase_note, struct write_notes *ret);
/* Writes them at @offset. */
must_check struct error *write_notes_put(const struct write_notes *notes, struct target *target,
					 uint64_t offset);

#endif
