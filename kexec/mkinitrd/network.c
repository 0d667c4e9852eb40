// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way to a host, as it is now: the capture kernel has neither a resolver nor anything that
 * renews a lease, so what is known here is written down.
 */
#include "mkinitrd/job.h"
#include "mkinitrd/route.h"
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct error *resolve(const char *host, uint32_t *ret)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
	struct sockaddr_in in;
	int failed = getaddrinfo(host, NULL, &hints, &found);

	if (failed)
		return error_create(ERROR_NOT_FOUND, "%s has no IPv4 address: %s", host,
				    gai_strerror(failed));
	memcpy(&in, found->ai_addr, sizeof(in));
	freeaddrinfo(found);
	*ret = ntohl(in.sin_addr.s_addr);
	return NULL;
}

static struct error *find_route(uint32_t address, struct route *ret)
{
	FILE *file = fopen("/proc/net/route", "re");
	auto_text text = { 0 };
	char buf[8192];
	size_t n;

	if (!file)
		return error_os(errno, "/proc/net/route");
	while (text.len < (8u << 20) && (n = fread(buf, 1, sizeof(buf), file)) > 0)
		text_add(&text, buf, n);
	fclose(file);
	return text.failed ? error_nomem() : route_find(text_string(&text), address, ret);
}

/* The interface's own address and the length of its subnet's mask. */
static struct error *find_address(const char *interface, struct net_config *ret)
{
	struct ifaddrs *all;
	struct sockaddr_in in;
	bool found = false;

	if (getifaddrs(&all))
		return error_os(errno, "the interfaces' addresses");
	for (struct ifaddrs *a = all; a && !found; a = a->ifa_next) {
		if (strcmp(a->ifa_name, interface) || !a->ifa_addr || !a->ifa_netmask ||
		    a->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&in, a->ifa_addr, sizeof(in));
		ret->address = ntohl(in.sin_addr.s_addr);
		memcpy(&in, a->ifa_netmask, sizeof(in));
		ret->bits = (unsigned int)__builtin_popcount(in.sin_addr.s_addr);
		found = true;
	}
	freeifaddrs(all);
	return found ? NULL : error_create(ERROR_NOT_FOUND, "%s has no IPv4 address", interface);
}

static void address_text(uint32_t address, char *buf)
{
	struct in_addr in = { htonl(address) };

	inet_ntop(AF_INET, &in, buf, INET6_ADDRSTRLEN);
}

/* The network line: the name of the interface may be another there, its MAC address is not. */
static struct error *write_down(struct job *job, const struct route *route, const uint8_t mac[6])
{
	struct net_config now = { 0 };
	auto_text line = { 0 };
	char address[INET6_ADDRSTRLEN];

	TRY(find_address(route->interface, &now));
	address_text(now.address, address);
	text_addf(&line, "%s/%u", address, now.bits);
	if (route->gateway) {
		address_text(route->gateway, address);
		text_addf(&line, ",%s", address);
	}
	text_addf(&line, ",%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		  mac[5]);
	if (line.failed)
		return error_nomem();
	return capture_config_set(&job->config, "network", line.data);
}

static struct error *interface_modules(struct job *job, const char *interface)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", interface);
	if (access(path, F_OK))
		return error_create(
			ERROR_UNSUPPORTED,
			"the way out is %s, which is no interface with hardware of its own "
			"(a bridge, a bond, a VLAN, a tunnel): the capture initramfs does "
			"not put it together. Name one in a line \"network "
			"ADDRESS/BITS,GATEWAY,DEVICE\"",
			interface);
	return device_modules(job, path, interface);
}

/* The interface that a line of the configuration names, or by which packets leave now. */
static struct error *find_interface(struct job *job, const struct net_config *given,
				    uint32_t address)
{
	struct route route = { 0 };
	char name[16];
	uint8_t mac[6];

	if (job->config.network && *given->device) {
		if (!net_find(given->device, route.interface, mac))
			return error_create(ERROR_NOT_FOUND, "there is no interface %s now",
					    given->device);
		return interface_modules(job, route.interface);
	}
	TRY(find_route(address, &route));
	TRY(interface_modules(job, route.interface));
	if (!net_find(route.interface, name, mac))
		return error_create(ERROR_NOT_FOUND, "there is no interface %s now",
				    route.interface);
	return job->config.network ? NULL : write_down(job, &route, mac);
}

struct error *network_to(struct job *job, const char *host, char *numeric)
{
	struct net_config given = { 0 };
	uint32_t address;
	struct error *err;

	TRY(resolve(host, &address));
	if (address >> 24 == 127)
		return error_create(ERROR_USAGE, "%s is this machine itself, which will be dead",
				    host);
	address_text(address, numeric);
	if (strcmp(host, numeric))
		text_addf(&job->hosts, "%s %s\n", numeric, host);
	if (job->config.network)
		TRY(net_config_parse(job->config.network, &given));
	err = find_interface(job, &given, address);
	/* Made for another machine: with a network line and its modules named, all is known. */
	if (err && job->config.network && job->options->nr_add) {
		job_note(job, "%s: its drivers must be among --add-module's", err->message);
		error_free(err);
		return NULL;
	}
	return error_wrap(err, "the way to %s", host);
}
