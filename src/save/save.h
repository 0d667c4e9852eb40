/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves a dump anew: filtered, compressed, in another format. One pass decides which pages are kept
 * (two bitmaps), then threads claim some 256 pages at a time, read, compress and write them.
 */
#ifndef SAVE_SAVE_H
#define SAVE_SAVE_H

#include "kxdump_write.h"
#include "save/filter.h"

#define SAVE_MESSAGES 8 /* of errors and doubts: no more are kept */

struct save_options {
	enum kxdump_write_format format;
	const char *codec; /* as kxdump_write has it */
	int level;
	struct filter_rules rules;
	unsigned int threads; /* 0: as many as CPUs may be used */
	/* As in struct kxdump_write. */
	const char *const *paths;
	size_t nr_paths;
	int fd;
	uint64_t max_size; /* bytes that a file may have; 0: no bound */
	bool flattened, overwrite, keep_partial, dry_run;
	/* Decide only: no page is read, no size is known. */
	bool count_only;
};

/* Counts are of pages. */
struct save_report {
	uint32_t page_size;
	uint64_t described, dumped; /* in the source */
	uint64_t kinds[PAGE_KINDS]; /* of those dumped */
	bool left_out[PAGE_KINDS];
	uint64_t zero;	 /* pages of zeros among the kept: share one, or are left out (ELF) */
	uint64_t kept;	 /* in the saved dump, zeros that share one counted */
	uint64_t lost;	 /* could not be read */
	uint64_t padded; /* were there in part; the rest became zeros */
	bool incomplete; /* the dump is marked so: pages were lost, or the source is not whole */
	struct kxdump_written written;
	unsigned int threads;
	double filter_seconds, seconds; /* deciding; all of it */
	char *errors[SAVE_MESSAGES];	/* the first pages that could not be read, as sentences */
	size_t nr_errors;
	char *unsure[SAVE_MESSAGES]; /* what the filter did not understand */
	size_t nr_unsure;
};

/*
 * Saves @image's dump. @ret is filled as far as it came, also on failure, and is the caller's to
 * deinit. Pages that cannot be read are no failure.
 */
must_check struct error *save_run(struct image *image, const struct save_options *options,
				  struct save_report *ret);
void save_report_deinit(struct save_report *report);

/* CPUs that this process may use. */
unsigned int save_cpus(void);
/* The level that makedumpfile would call these rules. */
uint32_t save_dump_level(const struct filter_rules *rules);

#endif
