/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module's object file (ET_REL of x86_64) as the module loader puts it into memory: the sections
 * that were loaded, relocated to where they are in the dump.
 */
#ifndef SYMBOLS_MODULE_FILE_H
#define SYMBOLS_MODULE_FILE_H

#include "symbols/debug_info.h"

struct module_file_symbol {
	const char *name;
	uint64_t address;
	bool known;
};

/* A field whose relocation is not known, for its symbol is not. */
struct module_file_field {
	uint64_t address, size;
};

struct module_file {
	int fd;
	void *elf;			/* libelf's Elf *: names are its */
	struct debug_section *sections; /* with addresses in the dump; their data is owned */
	size_t nr_sections;
	struct module_file_symbol *symbols; /* by their number in the file */
	size_t nr_symbols;
	struct module_file_field *unknown;
	size_t nr_unknown, room_unknown;
};

struct module_layout {
	/* Where a section was loaded; asked once for each that asks for memory, in the file's
	 * order. False: it was not. */
	bool (*section)(void *context, const char *name, uint64_t *address);
	/* What the loader takes for a symbol that the file does not define. False: not known. */
	bool (*symbol)(void *context, const char *name, uint64_t *address);
	void *context;
};

/*
 * Reads the file at @path, which has to be of @build_id. NOT_MINE: it is not, or no module of this
 * kind. BAD_DATA: it is damaged.
 */
must_check struct error *module_file_open(const char *path, const struct build_id *build_id,
					  const struct module_layout *layout,
					  struct module_file **ret);
void module_file_close(struct module_file *file);

#endif
