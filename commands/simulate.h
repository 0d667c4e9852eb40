/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of simulate: a plan, table by table. */
#ifndef COMMANDS_SIMULATE_H
#define COMMANDS_SIMULATE_H

#include "base/arena.h"
#include "base/output.h"
#include "kexec/arm.h"

extern const struct table simulate_machine_table, simulate_region_table, simulate_segment_table,
	simulate_elfcorehdr_table, simulate_map_table, simulate_line_table,
	simulate_purgatory_table;

void simulate_show_machine(struct output *out, const struct arm *arm);
/* Calls @each for the crash regions: "load" (segments go there), "low", "high", and "cma" last. */
must_check struct error *simulate_each_region(const struct machine *machine,
					      struct error *(*each)(void *context, const char *name,
								    const struct range *region),
					      void *context);
must_check struct error *simulate_show_regions(struct output *out, const struct machine *machine);
/* What a plan holds: all its tables. */
void simulate_show_plan(struct output *out, const struct plan *plan);
/*
 * What is where: the machine's memory, and in it what @plan (NULL: none was made) would put there.
 * Strings are from @arena.
 */
must_check struct error *simulate_draw(struct output *out, struct arena *arena,
				       const struct machine *machine, const struct plan *plan);

#endif
