// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a library when it is first called. */
#include "late/late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *late_symbol(struct late_library *library, const char *name)
{
	void *symbol = NULL;

	pthread_mutex_lock(&lock);
	if (!library->handle && !library->failed) {
		library->handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
		library->failed = !library->handle;
	}
	if (library->handle)
		symbol = dlsym(library->handle, name);
	pthread_mutex_unlock(&lock);
	return symbol;
}
