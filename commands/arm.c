// SPDX-License-Identifier: GPL-2.0-or-later
/* arm: loads the kernel that will save the dump when this one dies. */
#include "commands/load_options.h"

static struct error *run(struct program_run *run)
{
	return load_kernel(run, true);
}

static const struct option_spec options[] = {
	LOAD_OPTIONS_FILES,
	LOAD_OPTIONS_CAPTURE,
	LOAD_OPTIONS_LINE,
	LOAD_OPTIONS_HOW,
	{ 0, "hotplug", NULL, "let the kernel follow hotplugged CPUs and memory" },
	{ 0 },
};
static const struct table *const tables[] = { &load_checks_table, &load_result_table, NULL };

const struct program arm_program = {
	.name = "arm",
	.summary = "load the kernel that saves the dump when this one dies",
	.usage = "[--kernel IMAGE] [--initrd FILE | --no-initrd | --capture CONFIG] "
		 "[[--reuse-cmdline] [--remove NAME]… | --command-line LINE] [--append WORDS] "
		 "[--syscall auto|load|file] [--hotplug] [--dry-run] [--json]",
	.help = "Memory must be reserved for it with crashkernel= when the machine boots; kx-crash\n"
		"estimate tells how much. Without options the running kernel's own image and\n"
		"initramfs are loaded (one made for kdump is preferred), with the running kernel's\n"
		"command line less what a capture kernel must not have.\n\n"
		"Everything is checked first, and nothing is loaded when a check fails: a load that\n"
		"fails would leave the machine without a crash kernel. Should one fail all the same,\n"
		"what was armed before is armed again.\n\n"
		"--capture makes an initramfs of CONFIG for the kernel that is loaded, as kx-crash\n"
		"mkinitrd does, and loads that: /var/lib/kx-crash/capture-RELEASE.img.\n\n"
		"--syscall auto prefers kexec_file_load, and says why when it takes the other one. It\n"
		"never tries one after the other.\n\n"
		"Examples:\n"
		"  kx-crash arm --dry-run\n"
		"  kx-crash arm --capture /etc/kx-crash/capture.conf\n"
		"  kx-crash arm --remove quiet --append 'console=ttyS0 systemd.unit=kdump.target'\n",
	.options = options,
	.tables = tables,
	.run = run,
};
