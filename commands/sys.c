// SPDX-License-Identifier: GPL-2.0-or-later
/* sys: what the machine was and how it ended. Tells what is known, whatever the dump. */
#include "commands/command.h"

#include "base/text.h"
#include "kernel/system.h"
#include "kernel/taint.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000LL

enum {
	RELEASE,
	VERSION,
	MACHINE,
	NODENAME,
	CPUS,
	MEMORY_BYTES,
	UPTIME_S,
	PANIC,
	CRASH_CPU,
	CRASH_PID,
	CRASH_TASK,
	CRASH_COMM,
	TAINTS,
	DUMP,
	FORMAT,
	PARTIAL,
	BUILD_ID,
	TIME,
	DATE,
	UPTIME,
	LOAD,
	MEMORY,
	TASKS,
	DETAIL,
	PARTIAL_WHY,
	DEBUG_FILE,
};

static const struct column columns[] = {
	[RELEASE] = { "release", COLUMN_TEXT, .summary = "the kernel's, as uname -r" },
	[VERSION] = { "version", COLUMN_TEXT, .summary = "as uname -v" },
	[MACHINE] = { "machine", COLUMN_TEXT, .summary = "as uname -m" },
	[NODENAME] = { "nodename", COLUMN_TEXT, .summary = "the host's name" },
	[CPUS] = { "cpus", COLUMN_INT, .summary = "that were online when it died" },
	[MEMORY_BYTES] = { "memory_bytes", COLUMN_INT, .summary = "of RAM, as MemTotal",
			   .json_only = true },
	[UPTIME_S] = { "uptime_s", COLUMN_INT, .summary = "seconds", .json_only = true },
	[PANIC] = { "panic", COLUMN_TEXT,
		    .summary =
			    "the message that names the cause; null when the log tells of none" },
	[CRASH_CPU] = { "crash_cpu", COLUMN_INT, .heading = "CRASHED CPU",
			.summary = "the one that panicked" },
	[CRASH_PID] = { "crash_pid", COLUMN_INT, .heading = "CRASHED PID",
			.summary = "of the task that it ran" },
	[CRASH_TASK] = { "crash_task", COLUMN_ADDRESS, .heading = "CRASHED TASK",
			 .summary = "address of its task_struct" },
	[CRASH_COMM] = { "crash_comm", COLUMN_TEXT, .heading = "COMMAND",
			 .summary = "name of that task" },
	[TAINTS] = { "taints", COLUMN_TEXT, .summary = "letters, \"\" none; sys -t explains them" },
	[DUMP] = { "dump", COLUMN_TEXT, .summary = "the file" },
	[FORMAT] = { "format", COLUMN_TEXT, .summary = "elf, kdump or kcore", .json_only = true },
	[PARTIAL] = { "partial", COLUMN_BOOL,
		      .summary = "were pages left out of the dump, or is it damaged" },
	[BUILD_ID] = { "build_id", COLUMN_TEXT, .summary = "the kernel's" },
	[TIME] = { "time", COLUMN_INT, .summary = "of the end, ns since 1970", .json_only = true },
	[DATE] = { "date", COLUMN_TEXT, .summary = "the same in words, UTC" },
	[UPTIME] = { "uptime", COLUMN_TEXT, .summary = "days, hours:minutes:seconds" },
	[LOAD] = { "load", COLUMN_LIST, .heading = "LOAD AVERAGE",
		   .summary = "over 1, 5 and 15 minutes" },
	[MEMORY] = { "memory", COLUMN_TEXT, .summary = "RAM in words" },
	[TASKS] = { "tasks", COLUMN_INT, .summary = "how many, idle tasks among them" },
	[DETAIL] = { "detail", COLUMN_TEXT, .heading = "FORMAT", .summary = "the format in words" },
	[PARTIAL_WHY] = { "partial_why", COLUMN_TEXT, .heading = "NOT WHOLE",
			  .summary = "what is missing of the dump" },
	[DEBUG_FILE] = { "debug_file", COLUMN_TEXT, .heading = "VMLINUX",
			 .summary = "the file with debug information that is in use" },
};
static const struct table sys_table = { TABLE_COLUMNS(columns), .look = LOOK_RECORD };

enum { TAINT_LETTER, TAINT_BIT, TAINT_MEANING };
static const struct column taint_columns[] = {
	[TAINT_LETTER] = { "taint", COLUMN_TEXT, -5, .summary = "the letter" },
	[TAINT_BIT] = { "bit", COLUMN_INT, 3, .summary = "in /proc/sys/kernel/tainted" },
	[TAINT_MEANING] = { "meaning", COLUMN_TEXT, .summary = "what tainted the kernel" },
};
static const struct table taint_table = { TABLE_COLUMNS(taint_columns), .look = LOOK_TABLE };
static const struct table *const tables[] = { &sys_table, &taint_table, NULL };

static const struct option_spec options[] = {
	{ 't', NULL, NULL, "what the taints mean" },
	{ 0 },
};

/* Pages that are zero lose nothing when makedumpfile leaves them out: it keeps one for all. */
#define LEVEL_ZERO 1

/* Is memory missing, by a filter's choice or because the file is damaged? */
static void show_partial(struct output *out, struct kxdump *dump)
{
	const struct kxdump_info *info = kxdump_info(dump);
	bool leveled = info->dump_level >= 0, filtered = info->dump_level & ~LEVEL_ZERO;
	struct kxdump_totals totals;
	auto_text why = { 0 };

	if (!leveled)
		filtered = !error_dropped(kxdump_totals(dump, &totals)) && totals.excluded;
	if (filtered)
		text_adds(&why, "pages were left out");
	if (filtered && leveled)
		text_addf(&why, " (dump level %d)", info->dump_level);
	if (info->partial_why)
		text_addf(&why, "%s%s", filtered ? "; " : "", info->partial_why);
	output_bool(out, PARTIAL, why.len);
	output_text(out, PARTIAL_WHY, why.len ? text_string(&why) : NULL);
}

static void show_dump(struct context *context)
{
	const struct kxdump_info *info = kxdump_info(image_dump(context->image));
	const struct build_id *id = image_build_id(context->image);
	struct debug_file *file = image_debug_file_in_use(context->image);
	struct output *out = context->out;
	char hex[41];

	output_text(out, DUMP, info->path);
	output_text(out, FORMAT, info->format);
	output_text(out, DETAIL, info->detail ? info->detail : info->format);
	show_partial(out, image_dump(context->image));
	if (id && id->size) {
		build_id_text(id, hex);
		output_text(out, BUILD_ID, hex);
	}
	if (file)
		output_text(out, DEBUG_FILE, debug_file_path(file));
}

static void show_text(struct output *out, size_t column, const char *text)
{
	output_text(out, column, text[0] ? text : NULL);
}

static void show_times(struct output *out, const struct system *s)
{
	uint64_t up = (uint64_t)s->uptime_s;
	time_t seconds = (time_t)s->time;
	char date[64];
	struct tm tm;

	if (s->has_uptime) {
		output_uint(out, UPTIME_S, up);
		output_textf(out, UPTIME, "%" PRIu64 " days, %02u:%02u:%02u", up / 86400,
			     (unsigned int)(up / 3600 % 24), (unsigned int)(up / 60 % 60),
			     (unsigned int)(up % 60));
	}
	if (!s->has_time || s->time > INT64_MAX / NSEC_PER_SEC ||
	    s->time < INT64_MIN / NSEC_PER_SEC)
		return;
	output_int(out, TIME, s->time * NSEC_PER_SEC);
	if (gmtime_r(&seconds, &tm) &&
	    strftime(date, sizeof(date), "%a %b %e %H:%M:%S UTC %Y", &tm))
		output_text(out, DATE, date);
}

static void show_system(struct output *out, const struct system *s)
{
	char load[32];

	show_text(out, RELEASE, s->release);
	show_text(out, VERSION, s->version);
	show_text(out, MACHINE, s->machine);
	show_text(out, NODENAME, s->nodename);
	show_text(out, PANIC, s->panic);
	if (s->cpus_online)
		output_uint(out, CPUS, s->cpus_online);
	if (s->memory_bytes) {
		output_uint(out, MEMORY_BYTES, s->memory_bytes);
		output_textf(out, MEMORY, "%.1f %s",
			     s->memory_bytes >> 30 ? (double)s->memory_bytes / (1 << 30)
						   : (double)s->memory_bytes / (1 << 20),
			     s->memory_bytes >> 30 ? "GiB" : "MiB");
	}
	show_times(out, s);
	for (size_t i = 0; s->has_load && i < ARRAY_SIZE(s->load); i++) {
		snprintf(load, sizeof(load), "%.2f", s->load[i]);
		output_list(out, LOAD, load);
	}
	if (s->has_taints)
		output_text(out, TAINTS,
			    s->taint_letters[0] || output_format(out) == OUTPUT_JSON
				    ? s->taint_letters
				    : "none");
}

static void show_crash(struct context *context)
{
	struct output *out = context->out;
	struct task task;
	unsigned int cpu;

	if (error_dropped(crash_cpu(context->image, &cpu)))
		return;
	output_uint(out, CRASH_CPU, cpu);
	if (error_dropped(crash_task(context->image, &task)))
		return;
	output_int(out, CRASH_PID, task.pid);
	output_uint(out, CRASH_TASK, task.address);
	output_text(out, CRASH_COMM, task.comm);
}

static struct error *count_tasks(struct context *context)
{
	struct task_walk *walk;
	struct error *err;
	struct task task;
	uint64_t n = 0;
	bool found;

	if (error_dropped(task_walk_create(context->image, &walk)))
		return NULL;
	while (!(err = task_walk_next(walk, &task, &found)) && found)
		n++;
	if (!err)
		output_uint(context->out, TASKS, n);
	task_walk_destroy(walk);
	return err;
}

static void show_taints(struct output *out, const struct system *s)
{
	char letter[2];

	output_begin(out, &taint_table);
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(s->taints >> bit & 1))
			continue;
		/* Of this bit alone. */
		taint_letters(1ULL << bit, letter, sizeof(letter));
		output_text(out, TAINT_LETTER, letter);
		output_uint(out, TAINT_BIT, bit);
		output_text(out, TAINT_MEANING, taint_meaning(letter[0]));
		output_row(out);
	}
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct system system;
	const char *missing;

	if (arguments->nr_operands)
		return error_create(ERROR_USAGE, "takes no operands");
	TRY(system_describe(context->image, &system));
	if (arguments_has(arguments, 't')) {
		if (!system.has_taints)
			return error_create(ERROR_NOT_FOUND, "the kernel's taints are not known");
		show_taints(context->out, &system);
		return NULL;
	}
	output_begin(context->out, &sys_table);
	show_dump(context);
	show_system(context->out, &system);
	show_crash(context);
	TRY(count_tasks(context));
	output_row(context->out);
	for (size_t i = 0; (missing = image_missing(context->image, i)); i++)
		output_note(context->out, "%s", missing);
	return NULL;
}

const struct command sys_command = {
	.name = "sys",
	.summary = "the machine, and how it ended",
	.usage = "[-t]",
	.help = "Works on every dump: what could not be found out is left out, and notes say why.\n",
	.options = options,
	.tables = tables,
	.works_on_dump = true,
	.run = run,
};
