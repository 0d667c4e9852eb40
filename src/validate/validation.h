/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a validation is made of, for the files that run it. Checks see validate.h alone. */
#ifndef VALIDATE_VALIDATION_H
#define VALIDATE_VALIDATION_H

#include "validate/manifest.h"
#include "validate/validate.h"

#include "base/progress.h"

#include <pthread.h>

/* What all checks have in common. */
struct validation_run {
	struct image *image;
	struct validate_options options;
	bool live;
	struct manifest *manifest;	/* to compare with, or NULL */
	struct manifest_writer *writer; /* of the one that is written, or NULL */
};

struct validation {
	struct validation_run *all;
	bool over;	      /* it was skipped, or could not begin */
	void *begun;	      /* by the check's begin(), for its run(); NULL: nothing */
	uint64_t started;     /* ns */
	pthread_mutex_t lock; /* of all below */
	struct validate_result *result;
	bool nomem; /* a finding was lost: memory is short */
	struct progress progress;
	bool progressing;
};

#endif
