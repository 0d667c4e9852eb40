// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole of it: open, tell who died, try one target after the other, run what is to be run. */
#include "capture/job.h"

#include "base/interrupt.h"
#include "base/progress.h"
#include "kernel/system.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RETRY_PAUSE   2			  /* seconds */
#define THREAD_MEMORY ((uint64_t)2 << 20) /* that another thread may cost, generously */
#define SPARE_MEMORY  ((uint64_t)16 << 20)
#define LINE_BYTES    400

void job_say(const struct job *job, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	job->say(job->context, line);
}

struct error *job_place(struct job *job, const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	free(job->result->place);
	job->result->place = strdup(line);
	return job->result->place ? NULL : error_nomem();
}

struct error *job_log(const struct job *job, FILE *file)
{
	struct error *err;

	if (!job->image)
		return block_log(job->config->vmcore, file);
	err = log_write(job->image, file);
	/* A device that became a dump has the log by itself, too. */
	if (err && err->code != ERROR_INTERRUPTED && !ftell(file) &&
	    !error_dropped(block_log(job->config->vmcore, file))) {
		error_free(err);
		return NULL;
	}
	return err;
}

void job_log_saved(struct job *job, struct error *err, const char *place)
{
	job->result->log_saved = !err;
	if (err)
		job_say(job, "the log could not be saved: %s", err->message);
	else
		job_say(job, "saved the log: %s", place);
	error_free(err);
}

/* ---- the dump ---- */

/* Bytes that could be had without swapping; 0: not known. */
static uint64_t free_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemAvailable: %llu", &kib) == 1)
			break;
	}
	if (file)
		fclose(file);
	return kib * 1024;
}

/* As many as there are CPUs, and memory for. */
static unsigned int count_threads(void)
{
	uint64_t memory = free_memory(), fit;

	if (!memory)
		return 1;
	fit = memory > SPARE_MEMORY ? (memory - SPARE_MEMORY) / THREAD_MEMORY : 0;
	return (unsigned int)min((uint64_t)save_cpus(), max(fit, (uint64_t)1));
}

static void tell_report(const struct job *job, const struct save_report *report)
{
	job_say(job, "saved %llu of %llu pages in %.1f s, %llu MiB of file",
		(unsigned long long)report->kept, (unsigned long long)report->dumped,
		report->seconds, (unsigned long long)(report->written.file_bytes >> 20));
	for (size_t i = 0; i < report->nr_unsure; i++)
		job_say(job, "kept what is not understood: %s", report->unsure[i]);
	for (size_t i = 0; i < report->nr_errors; i++)
		job_say(job, "lost: %s", report->errors[i]);
	if (report->lost > report->nr_errors)
		job_say(job, "lost: %llu pages in all", (unsigned long long)report->lost);
}

struct error *job_save(struct job *job, const struct save_options *where)
{
	struct save_options options = job->config->save;
	struct capture_result *result = job->result;
	struct error *err;

	if (!job->image)
		return error_create(job->no_image->code, "%s", job->no_image->message);
	options.paths = where->paths;
	options.nr_paths = where->nr_paths;
	options.fd = where->fd;
	options.overwrite = where->overwrite;
	options.max_size = where->max_size;
	options.keep_partial = true;
	if (!options.threads)
		options.threads = count_threads();
	if (result->has_report)
		save_report_deinit(&result->report);
	err = save_run(job->image, &options, &result->report);
	result->has_report = true;
	if (!err)
		tell_report(job, &result->report);
	return err;
}

/* ---- targets ---- */

static struct error *save_to_target(struct job *job)
{
	switch (job->target->kind) {
	case CAPTURE_DIRECTORY:
		return directory_save(job, job->target->path);
	case CAPTURE_FS:
	case CAPTURE_NFS:
		return mount_save(job);
	case CAPTURE_BLOCK:
		return block_save(job);
	case CAPTURE_SSH:
		return ssh_save(job);
	case CAPTURE_PORT:
		return port_save(job);
	}
	return error_create(ERROR_USAGE, "%s: no such kind of target", job->target->text);
}

/* One target, and again. What the user must change is not tried twice. */
static struct error *try_target(struct job *job)
{
	for (unsigned int n = 0;; n++) {
		struct error *err;

		job_say(job, n ? "saving to %s, once more" : "saving to %s", job->target->text);
		err = save_to_target(job);
		if (!err)
			return NULL;
		job_say(job, "%s: %s", job->target->text, err->message);
		if (err->code == ERROR_INTERRUPTED || err->code == ERROR_USAGE || !job->image ||
		    n >= job->config->retries)
			return err;
		error_free(err);
		sleep(RETRY_PAUSE);
	}
}

static struct error *try_targets(struct job *job)
{
	const struct capture_config *config = job->config;
	struct error *err = NULL;

	for (size_t i = 0; i < config->nr_targets; i++) {
		error_free(err);
		job->target = &config->targets[i];
		job->result->nr_tried = i + 1;
		err = try_target(job);
		if (!err) {
			job->result->target = job->target;
			return NULL;
		}
		if (err->code == ERROR_INTERRUPTED)
			return err;
	}
	return error_wrap(err, config->nr_targets > 1 ? "no target took the dump; the last one"
						      : "the target did not take the dump");
}

/* ---- other programs ---- */

/* One that fails is told, and ends nothing: the dump matters more. */
static void run_hooks(struct job *job, char *const *hooks, size_t count, const char *status)
{
	auto_text target = { 0 };
	auto_text place = { 0 };
	auto_text state = { 0 };
	char *extra[4] = { NULL };

	text_addf(&target, "KX_TARGET=%s", job->result->target ? job->result->target->text : "");
	text_addf(&place, "KX_PLACE=%s", job->result->place ? job->result->place : "");
	text_addf(&state, "KX_STATUS=%s", status);
	if (target.failed || place.failed || state.failed)
		return;
	extra[0] = state.data;
	extra[1] = target.data;
	extra[2] = place.data;
	for (size_t i = 0; i < count; i++) {
		char *argv[] = { hooks[i], NULL };
		struct error *err = spawn_run(argv, -1, extra);

		if (err)
			job_say(job, "%s", err->message);
		error_free(err);
	}
}

/* ---- who died ---- */

static void set_name(struct job *job, const struct system *system)
{
	time_t when = system->has_time ? (time_t)system->time : time(NULL);
	char host[65] = "", stamp[32] = "";
	struct tm tm;

	for (size_t i = 0; system->nodename[i] && i + 1 < sizeof(host); i++) {
		unsigned char c = (unsigned char)system->nodename[i];

		host[i] =
			(isascii(c) && isalnum(c)) || (i && (c == '.' || c == '_')) ? (char)c : '-';
	}
	if (!*host || !strcmp(host, "-none-")) /* "(none)" */
		strcpy(host, "vmcore");
	if (gmtime_r(&when, &tm))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	snprintf(job->name, sizeof(job->name), "%s-%s", host, *stamp ? stamp : "00000000-000000");
}

static void introduce(struct job *job)
{
	struct system system = { 0 };
	struct error *err = system_describe(job->image, &system);

	set_name(job, &system);
	if (err)
		job_say(job, "the crashed kernel is not understood: %s", err->message);
	else
		job_say(job, "%s crashed: %s", *system.release ? system.release : "a kernel",
			*system.panic ? system.panic : "it does not say why");
	error_free(err);
}

static void say_line(void *context, const char *line)
{
	job_say(context, "%s", line);
}

static struct error *open_source(struct job *job)
{
	const struct image_options none = { 0 };
	const char *path = job->config->vmcore, *partial;
	struct kxdump *dump;

	TRY(kxdump_open(&path, 1, &dump));
	TRY(image_open(dump, &none, &job->image));
	introduce(job);
	partial = kxdump_info(dump)->partial_why;
	if (partial) {
		job_say(job, "the source is not whole: %s", partial);
		job->result->partial = strdup(partial);
	}
	return NULL;
}

/* A device that was written no further than to its log: that much can be saved. */
static struct error *save_log_alone(struct job *job, const struct error *why)
{
	const struct system unknown = { 0 };

	job_say(job, "there is no dump, and a log: %s", why->message);
	job->no_image = why;
	set_name(job, &unknown);
	return try_targets(job);
}

static struct error *run(struct job *job)
{
	const char *path = job->config->vmcore;
	struct error *err = open_source(job), *result;

	if (err) {
		if (!block_has_log(path))
			return err;
		result = save_log_alone(job, err);
		error_free(err);
		return result;
	}
	progress_tell(say_line, job);
	err = try_targets(job);
	progress_tell(NULL, NULL);
	image_close(job->image);
	if (!err && job->config->consume)
		err = block_forget(path);
	return err;
}

struct error *capture_run(const struct capture_config *config, capture_say *say, void *context,
			  struct capture_result *ret)
{
	struct job job = { .config = config, .say = say, .context = context, .result = ret };
	struct error *err;

	*ret = (struct capture_result){ 0 };
	signal(SIGPIPE, SIG_IGN); /* an ssh that ends is an error like another */
	run_hooks(&job, config->before, config->nr_before, "before");
	err = run(&job);
	run_hooks(&job, config->after, config->nr_after, err ? "failed" : "saved");
	return err;
}

void capture_result_deinit(struct capture_result *result)
{
	if (result->has_report)
		save_report_deinit(&result->report);
	free(result->place);
	free(result->partial);
	*result = (struct capture_result){ 0 };
}
