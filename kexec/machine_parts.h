/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of gathering a machine: each fills in its fields, and what it cannot find out becomes a
 * problem. They fail only when memory is short or on Ctrl-C. Private to machine*.c.
 */
#ifndef KEXEC_MACHINE_PARTS_H
#define KEXEC_MACHINE_PARTS_H

#include "kexec/machine.h"

/*
 * Notes that @what is not known because of @why (taken over; NULL: it is known). @means is a
 * literal. NOMEM and INTERRUPTED are no such reason: they come back.
 */
must_check struct error *machine_unknown(struct machine *machine, const char *what,
					 const char *means, struct error *why);
/* Frees a NOT_FOUND: the kernel does not have the file, and that is an answer. */
must_check struct error *machine_optional(struct error *err);

/* The order matters: each uses what the ones before it found. */
must_check struct error *machine_gather_memory(struct machine *machine);
must_check struct error *machine_gather_kcore(struct machine *machine);
must_check struct error *machine_gather_cpus(struct machine *machine);
must_check struct error *machine_gather_efi(struct machine *machine);
must_check struct error *machine_gather_state(struct machine *machine);
must_check struct error *machine_gather_limits(struct machine *machine);
must_check struct error *machine_gather_firmware(struct machine *machine);

#endif
