/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What process 1 of an initramfs does before its own work: file systems, a console, a voice,
 * modules. For static programs, which the kernel starts as /init.
 */
#ifndef PROCESS1_PROCESS1_H
#define PROCESS1_PROCESS1_H

#include "base/error.h"

#include <stddef.h>

/* Files of the initramfs, below its root. */
#define PROCESS1_MODULES "modules" /* a directory of N.ko… */
#define PROCESS1_MODULES_LIST                                                                      \
	"modules.list" /* …and their paths, a line each, in the order to load */

/* Mounts /proc, /sys and /dev and opens the console. Each line that is said begins with @says,
 * which is borrowed. */
void process1_start(const char *says);

/* A line in the kernel's log, at a level that always reaches the console. */
void say(const char *fmt, ...) printf_like(1, 2);

/* The modules of the list, each told on the console when the kernel does not take it. */
void modules_load(void);

#endif
