/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Was a lock held when the kernel died? What it guards may have been changing then. Of spinlocks,
 * mutexes, rwlocks and semaphores alike; with PREEMPT_RT all of these are made of rt_mutexes.
 */
#ifndef VALIDATE_LOCK_STATE_H
#define VALIDATE_LOCK_STATE_H

#include "image/image.h"

/* The lock at @address; false also where it cannot be read. */
bool lock_is_held(struct image *image, uint64_t address);
/* The global lock @name; NULL, or one that this kernel lacks: false. */
bool lock_named_is_held(struct image *image, const char *name);
/* Is this a kernel with PREEMPT_RT? */
bool lock_is_rt(struct image *image);

#endif
