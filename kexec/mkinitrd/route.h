/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/net/route: the kernel's IPv4 routes, by which a packet leaves. */
#ifndef MKINITRD_ROUTE_H
#define MKINITRD_ROUTE_H

#include "base/error.h"

struct route {
	char interface[16];
	uint32_t gateway; /* in host order; 0: the other end is on the link */
};

/* The way to @address (in host order) in @text. NOT_FOUND, BAD_DATA. */
must_check struct error *route_find(const char *text, uint32_t address, struct route *ret);

#endif
