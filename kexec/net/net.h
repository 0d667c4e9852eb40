/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network interface for a capture kernel: which one, its address and its way out, given or by
 * DHCP. IPv4 alone.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/error.h"

#include <stddef.h>

/* Addresses are in host order; 0: none. */
struct net_config {
	bool dhcp;
	uint32_t address, gateway;
	unsigned int bits; /* of the subnet's mask, 0…32 */
	char device[40];   /* an interface's name or its MAC address; "": the first with hardware */
};

/* "dhcp[,DEVICE]" or "ADDRESS/BITS[,GATEWAY][,DEVICE]"; USAGE. */
must_check struct error *net_config_parse(const char *text, struct net_config *ret);

/* Lines for people. */
typedef void net_say(const char *fmt, ...) printf_like(1, 2);

/*
 * Waits up to @seconds for the interface, sets it up, asks a DHCP server when the configuration
 * says so, and tells what it did. NOT_FOUND: no such interface; OS.
 */
must_check struct error *net_up(const struct net_config *config, unsigned int seconds,
				net_say *say);

/* The interface that @device (as above) means now; false: there is none yet. */
bool net_find(const char *device, char name[16], uint8_t mac[6]);
/* Runs the exchange on an interface that is up; fills in address, bits and gateway. OS. */
must_check struct error *net_dhcp(const char *interface, const uint8_t mac[6], unsigned int seconds,
				  struct net_config *ret);

#endif
