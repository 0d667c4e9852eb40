/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taint flags of the kernel and of modules. */
#ifndef KERNEL_TAINT_H
#define KERNEL_TAINT_H

#include <stddef.h>
#include <stdint.h>

/* The letters of the bits that are set, in order, "" none; a bit without a letter is '?'. */
void taint_letters(uint64_t taints, char *ret, size_t size);
/* What a letter says ("proprietary module"), NULL when there is no such letter. */
const char *taint_meaning(char letter);

#endif
