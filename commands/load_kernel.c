// SPDX-License-Identifier: GPL-2.0-or-later
/* arm and load: the same steps, for a crash kernel and for one that `exec` starts. */
#include "commands/load_options.h"

#include <string.h>
#include <time.h>

enum {
	LOADED,
	DRY_RUN,
	KERNEL,
	KERNEL_SHA256,
	INITRD,
	INITRD_SHA256,
	COMMAND_LINE,
	SYSTEM_CALL,
	WHY,
	REGION,
	CRASH_START,
	CRASH_END,
	NEEDED,
	HOTPLUG,
	DIGEST,
};
static const struct column columns[] = {
	[LOADED] = { "loaded", COLUMN_BOOL, .summary = "does the kernel say that it is" },
	[DRY_RUN] = { "dry_run", COLUMN_BOOL, .summary = "nothing was to be loaded",
		      .json_only = true },
	[KERNEL] = { "kernel", COLUMN_TEXT, .summary = "the image's path" },
	[KERNEL_SHA256] = { "kernel_sha256", COLUMN_TEXT, .summary = "its SHA-256",
			    .json_only = true },
	[INITRD] = { "initrd", COLUMN_TEXT, .summary = "the initramfs's path" },
	[INITRD_SHA256] = { "initrd_sha256", COLUMN_TEXT, .summary = "its SHA-256",
			    .json_only = true },
	[COMMAND_LINE] = { "command_line", COLUMN_TEXT, .heading = "COMMAND LINE",
			   .summary = "what the loaded kernel is told" },
	[SYSTEM_CALL] = { "system_call", COLUMN_TEXT, .heading = "SYSTEM CALL",
			  .summary = "kexec_load or kexec_file_load" },
	[WHY] = { "why", COLUMN_TEXT, .summary = "why that one" },
	[REGION] = { "region", COLUMN_TEXT, .heading = "CRASH REGION",
		     .summary = "the memory reserved, in words" },
	[CRASH_START] = { "crash_start", COLUMN_HEX, .summary = "its first byte, physical",
			  .json_only = true },
	[CRASH_END] = { "crash_end", COLUMN_HEX, .summary = "its last byte", .json_only = true },
	[NEEDED] = { "needed_bytes", COLUMN_INT, .json_only = true,
		     .summary = "what the capture kernel needs, by estimate" },
	[HOTPLUG] = { "hotplug", COLUMN_BOOL, .json_only = true,
		      .summary = "does the kernel keep elfcorehdr up to date" },
	[DIGEST] = { "digest", COLUMN_TEXT, .json_only = true,
		     .summary = "SHA-256 that purgatory verifies; kexec_load only" },
};
const struct table load_result_table = { TABLE_COLUMNS(columns), .look = LOOK_RECORD };

void load_time_text(uint64_t seconds, char *buf, size_t size)
{
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || !strftime(buf, size, "%a %b %e %H:%M:%S UTC %Y", &tm))
		buf[0] = 0;
}

static void show_region(struct output *out, const struct machine *machine)
{
	const struct range *region = &machine->crash_region;

	if (!machine->has_crash_region)
		return;
	output_textf(out, REGION, "0x%llx-0x%llx, %llu MiB", (unsigned long long)region->start,
		     (unsigned long long)region->end,
		     (unsigned long long)((region->end - region->start + 1) >> 20));
	output_uint(out, CRASH_START, region->start);
	output_uint(out, CRASH_END, region->end);
}

static void show_result(struct output *out, const struct arm *arm, bool loaded, bool dry_run)
{
	char hex[65];

	output_begin(out, &load_result_table);
	output_bool(out, LOADED, loaded);
	output_bool(out, DRY_RUN, dry_run);
	output_text(out, KERNEL, arm->kernel_path);
	if (arm->has_image) {
		state_hex(arm->image.sha256, hex);
		output_text(out, KERNEL_SHA256, hex);
	}
	output_text(out, INITRD, arm->initrd_path);
	if (arm->initrd) {
		state_sha256(arm->initrd, arm->initrd_size, hex);
		output_text(out, INITRD_SHA256, hex);
	}
	output_text(out, COMMAND_LINE, arm->command_line);
	output_text(out, SYSTEM_CALL, load_call_name(arm->call));
	output_text(out, WHY, arm->why);
	if (arm->options.crash)
		show_region(out, &arm->machine);
	if (arm->needed)
		output_uint(out, NEEDED, arm->needed);
	output_bool(out, HOTPLUG, arm->options.hotplug);
	if (arm->has_plan) {
		state_hex(arm->plan.digest, hex);
		output_text(out, DIGEST, hex);
	}
	output_row(out);
}

/* The service's errors go to the console, its rows to the journal: one line must tell. */
static void note_failure(struct output *out, const struct arm *arm)
{
	const struct check_result *first = arm->checks;

	while (first->state != CHECK_FAILED)
		first++;
	output_note(out, "nothing was loaded, and nothing was unloaded: %s: %s", first->check->name,
		    first->why);
}

static struct error *check_and_load(struct program_run *run, struct arm *arm)
{
	bool dry_run = arguments_has_name(run->arguments, "dry-run");
	bool loaded = false;
	struct error *err = NULL;

	if (arm->options.crash)
		TRY(arm_measure(arm));
	arm_check(arm);
	load_checks_show(run->out, arm, dry_run || output_format(run->out) == OUTPUT_JSON);
	if (!arm->all_well) {
		run->status = 1;
		note_failure(run->out, arm);
	} else if (!dry_run) {
		err = arm_load(arm);
		if (err && err->code == ERROR_INTERRUPTED)
			return err;
	}
	/* After a failure too: what was armed before may be armed again. */
	if (error_dropped(machine_is_loaded(arm->host, arm->options.crash, &loaded)))
		loaded = false;
	show_result(run->out, arm, loaded, dry_run);
	return err;
}

struct error *load_kernel(struct program_run *run, bool crash)
{
	struct arm_options options;
	struct error *err;
	struct arm arm;

	TRY(load_options(run->arguments, crash, &options));
	err = arm_prepare(&options, &arm);
	if (!err) {
		err = check_and_load(run, &arm);
		arm_deinit(&arm);
	}
	load_options_deinit(&options);
	return err;
}
