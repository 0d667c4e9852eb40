// SPDX-License-Identifier: GPL-2.0-or-later
/* Saves a dump: decide, lay out, write, say what became of it. */
#include "save/save.h"

#include "save/save_bits.h"
#include "save/save_headers.h"
#include "save/save_pool.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define THREADS_MAX 256

struct save {
	struct image *image;
	struct kxdump *dump;
	const struct save_options *options;
	struct save_report *report;
	struct save_bits bits;
	struct save_headers headers;
	struct text eraseinfo;
	struct kxdump_write what;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

unsigned int save_cpus(void)
{
	int count = 0;

	/* The kernel refuses a set that is smaller than its own. */
	for (int room = 1024; !count && room <= 1 << 18; room *= 2) {
		cpu_set_t *set = CPU_ALLOC(room);
		size_t size = CPU_ALLOC_SIZE(room);

		if (!set)
			break;
		if (!sched_getaffinity(0, size, set))
			count = CPU_COUNT_S(size, set);
		CPU_FREE(set);
	}
	return count > 0 ? (unsigned int)count : 1;
}

uint32_t save_dump_level(const struct filter_rules *rules)
{
	static const enum page_kind kinds[] = { PAGE_CACHE, PAGE_CACHE_PRIVATE, PAGE_USER,
						PAGE_FREE };
	uint32_t level = rules->zero;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		level |= (uint32_t)rules->leave_out[kinds[i]] << (i + 1);
	return level;
}

static void keep_doubts(struct filter *filter, struct save_report *report)
{
	const char *text;

	for (size_t i = 0; i < SAVE_MESSAGES && (text = filter_unsure(filter, i)); i++) {
		report->unsure[report->nr_unsure] = strdup(text);
		report->nr_unsure += report->unsure[report->nr_unsure] != NULL;
	}
}

static struct error *decide(struct save *s)
{
	const struct kxdump_info *info = kxdump_info(s->dump);
	const char *near = s->options->nr_paths ? s->options->paths[0] : NULL;
	double started = now();
	struct filter *filter;
	struct error *err;

	TRY(save_bits_init(&s->bits, info->max_pfn, near));
	TRY(filter_create(s->image, &s->options->rules, &filter));
	err = save_bits_decide(&s->bits, s->image, filter, s->report);
	filter_counts(filter, s->report->kinds);
	keep_doubts(filter, s->report);
	filter_destroy(filter);
	s->report->filter_seconds = now() - started;
	if (!err && !s->report->described)
		err = error_create(ERROR_UNSUPPORTED,
				   "%s: no memory is described by physical addresses", info->path);
	return err;
}

/* What an earlier saving erased is gone from this dump, too. */
static struct error *add_eraseinfo(struct save *s)
{
	size_t size;
	const char *before = kxdump_eraseinfo(s->dump, &size);

	if (!s->report->erase.nr_entries)
		return NULL;
	if (before)
		text_add(&s->eraseinfo, before, strnlen(before, size));
	text_adds(&s->eraseinfo, text_string(&s->report->erase.info));
	if (s->eraseinfo.failed)
		return error_nomem();
	s->what.eraseinfo = s->eraseinfo.data;
	s->what.eraseinfo_size = s->eraseinfo.len;
	return NULL;
}

static struct error *set_up(struct save *s)
{
	const struct save_options *o = s->options;

	s->what = (struct kxdump_write){
		.paths = o->paths,
		.nr_paths = o->nr_paths,
		.fd = o->fd,
		.max_size = o->max_size,
		.flattened = o->flattened,
		.overwrite = o->overwrite,
		.keep_partial = o->keep_partial,
		.dry_run = o->dry_run,
		.format = o->format,
		.codec = o->format == KXDUMP_WRITE_KDUMP ? o->codec : NULL,
		.level = o->level,
		.dump_level = save_dump_level(&o->rules),
		.max_pfn = s->bits.max_pfn,
		.described = s->bits.described,
		.kept = s->bits.kept,
	};
	TRY(save_headers_set(&s->headers, s->image, &s->what));
	return add_eraseinfo(s);
}

/* Looks at all pages before an ELF file is laid out: which ones will be in it. */
static struct error *look(struct save *s)
{
	struct save_pool pool = { .dump = s->dump,
				  .bits = &s->bits,
				  .drop_zeros = s->options->rules.zero,
				  .threads = s->report->threads,
				  .report = s->report };
	uint64_t lost = s->report->lost;

	TRY(save_pool_run(&pool, "looking"));
	s->report->zero = pool.dropped;
	s->report->kept -= pool.dropped + (s->report->lost - lost);
	s->report->padded = 0; /* they are counted when they are written */
	return NULL;
}

static struct error *write_pages(struct save *s)
{
	struct save_pool pool = { .dump = s->dump,
				  .bits = &s->bits,
				  .threads = s->report->threads,
				  .report = s->report };
	uint64_t lost = s->report->lost;
	struct error *err;

	TRY(kxdump_writer_create(&s->what, &pool.writer));
	err = save_pool_run(&pool, "saving");
	/* ELF says what is there before it is: such a file would have zeros for what was lost. */
	if (!err && s->report->lost > lost && s->what.format == KXDUMP_WRITE_ELF) {
		kxdump_writer_destroy(pool.writer);
		return error_create(ERROR_BAD_DATA, "pages that could be read cannot be any more");
	}
	s->report->incomplete = s->report->lost || kxdump_info(s->dump)->partial_why;
	if (!err)
		err = kxdump_writer_finish(pool.writer, s->report->incomplete);
	kxdump_writer_written(pool.writer, &s->report->written);
	kxdump_writer_destroy(pool.writer);
	if (s->what.format == KXDUMP_WRITE_KDUMP) {
		s->report->zero = s->report->written.zero_pages;
		s->report->kept -= s->report->lost;
	}
	return err;
}

static void forget_errors(struct save_report *report)
{
	for (size_t i = 0; i < report->nr_errors; i++)
		free(report->errors[i]);
	report->nr_errors = 0;
}

static struct error *run(struct save *s)
{
	bool elf = s->options->format == KXDUMP_WRITE_ELF, stream = !s->options->nr_paths;
	struct error *err;

	/* First: what cannot be erased must not be written. */
	TRY(erase_find(s->image, &s->options->erase, &s->report->erase));
	TRY(decide(s));
	if (s->options->count_only)
		return NULL;
	TRY(set_up(s));
	s->report->page_size = s->what.page_size;
	if (!elf)
		return write_pages(s);
	if (s->options->rules.zero || stream || kxdump_info(s->dump)->partial_why) {
		TRY(look(s));
		return write_pages(s);
	}
	err = write_pages(s);
	if (!err || err->code != ERROR_BAD_DATA)
		return err;
	/* What cannot be read is known now; once more, without it. */
	error_free(err);
	s->report->lost = 0;
	forget_errors(s->report);
	TRY(look(s));
	return write_pages(s);
}

struct error *save_run(struct image *image, const struct save_options *options,
		       struct save_report *ret)
{
	struct save s = {
		.image = image, .dump = image_dump(image), .options = options, .report = ret
	};
	double started = now();
	struct error *err;

	*ret = (struct save_report){ .page_size = kxdump_info(s.dump)->page_size };
	if (!ret->page_size)
		ret->page_size = 4096;
	memcpy(ret->left_out, options->rules.leave_out, sizeof(ret->left_out));
	ret->threads =
		min(options->threads ? options->threads : save_cpus(), (unsigned int)THREADS_MAX);
	err = run(&s);
	save_headers_deinit(&s.headers);
	text_deinit(&s.eraseinfo);
	save_bits_deinit(&s.bits);
	ret->seconds = now() - started;
	return err;
}

void save_report_deinit(struct save_report *report)
{
	forget_errors(report);
	for (size_t i = 0; i < report->nr_unsure; i++)
		free(report->unsure[i]);
	report->nr_unsure = 0;
	erase_deinit(&report->erase);
}
