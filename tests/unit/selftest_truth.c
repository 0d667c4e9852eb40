// SPDX-License-Identifier: GPL-2.0-or-later
/* selftest/truth.c: archives made by libarchive and by hand, and the formats of what is in them. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "selftest/truth.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file {
	const char *name, *body;
	size_t size; /* 0: a string */
};

static char *dir, path[512];

static int set_up(void **state)
{
	dir = snapshot_dir_create();
	snprintf(path, sizeof(path), "%s/truth", dir);
	return 0;
}

static int tear_down(void **state)
{
	snapshot_dir_remove(dir);
	return 0;
}

/* A disk with an archive at its start. */
static void make(const struct file *files, bool complete)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	assert_int_equal(archive_write_set_format_cpio_newc(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(archive, path), ARCHIVE_OK);
	for (; files->name || complete; files += files->name != NULL) {
		size_t size = files->size ? files->size : files->body ? strlen(files->body) : 0;

		archive_entry_clear(entry);
		archive_entry_set_pathname(entry, files->name ? files->name : "complete");
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_size(entry, (int64_t)size);
		assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
		assert_int_equal(archive_write_data(archive, files->body, size), size);
		complete = complete && files->name;
	}
	archive_entry_free(entry);
	archive_write_free(archive);
	assert_int_equal(truncate(path, 1 << 20), 0);
}

static void tasks(void **state)
{
	static const struct file files[] = {
		/* Names that break careless readers. */
		{ "proc/1/task/1/stat", "1 (kx) R 2 (x) S 0 1 1 0 -1 4194560 1 2\n" },
		{ "proc/2/task/2/stat", "2 (kthreadd) I 0 0 0 0 -1 2129984 0 0\n" },
		{ "proc/7/task/9/stat", "" }, /* gone while it was looked at */
		{ "proc/7/task/8/stat", "8 (no end" },
		{ NULL },
	};
	struct truth_task *list;
	struct truth *truth;
	size_t count;

	make(files, true);
	assert_ok(truth_open(path, &truth));
	assert_ok(truth_tasks(truth, &list, &count));
	assert_int_equal(count, 2);
	assert_string_equal(list[0].comm, "kx) R 2 (x");
	assert_int_equal(list[0].ppid, 0);
	assert_int_equal(list[0].state, 'S');
	assert_false(list[0].kthread);
	assert_int_equal(list[1].pid, 2);
	assert_true(list[1].kthread);
	free(list);
	truth_close(truth);
}

static void log_records(void **state)
{
	static const struct file files[] = {
		{ "dev/kmsg", "6,0,0,-;Linux version\n"
			      "30,12,1234567,-,caller=T1;escapes \\x1b[1m \\xff \\x;y\n"
			      " SUBSYSTEM=pci\n DEVICE=+pci:0\n"
			      "4,13,1234568,c;\n" },
		{ NULL },
	};
	struct truth_record *list;
	struct truth *truth;
	size_t count;

	make(files, true);
	assert_ok(truth_open(path, &truth));
	assert_ok(truth_records(truth, &list, &count));
	assert_int_equal(count, 3);
	assert_string_equal(list[0].text, "Linux version");
	assert_int_equal(list[1].level, 6);
	assert_int_equal(list[1].facility, 3);
	assert_int_equal(list[1].seq, 12);
	assert_int_equal(list[1].time_us, 1234567);
	assert_string_equal(list[1].text, "escapes \x1b[1m \xff \\x;y");
	assert_string_equal(list[2].text, "");
	truth_records_free(list, count);
	truth_close(truth);
}

static void values(void **state)
{
	/* Two notes: Xen's, and the build-id. */
	static const char notes[] = "\4\0\0\0\4\0\0\0\6\0\0\0Xen\0abcd"
				    "\4\0\0\0\3\0\0\0\3\0\0\0GNU\0\xab\xcd\x01\0";
	static const struct file files[] = {
		{ "proc/cpuinfo", "processor\t: 0\nmodel\t: x\n\nprocessor\t: 1\n" },
		{ "proc/sys/kernel/osrelease", "6.1\n" },
		{ "sys/kernel/notes", notes, sizeof(notes) - 1 },
		{ NULL },
	};
	struct truth *truth;
	char text[64];

	make(files, true);
	assert_ok(truth_open(path, &truth));
	assert_int_equal(truth_cpus(truth), 2);
	truth_line(truth, "proc/sys/kernel/osrelease", text, sizeof(text));
	assert_string_equal(text, "6.1");
	truth_line(truth, "none", text, sizeof(text));
	assert_string_equal(text, "");
	assert_ok(truth_build_id(truth, text, sizeof(text)));
	assert_string_equal(text, "abcd01");
	truth_close(truth);
}

static void no_notes(void **state)
{
	static const struct file files[] = {
		{ "sys/kernel/notes", "\4\0\0\0\xff\xff\xff\xff\3\0\0\0GNU\0", 16 },
		{ NULL },
	};
	struct truth *truth;
	char text[64];

	make(files, true);
	assert_ok(truth_open(path, &truth));
	assert_fails(truth_build_id(truth, text, sizeof(text)), ERROR_NOT_FOUND);
	truth_close(truth);
}

static void broken(void **state)
{
	static const struct file files[] = { { "proc/iomem", "0-1 : x\n" }, { NULL } };
	struct truth *truth;

	make(files, false);
	assert_fails(truth_open(path, &truth), ERROR_BAD_DATA);
	snapshot_dir_puts(dir, "/truth", "");
	assert_true(error_dropped(truth_open(path, &truth)));
	snapshot_dir_puts(dir, "/truth", "070701zzzz");
	assert_true(error_dropped(truth_open(path, &truth)));
	snprintf(path, sizeof(path), "%s/none", dir);
	assert_fails(truth_open(path, &truth), ERROR_OS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tasks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(log_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_notes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
