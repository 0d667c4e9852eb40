/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF header that tells a capture kernel where the dead kernel's memory is: it becomes the head
 * of /proc/vmcore. As fs/proc/vmcore.c of Linux reads it and kernel/crash_core.c writes it: 64-bit,
 * ET_CORE, p_offset of every header is the physical address of its bytes.
 */
#ifndef KEXEC_ELFCOREHDR_H
#define KEXEC_ELFCOREHDR_H

#include "kexec/plan.h"

/* What the kernel asks of its place; a page in truth, as every segment. */
#define ELFCOREHDR_ALIGNMENT 1024
/* Room that is always given, so that what comes behind it does not move with a CPU more. */
#define ELFCOREHDR_LEAST 0x4000

struct elfcorehdr {
	uint8_t *data;
	size_t size;
	struct elfcorehdr_entry *entries; /* in the header's order */
	size_t count;
};

/*
 * The first MiB, as far as it is RAM: BIOS and the capture kernel's own start overwrite it, so that
 * it is no part of the dump (@reserved: the running kernel keeps nothing of its own there), or was
 * copied to @backup first.
 */
struct elfcorehdr_low {
	bool reserved;
	uint64_t backup_source, backup_target, backup_size; /* with a @backup_size */
};

/*
 * The headers of @machine: notes of each CPU, vmcoreinfo, the kernel's text, all RAM but the crash
 * regions. An error when something that a dump cannot be read without is not known of the machine;
 * without its text the header goes without that entry.
 */
must_check struct error *elfcorehdr_make(const struct machine *machine,
					 const struct elfcorehdr_low *low, struct elfcorehdr *ret);
void elfcorehdr_deinit(struct elfcorehdr *header);

#endif
