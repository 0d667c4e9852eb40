/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "What if this machine had been booted with another crashkernel=?" */
#ifndef KEXEC_PRETEND_H
#define KEXEC_PRETEND_H

#include "kexec/machine.h"

/*
 * Gives @machine the crash region SIZE[,high][@START], as on a kernel's command line, instead of
 * those it has. Without START it lies where Linux would put it: as high as it can, below 4 GiB, or
 * above with ",high" (then with no region below). USAGE: no such region; ABSENT: no such hole.
 */
must_check struct error *pretend_crash_region(struct machine *machine, const char *text);

#endif
