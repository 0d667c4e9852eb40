// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel says of kexec: Documentation/ABI/testing/sysfs-kernel-kexec-kdump of Linux. The
 * files moved into /sys/kernel/kexec with v7.0; the old names may go.
 */
#include "kexec/machine_parts.h"

#include <stdio.h>
#include <string.h>

/* @name below /sys/kernel/kexec, or /sys/kernel/@old. */
static struct error *read_state(struct machine *machine, const char *name, const char *old,
				uint64_t *ret)
{
	struct error *err;
	char path[96];

	snprintf(path, sizeof(path), "/sys/kernel/kexec/%s", name);
	err = host_read_number(machine->host, path, false, ret);
	if (!err || err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	snprintf(path, sizeof(path), "/sys/kernel/%s", old);
	return host_read_number(machine->host, path, false, ret);
}

static struct error *read_flag(struct machine *machine, const char *name, const char *old,
			       bool *ret)
{
	uint64_t value;

	TRY(read_state(machine, name, old, &value));
	*ret = value != 0;
	return NULL;
}

/* A kernel that has none of kexec lacks the file "loaded", too. */
static struct error *read_loaded(struct machine *machine)
{
	struct error *err = read_flag(machine, "loaded", "kexec_loaded", &machine->loaded);

	machine->has_kexec_load = machine->has_file_load = !err || err->code != ERROR_NOT_FOUND;
	if (machine->has_kexec_load)
		return err;
	error_free(err);
	return error_create(ERROR_NOT_FOUND, "this kernel was built without kexec");
}

static struct error *read_hotplug(struct machine *machine)
{
	static const char cpu[] = "/sys/devices/system/cpu/crash_hotplug",
			  memory[] = "/sys/devices/system/memory/crash_hotplug";
	uint64_t value = 0;

	TRY(machine_optional(host_read_number(machine->host, cpu, false, &value)));
	machine->hotplug_cpu = value != 0;
	value = 0;
	TRY(machine_optional(host_read_number(machine->host, memory, false, &value)));
	machine->hotplug_memory = value != 0;
	return machine_optional(read_state(machine, "crash_elfcorehdr_size",
					   "crash_elfcorehdr_size", &machine->elfcorehdr_size));
}

struct error *machine_gather_state(struct machine *machine)
{
	TRY(machine_unknown(machine, "loaded", "no kernel can be loaded", read_loaded(machine)));
	if (!machine->has_kexec_load) /* all the rest is missing, too */
		return NULL;
	TRY(machine_unknown(
		machine, "crash_loaded", "whether the machine is armed cannot be told",
		read_flag(machine, "crash_loaded", "kexec_crash_loaded", &machine->crash_loaded)));
	TRY(machine_unknown(
		machine, "crash_size", "the crash region's size is not confirmed",
		read_state(machine, "crash_size", "kexec_crash_size", &machine->crash_size)));
	return machine_unknown(machine, "crash_hotplug",
			       "CPUs and memory that are plugged in later would be missed",
			       read_hotplug(machine));
}
