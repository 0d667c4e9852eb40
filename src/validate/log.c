// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's log: every record from the first to the last, their numbers without a gap. */
#include "validate/validate.h"

#include "kernel/log.h"

#include <inttypes.h>

static struct error *walk(struct validation *v, struct log_walk *log)
{
	struct log_record record;
	uint64_t count = 0, last = 0, lost = 0;
	const struct error *problem;
	bool found;

	for (;; count++) {
		TRY(log_walk_next(log, &record, &found));
		if (!found)
			break;
		if (count && record.seq != last + 1)
			validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_none(),
					"record %" PRIu64 " of the log follows record %" PRIu64,
					record.seq, last);
		last = record.seq;
		lost += record.lost_text;
	}
	validation_looked_at(v, count);
	if (!count)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_none(),
				"the log has no records");
	if (lost)
		validation_find(v, FINDING_NOTE, CAUSE_CRASHED, place_none(),
				"%" PRIu64 " records of the log have lost their text: later ones "
				"took its place",
				lost);
	problem = log_walk_problem(log);
	if (!problem)
		return NULL;
	return validation_find_error(
		v, true, problem->has_address ? place_virtual(problem->address, 0) : place_none(),
		error_create(problem->code, "%s", problem->message), "the log");
}

static struct error *run(struct validation *v)
{
	struct log_walk *log;
	struct error *err;

	TRY(log_walk_create(validation_image(v), &log));
	err = walk(v, log);
	log_walk_destroy(log);
	return err;
}

const struct validate_check validate_log = {
	.name = "log",
	.family = "structures",
	.summary = "records of the kernel's log are missing or damaged",
	.needs_kernel = true,
	.run = run,
};
