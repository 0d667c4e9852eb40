// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the checks of checks.def, one after the other but for those that go on beside them, and
 * comes to a verdict.
 */
#include "validate/reach.h"
#include "validate/validation.h"

#include "base/alloc.h"
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

static void init(struct validation *v, struct validation_run *all, struct validate_result *result,
		 const struct validate_check *check)
{
	*v = (struct validation){ .all = all, .result = result };
	result->check = check;
	pthread_mutex_init(&v->lock, NULL);
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

static enum verdict verdict(const struct validate_report *report)
{
	enum verdict worst = VERDICT_WHOLE;

	for (size_t i = 0; i < report->nr_results; i++) {
		if (report->results[i].unusable)
			return VERDICT_UNUSABLE;
		if (report->results[i].faults)
			worst = VERDICT_FAULTS;
	}
	return worst;
}

static struct error *run_check(struct validation *v)
{
	struct error *err;

	if (!v->started)
		v->started = now();
	err = tell_end(v, v->result->check->run(v));
	if (v->progressing)
		progress_end(&v->progress);
	v->progressing = false;
	v->result->ns = now() - v->started;
	if (!err && v->nomem)
		return error_nomem();
	return err;
}

static bool is_skipped(struct validation *v)
{
	const struct validate_check *check = v->result->check;

	if (v->all->options.quick && !check->quick)
		validation_skip(v, "only quick checks were asked for");
	else if (check->needs_kernel && !image_has_kernel(v->all->image))
		validation_skip(v, "no kernel was found in the dump");
	else
		return false;
	return true;
}

static struct error *run_others(struct validation *checks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!checks[i].begun && !checks[i].over)
			TRY(run_check(&checks[i]));
	}
	return NULL;
}

static struct error *end_begun(struct validation *checks, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct error *failed = checks[i].begun ? run_check(&checks[i]) : NULL;

		if (err)
			error_free(failed);
		else
			err = failed;
	}
	return err;
}

static struct error *begin(struct validation *v)
{
	const struct validate_check *check = v->result->check;
	struct error *err;

	v->over = is_skipped(v);
	if (v->over || !check->begin)
		return NULL;
	v->started = now();
	err = check->begin(v);
	v->over = err;
	return tell_end(v, err);
}

static struct error *run_checks(struct validation *checks, size_t count)
{
	struct error *err = NULL;

	for (size_t i = 0; i < count && !err; i++)
		err = begin(&checks[i]);
	if (!err)
		err = run_others(checks, count);
	return end_begun(checks, count, err);
}

static struct error *run_all(struct validation_run *all, struct validate_report *report)
{
	struct validation *checks auto_free = NULL;
	size_t count = ARRAY_SIZE(validate_checks) - 1;
	struct error *err;

	TRY(prepare(report, count));
	checks = calloc(count, sizeof(*checks));
	if (!checks)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		init(&checks[i], all, &report->results[i], validate_checks[i]);
	err = run_checks(checks, count);
	for (size_t i = 0; i < count; i++) {
		pthread_mutex_destroy(&checks[i].lock);
		settle(&report->results[i]);
	}
	report->verdict = verdict(report);
	return err;
}

static struct error *open_manifests(struct validation_run *all)
{
	uint32_t page_size = kxdump_info(image_dump(all->image))->page_size;

	if (all->options.check_manifest)
		TRY(manifest_open(all->options.check_manifest, &all->manifest));
	if (!all->options.manifest)
		return NULL;
	return manifest_writer_create(all->options.manifest, page_size ? page_size : 4096,
				      &all->writer);
}

struct error *validate_run(struct image *image, const struct validate_options *options,
			   struct validate_report *ret)
{
	const struct kxdump_info *info = kxdump_info(image_dump(image));
	struct validate_report report = { .live = info->live };
	struct validation_run all = { .image = image, .options = *options, .live = info->live };
	uint64_t started = now();
	struct error *err;

	if (!all.options.threads)
		all.options.threads = save_cpus();
	if (!options->quick && !info->live)
		report.bytes = info->file_size;
	err = open_manifests(&all);
	if (!err)
		err = run_all(&all, &report);
	manifest_writer_destroy(all.writer);
	manifest_close(all.manifest);
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
	struct validation_run all = { 0 };
	struct validation v;
	struct error *failed = prepare(&report, 1);

	if (!failed) {
		init(&v, &all, report.results, &validate_open);
		validation_find(&v, FINDING_UNUSABLE,
				err->code == ERROR_BAD_DATA ? CAUSE_CORRUPT : CAUSE_ABSENT,
				place_none(), "%s", err->message);
		pthread_mutex_destroy(&v.lock);
		settle(v.result);
		report.verdict = verdict(&report);
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

static void result_deinit(struct validate_result *result)
{
	for (size_t i = 0; i < result->nr_findings; i++)
		free(result->findings[i].text);
	free(result->findings);
	free(result->why_skipped);
}

void validate_report_deinit(struct validate_report *report)
{
	for (size_t i = 0; i < report->nr_results; i++)
		result_deinit(&report->results[i]);
	free(report->results);
	*report = (struct validate_report){ 0 };
}
