/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies in the crash region, as a few digits: when they are others than after arming, another
 * program has loaded something there, or the memory was altered. No secret is involved and no
 * attacker: purgatory's SHA-256 is for the moment of the crash.
 */
#ifndef KEXEC_FINGERPRINT_H
#define KEXEC_FINGERPRINT_H

#include "kexec/machine.h"

/*
 * Reads the crash region through /proc/kcore. Left out is what the kernel itself keeps up to date
 * after hotplug: elfcorehdr, where the machine has @elfcorehdr_size. UNSUPPORTED: the region or the
 * direct map is not known; OS: /proc/kcore is closed to us.
 */
must_check struct error *fingerprint_make(const struct machine *machine, char ret[17]);

#endif
