// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gives the kernel keys to keep, with random payloads, and says on standard output what they are,
 * in hexadecimal: "user 00ff…". No copy of the bytes themselves is left behind by this program.
 */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAYLOAD 48

static void put(const char *type, unsigned int number, int random)
{
	unsigned char payload[PAYLOAD];
	char name[32];

	if (read(random, payload, sizeof(payload)) != sizeof(payload))
		return;
	snprintf(name, sizeof(name), "kx:%u", number);
	if (syscall(SYS_add_key, type, name, payload, sizeof(payload), KEY_SPEC_USER_KEYRING) < 0)
		return;
	printf("%s ", type);
	for (size_t i = 0; i < sizeof(payload); i++)
		printf("%02x", payload[i]);
	printf("\n");
	explicit_bzero(payload, sizeof(payload));
}

int main(void)
{
	int random = open("/dev/urandom", O_RDONLY);

	for (unsigned int i = 0; i < 4; i++)
		put(i % 2 ? "logon" : "user", i, random);
	return 0;
}
