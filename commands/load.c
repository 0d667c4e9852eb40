// SPDX-License-Identifier: GPL-2.0-or-later
/* load: loads a kernel for `exec` to start. */
#include "kexec/load.h"
#include "commands/load_options.h"

static struct error *unload(struct program_run *run)
{
	struct machine machine = { 0 };
	struct host *host;
	struct error *err;
	size_t expected = arguments_has_name(run->arguments, "json") ? 2 : 1;

	if (run->arguments->nr_operands || run->arguments->nr_options > expected)
		return error_create(ERROR_USAGE, "--unload goes with nothing else");
	TRY(host_open(NULL, &host));
	err = machine_gather(host, &machine);
	if (!err) {
		err = load_unload(&machine, false);
		machine_deinit(&machine);
	}
	host_close(host);
	return err;
}

static struct error *run(struct program_run *run)
{
	if (arguments_has_name(run->arguments, "unload"))
		return unload(run);
	return load_kernel(run, false);
}

static const struct option_spec options[] = {
	LOAD_OPTIONS_FILES,
	LOAD_OPTIONS_LINE,
	LOAD_OPTIONS_HOW,
	{ 0, "unload", NULL, "unload what is loaded" },
	{ 0 },
};
static const struct table *const tables[] = { &load_checks_table, &load_result_table, NULL };

const struct program load_program = {
	.name = "load",
	.summary = "load a kernel for kx-crash exec to start",
	.usage = "[--kernel IMAGE] [--initrd FILE | --no-initrd] "
		 "[[--reuse-cmdline] [--remove NAME]… | --command-line LINE] [--append WORDS] "
		 "[--syscall auto|load|file] [--dry-run] [--json] | --unload",
	.help = "As arm, but the kernel is loaded into free memory, to be started on purpose: no\n"
		"crashkernel= is needed. Without options the running kernel is loaded again, with its\n"
		"own command line.\n\n"
		"Examples:\n"
		"  kx-crash load --kernel /boot/vmlinuz-NEW && systemctl kexec\n"
		"  kx-crash load --unload\n",
	.options = options,
	.tables = tables,
	.run = run,
};
