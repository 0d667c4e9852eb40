/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file looks like that is no dump, so that the message can say it. */
#ifndef DUMPFMT_LOOK_H
#define DUMPFMT_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A phrase ("text", "gzip-compressed data…") for a file of @file_size that begins with @head. */
const char *look_describe(const uint8_t *head, size_t size, uint64_t file_size);
/* True when @head begins a dump of a format that is read here. */
bool look_is_dump(const uint8_t *head, size_t size);

#endif
