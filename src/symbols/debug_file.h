/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a debug file share: opening and placing it, finding one, source lines. */
#ifndef SYMBOLS_DEBUG_FILE_H
#define SYMBOLS_DEBUG_FILE_H

#include "symbols/debug_info.h"

#include <elfutils/libdwfl.h>

/* A run of the file's addresses and where it is in the dumped kernel. */
struct debug_range {
	uint64_t start, end; /* in the dumped kernel */
	uint64_t delta;	     /* added to an address of the dumped kernel: DWARF's own address */
};

/* The code of one unit, for files without .debug_aranges. */
struct unit_range {
	uint64_t start, end;
	uint64_t offset; /* of the unit's DIE in .debug_info */
};

struct debug_file {
	char *path;
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *elf;
	GElf_Addr elf_bias;
	bool relocatable; /* ET_REL: a module */
	struct build_id build_id;
	Dwarf *dwarf;
	GElf_Addr dwarf_bias;
	bool looked_for_dwarf;

	struct debug_range *ranges; /* NULL: as linked */
	size_t nr_ranges, room_ranges;
	uint64_t offset; /* where there are no @ranges */

	struct unit_range *units; /* sorted by start; made when first needed */
	size_t nr_units, room_units;
	bool looked_for_units;
	void *paths;		   /* tsearch tree of struct shown_path */
	struct known_lines *known; /* answers by address; made when first needed */
};

/* DWARF's address of an address in the dumped kernel; false when the file has nothing there. */
bool debug_file_to_dwarf(const struct debug_file *file, uint64_t address, uint64_t *ret);
bool debug_file_from_dwarf(const struct debug_file *file, uint64_t address, uint64_t *ret);
void debug_lines_deinit(struct debug_file *file);

/*
 * Directories that hold debug files, first those of $KX_DEBUG_PATH (colons between them), as
 * "prefix" "A:B:/usr/lib/debug". Owned by the caller.
 */
must_check struct error *debug_roots(const char *prefix, char **ret);

#endif
