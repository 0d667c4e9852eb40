// SPDX-License-Identifier: GPL-2.0-or-later
/* Building and reading packets: RFC 2131, section 2 (fields), section 4.1 (overload). */
#include "net/dhcp.h"

#include "base/bytes.h"
#include "base/compiler.h"

#define BOOT_REQUEST 1
#define BOOT_REPLY   2
#define ETHERNET     1
#define COOKIE	     0x63825363
#define BROADCAST    0x8000 /* we cannot take an answer to an address that we do not have yet */

#define CHADDR_AT  28
#define SNAME_AT   44
#define SNAME_SIZE 64
#define FILE_AT	   108
#define FILE_SIZE  128
#define COOKIE_AT  236
#define OPTIONS_AT 240
#define SMALLEST   300 /* some relays drop what is shorter than a BOOTP packet */

enum option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_ADDRESS = 50,
	OPTION_OVERLOAD = 52,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_WANTED = 55,
	OPTION_END = 255,
};

static void store(uint8_t *at, uint32_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static size_t put(uint8_t *packet, size_t at, enum option option, uint32_t value, size_t size)
{
	packet[at] = option;
	packet[at + 1] = (uint8_t)size;
	store(packet + at + 2, value, size);
	return at + 2 + size;
}

size_t dhcp_build(uint8_t packet[DHCP_PACKET], uint32_t transaction, const uint8_t mac[6],
		  const struct dhcp_lease *offer)
{
	size_t at = OPTIONS_AT;

	memset(packet, 0, DHCP_PACKET);
	packet[0] = BOOT_REQUEST;
	packet[1] = ETHERNET;
	packet[2] = 6;
	store(packet + 4, transaction, 4);
	store(packet + 10, BROADCAST, 2);
	memcpy(packet + CHADDR_AT, mac, 6);
	store(packet + COOKIE_AT, COOKIE, 4);
	at = put(packet, at, OPTION_TYPE, offer ? DHCP_REQUEST : DHCP_DISCOVER, 1);
	if (offer) {
		at = put(packet, at, OPTION_ADDRESS, offer->address, 4);
		at = put(packet, at, OPTION_SERVER, offer->server, 4);
	}
	at = put(packet, at, OPTION_WANTED, OPTION_MASK << 8 | OPTION_ROUTER, 2);
	packet[at++] = OPTION_END;
	return max(at, (size_t)SMALLEST);
}

struct options {
	uint32_t mask, router, server;
	uint8_t type, overload;
};

/* The first time an option is there counts; one of a wrong length does not. */
static void take(struct options *o, uint8_t option, const uint8_t *value, size_t size)
{
	uint32_t number = size >= 4 ? (uint32_t)load_number(value, 4, true) : 0;

	if (option == OPTION_TYPE && size == 1 && !o->type)
		o->type = value[0];
	else if (option == OPTION_OVERLOAD && size == 1 && !o->overload)
		o->overload = value[0];
	else if (option == OPTION_MASK && size == 4 && !o->mask)
		o->mask = number;
	else if (option == OPTION_SERVER && size == 4 && !o->server)
		o->server = number;
	else if (option == OPTION_ROUTER && size >= 4 && size % 4 == 0 && !o->router)
		o->router = number;
}

/* One field of options; false: it is damaged. */
static bool walk(struct bytes field, struct options *o)
{
	while (bytes_left(&field)) {
		uint8_t option = bytes_u8(&field), size;
		const uint8_t *value;

		if (option == OPTION_PAD)
			continue;
		if (option == OPTION_END)
			return true;
		size = bytes_u8(&field);
		value = bytes_take(&field, size);
		if (!value)
			return false;
		take(o, option, value, size);
	}
	return !field.failed;
}

/* False: no mask is one with a hole in it. */
static bool mask_bits(uint32_t mask, unsigned int *ret)
{
	unsigned int bits = mask ? (unsigned int)__builtin_popcount(mask) : 0;

	*ret = bits;
	return bits && mask == (uint32_t)(~0ull << (32 - bits));
}

/* Neither "this network", nor loopback, multicast, reserved or broadcast. */
static bool is_host(uint32_t address)
{
	uint32_t first = address >> 24;

	return first && first != 127 && first < 224;
}

bool dhcp_parse(const uint8_t *packet, size_t size, uint32_t transaction, const uint8_t mac[6],
		struct dhcp_lease *ret)
{
	struct options o = { 0 };

	if (size < OPTIONS_AT || packet[0] != BOOT_REPLY || packet[1] != ETHERNET ||
	    packet[2] != 6 || load_number(packet + 4, 4, true) != transaction ||
	    memcmp(packet + CHADDR_AT, mac, 6) ||
	    load_number(packet + COOKIE_AT, 4, true) != COOKIE)
		return false;
	if (!walk(bytes_of(packet + OPTIONS_AT, size - OPTIONS_AT, true), &o))
		return false;
	if ((o.overload & 1 && !walk(bytes_of(packet + FILE_AT, FILE_SIZE, true), &o)) ||
	    (o.overload & 2 && !walk(bytes_of(packet + SNAME_AT, SNAME_SIZE, true), &o)))
		return false;
	*ret = (struct dhcp_lease){ .type = o.type,
				    .address = (uint32_t)load_number(packet + 16, 4, true),
				    .server = o.server,
				    .gateway = is_host(o.router) ? o.router : 0 };
	if (o.type == DHCP_NAK)
		return true;
	return (o.type == DHCP_OFFER || o.type == DHCP_ACK) && is_host(ret->address) && o.server &&
	       mask_bits(o.mask, &ret->bits);
}
