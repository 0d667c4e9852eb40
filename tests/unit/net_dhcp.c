// SPDX-License-Identifier: GPL-2.0-or-later
/* DHCP's packets, by the fields of RFC 2131 and the options of RFC 2132; and a network line. */
#include "net/dhcp.h"
#include "net/net.h"
#include "support/data.h"

#include <stdlib.h>
#include <string.h>

#define XID 0x3903f326u

static const uint8_t mac[6] = { 0x00, 0x05, 0x3c, 0x04, 0x8d, 0x59 };

/* RFC 2131, figure 1: op htype hlen hops xid secs flags ciaddr yiaddr siaddr giaddr chaddr… */
static size_t offer(uint8_t *p, const uint8_t *options, size_t size)
{
	static const uint8_t head[] = { 2, 1, 6, 0, 0x39, 0x03, 0xf3, 0x26, 0,	  0,   0x80, 0x00,
					0, 0, 0, 0, 192,  168,	0,    10,   192,  168, 0,    1,
					0, 0, 0, 0, 0x00, 0x05, 0x3c, 0x04, 0x8d, 0x59 };

	memset(p, 0, 1024);
	memcpy(p, head, sizeof(head));
	memcpy(p + 236, "\x63\x82\x53\x63", 4);
	memcpy(p + 240, options, size);
	return 240 + size;
}

#define OFFER_OPTIONS                                                                              \
	53, 1, 2, 1, 4, 255, 255, 255, 0, 3, 4, 192, 168, 0, 1, 51, 4, 0, 0, 0x0e, 0x10, 54, 4,    \
		192, 168, 0, 1, 255

static void discover(void **state)
{
	uint8_t p[DHCP_PACKET];
	size_t size = dhcp_build(p, XID, mac, NULL);

	assert_true(size >= 300);
	assert_memory_equal(p, "\1\1\6\0\x39\x03\xf3\x26\0\0\x80\0", 12);
	assert_memory_equal(p + 28, mac, 6);
	assert_memory_equal(p + 236, "\x63\x82\x53\x63\x35\1\1", 7);
	/* What a server makes of it: an end, and nothing behind. */
	assert_non_null(memchr(p + 240, 255, size - 240));
}

static void request(void **state)
{
	struct dhcp_lease lease = { .address = 0xc0a8000a, .server = 0xc0a80001 };
	uint8_t p[DHCP_PACKET];

	dhcp_build(p, XID, mac, &lease);
	/* SELECTING: requested address and server as options, ciaddr zero (table 5). */
	assert_memory_equal(p + 240, "\x35\1\3\x32\4\xc0\xa8\0\x0a\x36\4\xc0\xa8\0\1", 15);
	assert_memory_equal(p + 12, "\0\0\0\0", 4);
}

static void good_offer(void **state)
{
	static const uint8_t options[] = { OFFER_OPTIONS };
	struct dhcp_lease lease;
	uint8_t p[1024];
	size_t size = offer(p, options, sizeof(options));

	assert_true(dhcp_parse(p, size, XID, mac, &lease));
	assert_int_equal(lease.type, DHCP_OFFER);
	assert_int_equal(lease.address, 0xc0a8000a);
	assert_int_equal(lease.server, 0xc0a80001);
	assert_int_equal(lease.gateway, 0xc0a80001);
	assert_int_equal(lease.bits, 24);
}

/* RFC 2132, 9.3: the options go on in file and sname. */
static void overload(void **state)
{
	static const uint8_t options[] = { 53, 1, 5, 52, 1, 3, 255 };
	static const uint8_t file[] = { 0, 1, 4, 255, 255, 240, 0, 255 };
	static const uint8_t sname[] = { 54, 4, 10, 0, 0, 1, 255 };
	struct dhcp_lease lease;
	uint8_t p[1024];
	size_t size = offer(p, options, sizeof(options));

	memcpy(p + 108, file, sizeof(file));
	memcpy(p + 44, sname, sizeof(sname));
	assert_true(dhcp_parse(p, size, XID, mac, &lease));
	assert_int_equal(lease.type, DHCP_ACK);
	assert_int_equal(lease.bits, 20);
	assert_int_equal(lease.server, 0x0a000001);
	assert_int_equal(lease.gateway, 0);
	/* An overload in an overloaded field is not followed; no end in the field is one. */
	memset(p + 44, 0, 64);
	assert_false(dhcp_parse(p, size, XID, mac, &lease));
}

static void not_ours(void **state)
{
	static const uint8_t options[] = { OFFER_OPTIONS }, nak[] = { 53, 1, 6, 255 };
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 0, 1 },     /* a request */
		{ 1, 6 },     /* not Ethernet */
		{ 2, 16 },    /* a longer address */
		{ 4, 0 },     /* another transaction */
		{ 33, 0 },    /* another machine */
		{ 236, 0 },   /* BOOTP without options */
		{ 16, 0 },    /* the address 0.168.0.10 */
		{ 16, 127 },  /* loopback */
		{ 16, 224 },  /* multicast */
		{ 16, 255 },  /* reserved */
		{ 242, 1 },   /* a DISCOVER */
		{ 246, 0 },   /* the mask 255.0.255.0 */
		{ 244, 3 },   /* a mask of three bytes: what follows is read awry */
		{ 262, 255 }, /* a server's option of 255 bytes, beyond the end */
	};
	struct dhcp_lease lease;
	uint8_t p[1024];
	size_t size = offer(p, options, sizeof(options));

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		uint8_t was = p[changes[i].at];

		p[changes[i].at] = changes[i].value;
		assert_false(dhcp_parse(p, size, XID, mac, &lease));
		p[changes[i].at] = was;
	}
	assert_true(dhcp_parse(p, size, XID, mac, &lease));
	size = offer(p, nak, sizeof(nak));
	assert_true(dhcp_parse(p, size, XID, mac, &lease));
	assert_int_equal(lease.type, DHCP_NAK);
}

/* Cut anywhere, and with any byte changed: nothing is read beyond the end (the sanitizers tell). */
static void hostile(void **state)
{
	static const uint8_t options[] = { OFFER_OPTIONS };
	struct dhcp_lease lease;
	uint8_t p[1024];
	size_t size = offer(p, options, sizeof(options));

	for (size_t n = 0; n <= size; n++) {
		uint8_t *copy = malloc(n + !n);

		memcpy(copy, p, n);
		(void)dhcp_parse(copy, n, XID, mac, &lease);
		/* Options that end at the packet's end end all the same. */
		if (n < 240 + 27)
			assert_false(dhcp_parse(copy, n, XID, mac, &lease));
		for (size_t i = 236; i < n; i++) {
			copy[i] ^= 0xff;
			(void)dhcp_parse(copy, n, XID, mac, &lease);
			copy[i] ^= 0xff;
		}
		free(copy);
	}
}

static void network_line(void **state)
{
	static const char *const wrong[] = { "",
					     "static",
					     "10.0.0.1",
					     "10.0.0.1/33",
					     "10.0.0.1/",
					     "10.0.0/8",
					     "0.0.0.0/0",
					     "10.0.0.1/8,",
					     "10.0.0.1/8,1.2.3.4,a,b",
					     "dhcp,",
					     "10.0.0.1/-1",
					     "10.0.0.1/8,../../x" };
	struct net_config c;

	assert_ok(net_config_parse("dhcp", &c));
	assert_true(c.dhcp);
	assert_string_equal(c.device, "");
	assert_ok(net_config_parse("dhcp,52:54:00:12:34:56", &c));
	assert_string_equal(c.device, "52:54:00:12:34:56");
	assert_ok(net_config_parse("10.0.2.15/24", &c));
	assert_false(c.dhcp);
	assert_int_equal(c.address, 0x0a00020f);
	assert_int_equal(c.bits, 24);
	assert_int_equal(c.gateway, 0);
	assert_ok(net_config_parse("10.0.2.15/24,10.0.2.2", &c));
	assert_int_equal(c.gateway, 0x0a000202);
	assert_ok(net_config_parse("10.0.2.15/32,169.254.1.1,eth1", &c));
	assert_int_equal(c.gateway, 0xa9fe0101);
	assert_string_equal(c.device, "eth1");
	assert_ok(net_config_parse("10.0.2.15/24,eth1", &c));
	assert_int_equal(c.gateway, 0);
	assert_string_equal(c.device, "eth1");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_fails(net_config_parse(wrong[i], &c), ERROR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discover),	cmocka_unit_test(request),
		cmocka_unit_test(good_offer),	cmocka_unit_test(overload),
		cmocka_unit_test(not_ours),	cmocka_unit_test(hostile),
		cmocka_unit_test(network_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
