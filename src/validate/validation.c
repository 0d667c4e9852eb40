// SPDX-License-Identifier: GPL-2.0-or-later
/* What checks tell, as it is collected. */
#include "validate/validation.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_KEPT 500 /* notes, and faults, of each check */

struct kxdump *validation_dump(struct validation *v)
{
	return image_dump(v->all->image);
}

struct image *validation_image(struct validation *v)
{
	return v->all->image;
}

struct debug_file *validation_vmlinux(struct validation *v)
{
	return image_debug_named(v->all->image) ? image_debug_file_in_use(v->all->image) : NULL;
}

const struct validate_options *validation_options(const struct validation *v)
{
	return &v->all->options;
}

/* Takes over the finding's text. */
static struct error *keep(struct validate_result *result, const struct finding *finding)
{
	bool note = finding->severity == FINDING_NOTE;

	if (note)
		result->notes++;
	else
		result->faults++;
	result->unusable |= finding->severity == FINDING_UNUSABLE;
	if ((note ? result->notes : result->faults) > FINDINGS_KEPT) {
		free(finding->text);
		return NULL;
	}
	TRY(alloc_grow(&result->findings, &result->findings_room, result->nr_findings + 1,
		       sizeof(*result->findings)));
	result->findings[result->nr_findings++] = *finding;
	return NULL;
}

void validation_find(struct validation *v, enum finding_severity severity, enum finding_cause cause,
		     struct place place, const char *fmt, ...)
{
	struct finding finding = { .severity = severity, .cause = cause, .place = place };
	va_list ap;
	int length;

	if (v->all->live && cause == CAUSE_CORRUPT) {
		finding.cause = CAUSE_RACE;
		finding.severity = FINDING_NOTE;
	}
	va_start(ap, fmt);
	length = vasprintf(&finding.text, fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&v->lock);
	if (length < 0) {
		v->nomem = true;
	} else if (error_dropped(keep(v->result, &finding))) {
		free(finding.text);
		v->nomem = true;
	}
	pthread_mutex_unlock(&v->lock);
}

void validation_find_wrong(struct validation *v, bool may_race, uint64_t at, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	validation_find(v, may_race ? FINDING_NOTE : FINDING_FAULT,
			may_race ? CAUSE_RACE : CAUSE_CORRUPT, place_virtual(at, 0), "%s", text);
}

struct error *validation_find_error(struct validation *v, bool needed, struct place place,
				    struct error *err, const char *what)
{
	enum finding_severity severity = needed ? FINDING_FAULT : FINDING_NOTE;
	enum finding_cause cause = CAUSE_CORRUPT;

	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	if (err->code == ERROR_EXCLUDED)
		cause = CAUSE_EXCLUDED;
	else if (err->code != ERROR_BAD_DATA && err->code != ERROR_OS)
		cause = CAUSE_ABSENT;
	else
		severity = FINDING_FAULT;
	validation_find(v, severity, cause, place, "%s%s%s", what ? what : "", what ? ": " : "",
			err->message);
	error_free(err);
	return NULL;
}

void validation_looked_at(struct validation *v, uint64_t things)
{
	pthread_mutex_lock(&v->lock);
	v->result->looked_at += things;
	pthread_mutex_unlock(&v->lock);
}

void validation_skip(struct validation *v, const char *fmt, ...)
{
	va_list ap;

	free(v->result->why_skipped);
	va_start(ap, fmt);
	if (vasprintf(&v->result->why_skipped, fmt, ap) < 0) {
		v->result->why_skipped = NULL;
		v->nomem = true;
	}
	va_end(ap);
}

struct error *validation_progress(struct validation *v, uint64_t done, uint64_t all)
{
	if (!v->progressing) {
		progress_begin(&v->progress, v->result->check->name, NULL, all);
		/* Others may have worked on it since it began. */
		v->progress.started = min(v->progress.started, v->started);
		v->progressing = true;
	}
	progress_update(&v->progress, done);
	return interrupt_check();
}
