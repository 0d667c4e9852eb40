/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chain of a slab's free objects: set_freepointer() and its like in mm/slub.c of Linux. */
#ifndef KERNEL_SLAB_FREELIST_H
#define KERNEL_SLAB_FREELIST_H

#include "image/image.h"

/* How the objects of a cache lie in a slab, and where a free one names the next. */
struct slab_objects {
	uint64_t size, pad; /* bytes: of an object with what is beside it; before the first */
	uint64_t pointer;   /* offset in a free object */
	bool hardened;	    /* CONFIG_SLAB_FREELIST_HARDENED: the pointer is mixed with @random */
	uint64_t random;
};

must_check struct error *slab_objects_read(struct image *image, uint64_t cache,
					   struct slab_objects *ret);
/* Is @address the beginning of one of the @count objects of the slab at @base? */
bool slab_object_begins(const struct slab_objects *objects, uint64_t base, uint64_t count,
			uint64_t address);

struct slab_freelist {
	uint64_t objects; /* that were met */
	/* What ended the chain before its end, NULL: nothing; where that is stored; what it is. */
	const char *wrong;
	uint64_t at, value;
};

/*
 * Follows the chain from object @first (0: none), stored at @stored, of the slab at @base, which
 * holds @count objects. Fails where an object cannot be read.
 */
must_check struct error *slab_freelist_follow(struct image *image,
					      const struct slab_objects *objects, uint64_t base,
					      uint64_t count, uint64_t first, uint64_t stored,
					      struct slab_freelist *ret);

#endif
