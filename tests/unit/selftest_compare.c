// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/compare*.c: what agrees passes, and each difference is found. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "selftest/compare.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

/* A guest as it described itself… */
static const struct {
	const char *name, *body;
} files[] = {
	{ "proc/sys/kernel/osrelease", "6.1.0\n" },
	{ "proc/sys/kernel/version", "#1 SMP\n" },
	{ "proc/sys/kernel/hostname", "(none)\n" },
	{ "proc/cpuinfo", "processor : 0\n\nprocessor : 1\n" },
	{ "proc/iomem", "00000000-00000fff : Reserved\n"
			"00001000-0009fbff : System RAM\n"
			"00100000-3fffffff : System RAM\n"
			"  01000000-01ffffff : Kernel code\n"
			"  37000000-3effffff : Crash kernel\n"
			"100000000-13fffffff : System RAM\n" },
	{ "proc/1/task/1/stat", "1 (init) S 0 1 1 0 -1 4194560 1 2\n" },
	{ "proc/2/task/2/stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0\n" },
	{ "proc/9/task/9/stat", "9 (rcu_tasks_rude_kthread) I 2 0 0 0 -1 2129984 0 0\n" },
	{ "proc/10/task/10/stat", "10 (kworker/0:1-events) I 2 0 0 0 -1 2129984 0 0\n" },
	{ "proc/1/task/1/stack", "" }, /* it ran */
	{ "proc/2/task/2/stack", "[<0>] kthreadd+0x2a/0x40\n[<0>] ret_from_fork+0x1f/0x30\n" },
	{ "dev/kmsg", "6,3,1000,-;three\n6,4,2000,-;four\n" },
	{ "complete", "" },
};

/* …and its dump, as kx-crash --json has it. */
static const char *const documents[DUMP_ANSWERS] = {
	[DUMP_SYS] = "[{\"release\":\"6.1.0\",\"version\":\"#1 SMP\",\"nodename\":\"(none)\","
		     "\"cpus\":2,\"crash_cpu\":1,\"crash_pid\":1}]",
	[DUMP_BT] =
		"[{\"function\":\"machine_kexec\",\"offset\":1,\"module\":null,\"inline\":false,"
		"\"kind\":\"call\"},"
		"{\"function\":\"panic\",\"offset\":300,\"module\":null,\"inline\":false,"
		"\"kind\":\"call\"},"
		"{\"function\":\"inlined\",\"offset\":22,\"module\":null,\"inline\":true,"
		"\"kind\":\"call\"},"
		"{\"function\":\"sysrq\",\"offset\":22,\"module\":\"m\",\"inline\":false,"
		"\"kind\":\"call\"},"
		"{\"function\":\"main\",\"offset\":5,\"module\":null,\"inline\":false,"
		"\"kind\":\"user\"}]",
	[DUMP_LOG] =
		"[{\"seq\":3,\"level\":6,\"facility\":0,\"time_ns\":1000123,\"text\":"
		"\"three\"},"
		"{\"seq\":4,\"level\":6,\"facility\":0,\"time_ns\":2000123,\"text\":\"four\"},"
		"{\"seq\":5,\"level\":6,\"facility\":0,\"time_ns\":3000123,\"text\":\"late\"}]",
	[DUMP_PS] = "[{\"pid\":1,\"ppid\":0,\"comm\":\"init\",\"kthread\":false,\"state\":\"S\"},"
		    "{\"pid\":2,\"ppid\":0,\"comm\":\"kthreadd\",\"kthread\":true,\"state\":\"S\"},"
		    "{\"pid\":9,\"ppid\":2,\"comm\":\"rcu_tasks_rude_\",\"kthread\":true,"
		    "\"state\":\"I\"}]",
	[DUMP_REGIONS] = "[{\"physical\":\"0x100000\",\"size\":921698304,\"present_pages\":225024},"
			 "{\"physical\":\"0x1000000\",\"size\":16777216,\"present_pages\":4096},"
			 "{\"physical\":\"0x3f000000\",\"size\":16777216,\"present_pages\":4096},"
			 "{\"physical\":\"0x100000000\",\"size\":1073741824,"
			 "\"present_pages\":262144}]",
	[DUMP_STACKS] =
		"[{\"pid\":2,\"function\":\"schedule\",\"offset\":5,\"kind\":\"call\"},"
		"{\"pid\":2,\"function\":\"kthreadd\",\"offset\":42,\"kind\":\"call\"},"
		"{\"pid\":2,\"function\":\"ret_from_fork\",\"offset\":31,\"kind\":\"call\"}]",
	[DUMP_NOTES] = "[{\"name\":\"CORE\",\"type\":\"0x1\"},{\"name\":\"CORE\",\"type\":\"0x1\"},"
		       "{\"name\":\"VMCOREINFO\",\"type\":\"0x0\"}]",
};

static const char console[] = "Kernel panic - not syncing: sysrq\n"
			      "CPU: 1 PID: 1 Comm: init Not tainted\n"
			      "Call Trace:\n"
			      " dump_stack_lvl+0x1/0x2\n"
			      " panic+0x118/0x2f4\n"
			      " sysrq+0x16/0x20 [m]\n";

static struct evidence evidence;
static struct truth *truth;
static struct dump dump;

static int set_up(void **state)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char *dir = snapshot_dir_create(), path[512];

	snprintf(path, sizeof(path), "%s/truth", dir);
	archive_write_set_format_cpio_newc(archive);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		archive_entry_clear(entry);
		archive_entry_set_pathname(entry, files[i].name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (int64_t)strlen(files[i].body));
		assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
		archive_write_data(archive, files[i].body, strlen(files[i].body));
	}
	archive_entry_free(entry);
	archive_write_free(archive);
	assert_ok(truth_open(path, &truth));
	snapshot_dir_remove(dir);
	for (size_t i = 0; i < DUMP_ANSWERS; i++) {
		dump.rows[i] = json_loads(documents[i], 0, NULL);
		assert_non_null(dump.rows[i]);
	}
	evidence = (struct evidence){ .truth = truth, .dump = &dump };
	evidence_take_trace(&evidence, console);
	return 0;
}

static int tear_down(void **state)
{
	dump_deinit(&dump);
	truth_close(truth);
	return 0;
}

static struct error *check(const char *name)
{
	auto_text detail = { 0 };

	for (size_t i = 0; compare_checks[i].name; i++) {
		if (!strcmp(compare_checks[i].name, name))
			return compare_checks[i].run(&evidence, &detail);
	}
	fail_msg("no check %s", name);
	return NULL;
}

/* In row @row of @answer, @key becomes @value (JSON); then @name fails, and says @why. */
static void differs(const char *name, enum dump_answer answer, size_t row, const char *key,
		    const char *value, const char *why)
{
	json_t *object = json_array_get(dump.rows[answer], row);
	json_t *old = json_incref(json_object_get(object, key));
	struct error *err;

	json_object_set_new(object, key, json_loads(value, JSON_DECODE_ANY, NULL));
	err = check(name);
	assert_non_null(err);
	if (!strstr(err->message, why))
		fail_msg("%s: \"%s\" does not hold \"%s\"", name, err->message, why);
	error_free(err);
	json_object_set_new(object, key, old);
	assert_ok(check(name));
}

/* The same without the row. */
static void lacks(const char *name, enum dump_answer answer, size_t row, const char *why)
{
	json_t *old = json_incref(json_array_get(dump.rows[answer], row));
	struct error *err;

	json_array_remove(dump.rows[answer], row);
	err = check(name);
	assert_non_null(err);
	if (!strstr(err->message, why))
		fail_msg("%s: \"%s\" does not hold \"%s\"", name, err->message, why);
	error_free(err);
	json_array_insert_new(dump.rows[answer], row, old);
	assert_ok(check(name));
}

static void values(void **state)
{
	assert_ok(check("release"));
	differs("release", DUMP_SYS, 0, "release", "\"6.2.0\"", "release");
	differs("release", DUMP_SYS, 0, "nodename", "null", "nodename");
	differs("cpus", DUMP_SYS, 0, "cpus", "1", "the guest had 2");
	differs("cpus", DUMP_SYS, 0, "crash_cpu", "0", "on CPU 1");
	lacks("cpus", DUMP_NOTES, 0, "registers of 1");
	assert_fails(check("build-id"), ERROR_NOT_FOUND);
}

static void backtrace(void **state)
{
	assert_ok(check("bt"));
	differs("bt", DUMP_BT, 3, "offset", "23", "sysrq+0x17");
	differs("bt", DUMP_BT, 3, "module", "null", "sysrq");
	differs("bt", DUMP_BT, 3, "kind", "\"unreliable\"", "not a sure frame");
	/* The kernel has gone on in the innermost of them. */
	json_object_set_new(json_array_get(dump.rows[DUMP_BT], 1), "offset", json_integer(7));
	assert_ok(check("bt"));
	/* A frame too many between them, one too few. */
	differs("bt", DUMP_BT, 2, "inline", "false", "printed");
	lacks("bt", DUMP_BT, 3, "printed");
	evidence.trace.count = 0;
	assert_fails(check("bt"), ERROR_BAD_DATA);
}

/* A panic in NMI context is only in the log. */
static void from_the_log(void **state)
{
	json_t *log = dump.rows[DUMP_LOG];

	json_array_append_new(log, json_pack("{s:s}", "text",
					     "Kernel panic - not syncing: NMI\nCall Trace:\n"
					     " panic+0x12c/0x2f4\n sysrq+0x16/0x20 [m]"));
	evidence_take_trace(&evidence, "[    0.000000] Linux version\n");
	assert_true(evidence.trace_from_log);
	assert_int_equal(evidence.trace.count, 2);
	assert_ok(check("bt"));
}

/* One that differs may have moved; most do not. */
static void stacks(void **state)
{
	auto_text detail = { 0 };

	assert_ok(compare_stacks(&evidence, &detail));
	assert_string_equal(text_string(&detail), "1 of 1 as in /proc/PID/stack");
	json_object_set_new(json_array_get(dump.rows[DUMP_STACKS], 1), "offset", json_integer(43));
	text_clear(&detail);
	assert_ok(compare_stacks(&evidence, &detail));
	assert_string_equal(text_string(&detail), "0 of 1 as in /proc/PID/stack");
}

static void log_records(void **state)
{
	assert_ok(check("log"));
	differs("log", DUMP_LOG, 1, "text", "\"for\"", "\"for\", not \"four\"");
	differs("log", DUMP_LOG, 1, "level", "5", "record 4");
	differs("log", DUMP_LOG, 1, "time_ns", "1999000", "record 4");
	lacks("log", DUMP_LOG, 1, "record 4 is missing");
	/* Written over since. */
	json_array_remove(dump.rows[DUMP_LOG], 0);
	assert_ok(check("log"));
}

static void tasks(void **state)
{
	assert_ok(check("ps"));
	lacks("ps", DUMP_PS, 1, "kthreadd");
	differs("ps", DUMP_PS, 0, "comm", "\"int\"", "\"int\", not \"init\"");
	differs("ps", DUMP_PS, 2, "comm", "\"rcu_tasks_\"", "not \"rcu_tasks_rude_kthread\"");
	differs("ps", DUMP_PS, 2, "ppid", "1", "child of 1");
	differs("ps", DUMP_PS, 2, "kthread", "false", "kernel thread");
}

static void memory(void **state)
{
	assert_ok(check("memory"));
	lacks("memory", DUMP_REGIONS, 3, "0x100000000");
	/* A page of the crash region; a page that is not there; a page too few. */
	json_object_set_new(json_array_get(dump.rows[DUMP_REGIONS], 0), "present_pages",
			    json_integer(225025));
	differs("memory", DUMP_REGIONS, 0, "size", "921702400", "0x100000…0x37000fff is in it");
	differs("memory", DUMP_REGIONS, 3, "present_pages", "262143", "not in it");
	differs("memory", DUMP_REGIONS, 3, "size", "1073737728", "0x100000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(backtrace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(from_the_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stacks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(log_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tasks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(memory, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
