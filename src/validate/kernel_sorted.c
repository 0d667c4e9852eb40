// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of exceptions, which is sorted when the kernel is built (scripts/sorttable.c of Linux).
 * Its places are relative to themselves, in 32 bits.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"
#include "validate/validate.h"

#define MAX_SIZE ((uint64_t)256 << 20)

DEFINE_VIEW(exception_view, "exception_table_entry", FIELD("insn"));

static void check_entries(struct validation *v, uint64_t start, const uint8_t *data, uint64_t size,
			  size_t count)
{
	uint64_t low, high, last = 0, faults = 0, first = 0;
	struct image *image = validation_image(v);

	if (error_dropped(image_symbol(image, "_text", &low)) ||
	    error_dropped(image_symbol(image, "_end", &high)))
		return;
	for (size_t i = 0; i < count; i++) {
		uint64_t at = start + i * size, to;

		to = at + sign_extend(load_number(data + i * size, 4, false), 32);
		if ((to < last || to < low || to >= high) && !faults++)
			first = at;
		if (to >= low && to < high)
			last = to;
	}
	validation_looked_at(v, count);
	if (faults)
		validation_find(v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(first, size),
				"the table of exceptions: %llu of %zu entries are not in order or "
				"lead out of the kernel's image",
				(unsigned long long)faults, count);
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	auto_free uint8_t *data = NULL;
	uint64_t start, end, size;

	TRY(view_size(image, &exception_view, &size));
	if (size < 4 || error_dropped(image_symbol(image, "__start___ex_table", &start)) ||
	    error_dropped(image_symbol(image, "__stop___ex_table", &end)) || end <= start)
		return NULL;
	TRY(alloc_array(end - start, 1, MAX_SIZE, "the table of exceptions", &data));
	TRY(memory_read(image_memory(image), start, data, end - start));
	check_entries(v, start, data, size, (end - start) / size);
	return NULL;
}

const struct validate_check validate_sorted_tables = {
	.name = "sorted-tables",
	.family = "kernel",
	.summary = "the kernel's sorted table of exceptions is damaged",
	.needs_kernel = true,
	.run = run,
};
