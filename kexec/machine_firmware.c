// SPDX-License-Identifier: GPL-2.0-or-later
/* What firmware said of memory, and what the running kernel makes of its start. */
#include "base/alloc.h"
#include "kexec/low_memory.h"
#include "kexec/machine_parts.h"

#include <stdio.h>
#include <string.h>

#define MEMMAP "/sys/firmware/memmap"
/* More than any firmware's, and any that was put together by hand. */
#define RANGES_CAP 4096

static struct error *read_range(struct host *host, const char *name,
				struct machine_firmware_range *ret)
{
	char path[96];

	snprintf(path, sizeof(path), MEMMAP "/%.16s/start", name);
	TRY(host_read_number(host, path, false, &ret->start));
	snprintf(path, sizeof(path), MEMMAP "/%.16s/end", name);
	TRY(host_read_number(host, path, false, &ret->end));
	if (ret->start > ret->end)
		return error_create(ERROR_BAD_DATA, MEMMAP "/%.16s ends before it begins", name);
	snprintf(path, sizeof(path), MEMMAP "/%.16s/type", name);
	return host_read_line(host, path, ret->type, sizeof(ret->type));
}

static struct error *read_map(struct machine *machine)
{
	auto_free char **names = NULL;
	size_t count = 0;

	TRY(host_list(machine->host, MEMMAP, &names));
	while (names[count])
		count++;
	TRY(alloc_array(count + 1, sizeof(*machine->firmware_map), RANGES_CAP,
			"the firmware's memory map", &machine->firmware_map));
	for (size_t i = 0; i < count; i++) {
		TRY(read_range(machine->host, names[i],
			       &machine->firmware_map[machine->nr_firmware_map]));
		machine->nr_firmware_map++;
	}
	return NULL;
}

/* Half of a map is worse than that of /proc/iomem. */
static struct error *read_whole_map(struct machine *machine)
{
	struct error *err = read_map(machine);

	if (err)
		machine->nr_firmware_map = 0;
	return machine_optional(err);
}

struct error *machine_gather_firmware(struct machine *machine)
{
	TRY(machine_unknown(machine, "firmware_map",
			    "a kernel for exec is told the memory map of /proc/iomem",
			    read_whole_map(machine)));
	return machine_unknown(machine, "low_memory", "the first MiB is backed up, needed or not",
			       low_memory_reserved(machine, &machine->low_reserved));
}
