// SPDX-License-Identifier: GPL-2.0-or-later
/* kexec/snapshot.c: a copy tells what the original tells; of a directory, all or nothing. */
#include "support/data.h"
#include "support/snapshot_dir.h"

#include "kexec/machine.h"
#include "kexec/snapshot.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MACHINES TEST_SOURCE_DIR "/fixtures/machines/"

static int set_up(void **state)
{
	*state = snapshot_dir_create();
	return 0;
}

static int tear_down(void **state)
{
	snapshot_dir_remove(*state);
	return 0;
}

static const char *below(const char *dir, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* All scalars that are gathered, and the problems, as text. */
static void describe(const char *root, char *buf, size_t size)
{
	struct machine m;
	struct host *host;
	size_t at;

	assert_ok(host_open(root, &host));
	assert_ok(machine_gather(host, &m));
	at = (size_t)snprintf(
		buf, size,
		"%s %s [%s] iomem %zu ram %zu/%llu crash %zu/%llu cma %zu region %llx-%llx cpus "
		"%zu vmcoreinfo %llx/%llx page_offset %d/%llx text %d/%llx/%llx/%llx la57 %d efi "
		"%d%d map %zu %llx %llx %llx %llx rsdp %llx limits %d %lld %lld lockdown %d sb %d "
		"%d%d sig %d loaded %d%d size %llx %llx hotplug %d%d params %d\n",
		m.release, m.machine, m.command_line, m.iomem.count, m.ram.count,
		(unsigned long long)m.memory_bytes, m.crash.count,
		(unsigned long long)ranges_bytes(&m.crash), m.crash_cma.count,
		(unsigned long long)m.crash_region.start, (unsigned long long)m.crash_region.end,
		m.nr_cpus, (unsigned long long)m.vmcoreinfo, (unsigned long long)m.vmcoreinfo_size,
		m.has_page_offset, (unsigned long long)m.page_offset, m.has_text,
		(unsigned long long)m.text_virt, (unsigned long long)m.text_phys,
		(unsigned long long)m.text_size, m.la57, m.efi, m.efi_32, m.nr_runtime_map,
		(unsigned long long)m.efi_fw_vendor, (unsigned long long)m.efi_runtime,
		(unsigned long long)m.efi_config_table, (unsigned long long)m.efi_smbios,
		(unsigned long long)m.acpi_rsdp, m.load_disabled, (long long)m.panic_limit,
		(long long)m.reboot_limit, m.lockdown, m.secure_boot, m.has_kexec_load,
		m.has_file_load, m.signature_required, m.loaded, m.crash_loaded,
		(unsigned long long)m.crash_size, (unsigned long long)m.elfcorehdr_size,
		m.hotplug_cpu, m.hotplug_memory, m.boot_params != NULL);
	for (size_t i = 0; i < m.nr_cpus; i++)
		at += (size_t)snprintf(buf + at, size - at, "cpu %u %d %llx/%llx\n", m.cpus[i].id,
				       m.cpus[i].online, (unsigned long long)m.cpus[i].notes,
				       (unsigned long long)m.cpus[i].notes_size);
	for (size_t i = 0; i < m.nr_problems; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s %d %s\n", m.problems[i].what,
				       m.problems[i].why->code, m.problems[i].means);
	assert_true(at < size);
	machine_deinit(&m);
	host_close(host);
}

static void save(const char *from, const char *to)
{
	struct snapshot snapshot;
	struct host *host;

	assert_ok(host_open(from, &host));
	assert_ok(snapshot_save(host, to, &snapshot));
	assert_true(snapshot.count > 10);
	snapshot_deinit(&snapshot);
	host_close(host);
}

static void copies_tell_the_same(void **state)
{
	static char original[8192], copy[8192];
	struct dirent *entry;
	DIR *dir = opendir(MACHINES);
	unsigned int machines = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char from[512];

		if (strchr(entry->d_name, '.'))
			continue;
		snprintf(from, sizeof(from), MACHINES "%s", entry->d_name);
		save(from, below(*state, entry->d_name));
		describe(from, original, sizeof(original));
		describe(below(*state, entry->d_name), copy, sizeof(copy));
		assert_string_equal(original, copy);
		machines++;
	}
	closedir(dir);
	assert_true(machines >= 10);
}

/* Of this machine itself, whatever it is. */
static void of_this_machine(void **state)
{
	static char original[65536], copy[65536];

	save(NULL, below(*state, "this/"));
	describe(NULL, original, sizeof(original));
	describe(below(*state, "this"), copy, sizeof(copy));
	/* Others may load kernels meanwhile; what was read first does not change. */
	*strchr(original, '[') = *strchr(copy, '[') = 0;
	assert_string_equal(original, copy);
}

static const struct snapshot_file *find(const struct snapshot *snapshot, const char *path)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		if (!strcmp(snapshot->files[i].path, path))
			return &snapshot->files[i];
	}
	return NULL;
}

static void what_is_saved(void **state)
{
	const struct snapshot_file *file;
	char *from = snapshot_dir_create(), line[256];
	struct snapshot snapshot;
	struct host *host;

	snapshot_dir_puts(from, "/uname", "6.1.0\nx86_64\n");
	snapshot_dir_puts(from, "/proc/cmdline", "quiet\n");
	snapshot_dir_puts(from, "/proc/kallsyms",
			  "ffffffff81000000 T _text\nffffffff81000010 T secret\n"
			  "ffffffff82000000 B _end\nffffffff82000000 B later\n");
	snapshot_dir_puts(from, "/boot/config-6.1.0", "CONFIG_SECRET=y\nCONFIG_KEXEC=y\n");
	snapshot_dir_puts(from, "/etc/passwd", "root");
	snapshot_dir_puts(from, "/unreadable", "/proc/kcore: Permission denied\n");
	assert_ok(host_open(from, &host));
	assert_ok(snapshot_save(host, below(*state, "a"), &snapshot));

	file = find(&snapshot, "/proc/cmdline");
	assert_int_equal(file->size, 6);
	assert_null(file->why);
	file = find(&snapshot, "/proc/kcore");
	assert_int_equal(file->why->code, ERROR_OS);
	file = find(&snapshot, "/proc/iomem");
	assert_int_equal(file->why->code, ERROR_NOT_FOUND);
	assert_string_equal(file->why->message, "no such file");
	assert_null(find(&snapshot, "/etc/passwd"));
	snapshot_deinit(&snapshot);
	host_close(host);
	snapshot_dir_remove(from);

	/* Lines of interest alone; and closed is not missing. */
	assert_ok(host_open(below(*state, "a"), &host));
	assert_ok(host_read_line(host, "/proc/kallsyms", line, sizeof(line)));
	assert_string_equal(line, "ffffffff81000000 T _text\nffffffff82000000 B _end");
	assert_ok(host_read_line(host, "/boot/config-6.1.0", line, sizeof(line)));
	assert_string_equal(line, "CONFIG_KEXEC=y");
	assert_fails(host_read_line(host, "/proc/kcore", line, sizeof(line)), ERROR_OS);
	assert_fails(host_read_line(host, "/proc/iomem", line, sizeof(line)), ERROR_NOT_FOUND);
	assert_fails(host_read_line(host, "/etc/passwd", line, sizeof(line)), ERROR_NOT_FOUND);
	host_close(host);
}

static unsigned int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void never_over_another(void **state)
{
	struct snapshot snapshot;
	struct host *host;

	assert_ok(host_open(MACHINES "small", &host));
	snapshot_dir_mkdir(*state, "/empty");
	snapshot_dir_puts(*state, "/file", "");
	assert_int_equal(symlink("nowhere", below(*state, "link")), 0);
	assert_fails(snapshot_save(host, below(*state, "empty"), &snapshot), ERROR_USAGE);
	assert_fails(snapshot_save(host, below(*state, "empty/"), &snapshot), ERROR_USAGE);
	assert_fails(snapshot_save(host, below(*state, "file"), &snapshot), ERROR_USAGE);
	assert_fails(snapshot_save(host, below(*state, "link"), &snapshot), ERROR_USAGE);
	assert_fails(snapshot_save(host, "", &snapshot), ERROR_USAGE);
	assert_fails(snapshot_save(host, below(*state, "none/none"), &snapshot), ERROR_OS);
	/* ".", "..", the two and the link: nothing temporary was left behind. */
	assert_int_equal(count_entries(*state), 5);
	host_close(host);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_tell_the_same),
		TEST(of_this_machine),
		TEST(what_is_saved),
		TEST(never_over_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
