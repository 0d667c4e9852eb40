// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The records of a flattened file, as makedumpfile(8) ("-F") specifies them. A record may overwrite
 * an earlier one, as writers do with the header at the end; records may come in any order. What may
 * not be: a record that says it reaches beyond the file, none that ends them, bytes behind the end.
 */
#include "validate/extent_list.h"
#include "validate/validate.h"

#include "kxdump_check.h"

#define HEADER_BLOCK                                                                               \
	4096 /* writers put this down again at the end, the dump's mark of being whole */

struct records {
	struct validation *v;
	unsigned int file;
	struct extent_list pieces; /* of the payload; @first: the record's place in the file */
};

static struct error *add(void *context, const struct kxdump_record *record)
{
	struct records *r = context;

	validation_looked_at(r->v, 1);
	if (!record->size) {
		validation_find(r->v, FINDING_FAULT, CAUSE_CORRUPT,
				place_file(r->file, record->at, 16), "a record of no bytes");
		return NULL;
	}
	return extent_list_add(&r->pieces, record->offset, record->size, record->at);
}

static void check_overlaps(struct records *r)
{
	uint64_t end = 0;

	extent_list_sort(&r->pieces);
	for (size_t i = 0; i < r->pieces.count; i++) {
		const struct extent_run *run = &r->pieces.items[i];

		if (run->start < end && run->start >= HEADER_BLOCK)
			validation_find(
				r->v, FINDING_NOTE, CAUSE_CORRUPT,
				place_file(r->file, run->first, 16),
				"records from here on write over 0x%llx up to 0x%llx of the "
				"payload again",
				(unsigned long long)run->start,
				(unsigned long long)(run->end < end ? run->end : end));
		if (run->end > end)
			end = run->end;
	}
}

static struct error *check_file(struct records *r, const struct kxdump_file *file)
{
	uint64_t end;
	bool marked;

	TRY(kxdump_check_records(validation_dump(r->v), r->file, add, r, &end, &marked));
	if (!marked)
		validation_find(r->v, FINDING_FAULT,
				file->stored - end < 16 ? CAUSE_ABSENT : CAUSE_CORRUPT,
				place_file(r->file, end, 16),
				file->stored - end < 16
					? "the file ends without the end mark"
					: "this is neither a record nor the end mark: nothing that "
					  "follows can be found");
	else if (end < file->stored)
		validation_find(r->v, FINDING_FAULT, CAUSE_CORRUPT,
				place_file(r->file, end, file->stored - end),
				"%llu bytes behind the end mark",
				(unsigned long long)(file->stored - end));
	check_overlaps(r);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct records r = { .v = v };
	struct kxdump_file file;
	struct error *err = NULL;
	bool any = false;

	for (; !err && kxdump_check_file(validation_dump(v), r.file, &file); r.file++) {
		if (!file.flattened)
			continue;
		any = true;
		r.pieces.count = 0;
		err = check_file(&r, &file);
	}
	extent_list_deinit(&r.pieces);
	if (!any)
		validation_skip(v, "no file is flattened");
	return err;
}

const struct validate_check validate_flattened_records = {
	.name = "flattened-records",
	.family = "container",
	.summary = "records of a flattened file are damaged, or cut off",
	.run = run,
};
