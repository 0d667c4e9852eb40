/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with debug information (vmlinux, module.ko.debug) beside the dump: found by build-id,
 * checked against it, and asked for source lines and inlined calls.
 */
#ifndef SYMBOLS_DEBUG_INFO_H
#define SYMBOLS_DEBUG_INFO_H

#include "base/error.h"

struct debug_file;

struct build_id {
	uint8_t bytes[20];
	unsigned int size; /* 0: unknown */
};
/* Lower-case hex into @ret, which has room for 41 bytes. */
void build_id_text(const struct build_id *id, char ret[41]);
/* From the notes of an ELF file's or of a dumped section's bytes (Elf_Nhdr…). NOT_FOUND. */
must_check struct error *build_id_from_notes(const void *notes, size_t size, bool big_endian,
					     struct build_id *ret);

/* Opens the file at @path: an ELF with or without DWARF (split .debug files through debuglink and
 * build-id are found beside it). */
must_check struct error *debug_file_open(const char *path, struct debug_file **ret);
void debug_file_close(struct debug_file *file);
const char *debug_file_path(const struct debug_file *file);
const struct build_id *debug_file_build_id(const struct debug_file *file);
void *debug_file_elf(struct debug_file *file);	 /* libelf Elf *, with .symtab when there is one */
void *debug_file_dwarf(struct debug_file *file); /* libdw Dwarf *, or NULL */
/* The address of symbol @name as linked, for telling the KASLR offset. */
must_check struct error *debug_file_symbol(struct debug_file *file, const char *name,
					   uint64_t *ret);

/*
 * Looks for the debug file of a kernel (@release known) or module (@module, else NULL) with
 * @build_id: the usual places under each of @roots ("/usr/lib/debug" by default):
 * .build-id/xx/….debug, boot/vmlinux-RELEASE, lib/modules/RELEASE/…; then $DEBUGINFOD_URLS through
 * libdebuginfod when that is set. A file of another build is never returned. NOT_FOUND.
 */
must_check struct error *debug_file_find(const struct build_id *build_id, const char *release,
					 const char *module, struct debug_file **ret);
/*
 * The same for a module's file with its code, maybe compressed, maybe in /lib/modules/RELEASE:
 * *@ret is its path, the caller's to free. No server is asked: those have code and debug
 * information apart.
 */
must_check struct error *debug_file_find_code(const struct build_id *build_id, const char *release,
					      const char *module, char **ret);

/* Where the file's sections are in the dumped kernel. */
struct debug_layout {
	uint64_t offset; /* added to the file's addresses: vmlinux under KASLR */
	/* For a module: address of a section by name, false when it was not loaded. NULL: none. */
	bool (*section)(void *context, const char *name, uint64_t *address);
	void *context;
};
must_check struct error *debug_file_place(struct debug_file *file,
					  const struct debug_layout *layout);

/* Added to the addresses of a vmlinux: where they are in the dumped kernel. */
uint64_t debug_file_offset(const struct debug_file *file);

/* ---- debug_sections.c ---- */
/* A section that is in the kernel's memory; what it says is borrowed from the file. */
struct debug_section {
	const char *name;
	uint64_t address, size; /* as linked */
	const uint8_t *data;	/* NULL: the file does not have its bytes */
	bool writable, executable;
};
/* All of them, owned by the caller (free), in the order of the file. */
must_check struct error *debug_file_sections(struct debug_file *file, struct debug_section **ret,
					     size_t *count);
/* The file's @size bytes at @address as linked, or NULL. */
const void *debug_sections_at(const struct debug_section *sections, size_t count, uint64_t address,
			      uint64_t size);

struct source_line {
	const char *file; /* borrowed */
	unsigned int line, column;
	const char *function; /* NULL for the physical function; an inlined function's name */
};
/*
 * The source lines of @address (in the dumped kernel): innermost inlined call first, the physical
 * function last. At most @room; *@count says how many. NOT_FOUND when the file knows nothing.
 */
must_check struct error *debug_file_lines(struct debug_file *file, uint64_t address,
					  struct source_line *lines, unsigned int room,
					  unsigned int *count);
/* The first address of "file.c:123"; NOT_FOUND. */
must_check struct error *debug_file_line_address(struct debug_file *file, const char *source,
						 unsigned int line, uint64_t *ret);

#endif
