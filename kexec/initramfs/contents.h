/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What shall be in an initramfs, and why: collected first, written afterwards. */
#ifndef INITRAMFS_CONTENTS_H
#define INITRAMFS_CONTENTS_H

#include "base/error.h"
#include "initramfs/initramfs.h"

#include <stddef.h>
#include <sys/types.h>

/* Libraries are here, by the names that programs ask for: what starts them sets $LD_LIBRARY_PATH.
 */
#define CONTENTS_LIBRARIES "lib/kx"

enum content_kind { CONTENT_PROGRAM, CONTENT_LIBRARY, CONTENT_FILE, CONTENT_LINK };

struct content {
	enum content_kind kind;
	char *name; /* in the initramfs, without "/" in front */
	char *path; /* here; NULL: @data is all of it */
	char *data; /* or where a link points to */
	size_t size;
	unsigned int mode;
	char *why;
};

struct contents {
	struct content *all;
	size_t count, room;
};

void contents_deinit(struct contents *contents);
bool contents_has(const struct contents *contents, const char *name);
/* What has the name of something that is there already is left out. A "/" in front of names is. */
must_check struct error *contents_add_file(struct contents *contents, enum content_kind kind,
					   const char *name, unsigned int mode, const char *path,
					   const char *why);
must_check struct error *contents_add_text(struct contents *contents, const char *name,
					   unsigned int mode, const char *text, const char *why);
must_check struct error *contents_add_link(struct contents *contents, const char *name,
					   const char *target, const char *why);
/*
 * A program at its own path, with its libraries and what loads them; of a script, its interpreter
 * instead of those.
 */
must_check struct error *contents_add_program(struct contents *contents, const char *path,
					      const char *why);
/* All of it, with the folders that it lies in, but those of @made (NULL-terminated). */
must_check struct error *contents_write(const struct contents *contents,
					struct initramfs *initramfs, const char *const *made);

#endif
