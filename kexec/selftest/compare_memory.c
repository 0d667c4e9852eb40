// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory that the dump describes against the guest's /proc/iomem. */
#include "selftest/compare.h"

#include "kexec/iomem.h"

#define PAGE   4096ull
#define LOW_1M 0x100000ull

/*
 * What must be in the dump: RAM without the crash regions, whole pages of it, from 1 MiB up. (The
 * first MiB is left out of a dump by the kernel's own headers, and holds nothing of Linux but
 * trampolines.)
 */
static struct error *expected(const struct iomem *iomem, struct ranges *ret)
{
	struct ranges ram = { 0 }, crash = { 0 };
	struct error *err = iomem_ranges(iomem, "System RAM", &ram);

	if (!err)
		err = iomem_ranges(iomem, "Crash kernel", &crash);
	for (size_t i = 0; !err && i < crash.count; i++)
		err = ranges_remove(&ram, crash.list[i].start, crash.list[i].end);
	if (!err)
		err = ranges_remove(&ram, 0, LOW_1M - 1);
	for (size_t i = 0; !err && i < ram.count; i++) {
		uint64_t start = (ram.list[i].start + PAGE - 1) & ~(PAGE - 1),
			 end = (ram.list[i].end + 1) & ~(PAGE - 1);

		if (end > start)
			err = ranges_add(ret, start, end - 1);
	}
	ranges_deinit(&ram);
	ranges_deinit(&crash);
	return err;
}

/* What is in it, with its bytes. */
static struct error *present(const struct evidence *evidence, struct ranges *ret)
{
	json_t *row;
	size_t i;

	json_array_foreach(evidence->dump->rows[DUMP_REGIONS], i, row)
	{
		uint64_t start = dump_hex(row, "physical"), size = (uint64_t)dump_int(row, "size");

		if (!size)
			continue;
		if (dump_int(row, "present_pages") * (int64_t)PAGE < (int64_t)size)
			return error_create(ERROR_BAD_DATA, "pages of 0x%llx…0x%llx are not in it",
					    (unsigned long long)start,
					    (unsigned long long)(start + size - 1));
		TRY(ranges_add(ret, start, start + size - 1));
	}
	return NULL;
}

static struct error *compare(const struct ranges *truth, const struct ranges *ours,
			     struct text *detail)
{
	if (!truth->count)
		return error_create(ERROR_BAD_DATA, "the guest's /proc/iomem names no RAM");
	for (size_t i = 0; i < truth->count; i++) {
		const struct range *range = &truth->list[i];

		if (!ranges_hold(ours, range->start, range->end))
			return error_create(ERROR_BAD_DATA, "0x%llx…0x%llx is RAM, and not in it",
					    (unsigned long long)range->start,
					    (unsigned long long)range->end);
	}
	for (size_t i = 0; i < ours->count; i++) {
		const struct range *range = &ours->list[i];

		if (range->end >= LOW_1M &&
		    !ranges_hold(truth, max(range->start, LOW_1M), range->end))
			return error_create(ERROR_BAD_DATA,
					    "0x%llx…0x%llx is in it, and not RAM outside of the "
					    "crash region",
					    (unsigned long long)range->start,
					    (unsigned long long)range->end);
	}
	text_addf(detail, "%zu ranges, %llu MiB", truth->count,
		  (unsigned long long)(ranges_bytes(truth) >> 20));
	return NULL;
}

struct error *compare_memory(const struct evidence *evidence, struct text *detail)
{
	struct ranges truth = { 0 }, ours = { 0 };
	struct iomem iomem = { 0 };
	struct error *err;
	size_t size = 0;
	const char *text = truth_file(evidence->truth, "proc/iomem", &size);

	TRY(iomem_parse(text ? text : "", size, &iomem));
	err = expected(&iomem, &truth);
	if (!err)
		err = present(evidence, &ours);
	if (!err)
		err = compare(&truth, &ours, detail);
	ranges_deinit(&truth);
	ranges_deinit(&ours);
	iomem_deinit(&iomem);
	return err;
}
