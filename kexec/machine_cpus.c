// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPUs that can have notes, and where these are. Every cpuN directory is one that is present,
 * though it may be offline now; ids may be sparse.
 */
#include "base/alloc.h"
#include "kexec/machine_parts.h"

#include <stdio.h>
#include <string.h>

#define CPU_DIRECTORY "/sys/devices/system/cpu"
#define MAX_CPUS      65536 /* far above CONFIG_NR_CPUS of any kernel */

/* "cpuN" without leading zeros. */
static bool parse_cpu(const char *name, unsigned int *ret)
{
	char again[32];
	unsigned int id;

	if (sscanf(name, "cpu%u", &id) != 1 || id >= MAX_CPUS)
		return false;
	snprintf(again, sizeof(again), "cpu%u", id);
	*ret = id;
	return !strcmp(again, name);
}

static int compare_cpus(const void *a, const void *b)
{
	const struct machine_cpu *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static struct error *find_cpus(struct machine *machine)
{
	auto_free char **names = NULL;
	size_t count = 0;

	TRY(host_list(machine->host, CPU_DIRECTORY, &names));
	while (names[count])
		count++;
	machine->cpus = calloc(count + 1, sizeof(*machine->cpus));
	if (!machine->cpus)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		char path[64];
		unsigned int id;

		if (!parse_cpu(names[i], &id))
			continue;
		snprintf(path, sizeof(path), CPU_DIRECTORY "/cpu%u", id);
		if (host_has(machine->host, path))
			machine->cpus[machine->nr_cpus++].id = id;
	}
	qsort(machine->cpus, machine->nr_cpus, sizeof(*machine->cpus), compare_cpus);
	if (!machine->nr_cpus)
		return error_create(ERROR_NOT_FOUND, CPU_DIRECTORY ": no CPU");
	return NULL;
}

/* A CPU that cannot be taken offline has no such file. */
static struct error *read_online(struct machine *machine, struct machine_cpu *cpu)
{
	char path[64];
	uint64_t online = 1;

	snprintf(path, sizeof(path), CPU_DIRECTORY "/cpu%u/online", cpu->id);
	TRY(machine_optional(host_read_number(machine->host, path, false, &online)));
	cpu->online = online != 0;
	return NULL;
}

static struct error *read_notes(struct machine *machine, struct machine_cpu *cpu)
{
	uint64_t address, size;
	char path[64];

	snprintf(path, sizeof(path), CPU_DIRECTORY "/cpu%u/crash_notes", cpu->id);
	TRY(host_read_number(machine->host, path, true, &address));
	snprintf(path, sizeof(path), CPU_DIRECTORY "/cpu%u/crash_notes_size", cpu->id);
	TRY(host_read_number(machine->host, path, false, &size));
	if (!address || !size || size - 1 > UINT64_MAX - address)
		return error_create(ERROR_BAD_DATA, "%s: no place for notes: 0x%llx, %llu bytes",
				    path, (unsigned long long)address, (unsigned long long)size);
	cpu->notes = address;
	cpu->notes_size = size;
	return NULL;
}

/* "0xADDRESS HEXLENGTH" */
static struct error *read_vmcoreinfo(struct machine *machine)
{
	static const char path[] = "/sys/kernel/vmcoreinfo";
	unsigned long long address, size;
	char line[128];
	int used = 0;

	TRY(host_read_line(machine->host, path, line, sizeof(line)));
	if (sscanf(line, "0x%llx %llx%n", &address, &size, &used) != 2 || line[used] || !address ||
	    !size || size - 1 > UINT64_MAX - address)
		return error_create(ERROR_BAD_DATA, "%s: expected \"0xADDRESS SIZE\": \"%s\"", path,
				    line);
	machine->vmcoreinfo = address;
	machine->vmcoreinfo_size = size;
	return NULL;
}

static struct error *read_all_online(struct machine *machine)
{
	for (size_t i = 0; i < machine->nr_cpus; i++)
		TRY(read_online(machine, &machine->cpus[i]));
	return NULL;
}

/* Goes on after a failure: what is known of the other CPUs is worth having. */
static struct error *read_all_notes(struct machine *machine)
{
	struct error *first = NULL;

	for (size_t i = 0; i < machine->nr_cpus; i++) {
		struct error *err = read_notes(machine, &machine->cpus[i]);

		if (first)
			error_free(err);
		else
			first = err;
	}
	return first;
}

struct error *machine_gather_cpus(struct machine *machine)
{
	struct error *err = find_cpus(machine);

	if (!err)
		err = read_all_online(machine);
	TRY(machine_unknown(machine, "cpus", "the dump would have no registers", err));
	TRY(machine_unknown(machine, "crash_notes",
			    "the dump would lack registers of CPUs: kexec_load cannot be used",
			    read_all_notes(machine)));
	return machine_unknown(machine, "vmcoreinfo",
			       "the dump could hardly be read: kexec_load cannot be used",
			       read_vmcoreinfo(machine));
}
