// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks: what the loaded kernel is told. */
#include "kexec/check.h"
#include "kexec/command_line.h"

#include <stdio.h>
#include <string.h>

/* "elfcorehdr=0x… " that the kernel itself puts in front: MAX_ELFCOREHDR_STR_LEN of
 * arch/x86/kernel/kexec-bzimage64.c. */
#define FILE_LOAD_ADDS 30

static void command_line(const struct check_input *in, struct check_result *ret)
{
	char value[64];

	if (!in->command_line) {
		check_say(ret, CHECK_FAILED, "%s",
			  in->command_line_error ? in->command_line_error->message
						 : "it could not be made");
		check_advise(ret, "Give all of it with --command-line");
		return;
	}
	check_say(ret, CHECK_OK, "%s", in->command_line);
	if (!in->crash)
		return;
	if (command_line_value(in->command_line, "crashkernel", value, sizeof(value))) {
		check_say(ret, CHECK_WARNING,
			  "crashkernel=%s is on the capture kernel's own command line", value);
		check_advise(ret, "It would reserve its own memory away: --remove crashkernel");
	} else if (!command_line_value(in->command_line, "nr_cpus", value, sizeof(value)) &&
		   !command_line_value(in->command_line, "maxcpus", value, sizeof(value))) {
		check_say(ret, CHECK_WARNING,
			  "neither nr_cpus= nor maxcpus= is on the command line: every CPU takes "
			  "memory of the capture kernel's");
		check_advise(ret, "--append nr_cpus=1");
	}
}
const struct check command_line_check = { "command_line", "is the command line good",
					  command_line };

static void command_line_length(const struct check_input *in, struct check_result *ret)
{
	bool planned = in->call == CALL_KEXEC_LOAD && in->plan;
	const char *line = planned ? in->plan->command_line : in->command_line;
	size_t size, limit;

	if (!in->image || !line || !in->image->command_line_max) {
		check_say(ret, CHECK_SKIPPED, "there is no image or no command line");
		return;
	}
	size = strlen(line);
	limit = in->image->command_line_max;
	if (in->call == CALL_KEXEC_FILE_LOAD && in->crash)
		size += FILE_LOAD_ADDS;
	if (size <= limit) {
		check_say(ret, CHECK_OK, "%zu of %zu bytes", size, limit);
		return;
	}
	check_say(ret, CHECK_FAILED, "the command line is %zu bytes long, the image takes %zu",
		  size, limit);
	check_advise(ret, "Shorten it with --remove, or give a short one with --command-line");
}
const struct check command_line_length_check = { "command_line_length",
						 "does the image take a command line that long",
						 command_line_length };

/* What the kernel itself knows need not be found out. */
static bool kernel_knows(const struct check_input *in, struct check_result *ret)
{
	if (!in->crash)
		check_say(ret, CHECK_SKIPPED, "of a crash kernel alone");
	else if (in->call == CALL_KEXEC_FILE_LOAD)
		check_say(ret, CHECK_SKIPPED, "kexec_file_load: the kernel itself knows");
	return ret->state == CHECK_SKIPPED;
}

static void add_problem(const struct check_input *in, struct check_result *ret, const char *what)
{
	const struct error *why = machine_problem(in->machine, what);
	size_t len = strlen(ret->why);

	if (why && len < sizeof(ret->why))
		snprintf(ret->why + len, sizeof(ret->why) - len, ": %s", why->message);
}

static void cpu_notes(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	size_t missing = 0;
	unsigned int first = 0;

	if (kernel_knows(in, ret))
		return;
	for (size_t i = 0; i < machine->nr_cpus; i++) {
		if (machine->cpus[i].notes)
			continue;
		if (!missing++)
			first = machine->cpus[i].id;
	}
	if (machine->nr_cpus && !missing) {
		check_say(ret, CHECK_OK, "%zu CPUs have one", machine->nr_cpus);
		return;
	}
	if (!machine->nr_cpus)
		check_say(ret, CHECK_FAILED, "no CPU was found");
	else
		check_say(ret, CHECK_FAILED, "%zu of %zu CPUs have none, CPU %u first", missing,
			  machine->nr_cpus, first);
	add_problem(in, ret, "crash_notes");
	check_advise(ret, "The dump would lack their registers: run as root, with /sys mounted, or "
			  "use --syscall file");
}
const struct check cpu_notes_check = { "cpu_notes", "has every CPU a note for its registers",
				       cpu_notes };

static void vmcoreinfo(const struct check_input *in, struct check_result *ret)
{
	if (kernel_knows(in, ret))
		return;
	if (in->machine->vmcoreinfo && in->machine->vmcoreinfo_size) {
		check_say(ret, CHECK_OK, "at 0x%llx", (unsigned long long)in->machine->vmcoreinfo);
		return;
	}
	check_say(ret, CHECK_FAILED, "where VMCOREINFO lies is not known");
	add_problem(in, ret, "vmcoreinfo");
	check_advise(ret,
		     "No tool could make sense of the dump: mount /sys, or use --syscall file");
}
const struct check vmcoreinfo_check = { "vmcoreinfo", "is VMCOREINFO there", vmcoreinfo };

static void kernel_text(const struct check_input *in, struct check_result *ret)
{
	if (kernel_knows(in, ret))
		return;
	if (in->machine->has_text) {
		check_say(ret, CHECK_OK, "0x%llx at 0x%llx",
			  (unsigned long long)in->machine->text_virt,
			  (unsigned long long)in->machine->text_phys);
		return;
	}
	check_say(ret, CHECK_WARNING, "where the kernel's own text is mapped is not known");
	add_problem(in, ret, "text");
	check_advise(ret, "The dump will lack that segment; gdb and older tools miss it");
}
const struct check kernel_text_check = { "kernel_text", "is the kernel's text known", kernel_text };

static void acpi(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;
	char value[32];

	if (!machine->efi) {
		check_say(ret, CHECK_OK, "no EFI: the kernel finds them itself");
	} else if (machine->acpi_rsdp ||
		   (in->image && in->image->efi_kexec && machine->nr_runtime_map)) {
		check_say(ret, CHECK_OK, "the kernel is told where they are");
	} else if (in->command_line &&
		   command_line_value(in->command_line, "acpi_rsdp", value, sizeof(value))) {
		check_say(ret, CHECK_OK, "acpi_rsdp=%s", value);
	} else {
		check_say(ret, CHECK_WARNING,
			  "the machine was booted by EFI, and where its ACPI tables are is not "
			  "known: the loaded kernel may find no devices");
		check_advise(ret, "--append acpi_rsdp=ADDRESS; ACPI's own is in "
				  "/sys/firmware/efi/systab");
	}
}
const struct check acpi_check = { "acpi", "will the kernel find the ACPI tables", acpi };

static void hotplug(const struct check_input *in, struct check_result *ret)
{
	const struct machine *machine = in->machine;

	if (!in->crash || !in->hotplug) {
		check_say(ret, CHECK_SKIPPED, "not asked for");
	} else if (machine->elfcorehdr_size) {
		check_say(ret, CHECK_OK, "the kernel keeps elfcorehdr up to date");
	} else {
		check_say(ret, CHECK_FAILED,
			  "this kernel does not keep elfcorehdr up to date itself");
		check_advise(ret,
			     "Leave --hotplug out: the udev rule arms anew when CPUs or memory "
			     "come and go");
	}
}
const struct check hotplug_check = { "hotplug", "does the kernel follow hotplugged CPUs and memory",
				     hotplug };
