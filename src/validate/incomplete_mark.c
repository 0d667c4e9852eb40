// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mark by which a writer says that it did not finish, against what there is: it stands for
 * pages that are missing, and where pages are missing it should stand.
 */
#include "validate/validate.h"

#include "kxdump_check.h"

#define KDUMP_INCOMPLETE 0x8u
#define ELF_INCOMPLETE	 0x1u

static bool find_mark(struct validation *v, struct place *place)
{
	struct kxdump *dump = validation_dump(v);
	struct kxdump_kdump k;
	struct kxdump_elf elf;

	for (size_t i = 0; kxdump_check_kdump(dump, i, &k); i++) {
		*place = place_file((unsigned int)k.file, k.word_size == 8 ? 424 : 412, 4);
		if (k.status & KDUMP_INCOMPLETE)
			return true;
	}
	*place = place_file(0, 0, 0);
	if (!kxdump_check_elf(dump, &elf))
		return false;
	*place = place_file(0, elf.is_64 ? 48 : 36, 4);
	return elf.flags & ELF_INCOMPLETE;
}

static struct error *run(struct validation *v)
{
	struct kxdump_totals totals;
	struct place place;
	bool marked = find_mark(v, &place);

	TRY(kxdump_totals(validation_dump(v), &totals));
	validation_looked_at(v, totals.described);
	if (marked)
		validation_find(v, FINDING_FAULT, CAUSE_ABSENT, place,
				"marked incomplete by its writer; %llu pages are known to be lost",
				(unsigned long long)totals.lost);
	else if (totals.lost)
		validation_find(
			v, FINDING_FAULT, CAUSE_ABSENT, place,
			"%llu of %llu pages that were dumped are lost, and it is not marked "
			"incomplete",
			(unsigned long long)totals.lost,
			(unsigned long long)(totals.present + totals.lost));
	if (!totals.present)
		validation_find(v, FINDING_UNUSABLE, CAUSE_ABSENT, place_none(),
				"no page of memory is there");
	return NULL;
}

const struct validate_check validate_incomplete_mark = {
	.name = "incomplete-mark",
	.family = "container",
	.summary = "its writer did not finish, or pages were lost since",
	.run = run,
};
