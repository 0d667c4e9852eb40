// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * codec_alone DUMP CODEC LEVEL THREADS: how long the codec takes for a dump's pages when they are
 * in memory and go nowhere. What bench/convert.py holds `kx-crash convert` against.
 */
#include "dumpfmt/write_codec.h"
#include "kxdump_write.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE  4096
#define CLAIM 256

static uint8_t *pages;
static size_t nr_pages, next_page;
static const struct write_codec *codec;
static int level;

static void *work(void *context)
{
	struct compressor c = { .level = level };
	uint8_t *out = malloc(write_codec_room(PAGE));
	size_t *bytes = context, start;

	if (!out || !codec->open(&c))
		exit(2);
	while ((start = __atomic_fetch_add(&next_page, CLAIM, __ATOMIC_RELAXED)) < nr_pages) {
		for (size_t i = start; i < min(start + CLAIM, nr_pages); i++) {
			size_t n = codec->compress
					   ? codec->compress(&c, pages + i * PAGE, PAGE, out)
					   : 0;

			*bytes += n && n < PAGE ? n : PAGE;
		}
	}
	codec->close(&c);
	free(out);
	return NULL;
}

/* All pages that are not zeros, one behind the other. */
static struct error *load(const char *path)
{
	struct kxdump_totals totals;
	struct kxdump *dump;
	uint64_t start, size;

	TRY(kxdump_open(&path, 1, &dump));
	TRY(kxdump_totals(dump, &totals));
	pages = malloc(totals.present * PAGE);
	if (!pages)
		return error_nomem();
	for (uint64_t at = 0; kxdump_next_present(dump, at, &start, &size); at = start + size) {
		for (uint64_t i = 0; i < size; i += PAGE) {
			TRY(kxdump_read(dump, start + i, pages + nr_pages * PAGE, PAGE));
			nr_pages += !kxdump_page_is_zero(pages + nr_pages * PAGE, PAGE);
		}
	}
	kxdump_close(dump);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	size_t threads = argc == 5 ? strtoul(argv[4], NULL, 10) : 0, bytes[64] = { 0 }, sum = 0;
	pthread_t ids[64];
	struct error *err;
	double started;

	codec = argc == 5 ? write_codec_find(argv[2]) : NULL;
	if (!codec || !threads || threads > 64) {
		fputs("usage: codec_alone DUMP CODEC LEVEL THREADS\n", stderr);
		return 2;
	}
	level = atoi(argv[3]) ? atoi(argv[3]) : codec->standard;
	err = load(argv[1]);
	if (err) {
		fprintf(stderr, "%s\n", err->message);
		return 1;
	}
	started = now();
	for (size_t i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, work, &bytes[i]);
	for (size_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		sum += bytes[i];
	}
	printf("%.4f %zu %zu\n", now() - started, nr_pages, sum);
	free(pages);
	return 0;
}
