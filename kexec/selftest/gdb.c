// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The little of the gdb remote protocol ("Debugging with GDB", appendix E) that writes to a guest's
 * memory: packets "$data#sum", each acknowledged by "+". While a debugger is connected, the machine
 * stands still; detaching lets it go on.
 */
#include "selftest/qemu.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRIES 20

static int get_byte(int fd)
{
	uint8_t c;

	return read(fd, &c, 1) == 1 ? c : -1;
}

/* One packet, acknowledged. */
static bool get_packet(int fd, char *answer, size_t size)
{
	size_t len = 0;
	int c;

	do {
		c = get_byte(fd);
	} while (c >= 0 && c != '$');
	while ((c = get_byte(fd)) >= 0 && c != '#') {
		if (len + 1 < size)
			answer[len++] = (char)c;
	}
	answer[len] = 0;
	return c >= 0 && get_byte(fd) >= 0 && get_byte(fd) >= 0 && write(fd, "+", 1) == 1;
}

/* The answer to @packet in @answer. That the machine has stopped is told between. */
static struct error *ask(int fd, const char *packet, char *answer, size_t size)
{
	char framed[128];
	uint8_t sum = 0;

	for (const char *p = packet; *p; p++)
		sum = (uint8_t)(sum + (uint8_t)*p);
	snprintf(framed, sizeof(framed), "$%s#%02x", packet, sum);
	if (write(fd, framed, strlen(framed)) != (ssize_t)strlen(framed))
		return error_os(errno, "QEMU's debugger socket");
	do {
		if (!get_packet(fd, answer, size))
			return error_create(ERROR_OS, "QEMU's debugger socket did not answer to %s",
					    packet);
	} while (answer[0] == 'T' || answer[0] == 'S');
	return NULL;
}

/* With the machine stopped: write behind the landing mark of indirect branches (endbr64). */
static struct error *plant(int fd, uint64_t address, char *answer, size_t size, bool *ret)
{
	char packet[96];

	snprintf(packet, sizeof(packet), "m%llx,4", (unsigned long long)address);
	TRY(ask(fd, packet, answer, size));
	/* (the CPU may be in user mode with page tables that lack the kernel) */
	if (answer[0] == 'E')
		return NULL;
	if (!strcmp(answer, "f30f1efa"))
		address += 4;
	/* mov %eax, 0x0 */
	snprintf(packet, sizeof(packet), "M%llx,7:89042500000000", (unsigned long long)address);
	TRY(ask(fd, packet, answer, size));
	*ret = !strcmp(answer, "OK");
	return NULL;
}

struct error *gdb_plant_fault(const char *directory, uint64_t address)
{
	struct error *err = NULL;
	bool planted = false;
	char answer[64] = "", detached[64];
	int fd;

	for (unsigned int i = 0; !err && !planted && i < TRIES; i++) {
		TRY(qemu_connect(directory, QEMU_GDB, &fd));
		err = plant(fd, address, answer, sizeof(answer), &planted);
		if (!err)
			err = ask(fd, "D", detached, sizeof(detached));
		close(fd);
		usleep(50000);
	}
	if (!err && !planted)
		err = error_create(ERROR_OS, "the debugger could not write to 0x%llx: %s",
				   (unsigned long long)address, answer);
	return err;
}
