// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces, by the ioctls of netdevice(7) and route(7)'s SIOCADDRT. */
#include "net/net.h"

#include "base/small_file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STEPS_A_SECOND 10

static void in_address(struct sockaddr *ret, uint32_t address)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };

	memcpy(ret, &in, sizeof(in));
}

static bool read_text(const char *interface, const char *file, char *buf, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%.16s/%s", interface, file);
	return !error_dropped(small_file_read(path, buf, size)) && *buf;
}

/* Has it hardware, and is it the one that is meant? */
static bool is_meant(const char *device, const char *name, const char *mac)
{
	char path[128];

	if (*device)
		return !strcmp(device, name) || !strcasecmp(device, mac);
	snprintf(path, sizeof(path), "/sys/class/net/%.16s/device", name);
	return !access(path, F_OK);
}

bool net_find(const char *device, char name[16], uint8_t mac[6])
{
	DIR *dir = opendir("/sys/class/net");
	struct dirent *entry;
	bool found = false;
	char text[64];

	while (dir && !found && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= 16 ||
		    !read_text(entry->d_name, "address", text, sizeof(text)) ||
		    !is_meant(device, entry->d_name, text) ||
		    sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2],
			   &mac[3], &mac[4], &mac[5]) != 6)
			continue;
		snprintf(name, 16, "%.15s", entry->d_name);
		found = true;
	}
	if (dir)
		closedir(dir);
	return found;
}

static struct error *control(int fd, const char *name, unsigned long request, struct ifreq *ifr,
			     const char *what)
{
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	return ioctl(fd, request, ifr) ? error_os(errno, "%s: %s", name, what) : NULL;
}

static struct error *link_up(int fd, const char *name)
{
	struct ifreq ifr = { 0 };

	TRY(control(fd, name, SIOCGIFFLAGS, &ifr, "its flags"));
	ifr.ifr_flags |= IFF_UP;
	return control(fd, name, SIOCSIFFLAGS, &ifr, "bringing it up");
}

static struct error *set_address(int fd, const char *name, const struct net_config *config)
{
	uint32_t mask = config->bits ? (uint32_t)(~0ull << (32 - config->bits)) : 0;
	struct ifreq ifr = { 0 };

	in_address(&ifr.ifr_addr, config->address);
	TRY(control(fd, name, SIOCSIFADDR, &ifr, "setting its address"));
	in_address(&ifr.ifr_netmask, mask);
	return control(fd, name, SIOCSIFNETMASK, &ifr, "setting its mask");
}

static struct error *add_route(int fd, const char *name, const struct rtentry *wanted)
{
	struct rtentry route = *wanted;

	route.rt_dev = (char *)name;
	if (ioctl(fd, SIOCADDRT, &route) && errno != EEXIST)
		return error_os(errno, "%s: adding a route", name);
	return NULL;
}

/* First to the gateway itself: clouds have gateways that are in no subnet of ours. */
static struct error *set_gateway(int fd, const char *name, uint32_t gateway)
{
	struct rtentry to = { .rt_flags = RTF_UP | RTF_HOST },
		       by = { .rt_flags = RTF_UP | RTF_GATEWAY };

	in_address(&to.rt_dst, gateway);
	in_address(&to.rt_genmask, ~0u);
	TRY(add_route(fd, name, &to));
	in_address(&by.rt_dst, 0);
	in_address(&by.rt_genmask, 0);
	in_address(&by.rt_gateway, gateway);
	return add_route(fd, name, &by);
}

static void nap(void)
{
	usleep(1000000 / STEPS_A_SECOND);
}

/* Frames are lost before the link is there. Not all drivers tell: then it is tried all the same. */
static unsigned int wait_for_link(const char *name, unsigned int steps)
{
	char carrier[8];

	while (steps && read_text(name, "carrier", carrier, sizeof(carrier)) &&
	       strcmp(carrier, "1")) {
		nap();
		steps--;
	}
	return steps;
}

static void tell(const char *name, const struct net_config *config, net_say *say)
{
	char address[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
	struct in_addr a = { htonl(config->address) }, g = { htonl(config->gateway) };

	inet_ntop(AF_INET, &a, address, sizeof(address));
	inet_ntop(AF_INET, &g, gateway, sizeof(gateway));
	say("%s: %s/%u%s%s%s", name, address, config->bits, config->gateway ? ", gateway " : "",
	    config->gateway ? gateway : "", config->dhcp ? ", by DHCP" : "");
}

static struct error *configure(int fd, const char *name, const uint8_t mac[6], unsigned int steps,
			       struct net_config *config, net_say *say)
{
	unsigned int seconds;

	TRY(link_up(fd, name));
	steps = wait_for_link(name, steps);
	seconds = max(steps / STEPS_A_SECOND, 5u);
	if (config->dhcp)
		TRY(net_dhcp(name, mac, seconds, config));
	TRY(set_address(fd, name, config));
	if (config->gateway)
		TRY(set_gateway(fd, name, config->gateway));
	tell(name, config, say);
	return NULL;
}

struct error *net_up(const struct net_config *config, unsigned int seconds, net_say *say)
{
	struct net_config c = *config;
	unsigned int steps = seconds * STEPS_A_SECOND;
	struct error *err;
	uint8_t mac[6];
	char name[16];
	int fd;

	while (!net_find(c.device, name, mac)) {
		if (!steps--)
			return error_create(ERROR_NOT_FOUND, "no network interface%s%s appeared",
					    *c.device ? " " : "", c.device);
		nap();
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_os(errno, "a socket");
	err = configure(fd, name, mac, steps, &c, say);
	close(fd);
	return err;
}
