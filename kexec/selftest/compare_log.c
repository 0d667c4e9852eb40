// SPDX-License-Identifier: GPL-2.0-or-later
/* The log, record by record. */
#include "selftest/compare.h"

#include <string.h>

static struct error *compare_record(const json_t *ours, const struct truth_record *record)
{
	if (!ours)
		return error_create(ERROR_BAD_DATA, "record %llu is missing",
				    (unsigned long long)record->seq);
	if (dump_int(ours, "level") != record->level ||
	    dump_int(ours, "facility") != record->facility ||
	    dump_int(ours, "time_ns") / 1000 != (int64_t)record->time_us ||
	    strcmp(dump_text(ours, "text"), record->text))
		return error_create(ERROR_BAD_DATA, "record %llu is \"%.60s\", not \"%.60s\"",
				    (unsigned long long)record->seq, dump_text(ours, "text"),
				    record->text);
	return NULL;
}

static struct error *compare_all(const json_t *rows, const struct truth_record *records,
				 size_t count, struct text *detail)
{
	uint64_t first = (uint64_t)dump_int(json_array_get(rows, 0), "seq");
	size_t at = 0, compared = 0;

	for (size_t i = 0; i < count; i++) {
		const json_t *row = NULL;

		/* What the kernel has written over since is gone. */
		if (records[i].seq < first)
			continue;
		while (at < json_array_size(rows) &&
		       dump_int(json_array_get(rows, at), "seq") < (int64_t)records[i].seq)
			at++;
		row = json_array_get(rows, at);
		if (row && dump_int(row, "seq") != (int64_t)records[i].seq)
			row = NULL;
		TRY(compare_record(row, &records[i]));
		compared++;
	}
	if (compared < count / 2)
		return error_create(ERROR_BAD_DATA, "only %zu of %zu records are in the dump",
				    compared, count);
	text_addf(detail, "%zu records", compared);
	return NULL;
}

struct error *compare_log(const struct evidence *evidence, struct text *detail)
{
	struct truth_record *records;
	struct error *err;
	size_t count;

	TRY(truth_records(evidence->truth, &records, &count));
	err = compare_all(evidence->dump->rows[DUMP_LOG], records, count, detail);
	truth_records_free(records, count);
	return err;
}
