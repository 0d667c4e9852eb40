// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs of this machine that the capture runs: ssh with its keys, hooks, a shell. */
#include "mkinitrd/job.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SSH	 "/usr/bin/ssh"
#define FILE_CAP (1u << 20)
/* sshd looks a user up, ssh too: without one of its own it does not start. */
#define PASSWD	 "root:x:0:0:root:/root:/bin/sh\n"
#define NSSWITCH "passwd: files\nhosts: files\n"

static struct error *read_file(const char *path, struct text *ret)
{
	FILE *file = fopen(path, "re");
	char buf[4096];
	size_t n;

	if (!file)
		return error_os(errno, "%s", path);
	while (ret->len <= FILE_CAP && (n = fread(buf, 1, sizeof(buf), file)) > 0)
		text_add(ret, buf, n);
	fclose(file);
	if (ret->len > FILE_CAP)
		return error_create(ERROR_BAD_DATA, "%s: over %u MiB", path, FILE_CAP >> 20);
	return ret->failed ? error_nomem() : NULL;
}

static const char *home(void)
{
	const char *home = getenv("HOME");

	return home && *home == '/' ? home : "/root";
}

static struct error *add_key(struct job *job)
{
	static const char *const usual[] = { "id_ed25519", "id_ecdsa", "id_rsa" };
	char path[PATH_MAX] = "";

	if (job->config.ssh_key)
		snprintf(path, sizeof(path), "%s", job->config.ssh_key);
	for (size_t i = 0; i < ARRAY_SIZE(usual) && !job->config.ssh_key; i++) {
		snprintf(path, sizeof(path), "%s/.ssh/%s", home(), usual[i]);
		if (!access(path, R_OK))
			break;
	}
	if (access(path, R_OK))
		return error_create(
			ERROR_NOT_FOUND,
			"%s: %s: ssh needs a key without a passphrase (\"ssh-key PATH\")", path,
			strerror(errno));
	TRY(contents_add_file(&job->report->contents, CONTENT_FILE, JOB_KEY, 0600, path,
			      "the key for ssh"));
	return capture_config_set(&job->config, "ssh-key", "/" JOB_KEY);
}

/* What the host is to be known by: a capture kernel has nobody who could say yes. */
static struct error *add_known_hosts(struct job *job)
{
	auto_text all = { 0 };
	char path[PATH_MAX];

	if (job->config.ssh_known_hosts) {
		TRY(read_file(job->config.ssh_known_hosts, &all));
	} else {
		snprintf(path, sizeof(path), "%s/.ssh/known_hosts", home());
		error_free(read_file(path, &all));
		error_free(read_file("/etc/ssh/ssh_known_hosts", &all));
	}
	if (!all.len)
		return error_create(ERROR_NOT_FOUND,
				    "no host is known to ssh: log in there once, or "
				    "name a file by \"ssh-known-hosts PATH\"");
	TRY(contents_add_text(&job->report->contents, JOB_KNOWN_HOSTS, 0600, all.data,
			      "by what ssh knows the host"));
	return capture_config_set(&job->config, "ssh-known-hosts", "/" JOB_KNOWN_HOSTS);
}

struct error *programs_ssh(struct job *job, const struct capture_target *target)
{
	struct contents *contents = &job->report->contents;

	if (contents_has(contents, SSH))
		return NULL;
	TRY(contents_add_program(contents, SSH, target->text));
	TRY(contents_add_text(contents, "etc/passwd", 0644, PASSWD, "ssh asks who it is"));
	TRY(contents_add_text(contents, "etc/nsswitch.conf", 0644, NSSWITCH,
			      "where names are looked up"));
	TRY(add_key(job));
	return add_known_hosts(job);
}

struct error *programs_hooks(struct job *job)
{
	const struct capture_config *config = &job->config;

	for (size_t i = 0; i < config->nr_before; i++)
		TRY(contents_add_program(&job->report->contents, config->before[i],
					 "runs before the dump"));
	for (size_t i = 0; i < config->nr_after; i++)
		TRY(contents_add_program(&job->report->contents, config->after[i],
					 "runs after the dump"));
	return NULL;
}

struct error *programs_shell(struct job *job)
{
	static const char *const applets[] = { "sh", "ls",     "cat", "cp",	 "mount", "umount",
					       "ps", "dmesg",  "df",  "ip",	 "mkdir", "rm",
					       "dd", "reboot", "vi",  "poweroff" };
	static const char *const places[] = { "/usr/bin/busybox", "/bin/busybox" };
	struct contents *contents = &job->report->contents;
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (access(places[i], X_OK))
			continue;
		TRY(contents_add_program(contents, places[i], "the shell"));
		for (size_t n = 0; n < ARRAY_SIZE(applets); n++) {
			snprintf(name, sizeof(name), "bin/%s", applets[n]);
			TRY(contents_add_link(contents, name, places[i], "of the shell"));
		}
		return NULL;
	}
	return contents_add_program(contents, "/bin/sh", "the shell");
}
