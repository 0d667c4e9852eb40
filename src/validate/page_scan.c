// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A team claims some hundred pages at a time, as runs. Each has a handle on the dump of its own;
 * the one handle that tells where the next run is belongs to whoever holds the lock. No list of
 * pages is kept: a damaged file can claim to have more than fit into memory.
 */
#include "validate/page_scan.h"

#include "base/interrupt.h"
#include "base/team.h"

#include <pthread.h>
#include <stdlib.h>

#define CLAIM_PAGES 256
#define CLAIM_RUNS  64
#define READ_BYTES  (128 << 10) /* that are read at once */

struct page_scan_run {
	struct page_scan scan;
	struct team *team;
	pthread_mutex_t lock; /* of all below */
	struct kxdump *dump;  /* that is looked for runs */
	uint64_t pfn, end;    /* what is left of the run that was found last */
	uint64_t index, tail; /* pages found; the page behind the last run, which may be a part */
	bool any, over;
	uint64_t done; /* pages; atomic */
};

struct worker {
	struct page_scan_run *of;
	struct kxdump *dump;
	uint8_t *buf;
	size_t room; /* pages */
	struct page_run runs[CLAIM_RUNS];
	size_t nr_runs;
};

/* Is @pfn, which no run of whole pages has, a page that is there in part? */
static bool is_part(const struct page_scan_run *s, uint64_t pfn)
{
	const struct page_scan *scan = &s->scan;

	return pfn <= UINT64_MAX / scan->page_size &&
	       kxdump_page_state(s->dump, pfn * scan->page_size) == KXDUMP_PAGE_PRESENT;
}

/* Moves on to the next run of whole pages, with the parts of pages before it; false at the end. */
static bool next_run(struct page_scan_run *s, struct page_run *part, bool *has_part)
{
	const struct page_scan *scan = &s->scan;
	uint64_t start, size, from = s->end;

	*has_part = false;
	if (s->any && s->tail == from && is_part(s, from)) {
		*part = (struct page_run){ .pfn = from, .count = 1, .part = true };
		*has_part = true;
		s->tail = UINT64_MAX;
		s->end = s->pfn = from + 1;
		return true;
	}
	if (from > UINT64_MAX / scan->page_size ||
	    !kxdump_next_present(s->dump, from * scan->page_size, &start, &size))
		return false;
	start /= scan->page_size;
	size /= scan->page_size;
	if (start > from && is_part(s, start - 1)) {
		*part = (struct page_run){ .pfn = start - 1, .count = 1, .part = true };
		*has_part = true;
	}
	s->any = true;
	s->pfn = start;
	s->end = s->tail = start + size;
	return size;
}

static struct error *add_run(struct worker *w, struct page_run run)
{
	struct page_scan_run *s = w->of;

	run.index = s->index;
	s->index += run.count;
	w->runs[w->nr_runs++] = run;
	return s->scan.found(s->scan.context, &run);
}

/* Fills @w's runs; none: there is nothing left. With the lock held. */
static struct error *fill_claim(struct worker *w)
{
	struct page_scan_run *s = w->of;
	struct page_run part;
	uint64_t count = 0, n;
	bool has_part;

	while (count < CLAIM_PAGES && w->nr_runs + 2 <= CLAIM_RUNS && !s->over) {
		if (s->pfn >= s->end) {
			TRY(interrupt_check());
			s->over = !next_run(s, &part, &has_part);
			if (has_part)
				TRY(add_run(w, part));
		}
		n = s->over ? 0 : min(s->end - s->pfn, CLAIM_PAGES - count);
		if (n)
			TRY(add_run(w, (struct page_run){ .pfn = s->pfn, .count = n }));
		s->pfn += n;
		count += n;
	}
	return NULL;
}

static struct error *take_claim(struct worker *w)
{
	struct error *err;

	w->nr_runs = 0;
	pthread_mutex_lock(&w->of->lock);
	err = fill_claim(w);
	pthread_mutex_unlock(&w->of->lock);
	return err;
}

/* One by one, to find the ones that cannot be read. */
static struct error *read_each(struct worker *w, const struct page_run *run)
{
	const struct page_scan *scan = &w->of->scan;

	for (uint64_t i = 0; i < run->count; i++) {
		struct page_run page = { run->pfn + i, 1, run->index + i, run->part };
		uint64_t phys = page.pfn * scan->page_size;
		struct error *err = kxdump_read(w->dump, phys, w->buf, scan->page_size);

		if (err && run->part && err->code != ERROR_INTERRUPTED) {
			error_free(err);
			(void)kxdump_read_parts(w->dump, phys, w->buf, scan->page_size);
			err = NULL;
		}
		if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM))
			return err;
		if (err)
			TRY(scan->failed(scan->context, &page, err));
		else
			TRY(scan->read(scan->context, &page, w->buf));
	}
	return NULL;
}

static struct error *read_run(struct worker *w, const struct page_run *run)
{
	const struct page_scan *scan = &w->of->scan;
	uint64_t count;

	for (uint64_t i = 0; i < run->count; i += count) {
		struct page_run piece = *run;

		count = min(run->count - i, (uint64_t)w->room);
		piece.pfn += i;
		piece.index += i;
		piece.count = count;
		if (!run->part && !error_dropped(kxdump_read(w->dump, piece.pfn * scan->page_size,
							     w->buf, count * scan->page_size)))
			TRY(scan->read(scan->context, &piece, w->buf));
		else
			TRY(read_each(w, &piece));
		__atomic_fetch_add(&w->of->done, count, __ATOMIC_RELAXED);
	}
	return NULL;
}

static struct error *step(void *member, bool *more)
{
	struct worker *w = member;

	TRY(take_claim(w));
	*more = w->nr_runs;
	for (size_t i = 0; i < w->nr_runs; i++)
		TRY(read_run(w, &w->runs[i]));
	return NULL;
}

static struct error *show(void *context)
{
	struct page_scan_run *s = context;

	return s->scan.progress(s->scan.context, __atomic_load_n(&s->done, __ATOMIC_RELAXED));
}

static struct error *set_up(void *context, void *member)
{
	struct page_scan_run *s = context;
	struct worker *w = member;

	w->of = s;
	w->room = max((size_t)READ_BYTES / s->scan.page_size, (size_t)1);
	w->buf = malloc(w->room * s->scan.page_size);
	return w->buf ? kxdump_share(s->scan.dump, &w->dump) : error_nomem();
}

static void tear_down(void *context, void *member)
{
	struct worker *w = member;

	kxdump_close(w->dump);
	free(w->buf);
}

static void destroy(struct page_scan_run *run)
{
	kxdump_close(run->dump);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

static struct error *start(struct page_scan_run *run)
{
	static const struct team_ops ops = { .member = sizeof(struct worker),
					     .set_up = set_up,
					     .step = step,
					     .tear_down = tear_down,
					     .poll = show };

	TRY(kxdump_share(run->scan.dump, &run->dump));
	return team_start(&ops, run->scan.threads, run, &run->team);
}

struct error *page_scan_start(const struct page_scan *scan, struct page_scan_run **ret)
{
	struct page_scan_run *run = calloc(1, sizeof(*run));
	struct error *err;

	if (!run)
		return error_nomem();
	run->scan = *scan;
	pthread_mutex_init(&run->lock, NULL);
	err = start(run);
	if (err) {
		destroy(run);
		return err;
	}
	*ret = run;
	return NULL;
}

struct error *page_scan_finish(struct page_scan_run *run)
{
	struct error *err = team_finish(run->team);

	destroy(run);
	return err;
}
