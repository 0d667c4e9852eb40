// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page descriptors of makedumpfile's compressed format, and what of the file their data takes:
 * no two pages share any, but those of zeros, which share one page at the start of the data;
 * nothing lies between the data of two pages, and nothing behind the last.
 */
#include "validate/extent_list.h"
#include "validate/validate.h"

#include "kxdump_check.h"

#include "base/alloc.h"

#define BATCH	   1024
#define CODECS	   0x27u
#define INCOMPLETE 0x08u
#define TELL_EVERY (1 << 16) /* descriptors between two signs of progress */

struct descs;
typedef struct error *desc_visitor(struct descs *d, uint64_t number,
				   const struct kxdump_desc *desc);

struct descs {
	struct validation *v;
	size_t part;
	struct kxdump_kdump k;
	struct kxdump_file file;
	struct extent_list used;     /* runs of the pages' data; @first: a descriptor's number */
	struct extent_list overlaps; /* of these runs */
	struct extent_list apart;    /* the data of each page that touches an overlap */
	uint64_t lost;		     /* empty descriptors */
};

static struct place place(const struct descs *d, uint64_t number)
{
	return place_file((unsigned int)d->k.file, d->k.descs.offset + number * KXDUMP_DESC_SIZE,
			  KXDUMP_DESC_SIZE);
}

#define wrong(d, number, ...)                                                                      \
	validation_find((d)->v, FINDING_FAULT, CAUSE_CORRUPT, place(d, number), __VA_ARGS__)

static bool check_flags(struct descs *d, uint64_t number, const struct kxdump_desc *desc)
{
	uint32_t codec = desc->flags & CODECS;
	bool fine = true;

	if (desc->flags & ~CODECS || (codec && !kxdump_check_codec(codec))) {
		wrong(d, number, "descriptor %llu has flags 0x%x; expected one codec, or none",
		      (unsigned long long)number, desc->flags);
		return false;
	}
	if (codec && codec != (d->k.status & CODECS)) {
		wrong(d, number,
		      "descriptor %llu: the page is compressed with %s, the header says 0x%x",
		      (unsigned long long)number, kxdump_check_codec(codec), d->k.status & CODECS);
		fine = false;
	}
	if (desc->page_flags) {
		wrong(d, number, "descriptor %llu has page_flags 0x%llx; expected 0",
		      (unsigned long long)number, (unsigned long long)desc->page_flags);
		fine = false;
	}
	return fine;
}

static bool check_size(struct descs *d, uint64_t number, const struct kxdump_desc *desc)
{
	uint32_t page = d->k.block_size;

	if (desc->flags & CODECS ? desc->size && desc->size <= page : desc->size == page)
		return true;
	wrong(d, number, "descriptor %llu has size %u; expected %s %u", (unsigned long long)number,
	      desc->size, desc->flags & CODECS ? "1 to" : "exactly", page);
	return false;
}

static bool check_place(struct descs *d, uint64_t number, const struct kxdump_desc *desc)
{
	/* Where data could be if no page of the set had become smaller. */
	uint64_t pages = (d->k.data - d->k.descs.offset) / KXDUMP_DESC_SIZE + 1, end;
	uint64_t furthest = d->k.data + pages * d->k.block_size;

	if (desc->offset < d->k.data) {
		wrong(d, number,
		      "descriptor %llu: the data is at offset 0x%llx, before 0x%llx, "
		      "where the descriptors end",
		      (unsigned long long)number, (unsigned long long)desc->offset,
		      (unsigned long long)d->k.data);
		return false;
	}
	if (!__builtin_add_overflow(desc->offset, desc->size, &end) && end <= d->file.size)
		return true;
	validation_find(d->v, FINDING_FAULT, desc->offset > furthest ? CAUSE_CORRUPT : CAUSE_ABSENT,
			place(d, number),
			"descriptor %llu: the data, %u bytes at offset 0x%llx, lies beyond the end "
			"of the file (%llu bytes)",
			(unsigned long long)number, desc->size, (unsigned long long)desc->offset,
			(unsigned long long)d->file.size);
	return false;
}

static struct error *check_desc(struct descs *d, uint64_t number, const struct kxdump_desc *desc)
{
	bool shared = desc->offset == d->k.data && !(desc->flags & CODECS), fine;

	if (!desc->offset) {
		d->lost++;
		return NULL;
	}
	fine = check_flags(d, number, desc);
	fine = check_size(d, number, desc) && fine;
	fine = check_place(d, number, desc) && fine;
	if (!fine)
		return NULL;
	return shared ? NULL : extent_list_add(&d->used, desc->offset, desc->size, number);
}

/* @each for every descriptor of the file. */
static struct error *read_all(struct descs *d, desc_visitor *each)
{
	struct kxdump_desc *batch auto_free = calloc(BATCH, sizeof(*batch));
	uint64_t count = d->k.descs.size / KXDUMP_DESC_SIZE;
	size_t n;

	if (!batch)
		return error_nomem();
	for (uint64_t at = 0; at < count; at += n) {
		n = (size_t)min((uint64_t)BATCH, count - at);
		TRY(kxdump_check_descs(validation_dump(d->v), d->part, at, n, batch));
		for (size_t i = 0; i < n; i++)
			TRY(each(d, at + i, &batch[i]));
		if (!(at % TELL_EVERY))
			TRY(validation_progress(d->v, at * KXDUMP_DESC_SIZE, d->k.descs.size));
	}
	return NULL;
}

static void tell_gap(struct descs *d, uint64_t start, uint64_t end)
{
	/* makedumpfile puts what it erased behind the pages. */
	if (d->k.eraseinfo.size && d->k.eraseinfo.offset >= start && d->k.eraseinfo.offset < end)
		return;
	validation_find(d->v, FINDING_FAULT, CAUSE_CORRUPT,
			place_file((unsigned int)d->k.file, start, end - start),
			"%llu bytes among the pages' data belong to no page",
			(unsigned long long)(end - start));
}

/* Do @size bytes at @start hold something of the tables? */
static bool is_table(const struct descs *d, uint64_t start, uint64_t size)
{
	uint64_t bits = (d->k.max_pfn + 7) / 8;
	const struct kxdump_extent tables[] = {
		{ d->k.described.offset, bits },
		{ d->k.dumped.offset, bits },
		d->k.descs,
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (start < tables[i].offset + tables[i].size && tables[i].offset < start + size)
			return true;
	}
	return false;
}

/* What lies where no record of a flattened file wrote it. */
static void check_written(struct descs *d)
{
	uint64_t at = d->k.described.offset, start, size;

	for (; kxdump_check_gap(validation_dump(d->v), d->k.file, at, &start, &size);
	     at = start + size) {
		const struct extent_run *run = extent_list_find(&d->used, start);
		bool table = is_table(d, start, size);

		if (table || (run && run->start < start + size))
			validation_find(
				d->v, FINDING_FAULT, CAUSE_ABSENT,
				place_file((unsigned int)d->k.file, start, size),
				"%llu bytes of the payload that hold %s are in no record of "
				"the flattened file",
				(unsigned long long)size, table ? "tables" : "pages");
	}
}

static struct error *keep_apart(struct descs *d, uint64_t number, const struct kxdump_desc *desc)
{
	const struct extent_run *overlap = extent_list_find(&d->overlaps, desc->offset);
	uint64_t end;

	if (!overlap || !desc->size || __builtin_add_overflow(desc->offset, desc->size, &end) ||
	    overlap->start >= end)
		return NULL;
	return extent_list_add_apart(&d->apart, desc->offset, desc->size, number);
}

static struct error *check_overlaps(struct descs *d)
{
	uint64_t shared = 0;

	if (!d->overlaps.count)
		return NULL;
	TRY(read_all(d, keep_apart));
	extent_list_sort(&d->apart);
	for (size_t i = 1; i < d->apart.count; i++) {
		const struct extent_run *a = &d->apart.items[i - 1], *b = a + 1;

		if (a->start == b->start && a->end == b->end)
			shared++;
		else if (b->start < a->end)
			wrong(d, b->first,
			      "descriptor %llu: the data at offset 0x%llx overlaps that of "
			      "descriptor %llu at offset 0x%llx",
			      (unsigned long long)b->first, (unsigned long long)b->start,
			      (unsigned long long)a->first, (unsigned long long)a->start);
	}
	if (shared)
		validation_find(d->v, FINDING_NOTE, CAUSE_EXCLUDED, place(d, d->apart.items->first),
				"%llu pages that are not of zeros share other pages' data",
				(unsigned long long)shared);
	return NULL;
}

/* What lies behind the last page's data, at @end. */
static void check_end(struct descs *d, uint64_t end)
{
	if (d->k.eraseinfo.size && d->k.eraseinfo.offset >= end)
		end = d->k.eraseinfo.offset + d->k.eraseinfo.size;
	if (d->file.size > end && !d->lost)
		validation_find(d->v, FINDING_FAULT, CAUSE_CORRUPT,
				place_file((unsigned int)d->k.file, end, d->file.size - end),
				"%llu bytes behind the last page's data",
				(unsigned long long)(d->file.size - end));
}

/* In ascending order of @start. */
static struct error *add_overlap(struct descs *d, uint64_t start, uint64_t end)
{
	if (d->overlaps.count)
		start = max(start, d->overlaps.items[d->overlaps.count - 1].end);
	return start < end ? extent_list_add(&d->overlaps, start, end - start, 0) : NULL;
}

static struct error *check_used(struct descs *d)
{
	uint64_t zeros = d->k.data + d->k.block_size, end; /* @end: of what is used so far */

	/* Writers put that page first, whether or not any page is one; but one need not. */
	if (d->used.count && d->used.items[0].start == d->k.data)
		zeros = d->k.data;
	end = zeros;
	for (size_t i = 0; i < d->used.count; i++) {
		const struct extent_run *run = &d->used.items[i];

		if (run->start > end)
			tell_gap(d, end, run->start);
		else if (run->start < zeros)
			wrong(d, run->first,
			      "descriptor %llu: the data at offset 0x%llx overlaps "
			      "the page of zeros",
			      (unsigned long long)run->first, (unsigned long long)run->start);
		else if (run->start < end)
			TRY(add_overlap(d, run->start, min(run->end, end)));
		end = max(end, run->end);
	}
	check_end(d, end);
	return check_overlaps(d);
}

static struct error *check_part(struct descs *d)
{
	struct error *err;

	validation_looked_at(d->v, d->k.descs.size / KXDUMP_DESC_SIZE);
	err = read_all(d, check_desc);
	err = validation_find_error(d->v, true, place(d, 0), err, "the descriptors");
	if (err)
		return err;
	if (d->lost)
		validation_find(d->v, FINDING_FAULT, CAUSE_ABSENT, place(d, 0),
				"%llu descriptors are empty: these pages were lost",
				(unsigned long long)d->lost);
	extent_list_sort(&d->used);
	check_written(d);
	return validation_find_error(d->v, true, place(d, 0), check_used(d), "the pages' data");
}

static struct error *run(struct validation *v)
{
	struct descs d = { .v = v };
	struct error *err = NULL;

	for (; !err && kxdump_check_kdump(validation_dump(v), d.part, &d.k); d.part++) {
		(void)kxdump_check_file(validation_dump(v), d.k.file, &d.file);
		d.lost = 0;
		d.used.count = d.overlaps.count = d.apart.count = 0;
		err = check_part(&d);
	}
	extent_list_deinit(&d.used);
	extent_list_deinit(&d.overlaps);
	extent_list_deinit(&d.apart);
	if (!d.part)
		validation_skip(v, "the dump is not of makedumpfile's compressed format");
	return err;
}

const struct validate_check validate_kdump_descriptors = {
	.name = "kdump-descriptors",
	.family = "container",
	.summary = "page descriptors point outside the data, at other pages' data, or at none",
	.run = run,
};
