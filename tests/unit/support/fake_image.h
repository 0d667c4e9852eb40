/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A struct image over a kernel made by hand: views, globals and memory of src/kernel work on it.
 * Its physical memory is the kernel's memory, address by address; there is no dump behind it.
 */
#ifndef SUPPORT_FAKE_IMAGE_H
#define SUPPORT_FAKE_IMAGE_H

#include "image/image.h"
#include "support/fake_kernel.h"

/* @kernel must outlive it and be ready: fake_kernel_init was called. */
struct image *fake_image_create(struct fake_kernel *kernel);
void fake_image_destroy(struct image *image);

#endif
