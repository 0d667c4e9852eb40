// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory on another host, by the program ssh: DIR/NAME/dmesg.txt and DIR/NAME/vmcore.flat,
 * flattened since a pipe cannot seek. The far side only writes what comes; that it was whole, this
 * side knows, and a second command then gives the name.
 */
#include "base/nameless.h"
#include "capture/job.h"

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32
#define DUMP_NAME     JOB_NAME_OF_DUMP ".flat"

struct command {
	char *argv[ARGUMENTS_MAX];
	size_t count;
	struct text destination, hosts, timeout;
};

static void add(struct command *c, char *word)
{
	if (c->count + 1 < ARGUMENTS_MAX)
		c->argv[c->count++] = word;
}

static void command_deinit(struct command *c)
{
	text_deinit(&c->destination);
	text_deinit(&c->hosts);
	text_deinit(&c->timeout);
}

/* Words for the far side's shell: between single quotes all is itself but those. */
static void add_quoted(struct text *t, const char *word)
{
	text_addc(t, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			text_adds(t, "'\\''");
		else
			text_addc(t, *word);
	}
	text_addc(t, '\'');
}

static struct error *command_init(const struct job *job, struct text *remote, struct command *c)
{
	const struct capture_target *t = job->target;

	*c = (struct command){ 0 };
	if (t->user)
		text_addf(&c->destination, "%s@", t->user);
	text_adds(&c->destination, t->host);
	text_addf(&c->timeout, "ConnectTimeout=%u", max(job->config->device_wait, 1u));
	add(c, "ssh");
	add(c, "-o");
	add(c, "BatchMode=yes");
	add(c, "-o");
	add(c, "StrictHostKeyChecking=yes");
	/* A far side that is gone ends it within a minute. */
	add(c, "-o");
	add(c, "ServerAliveInterval=15");
	add(c, "-o");
	add(c, c->timeout.data);
	if (job->config->ssh_key) {
		add(c, "-i");
		add(c, job->config->ssh_key);
		add(c, "-o");
		add(c, "IdentitiesOnly=yes");
	}
	if (job->config->ssh_known_hosts) {
		text_addf(&c->hosts, "UserKnownHostsFile=%s", job->config->ssh_known_hosts);
		add(c, "-o");
		add(c, c->hosts.data);
	}
	if (t->port) {
		add(c, "-p");
		add(c, t->port);
	}
	add(c, "--");
	add(c, c->destination.data);
	add(c, remote->data);
	return c->destination.failed || c->hosts.failed || c->timeout.failed || remote->failed
		       ? error_nomem()
		       : NULL;
}

static void add_folder(const struct job *job, struct text *t)
{
	auto_text folder = { 0 };

	text_addf(&folder, "%s/%s", job->target->path, job->name);
	add_quoted(t, text_string(&folder));
}

/* A command that takes a file in, under its name for the time being. */
static void receive(const struct job *job, const char *name, struct text *t)
{
	text_adds(t, "umask 077 && mkdir -p -- ");
	add_folder(job, t);
	text_adds(t, " && cd -- ");
	add_folder(job, t);
	text_addf(t, " && cat >%s.incomplete", name);
}

/* One that gives it its own, once it is on the disk. */
static void settle(const struct job *job, const char *name, struct text *t)
{
	text_adds(t, "cd -- ");
	add_folder(job, t);
	text_addf(
		t,
		" && { sync %s.incomplete 2>/dev/null || sync; } && mv -f %s.incomplete %s && sync",
		name, name, name);
}

static struct error *run_remote(const struct job *job, struct text *remote, int input)
{
	struct command c;
	struct error *err = command_init(job, remote, &c);

	if (!err)
		err = spawn_run(c.argv, input, NULL);
	command_deinit(&c);
	return err;
}

static struct error *give_name(const struct job *job, const char *name)
{
	auto_text remote = { 0 };

	settle(job, name, &remote);
	return run_remote(job, &remote, -1);
}

static struct error *send_log(struct job *job, FILE *log)
{
	auto_text remote = { 0 };

	TRY(job_log(job, log));
	rewind(log);
	receive(job, JOB_LOG_NAME, &remote);
	TRY(run_remote(job, &remote, fileno(log)));
	return give_name(job, JOB_LOG_NAME);
}

static void save_log(struct job *job)
{
	int fd = nameless_open(NULL);
	FILE *log = fd < 0 ? NULL : fdopen(fd, "w+");
	auto_text place = { 0 };
	struct error *err;

	err = log ? send_log(job, log) : error_os(errno, "a temporary file for the log");
	if (log)
		fclose(log);
	text_addf(&place, "%s/%s/%s", job->target->text, job->name, JOB_LOG_NAME);
	job_log_saved(job, err, text_string(&place));
}

static struct error *send_dump(struct job *job)
{
	auto_text remote = { 0 };
	struct command c;
	struct spawn child;
	struct error *err, *ended;

	receive(job, DUMP_NAME, &remote);
	err = command_init(job, &remote, &c);
	if (!err)
		err = spawn_start(c.argv, &child);
	if (!err) {
		struct save_options where = { .fd = child.to };

		err = job_save(job, &where);
		ended = spawn_finish(&child, "ssh");
		/* Why ssh ended says more than that it cannot be written to. */
		if (ended) {
			error_free(err);
			err = ended;
		}
	}
	command_deinit(&c);
	return err;
}

struct error *ssh_save(struct job *job)
{
	save_log(job);
	TRY(send_dump(job));
	TRY(give_name(job, DUMP_NAME));
	return job_place(job, "%s/%s/%s", job->target->text, job->name, DUMP_NAME);
}
