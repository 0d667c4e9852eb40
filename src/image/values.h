/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C expressions need to know of a kernel; see types/value.h. */
#ifndef IMAGE_VALUES_H
#define IMAGE_VALUES_H

#include "image/image.h"
#include "types/value.h"

/* @image must outlive it. */
void image_values(struct image *image, struct value_env *ret);
/* Is @name a per-CPU variable of the kernel or a module? */
bool image_is_per_cpu(struct image *image, const char *name);

#endif
