// SPDX-License-Identifier: GPL-2.0-or-later
/* disarm: unloads the crash kernel. */
#include "commands/program.h"
#include "kexec/arm.h"
#include "kexec/load.h"

enum { WAS_ARMED, ARMED };
static const struct column columns[] = {
	[WAS_ARMED] = { "was_armed", COLUMN_BOOL, .heading = "WAS ARMED",
			.summary = "was a crash kernel loaded" },
	[ARMED] = { "armed", COLUMN_BOOL, .summary = "is one loaded now" },
};
static const struct table disarm_table = { TABLE_COLUMNS(columns), .look = LOOK_RECORD };
static const struct table *const tables[] = { &disarm_table, NULL };

static struct error *disarm(struct output *out, struct host *host, const struct machine *machine)
{
	bool before, after;

	TRY(arm_is_loaded(host, true, &before));
	if (before)
		TRY(load_unload(machine, true));
	TRY(state_arming_forget(STATE_RUN_FOLDER));
	TRY(arm_is_loaded(host, true, &after));
	output_begin(out, &disarm_table);
	output_bool(out, WAS_ARMED, before);
	output_bool(out, ARMED, after);
	output_row(out);
	if (after)
		return error_create(ERROR_OS,
				    "the kernel says that a crash kernel is still loaded: "
				    "another program loaded one meanwhile");
	return NULL;
}

static struct error *run(struct program_run *run)
{
	struct machine machine;
	struct host *host;
	struct error *err;

	if (run->arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	TRY(host_open(NULL, &host));
	err = machine_gather(host, &machine);
	if (!err) {
		err = disarm(run->out, host, &machine);
		machine_deinit(&machine);
	}
	host_close(host);
	return err;
}

const struct program disarm_program = {
	.name = "disarm",
	.summary = "unload the crash kernel",
	.usage = "[--json]",
	.help = "The memory stays reserved for it. Works under Secure Boot too, where other tools'\n"
		"unloading is refused.\n",
	.tables = tables,
	.run = run,
};
