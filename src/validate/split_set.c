// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a split set: all of them are there, and agree. */
#include "validate/validate.h"

#include "kxdump_check.h"

static void check_agree(struct validation *v, const struct kxdump_kdump *a,
			const struct kxdump_kdump *b)
{
	struct place place = place_file((unsigned int)b->file, 0, 0);

	if ((a->status | 8) != (b->status | 8))
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place,
				"status is 0x%x; that of the set's first file 0x%x", b->status,
				a->status);
	if (a->dump_level != b->dump_level)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place,
				"dump_level is %u; that of the set's first file %u", b->dump_level,
				a->dump_level);
}

static void tell_missing(struct validation *v, const struct kxdump_kdump *k, uint64_t start,
			 uint64_t end)
{
	validation_find(v, FINDING_FAULT, CAUSE_ABSENT,
			place_physical(start * k->block_size, (end - start) * k->block_size),
			"the file of the set that holds the pages from pfn 0x%llx up to 0x%llx was "
			"not given",
			(unsigned long long)start, (unsigned long long)end);
}

static struct error *run(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	struct kxdump_kdump first, k;
	uint64_t covered = 0;
	size_t count = 0;

	if (!kxdump_check_kdump(dump, 0, &first) || !first.split) {
		validation_skip(v, "the dump is no split set");
		return NULL;
	}
	for (; kxdump_check_kdump(dump, count, &k); count++) {
		check_agree(v, &first, &k);
		if (k.start > covered)
			tell_missing(v, &k, covered, k.start);
		covered = k.end;
	}
	if (covered < first.max_pfn)
		tell_missing(v, &first, covered, first.max_pfn);
	validation_looked_at(v, count);
	return NULL;
}

const struct validate_check validate_split_set = {
	.name = "split-set",
	.family = "container",
	.summary = "files of a split set are missing, or do not belong together",
	.quick = true,
	.run = run,
};
