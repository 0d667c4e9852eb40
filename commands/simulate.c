// SPDX-License-Identifier: GPL-2.0-or-later
/* simulate: what arming would do, here or on the machine of a snapshot. Loads nothing. */
#include "commands/simulate.h"

#include "commands/load_options.h"
#include "commands/memory_picture.h"

enum { CHECK_KIND, CALL, CHECK, STATE, WHY, ADVICE };
static const struct column check_columns[] = {
	[CHECK_KIND] = { "kind", COLUMN_TEXT, .summary = "check" },
	[CALL] = { "system_call", COLUMN_TEXT, .summary = "kexec_load or kexec_file_load" },
	[CHECK] = { "check", COLUMN_TEXT, .summary = "what was checked" },
	[STATE] = { "state", COLUMN_TEXT, .summary = "ok, warning, failed or skipped" },
	[WHY] = { "why", COLUMN_TEXT, .summary = "what was found" },
	[ADVICE] = { "advice", COLUMN_TEXT, .summary = "what to do; null when all is well" },
};
static const struct table check_table = {
	TABLE_COLUMNS(check_columns),
	.look = LOOK_LINE,
	.group = "Checks for {system_call}",
	.line = "{state:-8} {check:-20}{why}(?\n                             {advice}.)",
};

enum { OUTCOME_KIND, OUTCOME_CALL, OUTCOME_WHY, WOULD_WORK, FAILED, WARNINGS };
static const struct column outcome_columns[] = {
	[OUTCOME_KIND] = { "kind", COLUMN_TEXT, .summary = "outcome", .json_only = true },
	[WOULD_WORK] = { "would_load", COLUMN_BOOL, .heading = "WOULD LOAD",
			 .summary = "did no check fail" },
	[OUTCOME_CALL] = { "system_call", COLUMN_TEXT, .heading = "SYSTEM CALL",
			   .summary = "that arm would choose" },
	[OUTCOME_WHY] = { "why", COLUMN_TEXT, .summary = "why that one" },
	[FAILED] = { "failed", COLUMN_LIST, .summary = "checks that failed for it" },
	[WARNINGS] = { "warnings", COLUMN_LIST, .summary = "checks that warn" },
};
static const struct table outcome_table = { TABLE_COLUMNS(outcome_columns), .look = LOOK_RECORD,
					    .group = "Outcome" };

static const struct table *const tables[] = {
	&simulate_machine_table,
	&simulate_region_table,
	&memory_picture_table,
	&simulate_segment_table,
	&simulate_elfcorehdr_table,
	&simulate_map_table,
	&simulate_line_table,
	&simulate_purgatory_table,
	&check_table,
	&outcome_table,
	NULL,
};

/* In text those that say something: all is well is said by the outcome. */
static void show_checks(struct output *out, const struct arm *arm, bool warnings)
{
	output_begin(out, &check_table);
	for (size_t i = 0; i < arm->nr_checks; i++) {
		const struct check_result *result = &arm->checks[i];

		if (output_format(out) == OUTPUT_TEXT && result->state != CHECK_FAILED &&
		    !(warnings && result->state == CHECK_WARNING))
			continue;
		output_text(out, CHECK_KIND, "check");
		output_text(out, CALL, load_call_name(arm->call));
		output_text(out, CHECK, result->check->name);
		output_text(out, STATE, check_state_name(result->state));
		output_text(out, WHY, result->why);
		output_text(out, ADVICE, result->advice[0] ? result->advice : NULL);
		output_row(out);
	}
}

static void show_outcome(struct output *out, const struct arm *arm)
{
	output_begin(out, &outcome_table);
	output_text(out, OUTCOME_KIND, "outcome");
	output_bool(out, WOULD_WORK, arm->all_well);
	output_text(out, OUTCOME_CALL, load_call_name(arm->call));
	output_text(out, OUTCOME_WHY, arm->why);
	output_list_empty(out, FAILED);
	output_list_empty(out, WARNINGS);
	for (size_t i = 0; i < arm->nr_checks; i++) {
		const struct check_result *result = &arm->checks[i];

		if (result->state == CHECK_FAILED)
			output_list(out, FAILED, result->check->name);
		else if (result->state == CHECK_WARNING)
			output_list(out, WARNINGS, result->check->name);
	}
	output_row(out);
}

/* For both system calls, the one that arm would choose last: what it says is the outcome. */
static void check(struct program_run *run, struct arm *arm)
{
	enum load_call chosen = arm->call;

	arm->call = chosen == CALL_KEXEC_LOAD ? CALL_KEXEC_FILE_LOAD : CALL_KEXEC_LOAD;
	arm_check(arm);
	show_checks(run->out, arm, false);
	arm->call = chosen;
	arm_check(arm);
	show_checks(run->out, arm, true);
	show_outcome(run->out, arm);
	run->status = !arm->all_well;
}

static struct error *show(struct program_run *run, struct arm *arm)
{
	const struct plan *plan = arm->has_plan ? &arm->plan : NULL;
	struct arena arena = { 0 };
	struct error *err;

	TRY(arm_measure(arm));
	simulate_show_machine(run->out, arm);
	err = simulate_show_regions(run->out, &arm->machine);
	if (!err && !arm->machine.iomem.all_zero)
		err = simulate_draw(run->out, &arena, &arm->machine, plan);
	arena_deinit(&arena);
	TRY(err);
	if (plan)
		simulate_show_plan(run->out, plan);
	check(run, arm);
	if (arm->machine.iomem.all_zero)
		output_note(
			run->out,
			"addresses in /proc/iomem were hidden from who read it: run as root, or "
			"take the snapshot as root");
	return NULL;
}

static struct error *run(struct program_run *run)
{
	struct arm_options options;
	struct error *err;
	struct arm arm;

	TRY(load_options(run->arguments, true, &options));
	options.simulate = true;
	options.root = arguments_value_name(run->arguments, "machine");
	options.crashkernel = arguments_value_name(run->arguments, "crashkernel");
	err = arm_prepare(&options, &arm);
	if (!err) {
		err = show(run, &arm);
		arm_deinit(&arm);
	}
	load_options_deinit(&options);
	return err;
}

static const struct option_spec options[] = {
	{ 0, "machine", "DIR", "the machine that `kx-crash snapshot DIR` saved, instead of this" },
	LOAD_OPTIONS_FILES,
	LOAD_OPTIONS_LINE,
	{ 0, "hotplug", NULL, "let the kernel follow hotplugged CPUs and memory" },
	{ 0, "crashkernel", "SIZE[,high][@START]", "as if booted with this crash region" },
	{ 0 },
};

const struct program simulate_program = {
	.name = "simulate",
	.summary = "show what arm would do: the memory map, segments, checks",
	.usage = "[--machine DIR] [--kernel IMAGE] [--initrd FILE | --no-initrd] "
		 "[[--reuse-cmdline] [--remove NAME]… | --command-line LINE] [--append WORDS] "
		 "[--hotplug] [--crashkernel SIZE[,high][@START]] [--json]",
	.help = "Makes the whole plan of a crash kernel and loads nothing: where the segments go in\n"
		"the crash region, what the dump will hold (elfcorehdr), the memory map and command\n"
		"line that the capture kernel gets, and what purgatory verifies. The plan is that of\n"
		"kexec_load; with kexec_file_load the kernel makes one of its own, which is alike.\n\n"
		"Then every check that arm makes is made for both system calls. Exit status 1: arm\n"
		"would refuse, with the call that it would choose.\n\n"
		"No privileges are needed, but without them the kernel hides where memory is: take a\n"
		"snapshot as root (kx-crash snapshot DIR), and simulate anywhere with --machine DIR.\n"
		"There --kernel must be given, and --initrd has no default.\n\n"
		"Examples:\n"
		"  kx-crash simulate --crashkernel 256M\n"
		"  kx-crash simulate --machine /tmp/machine --kernel vmlinuz --initrd initrd.img\n",
	.options = options,
	.tables = tables,
	.run = run,
};
