// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A team claims stretches of the bitmap that hold some 256 kept pages, whole words of it, so that
 * no two members ever touch the same byte. Each has a handle on the dump and a packer of its own;
 * what they share is the cursor, taken once a claim, and the counts.
 */
#include "save/save_pool.h"

#include "base/progress.h"
#include "base/team.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM_PAGES 256
#define READ_BYTES  (128 << 10) /* that are read at once */

struct shared {
	struct save_pool *pool;
	pthread_mutex_t lock;
	uint64_t cursor, index; /* the next page to claim; kept pages before it */
	uint64_t done;		/* pages that were gone over; atomic */
	struct progress progress;
};

struct worker {
	struct shared *shared;
	struct kxdump *dump;
	struct kxdump_packer *packer;
	uint8_t *buf;
	size_t room; /* pages */
	uint32_t page_size;
	uint64_t lost, padded, dropped;
};

struct claim {
	uint64_t start, end, index;
};

/* The next stretch; false when there is none. */
static bool take_claim(struct shared *s, struct claim *ret)
{
	const struct save_bits *bits = s->pool->bits;
	uint64_t words = bits->size / 8, word, count = 0;

	pthread_mutex_lock(&s->lock);
	word = bits_next(bits->kept, s->cursor, bits->size * 8, true) / 64;
	*ret = (struct claim){ .start = word * 64, .index = s->index };
	for (; word < words && count < CLAIM_PAGES; word++)
		count += (unsigned int)__builtin_popcountll(bits_word(bits->kept, word));
	ret->end = s->cursor = word * 64;
	s->index += count;
	pthread_mutex_unlock(&s->lock);
	return count;
}

static void note_error(struct worker *w, const struct error *err)
{
	struct save_report *report = w->shared->pool->report;

	pthread_mutex_lock(&w->shared->lock);
	if (report->nr_errors < SAVE_MESSAGES) {
		report->errors[report->nr_errors] = strdup(err->message);
		report->nr_errors += report->errors[report->nr_errors] != NULL;
	}
	pthread_mutex_unlock(&w->shared->lock);
}

static bool is_fatal(const struct error *err)
{
	return err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM;
}

static struct error *read_page(struct worker *w, uint64_t pfn, uint8_t *page, bool *there)
{
	uint64_t phys = pfn * w->page_size;
	struct error *err = kxdump_read(w->dump, phys, page, w->page_size);

	*there = !err;
	if (!err || is_fatal(err))
		return err;
	/* A page of which a part is no memory: a segment ends within it. */
	if (err->code == ERROR_ABSENT || err->code == ERROR_EXCLUDED)
		*there = kxdump_read_parts(w->dump, phys, page, w->page_size);
	if (*there) {
		w->padded++;
	} else {
		w->lost++;
		note_error(w, err);
	}
	error_free(err);
	return NULL;
}

static void clear_bits(struct save_bits *bits, uint64_t pfn, uint64_t end)
{
	for (; pfn < end; pfn++)
		bits->kept[pfn / 8] &= (uint8_t) ~(1u << pfn % 8);
}

/* @count pages at @pages, all of them read. */
static struct error *use_pages(struct worker *w, uint64_t pfn, uint64_t index, const uint8_t *pages,
			       size_t count)
{
	if (w->packer)
		return kxdump_packer_add(w->packer, pfn, index, pages, count);
	for (size_t i = 0; w->shared->pool->drop_zeros && i < count; i++) {
		if (!kxdump_page_is_zero(pages + i * w->page_size, w->page_size))
			continue;
		clear_bits(w->shared->pool->bits, pfn + i, pfn + i + 1);
		w->dropped++;
	}
	return NULL;
}

/* One by one, to find the ones that cannot be read. */
static struct error *do_each(struct worker *w, uint64_t pfn, uint64_t index, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool there;

		TRY(read_page(w, pfn + i, w->buf, &there));
		erase_apply(&w->shared->pool->report->erase, (pfn + i) * w->page_size, w->buf,
			    w->page_size);
		if (there)
			TRY(use_pages(w, pfn + i, index + i, w->buf, 1));
		else if (!w->packer)
			clear_bits(w->shared->pool->bits, pfn + i, pfn + i + 1);
	}
	return NULL;
}

static struct error *do_run(struct worker *w, uint64_t pfn, uint64_t index, size_t count)
{
	struct error *err = kxdump_read(w->dump, pfn * w->page_size, w->buf, count * w->page_size);

	if (!err) {
		erase_apply(&w->shared->pool->report->erase, pfn * w->page_size, w->buf,
			    count * w->page_size);
		return use_pages(w, pfn, index, w->buf, count);
	}
	if (is_fatal(err))
		return err;
	error_free(err);
	return do_each(w, pfn, index, count);
}

static struct error *do_claim(struct worker *w, const struct claim *claim)
{
	const uint8_t *kept = w->shared->pool->bits->kept;
	uint64_t pfn = claim->start, index = claim->index, end;

	for (;; pfn = end) {
		pfn = bits_next(kept, pfn, claim->end, true);
		if (pfn == claim->end)
			break;
		end = bits_next(kept, pfn, min(claim->end, pfn + w->room), false);
		TRY(do_run(w, pfn, index, (size_t)(end - pfn)));
		index += end - pfn;
	}
	__atomic_fetch_add(&w->shared->done, index - claim->index, __ATOMIC_RELAXED);
	return w->packer ? kxdump_packer_flush(w->packer) : NULL;
}

static struct error *step(void *member, bool *more)
{
	struct worker *w = member;
	struct claim claim;

	*more = take_claim(w->shared, &claim);
	return *more ? do_claim(w, &claim) : NULL;
}

static struct error *show_progress(void *context)
{
	struct shared *s = context;

	progress_update(&s->progress,
			__atomic_load_n(&s->done, __ATOMIC_RELAXED) * s->pool->report->page_size);
	return NULL;
}

static struct error *set_up(void *context, void *member)
{
	struct shared *s = context;
	struct worker *w = member;

	w->shared = s;
	w->page_size = s->pool->report->page_size;
	w->room = max((size_t)READ_BYTES / w->page_size, (size_t)4);
	w->buf = malloc(w->room * w->page_size);
	if (!w->buf)
		return error_nomem();
	TRY(kxdump_share(s->pool->dump, &w->dump));
	return s->pool->writer ? kxdump_packer_create(s->pool->writer, &w->packer) : NULL;
}

static void tear_down(void *context, void *member)
{
	struct shared *s = context;
	struct worker *w = member;

	s->pool->report->lost += w->lost;
	s->pool->report->padded += w->padded;
	s->pool->dropped += w->dropped;
	kxdump_packer_destroy(w->packer);
	kxdump_close(w->dump);
	free(w->buf);
}

struct error *save_pool_run(struct save_pool *pool, const char *label)
{
	static const struct team_ops ops = { .member = sizeof(struct worker),
					     .set_up = set_up,
					     .step = step,
					     .tear_down = tear_down,
					     .poll = show_progress };
	struct shared s = { .pool = pool };
	struct error *err;

	pool->dropped = 0;
	pthread_mutex_init(&s.lock, NULL);
	progress_begin(&s.progress, label, NULL, pool->report->kept * pool->report->page_size);
	err = team_run(&ops, pool->threads, &s);
	progress_end(&s.progress);
	pthread_mutex_destroy(&s.lock);
	return err;
}
