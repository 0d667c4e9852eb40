// SPDX-License-Identifier: GPL-2.0-or-later
/* Records of arming and of self-tests. */
#include "kexec/state.h"

#include "base/text.h"
#include "kexec/state_file.h"
#include "purgatory/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARMED_FILE    "armed.json"
#define SELFTEST_FILE "selftest.json"
#define BOOT_ID_FILE  "/proc/sys/kernel/random/boot_id"

/* A record may have been written by another version: what is missing is empty. */
static void get_text(const json_t *object, const char *key, char *buf, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	snprintf(buf, size, "%s", value ? value : "");
}

static uint64_t get_number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value < 0 ? 0 : (uint64_t)value;
}

static struct error *get_owned(const json_t *object, const char *key, char **ret)
{
	const char *value = json_string_value(json_object_get(object, key));

	*ret = value ? strdup(value) : NULL;
	return value && !*ret ? error_nomem() : NULL;
}

static json_t *file_json(const struct state_file *file)
{
	if (!file->path)
		return json_null();
	return json_pack("{s:s, s:s, s:I}", "path", file->path, "sha256", file->sha256, "size",
			 (json_int_t)file->size);
}

static struct error *file_of_json(const json_t *object, struct state_file *ret)
{
	get_text(object, "sha256", ret->sha256, sizeof(ret->sha256));
	ret->size = get_number(object, "size");
	return get_owned(object, "path", &ret->path);
}

void state_file_deinit(struct state_file *file)
{
	free(file->path);
	*file = (struct state_file){ 0 };
}

void state_arming_deinit(struct state_arming *arming)
{
	state_file_deinit(&arming->kernel);
	state_file_deinit(&arming->initrd);
	free(arming->command_line);
	*arming = (struct state_arming){ 0 };
}

static struct error *arming_of_json(const json_t *json, struct state_arming *ret)
{
	get_text(json, "boot_id", ret->boot_id, sizeof(ret->boot_id));
	get_text(json, "release", ret->release, sizeof(ret->release));
	get_text(json, "system_call", ret->system_call, sizeof(ret->system_call));
	get_text(json, "digest", ret->digest, sizeof(ret->digest));
	ret->initrd_inside = json_is_true(json_object_get(json, "initrd_inside"));
	get_text(json, "fingerprint", ret->fingerprint, sizeof(ret->fingerprint));
	ret->hotplug = json_is_true(json_object_get(json, "hotplug"));
	ret->crash_start = get_number(json, "crash_start");
	ret->crash_end = get_number(json, "crash_end");
	ret->crash_size = get_number(json, "crash_size");
	ret->time = get_number(json, "time");
	TRY(get_owned(json, "command_line", &ret->command_line));
	TRY(file_of_json(json_object_get(json, "kernel"), &ret->kernel));
	TRY(file_of_json(json_object_get(json, "initrd"), &ret->initrd));
	if (!ret->kernel.path || !ret->command_line || !ret->boot_id[0])
		return error_create(ERROR_BAD_DATA,
				    ARMED_FILE ": kernel, command_line or boot_id is missing");
	return NULL;
}

struct error *state_arming_read(const char *folder, struct state_arming *ret)
{
	struct state_arming arming = { 0 };
	struct error *err;
	json_t *json;

	TRY(state_file_read(folder, ARMED_FILE, &json));
	err = arming_of_json(json, &arming);
	json_decref(json);
	if (err) {
		state_arming_deinit(&arming);
		return err;
	}
	*ret = arming;
	return NULL;
}

struct error *state_arming_write(const char *folder, const struct state_arming *arming)
{
	return state_file_write(
		folder, ARMED_FILE,
		json_pack("{s:s, s:s, s:o, s:o, s:b, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I}",
			  "boot_id", arming->boot_id, "release", arming->release, "kernel",
			  file_json(&arming->kernel), "initrd", file_json(&arming->initrd),
			  "initrd_inside", (int)arming->initrd_inside, "command_line",
			  arming->command_line, "system_call", arming->system_call, "digest",
			  arming->digest, "fingerprint", arming->fingerprint, "hotplug",
			  (int)arming->hotplug, "crash_start", (json_int_t)arming->crash_start,
			  "crash_end", (json_int_t)arming->crash_end, "crash_size",
			  (json_int_t)arming->crash_size, "time", (json_int_t)arming->time));
}

struct error *state_arming_forget(const char *folder)
{
	auto_text path = { 0 };

	text_addf(&path, "%s/" ARMED_FILE, folder);
	if (path.failed)
		return error_nomem();
	if (unlink(path.data) && errno != ENOENT)
		return error_os(errno, "%s", path.data);
	return NULL;
}

static json_t *selftest_json(const struct state_selftest *test)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:s, s:I, s:I, s:s}", "release",
			 test->release, "kernel_sha256", test->kernel_sha256, "initrd_sha256",
			 test->initrd_sha256, "command_line_sha256", test->command_line_sha256,
			 "system_call", test->system_call, "crash_size",
			 (json_int_t)test->crash_size, "passed", (int)test->passed, "failed_step",
			 test->failed_step, "time", (json_int_t)test->time, "duration_ms",
			 (json_int_t)test->duration_ms, "version", test->version);
}

static struct state_selftest selftest_of_json(const json_t *json)
{
	struct state_selftest test = { 0 };

	get_text(json, "release", test.release, sizeof(test.release));
	get_text(json, "kernel_sha256", test.kernel_sha256, sizeof(test.kernel_sha256));
	get_text(json, "initrd_sha256", test.initrd_sha256, sizeof(test.initrd_sha256));
	get_text(json, "command_line_sha256", test.command_line_sha256,
		 sizeof(test.command_line_sha256));
	get_text(json, "system_call", test.system_call, sizeof(test.system_call));
	test.crash_size = get_number(json, "crash_size");
	test.passed = json_is_true(json_object_get(json, "passed"));
	get_text(json, "failed_step", test.failed_step, sizeof(test.failed_step));
	test.time = get_number(json, "time");
	test.duration_ms = get_number(json, "duration_ms");
	get_text(json, "version", test.version, sizeof(test.version));
	return test;
}

struct error *state_selftests_read(const char *folder, struct state_selftest **ret, size_t *count)
{
	struct state_selftest *tests;
	json_t *document, *entry;
	struct error *err;
	size_t at, n = 0;

	err = state_file_read(folder, SELFTEST_FILE, &document);
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		*ret = NULL;
		*count = 0;
		return NULL;
	}
	TRY(err);
	tests = calloc(STATE_MAX_SELFTESTS, sizeof(*tests));
	if (tests) {
		json_array_foreach(json_object_get(document, "tests"), at, entry)
		{
			if (n < STATE_MAX_SELFTESTS)
				tests[n++] = selftest_of_json(entry);
		}
	}
	json_decref(document);
	if (!tests)
		return error_nomem();
	*ret = tests;
	*count = n;
	return NULL;
}

static bool same_setup(const struct state_selftest *a, const struct state_selftest *b)
{
	return !strcmp(a->release, b->release) && !strcmp(a->kernel_sha256, b->kernel_sha256) &&
	       !strcmp(a->initrd_sha256, b->initrd_sha256) &&
	       !strcmp(a->command_line_sha256, b->command_line_sha256) &&
	       !strcmp(a->system_call, b->system_call) && a->crash_size == b->crash_size;
}

struct error *state_selftest_write(const char *folder, const struct state_selftest *test)
{
	struct state_selftest *old = NULL;
	json_t *tests = json_array();
	struct error *err;
	size_t count = 0;

	err = state_selftests_read(folder, &old, &count);
	/* A damaged record is worth less than the new one. */
	if (err && err->code == ERROR_BAD_DATA) {
		error_free(err);
		err = NULL;
	}
	if (err) {
		json_decref(tests);
		return err;
	}
	json_array_append_new(tests, selftest_json(test));
	for (size_t i = 0; i < count && json_array_size(tests) < STATE_MAX_SELFTESTS; i++) {
		if (!same_setup(&old[i], test))
			json_array_append_new(tests, selftest_json(&old[i]));
	}
	free(old);
	return state_file_write(folder, SELFTEST_FILE, json_pack("{s:o}", "tests", tests));
}

struct error *state_boot_id(char buf[40])
{
	int fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return error_os(errno, BOOT_ID_FILE);
	got = read(fd, buf, 39);
	close(fd);
	if (got <= 0)
		return error_create(ERROR_NOT_FOUND, BOOT_ID_FILE " is empty");
	buf[got] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return NULL;
}

void state_hex(const uint8_t digest[32], char ret[65])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

void state_sha256(const void *data, size_t size, char ret[65])
{
	uint8_t digest[32];
	struct sha256 sha;

	sha256_init(&sha);
	sha256_update(&sha, data, size);
	sha256_final(&sha, digest);
	state_hex(digest, ret);
}

/* The hash of what @fd reads, and how many bytes that is. */
static struct error *hash_file(int fd, const char *path, struct state_file *ret)
{
	static const size_t room = 1 << 20;
	uint8_t *buf = malloc(room), digest[32];
	struct sha256 sha;
	ssize_t got;

	if (!buf)
		return error_nomem();
	sha256_init(&sha);
	while ((got = read(fd, buf, room)) > 0) {
		sha256_update(&sha, buf, (size_t)got);
		ret->size += (uint64_t)got;
	}
	free(buf);
	if (got < 0)
		return error_os(errno, "%s", path);
	sha256_final(&sha, digest);
	state_hex(digest, ret->sha256);
	return NULL;
}

struct error *state_file_now(const char *path, struct state_file *ret)
{
	struct state_file file = { 0 };
	struct error *err;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return error_create(ERROR_NOT_FOUND, "%s is not there", path);
	if (fd < 0)
		return error_os(errno, "%s", path);
	err = hash_file(fd, path, &file);
	close(fd);
	TRY(err);
	file.path = realpath(path, NULL);
	if (!file.path)
		return error_os(errno, "%s", path);
	*ret = file;
	return NULL;
}

struct error *state_file_check(const struct state_file *file)
{
	struct state_file now;
	bool same;

	TRY(state_file_now(file->path, &now));
	same = !strcmp(now.sha256, file->sha256);
	state_file_deinit(&now);
	if (!same)
		return error_create(ERROR_BAD_DATA, "%s was altered since", file->path);
	return NULL;
}
