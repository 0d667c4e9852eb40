// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs the checks of checks.def, one after the other, and comes to a verdict. */
#include "validate/reach.h"
#include "validate/validation.h"

#include "save/save.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(name) extern const struct validate_check validate_##name;
#include "validate/checks.def"
#undef CHECK

#define CHECK(name) &validate_##name,
const struct validate_check *const validate_checks[] = {
#include "validate/checks.def"
	NULL,
};
#undef CHECK

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct error *prepare(struct validate_report *report, size_t count)
{
	report->results = calloc(count, sizeof(*report->results));
	if (!report->results)
		return error_nomem();
	report->nr_results = count;
	return NULL;
}

/* What kept the check from looking further is a finding of it. */
static struct error *tell_end(struct validation *v, struct error *err)
{
	return validation_find_error(v, true, reach_place(err), err, "the check could not go on");
}

static void settle(struct validate_result *result)
{
	if (result->faults)
		result->outcome = OUTCOME_FAULTS;
	else if (result->why_skipped)
		result->outcome = OUTCOME_SKIPPED;
	else
		result->outcome = result->notes ? OUTCOME_NOTES : OUTCOME_PASSED;
}

static struct error *run_check(struct validation *v, const struct validate_check *check)
{
	uint64_t started = now();
	struct error *err = NULL;

	v->result->check = check;
	if (v->options.quick && !check->quick)
		validation_skip(v, "only quick checks were asked for");
	else if (check->needs_kernel && !image_has_kernel(v->image))
		validation_skip(v, "no kernel was found in the dump");
	else
		err = tell_end(v, check->run(v));
	if (v->progressing)
		progress_end(&v->progress);
	v->progressing = false;
	v->result->ns = now() - started;
	settle(v->result);
	if (!err && v->nomem)
		return error_nomem();
	return err;
}

static struct error *run_all(struct validation *v)
{
	size_t count = 0;

	while (validate_checks[count])
		count++;
	TRY(prepare(v->report, count));
	for (size_t i = 0; i < count; i++) {
		v->result = &v->report->results[i];
		TRY(run_check(v, validate_checks[i]));
	}
	return NULL;
}

static struct error *open_manifests(struct validation *v)
{
	uint32_t page_size = kxdump_info(image_dump(v->image))->page_size;

	if (v->options.check_manifest)
		TRY(manifest_open(v->options.check_manifest, &v->manifest));
	if (!v->options.manifest)
		return NULL;
	return manifest_writer_create(v->options.manifest, page_size ? page_size : 4096,
				      &v->writer);
}

struct error *validate_run(struct image *image, const struct validate_options *options,
			   struct validate_report *ret)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	struct validate_report report = { .live = info->live };
	struct validation v = {
		.image = image, .options = *options, .live = info->live, .report = &report
	};
	uint64_t started = now();
	struct error *err;

	if (!v.options.threads)
		v.options.threads = save_cpus();
	if (!options->quick && !info->live)
		report.bytes = info->file_size;
	pthread_mutex_init(&v.lock, NULL);
	err = open_manifests(&v);
	if (!err)
		err = run_all(&v);
	manifest_writer_destroy(v.writer);
	manifest_close(v.manifest);
	pthread_mutex_destroy(&v.lock);
	report.ns = now() - started;
	if (err) {
		validate_report_deinit(&report);
		return err;
	}
	*ret = report;
	return NULL;
}

static struct error *find_nothing(struct validation *v)
{
	return NULL;
}

static const struct validate_check validate_open = {
	.name = "open",
	.family = "container",
	.summary = "it is no dump, or damaged where a reader begins",
	.quick = true,
	.run = find_nothing,
};

struct error *validate_unopened(struct error *err, struct validate_report *ret)
{
	struct validate_report report = { 0 };
	struct validation v = { .report = &report };
	struct error *failed = prepare(&report, 1);

	if (!failed) {
		v.result = report.results;
		v.result->check = &validate_open;
		pthread_mutex_init(&v.lock, NULL);
		validation_find(&v, FINDING_UNUSABLE,
				err->code == ERROR_BAD_DATA ? CAUSE_CORRUPT : CAUSE_ABSENT,
				place_none(), "%s", err->message);
		pthread_mutex_destroy(&v.lock);
		settle(v.result);
		if (v.nomem)
			failed = error_nomem();
	}
	error_free(err);
	if (failed) {
		validate_report_deinit(&report);
		return failed;
	}
	*ret = report;
	return NULL;
}

void validate_report_deinit(struct validate_report *report)
{
	for (size_t i = 0; i < report->nr_findings; i++)
		free(report->findings[i].text);
	for (size_t i = 0; i < report->nr_results; i++)
		free(report->results[i].why_skipped);
	free(report->findings);
	free(report->results);
	*report = (struct validate_report){ 0 };
}
