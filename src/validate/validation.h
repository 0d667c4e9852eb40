/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a validation is made of, for the files that run it. Checks see validate.h alone. */
#ifndef VALIDATE_VALIDATION_H
#define VALIDATE_VALIDATION_H

#include "validate/manifest.h"
#include "validate/validate.h"

#include "base/progress.h"

#include <pthread.h>

struct validation {
	struct image *image;
	struct validate_options options;
	bool live;
	struct manifest *manifest;	/* to compare with, or NULL */
	struct manifest_writer *writer; /* of the one that is written, or NULL */
	pthread_mutex_t lock;		/* of all below */
	struct validate_report *report;
	struct validate_result *result; /* of the check that is running */
	size_t findings_room;
	bool nomem; /* a finding was lost: memory is short */
	struct progress progress;
	bool progressing;
};

#endif
