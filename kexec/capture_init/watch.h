/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child of process 1 that must not hold it up. */
#ifndef CAPTURE_INIT_WATCH_H
#define CAPTURE_INIT_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Waits for @child and returns true when it ended with exit status 0. When it neither computes nor
 * reads nor writes anything for @seconds it is killed: a process that waits for a disk that is gone
 * waits for ever. *@broke_off: it was killed, by that, a fault, or for want of memory.
 */
bool watch_child(pid_t child, unsigned int seconds, bool *broke_off);

#endif
