// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of a "network" line. */
#include "net/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct error *wrong(const char *text)
{
	return error_create(ERROR_USAGE,
			    "%s: \"dhcp\" or \"ADDRESS/BITS[,GATEWAY][,DEVICE]\" is expected",
			    text);
}

static bool parse_address(const char *text, uint32_t *ret)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return false;
	*ret = ntohl(address.s_addr);
	return true;
}

static bool parse_subnet(char *text, struct net_config *config)
{
	char *slash = strchr(text, '/'), *end;
	unsigned long bits;

	if (!slash || slash[1] < '0' || slash[1] > '9')
		return false;
	*slash = 0;
	bits = strtoul(slash + 1, &end, 10);
	config->bits = (unsigned int)bits;
	return !*end && bits <= 32 && parse_address(text, &config->address) && config->address;
}

struct error *net_config_parse(const char *text, struct net_config *ret)
{
	struct net_config config = { 0 };
	char copy[128], *rest = copy, *word;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		return wrong(text);
	word = strsep(&rest, ",");
	config.dhcp = !strcmp(word, "dhcp");
	if (!config.dhcp && !parse_subnet(word, &config))
		return wrong(text);
	word = strsep(&rest, ",");
	if (word && !config.dhcp && parse_address(word, &config.gateway))
		word = strsep(&rest, ",");
	if (word) {
		if (!*word || strlen(word) >= sizeof(config.device) || strchr(word, '/'))
			return wrong(text);
		snprintf(config.device, sizeof(config.device), "%s", word);
	}
	if (rest)
		return wrong(text);
	*ret = config;
	return NULL;
}
