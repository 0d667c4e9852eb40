/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of DHCP: RFC 2131, options RFC 2132. Anyone on the network may have sent one. */
#ifndef NET_DHCP_H
#define NET_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_PACKET	 576 /* bytes that every host must be able to take */
#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
};

/* Addresses are in host order; 0: none. */
struct dhcp_lease {
	enum dhcp_type type;
	uint32_t address, server, gateway;
	unsigned int bits; /* of the subnet's mask */
};

/* A DISCOVER, or the REQUEST of what @offer has (NULL: DISCOVER). Returns its size. */
size_t dhcp_build(uint8_t packet[DHCP_PACKET], uint32_t transaction, const uint8_t mac[6],
		  const struct dhcp_lease *offer);

/*
 * Is it an answer to us, and one that can be used? An OFFER or ACK has an address that a host can
 * have, a mask and a server; a NAK has only its type. False: pass it over.
 */
bool dhcp_parse(const uint8_t *packet, size_t size, uint32_t transaction, const uint8_t mac[6],
		struct dhcp_lease *ret);

#endif
