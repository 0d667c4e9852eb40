// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a filter decides of a dump, or what is in a filtered one, for scripts that compare.
 *
 *	page_kinds decide DUMP LEVEL	a line with the names of uses, then a byte for each pfn from
 *0 on: its use, 0x40 when the dump has it, 0x80 when it is kept page_kinds states DUMP
 *a byte for each pfn: enum kxdump_page
 *
 * What is not understood, the counts by kind and the time go to standard error.
 */
#include "kernel/pages.h"
#include "save/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK 65536

static void check(struct error *err)
{
	if (!err)
		return;
	fprintf(stderr, "page_kinds: %s\n", err->message);
	error_free(err);
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One above the last pfn that the dump describes. */
static uint64_t end_pfn(struct kxdump *dump)
{
	uint64_t end = 0;

	for (size_t i = 0; i < kxdump_nr_regions(dump); i++) {
		struct kxdump_region region;

		check(kxdump_region(dump, i, &region));
		if (region.phys != UINT64_MAX)
			end = max(end, (region.phys + region.size) >> 12);
	}
	return end;
}

static void states(struct kxdump *dump)
{
	uint64_t end = end_pfn(dump);

	for (uint64_t pfn = 0; pfn < end; pfn++)
		putchar((int)kxdump_page_state(dump, pfn << 12));
}

static void write_chunk(struct pages *pages, uint64_t start, const uint8_t *ram,
			const uint8_t *keep)
{
	uint64_t first = 0;
	size_t count = 0;
	const uint8_t *uses = NULL;

	for (uint64_t i = 0; i < CHUNK; i++) {
		unsigned int byte = PAGE_USE_UNKNOWN;

		if (ram[i / 8] >> (i % 8) & 1) {
			if (start + i - first >= count)
				check(pages_uses(pages, start + i, &first, &count, &uses));
			byte = uses[start + i - first] | 0x40u;
		}
		if (keep[i / 8] >> (i % 8) & 1)
			byte |= 0x80;
		putchar((int)byte);
	}
}

static void report(struct filter *filter, double seconds)
{
	uint64_t counts[PAGE_KINDS];

	for (size_t i = 0; filter_unsure(filter, i); i++)
		fprintf(stderr, "unsure: %s\n", filter_unsure(filter, i));
	filter_counts(filter, counts);
	for (unsigned int i = 0; i < PAGE_KINDS; i++)
		fprintf(stderr, "%s %" PRIu64 "\n", page_kind_name(i), counts[i]);
	fprintf(stderr, "seconds %.3f\n", seconds);
}

static void decide(struct kxdump *dump, unsigned int level)
{
	uint8_t ram[CHUNK / 8], keep[CHUNK / 8];
	uint64_t end = end_pfn(dump);
	struct filter_rules rules;
	struct filter *filter;
	struct image *image;
	struct pages *pages;
	double seconds = 0;

	check(image_open(dump, &(struct image_options){ 0 }, &image));
	check(filter_rules_level(level, &rules));
	check(pages_create(image, &pages));
	for (unsigned int use = 0; use < PAGE_USES; use++)
		printf("%s%c", page_use_name(use), use + 1 < PAGE_USES ? ';' : '\n');
	seconds -= now();
	check(filter_create(image, &rules, &filter));
	seconds += now();
	for (uint64_t start = 0; start < end; start += CHUNK) {
		seconds -= now();
		check(filter_decide(filter, start, start + CHUNK, ram, keep));
		seconds += now();
		write_chunk(pages, start, ram, keep);
	}
	report(filter, seconds);
	filter_destroy(filter);
	pages_destroy(pages);
	image_close(image);
}

int main(int argc, char **argv)
{
	struct kxdump *dump;

	if (argc < 3) {
		fprintf(stderr, "usage: page_kinds decide DUMP LEVEL | states DUMP\n");
		return 2;
	}
	check(kxdump_open((const char *const *)&argv[2], 1, &dump));
	if (!strcmp(argv[1], "states")) {
		states(dump);
		kxdump_close(dump);
	} else {
		decide(dump, argc > 3 ? (unsigned int)atoi(argv[3]) : 31);
	}
	return 0;
}
