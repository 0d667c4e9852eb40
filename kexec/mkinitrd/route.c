// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line a route under a heading: interface, destination, gateway, flags, three counters, mask…
 * (fib_route_seq_show() in net/ipv4/fib_trie.c of Linux). Addresses are words in network order,
 * printed as the machine's numbers.
 */
#include "mkinitrd/route.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FLAG_UP	    1
#define FLAG_REJECT 0x200

struct error *route_find(const char *text, uint32_t address, struct route *ret)
{
	uint32_t best_mask = 0, best_metric = 0;
	bool found = false;

	for (const char *line = strchr(text, '\n'); line && line[1];
	     line = strchr(line + 1, '\n')) {
		unsigned int destination, gateway, flags, metric, mask;
		char interface[16];

		if (sscanf(line + 1, "%15s %x %x %x %*d %*d %u %x", interface, &destination,
			   &gateway, &flags, &metric, &mask) != 6)
			return error_create(ERROR_BAD_DATA, "no line of /proc/net/route: %.80s",
					    line + 1);
		mask = ntohl(mask);
		if (!(flags & FLAG_UP) || flags & FLAG_REJECT ||
		    (address & mask) != ntohl(destination) ||
		    (found && (mask < best_mask || (mask == best_mask && metric >= best_metric))))
			continue;
		found = true;
		best_mask = mask;
		best_metric = metric;
		snprintf(ret->interface, sizeof(ret->interface), "%s", interface);
		ret->gateway = ntohl(gateway);
	}
	return found ? NULL : error_create(ERROR_NOT_FOUND, "there is no route");
}
