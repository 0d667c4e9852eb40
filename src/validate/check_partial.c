// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reader finds missing already when it opens the dump. */
#include "validate/validate.h"

#include <string.h>

static struct error *run(struct validation *v)
{
	const char *why = kxdump_info(validation_dump(v))->partial_why, *end;

	for (; why; why = end ? end + 2 : NULL) {
		end = strstr(why, "; ");
		validation_find(v, FINDING_FAULT, CAUSE_ABSENT, place_none(), "%.*s",
				(int)(end ? end - why : (ptrdiff_t)strlen(why)), why);
	}
	validation_looked_at(v, kxdump_info(validation_dump(v))->nr_files);
	return NULL;
}

const struct validate_check validate_partial = {
	.name = "partial",
	.family = "container",
	.summary = "the dump is cut off, marked incomplete, or files of its set are missing",
	.quick = true,
	.run = run,
};
