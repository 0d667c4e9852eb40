/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as people read them: "635 KiB", "1.5 GiB". For messages and pictures. */
#ifndef KEXEC_SIZE_TEXT_H
#define KEXEC_SIZE_TEXT_H

#include <stdint.h>

#define SIZE_TEXT 16

/* Writes @bytes into @buf, with at most one decimal, and returns @buf. */
const char *size_text(uint64_t bytes, char buf[SIZE_TEXT]);
/* The same in a buffer that lives until the enclosing block ends: for an argument of printf. */
#define SIZE_OF(bytes) size_text((bytes), (char[SIZE_TEXT]){ 0 })

#endif
