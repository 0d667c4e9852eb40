// SPDX-License-Identifier: GPL-2.0-or-later
/* From a configuration to an initramfs. */
#include "mkinitrd/job.h"

#include "base/alloc.h"
#include "process1/process1.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PROGRAM "kx-capture"

void job_note(struct job *job, const char *fmt, ...)
{
	struct mkinitrd_report *report = job->report;
	auto_text text = { 0 };
	va_list ap;

	if (report->nr_notes == MKINITRD_NOTES)
		return;
	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	if (text.failed)
		return;
	report->notes[report->nr_notes++] = text.data;
	text = (struct text){ 0 };
}

struct error *job_wish(struct job *job, bool optional, const char *name, const char *fmt, ...)
{
	struct module_wish *wish = &job->wishes[job->nr_wishes];
	auto_text why = { 0 };
	va_list ap;

	for (size_t i = 0; i < job->nr_wishes; i++) {
		if (!strcmp(job->wishes[i].name, name))
			return NULL;
	}
	if (job->nr_wishes == JOB_WISHES)
		return error_create(ERROR_BAD_DATA, "over %d modules are needed", JOB_WISHES);
	va_start(ap, fmt);
	text_addv(&why, fmt, ap);
	va_end(ap);
	*wish = (struct module_wish){ .name = strdup(name), .optional = optional };
	if (!wish->name || why.failed) {
		free((void *)wish->name);
		return error_nomem();
	}
	wish->why = why.data;
	why = (struct text){ 0 };
	job->nr_wishes++;
	return NULL;
}

/* ---- targets ---- */

static struct error *prepare_directory(struct job *job, struct capture_target *target)
{
	auto_free char *text = NULL;

	TRY(storage_place(job, target->path, &text));
	return capture_target_replace(target, text);
}

static struct error *prepare_nfs(struct job *job, struct capture_target *target)
{
	static const char *const modules[] = { "nfs", "nfsv4", "nfsv3", "sunrpc" };
	char numeric[INET6_ADDRSTRLEN];
	auto_text text = { 0 };

	TRY(network_to(job, target->host, numeric));
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		TRY(job_wish(job, true, modules[i], "NFS"));
	text_addf(&text, "nfs:%s:%s", numeric, target->path);
	return text.failed ? error_nomem() : capture_target_replace(target, text.data);
}

static struct error *prepare_port(struct job *job)
{
	TRY(job_wish(job, true, "virtio_pci", "virtio ports"));
	return job_wish(job, false, "virtio_console", "virtio ports");
}

static struct error *prepare_ssh(struct job *job, const struct capture_target *target)
{
	char numeric[INET6_ADDRSTRLEN];

	TRY(network_to(job, target->host, numeric));
	return programs_ssh(job, target);
}

static struct error *prepare_target(struct job *job, struct capture_target *target)
{
	if (target->kind == CAPTURE_DIRECTORY)
		TRY(prepare_directory(job, target));
	switch (target->kind) {
	case CAPTURE_FS:
	case CAPTURE_BLOCK:
		return storage_target(job, target);
	case CAPTURE_NFS:
		return prepare_nfs(job, target);
	case CAPTURE_SSH:
		return prepare_ssh(job, target);
	case CAPTURE_PORT:
		return prepare_port(job);
	case CAPTURE_DIRECTORY:
		break;
	}
	return NULL;
}

/* A capture kernel that is done and does nothing more would wait for someone to come. */
static struct error *prepare_actions(struct job *job)
{
	struct capture_config *config = &job->config;

	if (config->final_action == ACTION_NONE)
		TRY(capture_config_set(config, "final", "reboot"));
	if (config->failure_action == ACTION_NONE)
		TRY(capture_config_set(config, "failure", "reboot"));
	if (config->final_action == ACTION_SHELL || config->failure_action == ACTION_SHELL)
		return programs_shell(job);
	return NULL;
}

static struct error *add_texts(struct job *job)
{
	struct contents *contents = &job->report->contents;
	auto_text config = { 0 };

	TRY(capture_config_write(&job->config, &config));
	TRY(contents_add_text(contents, JOB_CONFIG, 0600, text_string(&config), "what to do"));
	if (job->hosts.failed)
		return error_nomem();
	text_adds(&job->hosts, "127.0.0.1 localhost\n");
	return contents_add_text(contents, "etc/hosts", 0644, text_string(&job->hosts),
				 "there is no resolver");
}

static struct error *prepare(struct job *job)
{
	char program[4096];

	TRY(initramfs_own_program(PROGRAM, program, sizeof(program)));
	TRY(contents_add_file(&job->report->contents, CONTENT_PROGRAM, "init", 0755, program,
			      "saves the dump"));
	for (size_t i = 0; i < job->config.nr_targets; i++)
		TRY(prepare_target(job, &job->config.targets[i]));
	for (size_t i = 0; i < job->options->nr_add; i++)
		TRY(job_wish(job, false, job->options->add[i], "--add-module"));
	TRY(programs_hooks(job));
	TRY(prepare_actions(job));
	return add_texts(job);
}

static struct error *find_kernel(struct job *job)
{
	const struct mkinitrd_options *options = job->options;
	struct mkinitrd_report *report = job->report;
	struct utsname name;
	const char *release = options->release;

	if (uname(&name))
		return error_os(errno, "uname");
	if (!release)
		release = name.release;
	job->other_kernel = options->modules || strcmp(release, name.release);
	if (options->modules)
		snprintf(report->modules_folder, sizeof(report->modules_folder), "%s",
			 options->modules);
	else
		snprintf(report->modules_folder, sizeof(report->modules_folder), "/lib/modules/%s",
			 release);
	return NULL;
}

/* ---- the file ---- */

static struct error *fill(struct job *job, struct initramfs *initramfs)
{
	static const char *const folders[] = { "proc", "sys", "dev",  "run",
					       "tmp",  "mnt", "root", NULL };

	for (size_t i = 0; folders[i]; i++)
		TRY(initramfs_add_directory(initramfs, folders[i]));
	TRY(initramfs_add_device(initramfs, "dev/console", 5, 1));
	TRY(contents_write(&job->report->contents, initramfs, folders));
	return initramfs_add_modules(initramfs, &job->report->modules);
}

static struct error *write_to(struct job *job, const char *path)
{
	struct initramfs *initramfs;
	struct error *err;

	TRY(initramfs_create(path, INITRAMFS_SMALL, &initramfs));
	err = fill(job, initramfs);
	if (!err)
		err = initramfs_finish(initramfs);
	initramfs_destroy(initramfs);
	return err;
}

static struct error *settle(int fd, const char *path, const char *out, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) || fsync(fd))
		return error_os(errno, "%s", path);
	if (rename(path, out))
		return error_os(errno, "%s", out);
	*size = (uint64_t)st.st_size;
	return NULL;
}

/* It may hold a key: nobody else reads it, not even while it grows. */
static struct error *write_out(struct job *job)
{
	const char *out = job->options->out;
	auto_text path = { 0 };
	struct error *err;
	int fd;

	text_addf(&path, "%s.XXXXXX", out);
	if (path.failed)
		return error_nomem();
	fd = mkostemp(path.data, O_CLOEXEC); /* (0600) */
	if (fd < 0)
		return error_os(errno, "%s", out);
	err = write_to(job, path.data);
	if (!err)
		err = settle(fd, path.data, out, &job->report->packed);
	if (err)
		unlink(path.data);
	close(fd);
	return err;
}

static void count(struct mkinitrd_report *report)
{
	struct stat st;

	for (size_t i = 0; i < report->contents.count; i++)
		report->unpacked += report->contents.all[i].size;
	for (size_t i = 0; i < report->modules.count; i++) {
		if (!stat(report->modules.files[i].path, &st))
			report->unpacked += (uint64_t)st.st_size;
	}
}

static struct error *make(struct job *job)
{
	struct mkinitrd_report *report = job->report;

	TRY(capture_config_read(&job->config, job->options->config));
	TRY(capture_config_check(&job->config));
	TRY(find_kernel(job));
	TRY(prepare(job));
	TRY(module_files_pick(report->modules_folder, job->wishes, job->nr_wishes,
			      &report->modules));
	TRY(module_firmware_add(&report->modules, &report->contents));
	if (*report->modules.unknown)
		job_note(job, "%s: no module of that name, so it is built in or missing",
			 report->modules.unknown);
	count(report);
	return write_out(job);
}

struct error *mkinitrd_make(const struct mkinitrd_options *options, struct mkinitrd_report *ret)
{
	struct mkinitrd_report report = { 0 };
	struct job job = { .options = options, .report = &report };
	struct error *err;

	capture_config_init(&job.config);
	err = make(&job);
	for (size_t i = 0; i < job.nr_wishes; i++) {
		free((void *)job.wishes[i].name);
		free((void *)job.wishes[i].why);
	}
	capture_config_deinit(&job.config);
	text_deinit(&job.hosts);
	if (err)
		mkinitrd_report_deinit(&report);
	else
		*ret = report;
	return err;
}

void mkinitrd_report_deinit(struct mkinitrd_report *report)
{
	contents_deinit(&report->contents);
	module_files_deinit(&report->modules);
	for (size_t i = 0; i < report->nr_notes; i++)
		free(report->notes[i]);
	report->nr_notes = 0;
}
