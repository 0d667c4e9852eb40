// SPDX-License-Identifier: GPL-2.0-or-later
/* Which pages there are, and which are kept: decided a piece at a time, in ascending order. */
#include "save/save_bits.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "base/nameless.h"
#include "base/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define IN_MEMORY ((size_t)8 << 20)
#define PIECE	  ((uint64_t)1 << 18) /* pages that are decided at once */

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

/* Room for the bits of one piece. */
struct piece {
	uint8_t described[PIECE / 8], dumped[PIECE / 8], there[PIECE / 8], keep[PIECE / 8];
};

static struct error *decide_piece(struct save_bits *bits, struct kxdump *dump,
				  struct filter *filter, uint64_t pfn, struct piece *piece,
				  struct save_report *report)
{
	uint64_t pages = min(PIECE, bits->size * 8 - pfn);
	size_t size = (size_t)pages / 8;

	TRY(kxdump_bits(dump, pfn, pages, piece->described, piece->dumped));
	if (bits_next(piece->described, 0, pages, true) == pages)
		return NULL; /* the bits' memory stays untouched */
	TRY(filter_decide(filter, pfn, pfn + pages, piece->there, piece->keep));
	/* What is lost stays told as lost; what is there in part is kept as it is. */
	for (size_t i = 0; i < size; i++)
		piece->keep[i] = (piece->keep[i] | (uint8_t)~piece->there[i]) & piece->dumped[i];
	report->described += bits_count(piece->described, 0, pages);
	report->dumped += bits_count(piece->dumped, 0, pages);
	report->kept += bits_count(piece->keep, 0, pages);
	memcpy(bits->described + pfn / 8, piece->described, size);
	memcpy(bits->kept + pfn / 8, piece->keep, size);
	return NULL;
}

struct error *save_bits_decide(struct save_bits *bits, struct kxdump *dump, struct filter *filter,
			       struct save_report *report)
{
	struct piece *piece auto_free = malloc(sizeof(*piece));
	struct error *err = NULL;
	struct progress progress;

	if (!piece)
		return error_nomem();
	progress_begin(&progress, "deciding", "pages", bits->max_pfn);
	for (uint64_t pfn = 0; !err && pfn < bits->max_pfn; pfn += PIECE) {
		progress_update(&progress, pfn);
		err = interrupt_check();
		if (!err)
			err = decide_piece(bits, dump, filter, pfn, piece, report);
	}
	progress_end(&progress);
	return err;
}
