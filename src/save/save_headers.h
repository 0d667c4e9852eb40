/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the headers of a saved dump say: by the source's own, else by the kernel's memory. */
#ifndef SAVE_SAVE_HEADERS_H
#define SAVE_SAVE_HEADERS_H

#include "kernel/system.h"
#include "save/save.h"

struct save_headers {
	struct system system; /* holds the strings */
	struct kxdump_write_region *regions;
};

/* Sets the headers' part of @what, which borrows from @headers and from @image. */
must_check struct error *save_headers_set(struct save_headers *headers, struct image *image,
					  struct kxdump_write *what);
void save_headers_deinit(struct save_headers *headers);

#endif
