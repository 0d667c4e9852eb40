// SPDX-License-Identifier: GPL-2.0-or-later
/* Physical memory: RAM and the crash regions. */
#include "base/alloc.h"
#include "kexec/machine_parts.h"

#include <stdio.h>
#include <string.h>

#define IOMEM_CAP    (16 << 20)
#define CMA_CAP	     65536
#define CRASH_REGION "Crash kernel"

static struct error *read_iomem(struct machine *machine)
{
	auto_free char *text = NULL;
	size_t size;

	TRY(host_read(machine->host, "/proc/iomem", IOMEM_CAP, &text, &size));
	TRY(iomem_parse(text, size, &machine->iomem));
	if (!machine->iomem.all_zero)
		return iomem_ram(&machine->iomem, &machine->ram);
	/* %pK-like: without CAP_SYS_ADMIN the kernel shows zeros, since v4.6. */
	return error_create(ERROR_ABSENT, "/proc/iomem: the addresses are hidden from this user "
					  "(CAP_SYS_ADMIN is needed)");
}

/*
 * "START-END" a line. The kernel leaves these out of /proc/iomem; the file is there since v7.0.
 */
static struct error *read_cma(struct machine *machine)
{
	static const char path[] = "/sys/kernel/kexec/crash_cma_ranges";
	auto_free char *text = NULL;
	char *line, *save = NULL;
	size_t size;

	TRY(host_read(machine->host, path, CMA_CAP, &text, &size));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned long long start, end;
		int used = 0;

		if (sscanf(line, "%llx-%llx%n", &start, &end, &used) != 2 || line[used] ||
		    start > end)
			return error_create(ERROR_BAD_DATA, "%s: expected START-END: \"%.60s\"",
					    path, line);
		TRY(ranges_add(&machine->crash_cma, start, end));
		TRY(ranges_add(&machine->crash, start, end));
	}
	return NULL;
}

/*
 * Linux loads into crashk_res, which is the highest of the entries: a low region is there only for
 * the devices of a capture kernel above 4 GiB. Not of @machine->crash: there, neighbours are
 * joined.
 */
static struct error *find_crash_region(struct machine *machine)
{
	const struct iomem *iomem = &machine->iomem;

	if (machine_problem(machine, "iomem"))
		return error_create(ERROR_ABSENT, "/proc/iomem could not be read");
	for (size_t i = 0; i < iomem->count; i++) {
		const struct iomem_entry *entry = &iomem->entries[i];

		if (strcmp(entry->name, CRASH_REGION))
			continue;
		if (!machine->has_crash_region || entry->start > machine->crash_region.start)
			machine->crash_region = (struct range){ entry->start, entry->end };
		machine->has_crash_region = true;
	}
	if (!machine->has_crash_region)
		return error_create(ERROR_NOT_FOUND,
				    "no memory is reserved for a capture kernel: boot with "
				    "crashkernel=SIZE");
	return iomem_ranges(iomem, CRASH_REGION, &machine->crash);
}

struct error *machine_gather_memory(struct machine *machine)
{
	TRY(machine_unknown(machine, "iomem",
			    "memory and the crash region are not known: nothing can be planned",
			    read_iomem(machine)));
	machine->memory_bytes = ranges_bytes(&machine->ram);
	TRY(machine_unknown(machine, "crash_region", "no capture kernel can be loaded",
			    find_crash_region(machine)));
	return machine_unknown(machine, "crash_cma",
			       "the capture kernel would not be given this memory",
			       machine_optional(read_cma(machine)));
}
