// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every page of the dump: read, expanded to exactly a page, and, where a manifest is to be written
 * or compared with, its digest taken. One pass over the file, by all threads.
 */
#include "validate/page_scan.h"
#include "validate/validation.h"

#include "base/alloc.h"

#define DIGESTS 128 /* pages whose digests are compared at once */

struct pages {
	struct validation *v;
	struct page_scan scan;
	struct page_scan_run *run;
	uint64_t all; /* bytes of the pages that there are */
	struct manifest_writer *writer;
	struct manifest *manifest;
};

static struct place place(const struct pages *p, uint64_t pfn, uint64_t count)
{
	return place_physical(pfn * p->scan.page_size, count * p->scan.page_size);
}

static struct error *found(void *context, const struct page_run *run)
{
	struct pages *p = context;

	return p->writer ? manifest_writer_run(p->writer, run->pfn, run->count) : NULL;
}

static struct error *failed(void *context, const struct page_run *page, struct error *err)
{
	static const uint64_t unreadable = 0;
	struct pages *p = context;

	TRY(validation_find_error(p->v, true, place(p, page->pfn, 1), err, NULL));
	return p->writer ? manifest_writer_put(p->writer, page->index, &unreadable, 1) : NULL;
}

/* @count pages, at most DIGESTS, all of which the manifest has from @index on. */
static struct error *compare(struct pages *p, uint64_t pfn, uint64_t index, const uint64_t *digests,
			     size_t count)
{
	uint64_t expected[DIGESTS];

	TRY(manifest_read(p->manifest, index, expected, count));
	for (size_t i = 0; i < count; i++) {
		if (expected[i] && expected[i] != digests[i])
			validation_find(p->v, FINDING_FAULT, CAUSE_CORRUPT, place(p, pfn + i, 1),
					"pfn 0x%llx is not as the manifest has it",
					(unsigned long long)(pfn + i));
	}
	return NULL;
}

static void tell_added(struct pages *p, uint64_t pfn, uint64_t count)
{
	validation_find(p->v, FINDING_NOTE, CAUSE_ABSENT, place(p, pfn, count),
			"%llu pages from pfn 0x%llx on are not in the manifest",
			(unsigned long long)count, (unsigned long long)pfn);
}

static struct error *compare_run(struct pages *p, uint64_t pfn, const uint64_t *digests,
				 size_t count)
{
	for (size_t i = 0, n; i < count; i += n) {
		const struct manifest_run *run = manifest_find(p->manifest, pfn + i);

		if (!run || run->pfn > pfn + i) {
			n = run ? (size_t)min(run->pfn - (pfn + i), (uint64_t)(count - i))
				: count - i;
			tell_added(p, pfn + i, n);
			continue;
		}
		n = (size_t)min(run->pfn + run->count - (pfn + i), (uint64_t)(count - i));
		TRY(compare(p, pfn + i, run->index + (pfn + i - run->pfn), digests + i, n));
	}
	return NULL;
}

static struct error *read(void *context, const struct page_run *run, const uint8_t *pages)
{
	struct pages *p = context;
	uint32_t page_size = p->scan.page_size;
	uint64_t digests[DIGESTS];

	validation_looked_at(p->v, run->count);
	if (!p->writer && !p->manifest)
		return NULL;
	for (uint64_t at = 0, n; at < run->count; at += n) {
		n = min(run->count - at, (uint64_t)DIGESTS);
		for (uint64_t i = 0; i < n; i++)
			digests[i] = manifest_digest(pages + (at + i) * page_size, page_size);
		if (p->writer)
			TRY(manifest_writer_put(p->writer, run->index + at, digests, (size_t)n));
		if (p->manifest)
			TRY(compare_run(p, run->pfn + at, digests, (size_t)n));
	}
	return NULL;
}

static struct error *progress(void *context, uint64_t done)
{
	struct pages *p = context;

	return validation_progress(p->v, done * p->scan.page_size, p->all);
}

/* Pages from @pfn up to @end, which the manifest has and no run of the dump. */
static void tell_missing(struct pages *p, uint64_t pfn, uint64_t end)
{
	enum kxdump_page state = kxdump_page_state(p->scan.dump, pfn * p->scan.page_size);

	if (state == KXDUMP_PAGE_PRESENT && end - pfn == 1) /* in part: it was compared */
		return;
	validation_find(p->v, state == KXDUMP_PAGE_EXCLUDED ? FINDING_NOTE : FINDING_FAULT,
			state == KXDUMP_PAGE_EXCLUDED ? CAUSE_EXCLUDED : CAUSE_ABSENT,
			place(p, pfn, end - pfn),
			"%llu pages from pfn 0x%llx on are in the manifest, and not in the dump",
			(unsigned long long)(end - pfn), (unsigned long long)pfn);
}

/* Each stretch of @run's pages that the dump does not have. */
static void find_missing(struct pages *p, const struct manifest_run *run)
{
	uint64_t pfn = run->pfn, last = run->pfn + run->count, start, size;

	while (pfn < last) {
		if (!kxdump_next_present(p->scan.dump, pfn * p->scan.page_size, &start, &size)) {
			tell_missing(p, pfn, last);
			return;
		}
		start /= p->scan.page_size;
		if (start > pfn)
			tell_missing(p, pfn, min(start, last));
		pfn = start + size / p->scan.page_size;
	}
}

static void find_all_missing(struct pages *p)
{
	const struct manifest_run *run = manifest_find(p->manifest, 0);
	uint64_t limit = UINT64_MAX / p->scan.page_size;

	for (; run && run->pfn + run->count <= limit;
	     run = manifest_find(p->manifest, run->pfn + run->count))
		find_missing(p, run);
}

static struct error *start(struct pages *p)
{
	struct kxdump_totals totals;

	if (p->manifest && manifest_page_size(p->manifest) != p->scan.page_size)
		return error_create(ERROR_BAD_DATA,
				    "the manifest is of pages of %u bytes, the dump of %u",
				    manifest_page_size(p->manifest), p->scan.page_size);
	TRY(kxdump_totals(p->scan.dump, &totals));
	p->all = totals.present * p->scan.page_size;
	return page_scan_start(&p->scan, &p->run);
}

static struct error *begin(struct validation *v)
{
	struct kxdump *dump = validation_dump(v);
	const struct kxdump_info *info = kxdump_info(dump);
	struct pages *p = info->live ? NULL : malloc(sizeof(*p));
	struct error *err;

	if (info->live)
		return NULL;
	if (!p)
		return error_nomem();
	*p = (struct pages){
		.v = v,
		.writer = v->all->writer,
		.manifest = v->all->manifest,
		.scan = { .dump = dump,
			  .threads = validation_options(v)->threads,
			  .page_size = info->page_size ? info->page_size : 4096,
			  .context = p,
			  .found = found,
			  .read = read,
			  .failed = failed,
			  .progress = progress },
	};
	err = start(p);
	if (err)
		free(p);
	else
		v->begun = p;
	return err;
}

static struct error *finish(struct pages *p)
{
	TRY(page_scan_finish(p->run));
	if (p->manifest)
		find_all_missing(p);
	return p->writer ? manifest_writer_finish(p->writer) : NULL;
}

static struct error *run(struct validation *v)
{
	struct error *err = NULL;

	if (v->begun)
		err = finish(v->begun);
	else
		validation_skip(v, "the running kernel's memory is not the same twice");
	free(v->begun);
	return err;
}

const struct validate_check validate_pages = {
	.name = "pages",
	.family = "container",
	.summary = "pages cannot be read or expanded, or are not as a manifest has them",
	.run = run,
	.begin = begin,
};
