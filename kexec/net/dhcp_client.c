// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCOVER, OFFER, REQUEST, ACK: RFC 2131, section 3.1. The lease is never renewed: the machine
 * reboots long before it ends.
 */
#include "base/bytes.h"
#include "net/dhcp.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_WAIT 2000	 /* ms for an answer; doubles… */
#define LAST_WAIT  16000 /* …up to that */

struct client {
	int fd;
	const uint8_t *mac;
	uint32_t transaction;
	uint64_t end; /* ms */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct error *client_open(struct client *c, const char *interface)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(DHCP_CLIENT_PORT) };
	int on = 1;

	c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return error_os(errno, "DHCP: a socket");
	if (setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(c->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) ||
	    setsockopt(c->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		       (socklen_t)strlen(interface) + 1) ||
	    bind(c->fd, (struct sockaddr *)&here, sizeof(here)))
		return error_os(errno, "DHCP on %s", interface);
	return NULL;
}

static struct error *send_packet(struct client *c, const struct dhcp_lease *offer)
{
	struct sockaddr_in all = { .sin_family = AF_INET,
				   .sin_port = htons(DHCP_SERVER_PORT),
				   .sin_addr.s_addr = INADDR_BROADCAST };
	uint8_t packet[DHCP_PACKET];
	size_t size = dhcp_build(packet, c->transaction, c->mac, offer);

	if (sendto(c->fd, packet, size, 0, (struct sockaddr *)&all, sizeof(all)) < 0)
		return error_os(errno, "DHCP: sending");
	return NULL;
}

/* Waits until @end for an answer that is one of ours; false: none came. */
static bool receive(struct client *c, uint64_t end, struct dhcp_lease *ret)
{
	struct pollfd poll_fd = { .fd = c->fd, .events = POLLIN };
	uint8_t packet[2048];
	uint64_t t;

	while ((t = now()) < end) {
		ssize_t n;

		if (poll(&poll_fd, 1, (int)(end - t)) <= 0)
			continue;
		n = recv(c->fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n > 0 && dhcp_parse(packet, (size_t)n, c->transaction, c->mac, ret))
			return true;
	}
	return false;
}

/* One packet, sent again until there is an answer of @type, a NAK, or the time is over. */
static struct error *ask(struct client *c, const struct dhcp_lease *offer, enum dhcp_type type,
			 struct dhcp_lease *ret)
{
	unsigned int wait = FIRST_WAIT;
	struct error *err = NULL;

	while (now() < c->end) {
		uint64_t until = min(now() + wait, c->end);

		error_free(err);
		/* (a link that is not ready yet refuses to send) */
		err = send_packet(c, offer);
		while (receive(c, until, ret)) {
			if (ret->type != type && ret->type != DHCP_NAK)
				continue;
			error_free(err);
			return NULL;
		}
		wait = min(wait * 2, (unsigned int)LAST_WAIT);
	}
	return err ? err
		   : error_create(ERROR_NOT_FOUND, "DHCP: no server answered in time to a %s",
				  offer ? "REQUEST" : "DISCOVER");
}

static struct error *exchange(struct client *c, struct dhcp_lease *ret)
{
	struct dhcp_lease offer;

	do {
		TRY(ask(c, NULL, DHCP_OFFER, &offer));
		if (offer.type == DHCP_NAK)
			continue;
		TRY(ask(c, &offer, DHCP_ACK, ret));
		if (ret->type == DHCP_ACK)
			return NULL;
		/* Refused: from the start again, but not at once. */
		sleep(1);
	} while (now() < c->end);
	return error_create(ERROR_NOT_FOUND,
			    "DHCP: the server refuses the address that it offered");
}

struct error *net_dhcp(const char *interface, const uint8_t mac[6], unsigned int seconds,
		       struct net_config *ret)
{
	struct client c = { .fd = -1, .mac = mac, .end = now() + seconds * 1000ull };
	struct dhcp_lease lease;
	struct error *err;

	/* Not for secrecy: two machines that boot alike shall not take each other's answers. */
	if (getrandom(&c.transaction, sizeof(c.transaction), GRND_NONBLOCK) < 0)
		c.transaction = (uint32_t)now() ^ (uint32_t)load_number(mac + 2, 4, true);
	err = client_open(&c, interface);
	if (!err)
		err = exchange(&c, &lease);
	if (c.fd >= 0)
		close(c.fd);
	if (err)
		return err;
	ret->address = lease.address;
	ret->bits = lease.bits;
	ret->gateway = lease.gateway;
	return NULL;
}
