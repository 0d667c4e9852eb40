// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of checks, and those that compare single values. */
#include "selftest/compare.h"

#include <string.h>

static const json_t *sys_row(const struct evidence *evidence)
{
	return json_array_get(evidence->dump->rows[DUMP_SYS], 0);
}

void evidence_take_trace(struct evidence *evidence, const char *text)
{
	auto_text log = { 0 };
	json_t *record;
	size_t i;

	trace_parse(text, &evidence->trace);
	if (evidence->trace.count)
		return;
	json_array_foreach(evidence->dump->rows[DUMP_LOG], i, record)
	{
		text_adds(&log, dump_text(record, "text"));
		text_addc(&log, '\n');
	}
	evidence->trace_from_log = true;
	trace_parse(text_string(&log), &evidence->trace);
}

static struct error *compare_release(const struct evidence *evidence, struct text *detail)
{
	static const struct {
		const char *key, *file;
	} values[] = {
		{ "release", "proc/sys/kernel/osrelease" },
		{ "version", "proc/sys/kernel/version" },
		{ "nodename", "proc/sys/kernel/hostname" },
	};
	char truth[256];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *ours = dump_text(sys_row(evidence), values[i].key);

		truth_line(evidence->truth, values[i].file, truth, sizeof(truth));
		if (strcmp(ours, truth) || !*ours)
			return error_create(ERROR_BAD_DATA, "%s is \"%s\", not \"%s\"",
					    values[i].key, ours, truth);
	}
	text_adds(detail, dump_text(sys_row(evidence), "release"));
	return NULL;
}

static struct error *compare_build_id(const struct evidence *evidence, struct text *detail)
{
	const char *ours = dump_text(sys_row(evidence), "build_id");
	char truth[129] = "";

	TRY(truth_build_id(evidence->truth, truth, sizeof(truth)));
	if (strcmp(ours, truth))
		return error_create(ERROR_BAD_DATA, "it is \"%s\", not %s", ours, truth);
	text_adds(detail, ours);
	return NULL;
}

/* How many CPUs, the registers of each, and which of them died in which task. */
static struct error *compare_cpus(const struct evidence *evidence, struct text *detail)
{
	int64_t ours = dump_int(sys_row(evidence), "cpus"),
		cpu = dump_int(sys_row(evidence), "crash_cpu"),
		pid = dump_int(sys_row(evidence), "crash_pid");
	unsigned int truth = truth_cpus(evidence->truth), notes = 0;
	const struct trace *trace = &evidence->trace;
	json_t *note;
	size_t i;

	if (ours != truth)
		return error_create(ERROR_BAD_DATA, "the dump has %lld, the guest had %u",
				    (long long)ours, truth);
	json_array_foreach(evidence->dump->rows[DUMP_NOTES], i, note)
	{
		/* NT_PRSTATUS: the registers of a CPU */
		notes += !strcmp(dump_text(note, "name"), "CORE") && dump_hex(note, "type") == 1;
	}
	if (notes < truth)
		return error_create(ERROR_BAD_DATA, "the dump has registers of %u CPUs of %u",
				    notes, truth);
	if (trace->cpu >= 0 && (trace->cpu != cpu || trace->pid != pid))
		return error_create(ERROR_BAD_DATA,
				    "it crashed on CPU %lld in pid %lld, not on CPU "
				    "%d in pid %d",
				    (long long)cpu, (long long)pid, trace->cpu, trace->pid);
	text_addf(detail, "%u, registers of each; CPU %lld died", truth, (long long)cpu);
	return NULL;
}

const struct compare_check compare_checks[] = {
	{ "release", compare_release }, { "build-id", compare_build_id }, { "bt", compare_bt },
	{ "stacks", compare_stacks },	{ "log", compare_log },		  { "ps", compare_ps },
	{ "cpus", compare_cpus },	{ "memory", compare_memory },	  { NULL },
};
