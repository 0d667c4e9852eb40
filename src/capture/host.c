// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of hosts. */
#include "capture/job.h"

#include <netdb.h>
#include <string.h>
#include <unistd.h>

struct error *host_address(const char *host, unsigned int wait, char *ret, size_t size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	int problem;

	for (unsigned int i = 0;; i++) {
		problem = getaddrinfo(host, NULL, &hints, &found);
		if (problem != EAI_AGAIN || i >= wait)
			break;
		sleep(1);
	}
	if (problem)
		return error_create(ERROR_NOT_FOUND, "%s: %s", host, gai_strerror(problem));
	problem = getnameinfo(found->ai_addr, found->ai_addrlen, ret, (socklen_t)size, NULL, 0,
			      NI_NUMERICHOST);
	freeaddrinfo(found);
	if (problem)
		return error_create(ERROR_OS, "%s: %s", host, gai_strerror(problem));
	return NULL;
}
