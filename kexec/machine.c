// SPDX-License-Identifier: GPL-2.0-or-later
/* What arming must know of a machine: put together, problems and all. */
#include "kexec/machine.h"

#include "base/alloc.h"
#include "kexec/machine_parts.h"

#include <elf.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMMAND_LINE_CAP 65536

struct error *machine_unknown(struct machine *machine, const char *what, const char *means,
			      struct error *why)
{
	size_t room = machine->nr_problems;
	struct error *err;

	if (!why || why->code == ERROR_NOMEM || why->code == ERROR_INTERRUPTED)
		return why;
	err = alloc_grow(&machine->problems, &room, machine->nr_problems + 1,
			 sizeof(*machine->problems));
	if (err) {
		error_free(why);
		return err;
	}
	machine->problems[machine->nr_problems++] = (struct machine_problem){ what, means, why };
	return NULL;
}

struct error *machine_optional(struct error *err)
{
	if (!err || err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	return NULL;
}

const struct error *machine_problem(const struct machine *machine, const char *what)
{
	for (size_t i = 0; i < machine->nr_problems; i++) {
		if (!strcmp(machine->problems[i].what, what))
			return machine->problems[i].why;
	}
	return NULL;
}

/* Machines as uname(2) names them. */
static uint16_t elf_machine_of(const char *name)
{
	static const struct {
		const char *name;
		uint16_t elf_machine;
	} known[] = {
		{ "x86_64", EM_X86_64 },	 { "aarch64", EM_AARCH64 },
		{ "riscv64", EM_RISCV },	 { "s390x", EM_S390 },
		{ "ppc64le", EM_PPC64 },	 { "ppc64", EM_PPC64 },
		{ "loongarch64", EM_LOONGARCH }, { "i686", EM_386 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].name, name))
			return known[i].elf_machine;
	}
	return EM_NONE;
}

static struct error *read_command_line(struct machine *machine)
{
	size_t size;

	TRY(host_read(machine->host, "/proc/cmdline", COMMAND_LINE_CAP, &machine->command_line,
		      &size));
	if (size && machine->command_line[size - 1] == '\n')
		machine->command_line[size - 1] = 0;
	return NULL;
}

static struct error *gather_names(struct machine *machine)
{
	TRY(machine_unknown(machine, "uname", "the running kernel's image cannot be looked for",
			    host_uname(machine->host, machine->release, machine->machine)));
	machine->elf_machine = elf_machine_of(machine->machine);
	return machine_unknown(machine, "command_line",
			       "there is no command line to derive the capture kernel's from",
			       read_command_line(machine));
}

/* May this process load a kernel? A snapshot shall show what a privileged one could do. */
static bool is_privileged(const struct host *host)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (host_root(host))
		return true;
	if (syscall(SYS_capget, &header, data))
		return geteuid() == 0;
	return data[CAP_TO_INDEX(CAP_SYS_BOOT)].effective & CAP_TO_MASK(CAP_SYS_BOOT);
}

static struct error *gather(struct machine *machine)
{
	machine->privileged = is_privileged(machine->host);
	TRY(gather_names(machine));
	TRY(machine_gather_memory(machine));
	TRY(machine_gather_kcore(machine));
	TRY(machine_gather_cpus(machine));
	TRY(machine_gather_efi(machine));
	TRY(machine_gather_state(machine));
	TRY(machine_gather_limits(machine));
	return machine_gather_firmware(machine);
}

struct error *machine_gather(struct host *host, struct machine *ret)
{
	struct machine machine = { .host = host, .panic_limit = -1, .reboot_limit = -1 };
	struct error *err = gather(&machine);

	if (err) {
		machine_deinit(&machine);
		return err;
	}
	*ret = machine;
	return NULL;
}

void machine_deinit(struct machine *machine)
{
	for (size_t i = 0; i < machine->nr_problems; i++)
		error_free(machine->problems[i].why);
	free(machine->problems);
	free(machine->command_line);
	iomem_deinit(&machine->iomem);
	ranges_deinit(&machine->ram);
	ranges_deinit(&machine->crash);
	ranges_deinit(&machine->crash_cma);
	free(machine->cpus);
	free(machine->boot_params);
	free(machine->runtime_map);
	free(machine->firmware_map);
	*machine = (struct machine){ 0 };
}
