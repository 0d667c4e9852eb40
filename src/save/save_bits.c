// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages there are, and which are kept: decided a piece at a time, by several threads. */
#include "save/save_bits.h"

#include "base/alloc.h"
#include "base/nameless.h"
#include "base/progress.h"
#include "base/team.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IN_MEMORY ((size_t)8 << 20)
#define PIECE	  ((uint64_t)1 << 16) /* pages that are decided at once, by one thread */

static struct error *map(size_t size, const char *near, uint8_t **ret)
{
	int fd = -1, flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, problem;
	void *memory;

	if (size > IN_MEMORY) {
		fd = nameless_open(near);
		if (fd < 0)
			return error_os(errno, "a temporary file for the bitmaps");
		/* Blocks that are there: a full disk must not become a signal. */
		problem = posix_fallocate(fd, 0, (off_t)size);
		if (problem) {
			close(fd);
			return error_os(problem, "%zu bytes of bitmaps", size);
		}
		flags = MAP_SHARED;
	}
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (fd >= 0)
		close(fd);
	if (memory == MAP_FAILED)
		return error_nomem();
	*ret = memory;
	return NULL;
}

struct error *save_bits_init(struct save_bits *bits, uint64_t max_pfn, const char *near)
{
	*bits = (struct save_bits){ .max_pfn = max_pfn };
	if (max_pfn > KXDUMP_WRITE_PFNS)
		return error_create(ERROR_UNSUPPORTED,
				    "the dump describes memory up to page 0x%llx; no more than "
				    "0x%llx pages can be saved",
				    (unsigned long long)max_pfn,
				    (unsigned long long)KXDUMP_WRITE_PFNS);
	bits->size = (size_t)max((max_pfn + 63) / 64 * 8, (uint64_t)8);
	TRY(map(2 * bits->size, near, &bits->described));
	bits->kept = bits->described + bits->size;
	return NULL;
}

void save_bits_deinit(struct save_bits *bits)
{
	if (bits->described)
		munmap(bits->described, 2 * bits->size);
	*bits = (struct save_bits){ 0 };
}

/* ---- deciding ---- */

/* Room for the bits of one piece. */
struct piece {
	uint8_t described[PIECE / 8], dumped[PIECE / 8], there[PIECE / 8], keep[PIECE / 8];
};

struct deciding {
	struct save_bits *bits;
	struct image *image;
	struct filter *filter;
	struct save_report *report;
	struct progress progress;
	uint64_t next; /* pfn; atomic */
};

struct member {
	struct deciding *deciding;
	struct image_reader *reader;
	struct filter *filter;
	uint64_t described, dumped, kept;
	struct piece piece;
};

static struct error *decide_piece(struct member *m, uint64_t pfn)
{
	struct save_bits *bits = m->deciding->bits;
	struct piece *piece = &m->piece;
	uint64_t pages = min(PIECE, bits->size * 8 - pfn);
	size_t size = (size_t)pages / 8;

	TRY(kxdump_bits(image_reader_dump(m->reader), pfn, pages, piece->described, piece->dumped));
	if (bits_next(piece->described, 0, pages, true) == pages)
		return NULL; /* the bits' memory stays untouched */
	TRY(filter_decide(m->filter, pfn, pfn + pages, piece->there, piece->keep));
	/* What is lost stays told as lost; what is there in part is kept as it is. */
	for (size_t i = 0; i < size; i++)
		piece->keep[i] = (piece->keep[i] | (uint8_t)~piece->there[i]) & piece->dumped[i];
	m->described += bits_count(piece->described, 0, pages);
	m->dumped += bits_count(piece->dumped, 0, pages);
	m->kept += bits_count(piece->keep, 0, pages);
	memcpy(bits->described + pfn / 8, piece->described, size);
	memcpy(bits->kept + pfn / 8, piece->keep, size);
	return NULL;
}

static struct error *step(void *member, bool *more)
{
	struct member *m = member;
	uint64_t pfn = __atomic_fetch_add(&m->deciding->next, PIECE, __ATOMIC_RELAXED);

	*more = pfn < m->deciding->bits->max_pfn;
	return *more ? decide_piece(m, pfn) : NULL;
}

static struct error *set_up(void *context, void *member)
{
	struct member *m = member;

	m->deciding = context;
	TRY(image_reader_create(m->deciding->image, &m->reader));
	return filter_share(m->deciding->filter, m->reader, &m->filter);
}

static void tear_down(void *context, void *member)
{
	struct member *m = member;
	struct save_report *report = m->deciding->report;

	report->described += m->described;
	report->dumped += m->dumped;
	report->kept += m->kept;
	filter_join(m->deciding->filter, m->filter);
	image_reader_destroy(m->reader);
}

static struct error *show(void *context)
{
	struct deciding *d = context;

	progress_update(&d->progress, __atomic_load_n(&d->next, __ATOMIC_RELAXED));
	return NULL;
}

struct error *save_bits_decide(struct save_bits *bits, struct image *image, struct filter *filter,
			       struct save_report *report)
{
	static const struct team_ops ops = { .member = sizeof(struct member),
					     .set_up = set_up,
					     .step = step,
					     .tear_down = tear_down,
					     .poll = show };
	struct deciding d = { .bits = bits, .image = image, .filter = filter, .report = report };
	uint64_t pieces = max((bits->max_pfn + PIECE - 1) / PIECE, (uint64_t)1);
	struct error *err;

	progress_begin(&d.progress, "deciding", "pages", bits->max_pfn);
	err = team_run(&ops, (unsigned int)min((uint64_t)report->threads, pieces), &d);
	progress_end(&d.progress);
	return err;
}
