// SPDX-License-Identifier: GPL-2.0-or-later
/* Targets and configurations as people write them, and back. */
#include "capture/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check(const char *a, const char *b)
{
	if (!a || !b)
		assert_true(a == b);
	else
		assert_string_equal(a, b);
}

static void targets(void **state)
{
	static const struct {
		const char *text;
		struct capture_target is;
	} good[] = {
		{ "/var/crash", { CAPTURE_DIRECTORY, .path = "/var/crash" } },
		{ "dir:crash", { CAPTURE_DIRECTORY, .path = "crash" } },
		{ "fs:ext4:UUID=1-2:/a/b",
		  { CAPTURE_FS, .type = "ext4", .device = "UUID=1-2", .path = "/a/b" } },
		{ "fs:xfs:/dev/disk/by-path/pci-0000:00:04.0:/crash",
		  { CAPTURE_FS, .type = "xfs", .device = "/dev/disk/by-path/pci-0000:00:04.0",
		    .path = "/crash" } },
		{ "fs:vfat:LABEL=A:B:/x",
		  { CAPTURE_FS, .type = "vfat", .device = "LABEL=A:B", .path = "/x" } },
		{ "block:/dev/vdb", { CAPTURE_BLOCK, .device = "/dev/vdb" } },
		{ "block:SERIAL=kx", { CAPTURE_BLOCK, .device = "SERIAL=kx" } },
		{ "ssh:host:/d", { CAPTURE_SSH, .host = "host", .path = "/d" } },
		{ "ssh:u@host:2222:/d/e",
		  { CAPTURE_SSH, .user = "u", .host = "host", .port = "2222", .path = "/d/e" } },
		{ "ssh:u@[fe80::1%eth0]:/d@e",
		  { CAPTURE_SSH, .user = "u", .host = "fe80::1%eth0", .path = "/d@e" } },
		{ "nfs:10.0.2.2:/export/x",
		  { CAPTURE_NFS, .host = "10.0.2.2", .path = "/export/x" } },
		{ "virtio:org.kx", { CAPTURE_PORT, .name = "org.kx" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct capture_target t;

		assert_null(capture_target_parse(good[i].text, &t));
		assert_int_equal(t.kind, good[i].is.kind);
		check(t.text, good[i].text);
		check(t.type, good[i].is.type);
		check(t.device, good[i].is.device);
		check(t.user, good[i].is.user);
		check(t.host, good[i].is.host);
		check(t.port, good[i].is.port);
		check(t.path, good[i].is.path);
		check(t.name, good[i].is.name);
		capture_target_deinit(&t);
	}
}

static void bad_targets(void **state)
{
	static const char *const bad[] = {
		"",
		"var/crash",
		"fs:ext4:/dev/vda",
		"fs:ext4:vda:/x",
		"fs::/dev/vda:/x",
		"fs:ext4:UUID=:/x",
		"block:vda",
		"block:",
		"ssh:host",
		"ssh:host:path",
		"ssh:@host:/d",
		"ssh:host:0:/d",
		"ssh:host:65536:/d",
		"ssh:host:22x:/d",
		"ssh:-oProxyCommand=x:/d", /* must not become an option of ssh */
		"ssh:-l@host:/d",
		"ssh:[::1:/d",
		"nfs:host",
		"nfs::/x",
		"virtio:",
		"virtio:../x",
		"dir:",
		"ftp:host:/x",
		"/a\nb",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct capture_target t;
		struct error *err = capture_target_parse(bad[i], &t);

		if (!err)
			print_error("taken: %s\n", bad[i]);
		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
	}
}

static struct error *read_text(const char *text, struct capture_config *config)
{
	char path[] = "/tmp/kx-config-XXXXXX";
	int fd = mkstemp(path);
	struct error *err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	capture_config_init(config);
	err = capture_config_read(config, path);
	unlink(path);
	return err;
}

static const char whole[] = "# Where to.\n"
			    "target ssh:kdump@crash.example:/srv/crash\n"
			    "target\tfs:ext4:UUID=1-2:/crash # if that fails\n"
			    "\n"
			    "  retries 0\n"
			    "dump-level 1\n"
			    "exclude user\r\n"
			    "keep hwpoison\n"
			    "lzo\n"
			    "keep-dumps 3\n"
			    "min-free 512M\n"
			    "ssh-key /etc/kx#crash/key\n"
			    "before /sbin/a\n"
			    "before /sbin/b\n"
			    "final reboot\n"
			    "failure shell\n"
			    "network dhcp";

static void check_whole(struct capture_config *c)
{
	assert_null(capture_config_check(c));
	assert_int_equal(c->nr_targets, 2);
	assert_int_equal(c->targets[0].kind, CAPTURE_SSH);
	check(c->targets[1].path, "/crash");
	assert_int_equal(c->retries, 0);
	assert_int_equal(c->device_wait, 30);
	assert_true(c->save.rules.zero);
	assert_false(c->save.rules.leave_out[PAGE_FREE]);
	assert_true(c->save.rules.leave_out[PAGE_USER]);
	assert_false(c->save.rules.leave_out[PAGE_HWPOISON]);
	assert_true(c->save.rules.leave_out[PAGE_OFFLINE]);
	check(c->save.codec, "lzo");
	assert_int_equal(c->keep_dumps, 3);
	assert_true(c->min_free == (uint64_t)512 << 20);
	check(c->ssh_key, "/etc/kx#crash/key");
	assert_int_equal(c->nr_before, 2);
	check(c->before[1], "/sbin/b");
	assert_int_equal(c->final_action, ACTION_REBOOT);
	assert_int_equal(c->failure_action, ACTION_SHELL);
	check(c->network, "dhcp");
	check(c->vmcore, "/proc/vmcore");
}

static void a_file_and_back(void **state)
{
	struct capture_config config, again;
	auto_text text = { 0 };

	assert_null(read_text(whole, &config));
	check_whole(&config);
	assert_null(capture_config_write(&config, &text));
	capture_config_deinit(&config);
	assert_null(read_text(text_string(&text), &again));
	check_whole(&again);
	capture_config_deinit(&again);
}

static void bad_lines(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "target /x\nretry 3\n", "line 2: there is no \"retry\"" },
		{ "target\n", "line 1: target needs a value" },
		{ "zstd 3\n", "takes no value" },
		{ "dump-level 32\n", "31 at most" },
		{ "dump-level many\n", "dump-level" },
		{ "keep slabs\n", "slabs" },
		{ "min-free -1\n", "512M" },
		{ "min-free 5X\n", "512M" },
		{ "min-free 99999999T\n", "too large" },
		{ "before hook\n", "whole path" },
		{ "final die\n", "poweroff" },
		{ "format lkcd\n", "kdump or elf" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct capture_config config;
		struct error *err = read_text(bad[i].text, &config);

		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		assert_non_null(strstr(err->message, bad[i].says));
		error_free(err);
		capture_config_deinit(&config);
	}
}

static void what_does_not_go_together(void **state)
{
	static const char *const bad[] = { "zstd\n", "target /x\nlzo\nlevel 3\n",
					   "target /x\nlevel 23\n",
					   "target /x\nformat elf\nlevel 3\n" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct capture_config config;
		struct error *err;

		assert_null(read_text(bad[i], &config));
		err = capture_config_check(&config);
		assert_non_null(err);
		assert_int_equal(err->code, ERROR_USAGE);
		error_free(err);
		capture_config_deinit(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(bad_targets),
		cmocka_unit_test(a_file_and_back),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(what_does_not_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
