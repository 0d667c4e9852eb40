/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory map that a kernel to be started is told: x86's e820. */
#ifndef KEXEC_MEMORY_MAP_H
#define KEXEC_MEMORY_MAP_H

#include "kexec/plan.h"

void memory_map_deinit(struct memory_map *map);
/*
 * For a capture kernel: RAM are the first MiB's and the crash regions, less @taken (elfcorehdr, the
 * backup); what firmware keeps is told as it is, so that ACPI and devices work.
 */
must_check struct error *memory_map_make_crash(const struct machine *machine,
					       const struct ranges *taken, struct memory_map *ret);
/*
 * All of the machine, as its firmware told the first kernel (/sys/firmware/memmap), else as
 * /proc/iomem has it.
 */
must_check struct error *memory_map_make_whole(const struct machine *machine,
					       struct memory_map *ret);
uint64_t memory_map_bytes(const struct memory_map *map, enum memory_type type);
/* "RAM", "reserved", "ACPI tables"… */
const char *memory_type_name(enum memory_type type);

#endif
