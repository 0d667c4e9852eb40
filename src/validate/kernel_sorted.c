// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of the kernel's image that are sorted when it is built (scripts/sorttable.c of Linux):
 * those of exceptions and of ORC. Their places are relative to themselves, in 32 bits.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"
#include "validate/validate.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SIZE ((uint64_t)256 << 20)

DEFINE_VIEW(exception_view, "exception_table_entry", FIELD("insn"));

struct sorted {
	const char *from, *to, *what;
	uint64_t entry; /* bytes of one */
};

static void check_entries(struct validation *v, const struct sorted *table, uint64_t start,
			  const uint8_t *data, size_t count)
{
	uint64_t low, high, last = 0, faults = 0, first = 0;
	struct image *image = validation_image(v);

	if (error_dropped(image_symbol(image, "_text", &low)) ||
	    error_dropped(image_symbol(image, "_end", &high)))
		return;
	for (size_t i = 0; i < count; i++) {
		uint64_t at = start + i * table->entry, to;
		int32_t relative;

		memcpy(&relative, data + i * table->entry, sizeof(relative));
		to = at + (uint64_t)(int64_t)relative;
		if ((to < last || to < low || to >= high) && !faults++)
			first = at;
		if (to >= low && to < high)
			last = to;
	}
	validation_looked_at(v, count);
	if (faults)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(first, table->entry),
				"%s: %llu of %zu entries are not in order or lead out of the "
				"kernel's image",
				table->what, (unsigned long long)faults, count);
}

static struct error *check_table(struct validation *v, const struct sorted *table)
{
	struct image *image = validation_image(v);
	auto_free uint8_t *data = NULL;
	uint64_t start, end;

	if (error_dropped(image_symbol(image, table->from, &start)) ||
	    error_dropped(image_symbol(image, table->to, &end)) || end <= start)
		return NULL;
	TRY(alloc_array(end - start, 1, MAX_SIZE, table->what, &data));
	TRY(memory_read(image_memory(image), start, data, end - start));
	check_entries(v, table, start, data, (end - start) / table->entry);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct sorted exceptions = { "__start___ex_table", "__stop___ex_table",
				     "the table of exceptions", 0 };
	const struct sorted orc = { "__start_orc_unwind_ip", "__stop_orc_unwind_ip",
				    "ORC's table of addresses", 4 };

	TRY(check_table(v, &orc));
	TRY(view_size(validation_image(v), &exception_view, &exceptions.entry));
	return exceptions.entry >= 4 ? check_table(v, &exceptions) : NULL;
}

const struct validate_check validate_sorted_tables = {
	.name = "sorted-tables",
	.family = "kernel",
	.summary = "the kernel's sorted tables (exceptions, ORC) are damaged",
	.needs_kernel = true,
	.run = run,
};
