/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of physical address ranges: sorted, disjoint. */
#ifndef KEXEC_RANGES_H
#define KEXEC_RANGES_H

#include "base/error.h"

#include <stddef.h>

/* Bytes @start … @end, both in it, as /proc/iomem has them: the last byte of all can be named. */
struct range {
	uint64_t start, end;
};

struct ranges {
	struct range *list;
	size_t count, room;
};

void ranges_deinit(struct ranges *ranges);
/* Joins with neighbours that touch. */
must_check struct error *ranges_add(struct ranges *ranges, uint64_t start, uint64_t end);
must_check struct error *ranges_remove(struct ranges *ranges, uint64_t start, uint64_t end);
must_check struct error *ranges_copy(const struct ranges *from, struct ranges *ret);
/* The range that holds @address, or NULL. */
const struct range *ranges_find(const struct ranges *ranges, uint64_t address);
/* All of @start … @end? */
bool ranges_hold(const struct ranges *ranges, uint64_t start, uint64_t end);
uint64_t ranges_bytes(const struct ranges *ranges);

#endif
