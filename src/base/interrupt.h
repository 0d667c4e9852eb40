/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ctrl-C as a flag: the shell sets it, long loops and every read of the dump poll it. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include "base/error.h"

#include <signal.h>

extern volatile sig_atomic_t interrupt_pending;

/* ERROR_INTERRUPTED when the user has asked to stop. Cheap. */
static inline must_check struct error *interrupt_check(void)
{
	if (__builtin_expect(interrupt_pending, 0))
		return error_create(ERROR_INTERRUPTED, "interrupted");
	return NULL;
}

#endif
