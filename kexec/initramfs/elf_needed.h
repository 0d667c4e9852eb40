/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an ELF file needs to run, as its dynamic section says: elf(5), ld.so(8). */
#ifndef INITRAMFS_ELF_NEEDED_H
#define INITRAMFS_ELF_NEEDED_H

#include "base/error.h"

#include <stddef.h>

struct elf_needed {
	int elf_class;
	unsigned int machine;
	char *interpreter; /* PT_INTERP; NULL: static, or a library */
	char *run_path;	   /* DT_RUNPATH, else DT_RPATH; NULL */
	char **names;	   /* DT_NEEDED */
	size_t count;
};

/* NOT_MINE: no ELF file. BAD_DATA: a damaged one. */
must_check struct error *elf_needed_read(const char *path, struct elf_needed *ret);
void elf_needed_deinit(struct elf_needed *needed);

/*
 * The library @name for a program like @needed (of the file @of): in the run path, in the folders
 * of @config ("/etc/ld.so.conf", with what it includes), in the usual ones. Owned by the caller.
 * NOT_FOUND.
 */
must_check struct error *elf_library_find(const char *name, const struct elf_needed *needed,
					  const char *of, const char *config, char **ret);

#endif
