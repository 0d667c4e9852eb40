/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One struct resource, as /proc/iomem shows them: include/linux/ioport.h of Linux. */
#ifndef KERNEL_RESOURCES_H
#define KERNEL_RESOURCES_H

#include "image/image.h"

struct resource {
	uint64_t address;		 /* of its struct resource */
	uint64_t start, end;		 /* bytes, @end in it */
	uint64_t parent, sibling, child; /* addresses; 0: none */
	char name[64];			 /* "?" where it cannot be read */
};

must_check struct error *resource_read(struct image *image, uint64_t address, struct resource *ret);

#endif
