/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first MiB: a capture kernel needs some of it to start its CPUs, and firmware scribbles there.
 * Kernels that keep out of it themselves (6f599d84231f, v5.5; f1d4d47c5851, v5.13) lose nothing;
 * of others it must be copied away before the capture kernel runs.
 */
#ifndef KEXEC_LOW_MEMORY_H
#define KEXEC_LOW_MEMORY_H

#include "kexec/machine.h"

/*
 * Does the running kernel keep nothing of its own in the first MiB? Told by what is there: the
 * flags of its pages (/proc/kpageflags), or that the kernel writes elfcorehdr itself. False when
 * that cannot be told: a backup that is not needed does no harm.
 */
must_check struct error *low_memory_reserved(const struct machine *machine, bool *ret);
/* The RAM to back up in *@ret; false: there is none. */
bool low_memory_range(const struct machine *machine, struct range *ret);

#endif
