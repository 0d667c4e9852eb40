// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads claim some hundred pages at a time, as runs. Each has a handle on the dump of its own;
 * the one handle that tells where the next run is belongs to whoever holds the lock. No list of
 * pages is kept: a damaged file can claim to have more than fit into memory.
 */
#include "validate/page_scan.h"

#include "base/alloc.h"
#include "base/interrupt.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLAIM_PAGES 256
#define CLAIM_RUNS  64
#define READ_BYTES  (128 << 10) /* that are read at once */
#define STEP	    256		/* bytes, by which a page that is there in part is read */
#define POLL_NS	    50000000

struct shared {
	const struct page_scan *scan;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint64_t pfn, end;    /* what is left of the run that was found last */
	uint64_t index, tail; /* pages found; the page behind the last run, which may be a part */
	bool any, over;
	uint64_t done; /* pages; atomic */
	unsigned int running;
	bool stop;
	struct error *err; /* the first */
};

struct worker {
	struct shared *shared;
	pthread_t thread;
	bool ready, started;
	struct kxdump *dump;
	uint8_t *buf;
	size_t room; /* pages */
	struct page_run runs[CLAIM_RUNS];
	size_t nr_runs;
};

/* Is @pfn, which no run of whole pages has, a page that is there in part? */
static bool is_part(const struct shared *s, uint64_t pfn)
{
	const struct page_scan *scan = s->scan;

	return pfn <= UINT64_MAX / scan->page_size &&
	       kxdump_page_state(scan->dump, pfn * scan->page_size) == KXDUMP_PAGE_PRESENT;
}

/* Moves on to the next run of whole pages, with the parts of pages before it; false at the end. */
static bool next_run(struct shared *s, struct page_run *part, bool *has_part)
{
	const struct page_scan *scan = s->scan;
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
	    !kxdump_next_present(scan->dump, from * scan->page_size, &start, &size))
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
	struct shared *s = w->shared;

	run.index = s->index;
	s->index += run.count;
	w->runs[w->nr_runs++] = run;
	return s->scan->found(s->scan->context, &run);
}

/* Fills @w's runs; none: there is nothing left. With the lock held. */
static struct error *fill_claim(struct worker *w)
{
	struct shared *s = w->shared;
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

static struct error *take_claim(struct worker *w, bool *any)
{
	struct shared *s = w->shared;
	struct error *err = NULL;

	w->nr_runs = 0;
	pthread_mutex_lock(&s->lock);
	if (!s->stop)
		err = fill_claim(w);
	*any = w->nr_runs && !err;
	pthread_mutex_unlock(&s->lock);
	return err;
}

/* What there is of the @size bytes at @phys, the rest zeros. */
static void read_parts(struct worker *w, uint64_t phys, uint8_t *to, size_t size)
{
	size_t step = size > STEP ? STEP : 1;

	for (size_t i = 0; i < size; i += step) {
		if (!error_dropped(kxdump_read(w->dump, phys + i, to + i, step)))
			continue;
		if (step > 1)
			read_parts(w, phys + i, to + i, step);
		else
			to[i] = 0;
	}
}

/* One by one, to find the ones that cannot be read. */
static struct error *read_each(struct worker *w, const struct page_run *run)
{
	const struct page_scan *scan = w->shared->scan;

	for (uint64_t i = 0; i < run->count; i++) {
		struct page_run page = { run->pfn + i, 1, run->index + i, run->part };
		uint64_t phys = page.pfn * scan->page_size;
		struct error *err = kxdump_read(w->dump, phys, w->buf, scan->page_size);

		if (err && run->part && err->code != ERROR_INTERRUPTED) {
			error_free(err);
			read_parts(w, phys, w->buf, scan->page_size);
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
	const struct page_scan *scan = w->shared->scan;
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
		__atomic_fetch_add(&w->shared->done, count, __ATOMIC_RELAXED);
	}
	return NULL;
}

static struct error *show(struct shared *s)
{
	return s->scan->progress(s->scan->context, __atomic_load_n(&s->done, __ATOMIC_RELAXED));
}

/* @here: in the thread that began it all, which also draws how far all have come. */
static void work(struct worker *w, bool here)
{
	struct shared *s = w->shared;
	struct error *err = NULL;
	bool any = true;

	while (!err) {
		err = take_claim(w, &any);
		if (err || !any)
			break;
		for (size_t i = 0; !err && i < w->nr_runs; i++)
			err = read_run(w, &w->runs[i]);
		if (!err && here)
			err = show(s);
	}
	pthread_mutex_lock(&s->lock);
	if (err && !s->err)
		s->err = err;
	else
		error_free(err);
	s->stop |= s->err != NULL;
	s->running--;
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->lock);
}

static void *work_in_thread(void *worker)
{
	work(worker, false);
	return NULL;
}

static struct error *set_up(struct shared *s, struct worker *w)
{
	w->shared = s;
	w->room = max((size_t)READ_BYTES / s->scan->page_size, (size_t)1);
	w->buf = malloc(w->room * s->scan->page_size);
	if (!w->buf)
		return error_nomem();
	TRY(kxdump_share(s->scan->dump, &w->dump));
	s->running++;
	w->ready = true;
	return NULL;
}

static struct error *start(struct shared *s, struct worker *w)
{
	int problem;

	TRY(set_up(s, w));
	problem = pthread_create(&w->thread, NULL, work_in_thread, w);
	if (problem) {
		s->running--;
		return error_os(problem, "a thread cannot be made");
	}
	w->started = true;
	return NULL;
}

static void wait_for_all(struct shared *s)
{
	struct timespec until;

	pthread_mutex_lock(&s->lock);
	while (s->running) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += POLL_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		pthread_cond_timedwait(&s->ended, &s->lock, &until);
		s->stop |= error_dropped(show(s));
	}
	pthread_mutex_unlock(&s->lock);
}

struct error *page_scan_run(const struct page_scan *scan)
{
	struct worker *workers auto_free = calloc(scan->threads, sizeof(*workers));
	struct shared s = { .scan = scan };
	struct error *err = NULL;
	unsigned int count = 0;

	if (!workers)
		return error_nomem();
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.ended, NULL);
	/* Shares are made before any thread uses one. */
	pthread_mutex_lock(&s.lock);
	err = set_up(&s, &workers[count++]);
	while (!err && count < scan->threads)
		err = start(&s, &workers[count++]);
	s.stop = err != NULL;
	pthread_mutex_unlock(&s.lock);
	if (workers[0].ready)
		work(&workers[0], true);
	wait_for_all(&s);
	for (unsigned int i = 0; i < count; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		kxdump_close(workers[i].dump);
		free(workers[i].buf);
	}
	pthread_cond_destroy(&s.ended);
	pthread_mutex_destroy(&s.lock);
	if (err) {
		error_free(s.err);
		return err;
	}
	return s.err ? s.err : interrupt_check();
}
