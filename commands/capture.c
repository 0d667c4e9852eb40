// SPDX-License-Identifier: GPL-2.0-or-later
/* capture: saves a crashed kernel's memory, from its capture kernel. */
#include "capture/capture.h"
#include "commands/program.h"
#include "commands/save_report.h"

#include <stdio.h>
#include <string.h>

enum { TARGET, PLACE, LOG, SAVED };
static const struct column columns[] = {
	[TARGET] = { "target", COLUMN_TEXT, .summary = "that took the dump; null: none" },
	[PLACE] = { "place", COLUMN_TEXT, .summary = "where the dump is now" },
	[LOG] = { "log_saved", COLUMN_BOOL, .heading = "LOG SAVED",
		  .summary = "was the crashed kernel's log saved by itself" },
	[SAVED] = { "saved", COLUMN_BOOL, .summary = "is the whole dump where it shall be" },
};
static const struct table capture_table = { TABLE_COLUMNS(columns), .look = LOOK_RECORD };
static const struct table *const tables[] = { &capture_table, SAVE_REPORT_TABLES, NULL };

static const struct option_spec options[] = {
	{ 0, "config", "FILE", "read these options from FILE, one a line without the --" },
	{ 0, "dry-run", NULL, "save nothing and touch no TARGET: tell what would be saved" },
#define WORD(letter, name, argument, set, summary) { letter, name, argument, summary },
#include "capture/words.def"
#undef WORD
	{ 0 },
};

static void say(void *context, const char *line)
{
	fprintf(stderr, "kx-capture: %s\n", line);
}

static struct error *read_options(const struct arguments *a, struct capture_config *config)
{
	const char *file = arguments_value_name(a, "config");

	if (file)
		TRY(capture_config_read(config, file));
	for (size_t i = 0; i < a->nr_options; i++) {
		const char *name = a->options[i].spec->name;

		if (strcmp(name, "config") && strcmp(name, "dry-run") && strcmp(name, "json"))
			TRY(error_wrap(capture_config_set(config, name, a->options[i].value),
				       "--%s", name));
	}
	for (size_t i = 0; i < a->nr_operands; i++)
		TRY(capture_config_set(config, "target", a->operands[i]));
	return capture_config_check(config);
}

static void show(struct output *out, const struct capture_config *config,
		 const struct capture_result *result, bool saved)
{
	output_begin(out, &capture_table);
	if (result->target)
		output_text(out, TARGET, result->target->text);
	if (result->place)
		output_text(out, PLACE, result->place);
	output_bool(out, LOG, result->log_saved);
	output_bool(out, SAVED, saved);
	output_row(out);
	if (saved)
		save_report_show(out, &config->save, &result->report, result->partial, true);
}

static struct error *capture(struct program_run *run, const struct capture_config *config)
{
	struct capture_result result;
	struct error *err = capture_run(config, say, NULL, &result), *action;

	show(run->out, config, &result, !err);
	capture_result_deinit(&result);
	action = capture_action_do(err ? config->failure_action : config->final_action);
	if (!err)
		return action;
	error_free(action);
	return err;
}

/* How the dump would be, wherever it goes: all the options but those about targets. */
static struct error *simulate(struct program_run *run, const struct capture_config *config)
{
	const char *source = config->vmcore, *nowhere = "(none)";
	struct save_options save = config->save;

	save.dry_run = true;
	save.paths = &nowhere;
	save.nr_paths = 1;
	return save_report_run(run->out, &save, &source, 1, true);
}

static struct error *run(struct program_run *run)
{
	struct capture_config config;
	struct error *err;

	capture_config_init(&config);
	err = read_options(run->arguments, &config);
	if (!err)
		err = arguments_has_name(run->arguments, "dry-run") ? simulate(run, &config)
								    : capture(run, &config);
	capture_config_deinit(&config);
	return err;
}

const struct program capture_program = {
	.name = "capture",
	.summary = "save a crashed kernel's memory, from its capture kernel",
	.usage = "[OPTION…] TARGET…",
	.help = "Saves the log, then the dump, to the first TARGET that takes it:\n"
		"\n"
		"    /DIRECTORY                      a directory: DIRECTORY/HOST-DATE-TIME/vmcore\n"
		"    fs:TYPE:DEVICE:/PATH            the same on a filesystem, mounted for it\n"
		"    nfs:HOST:/PATH                  the same over NFS 4\n"
		"    ssh:[USER@]HOST[:PORT]:/PATH    the same over ssh, flattened\n"
		"    block:DEVICE                    the device becomes the dump\n"
		"    virtio:NAME                     a virtio port, flattened\n"
		"\n"
		"DEVICE is /dev/…, or UUID=, LABEL=, PARTUUID=, PARTLABEL= or SERIAL=. A dump that is "
		"not whole is vmcore.incomplete, marked so inside, and opens.\n",
	.options = options,
	.tables = tables,
	.run = run,
};
