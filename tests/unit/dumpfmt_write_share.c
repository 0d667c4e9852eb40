// SPDX-License-Identifier: GPL-2.0-or-later
/* Handles on one dump, each used by a thread of its own at the same time. */
#include "support/data.h"
#include "support/dump_text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS	3

struct reader {
	pthread_t thread;
	struct kxdump *dump;
	uint64_t end, sum, pages;
	uint32_t page;
};

/* Reads all there is in runs and page by page; what was read is told by a sum. */
static void *read_all(void *context)
{
	struct reader *r = context;
	uint8_t *buf = malloc(8 * r->page);
	uint64_t start, size;

	for (unsigned int round = 0; buf && round < ROUNDS; round++) {
		for (uint64_t at = 0; kxdump_next_present(r->dump, at, &start, &size);
		     at = start + size) {
			for (uint64_t i = 0; i < size;) {
				size_t n = (size_t)min(size - i, (round ? 8ULL : 1ULL) * r->page);

				if (error_dropped(kxdump_read(r->dump, start + i, buf, n)))
					break;
				for (size_t j = 0; j < n; j++)
					r->sum = r->sum * 31 + buf[j];
				r->pages += n / r->page;
				i += n;
			}
		}
		for (uint64_t at = 0; at < r->end; at += r->page)
			r->sum = r->sum * 31 + kxdump_page_state(r->dump, at);
	}
	free(buf);
	return NULL;
}

static void test_threads(void **state)
{
	static const char *const sources[][2] = {
		{ "kdump.txt", NULL },	  { "kdump.txt", "flattened shuffled\ncodec zstd" },
		{ "split.txt", NULL },	  { "incomplete.txt", NULL },
		{ "vmcore.txt", NULL },	  { "filtered.txt", "flattened" },
		{ "overlaps.txt", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct dump_text *text = dump_text_load(sources[i][0], sources[i][1]);
		struct reader readers[THREADS] = { 0 };
		struct kxdump *dump;

		assert_ok(dump_text_open(text, &dump));
		readers[0].dump = dump;
		for (size_t j = 0; j < THREADS; j++) {
			readers[j].end = dump_text_end(text);
			readers[j].page = text->page;
			if (j)
				assert_ok(kxdump_share(dump, &readers[j].dump));
		}
		for (size_t j = 0; j < THREADS; j++)
			assert_int_equal(
				pthread_create(&readers[j].thread, NULL, read_all, &readers[j]), 0);
		for (size_t j = 0; j < THREADS; j++)
			pthread_join(readers[j].thread, NULL);
		assert_true(readers[0].pages > 0);
		for (size_t j = 1; j < THREADS; j++) {
			assert_int_equal(readers[j].sum, readers[0].sum);
			assert_int_equal(readers[j].pages, readers[0].pages);
			kxdump_close(readers[j].dump);
		}
		kxdump_close(dump);
		dump_text_free(text);
	}
}

/* A share reads what its dump reads, says what it says, and is shared itself. */
static void test_alike(void **state)
{
	struct dump_text *text = dump_text_load("kdump.txt", NULL);
	struct kxdump *dump, *share, *second;

	assert_ok(dump_text_open(text, &dump));
	assert_ok(kxdump_share(dump, &share));
	assert_ok(kxdump_share(share, &second));
	dump_text_compare(text, share, false);
	dump_text_compare(text, second, false);
	dump_text_compare(text, dump, false);
	assert_int_equal(kxdump_nr_notes(share), kxdump_nr_notes(dump));
	assert_string_equal(kxdump_info(second)->release, kxdump_info(dump)->release);
	kxdump_close(second);
	kxdump_close(share);
	kxdump_close(dump);
	dump_text_free(text);
}

/* Bits say what the states of pages say. */
static void test_bits(void **state)
{
	static const char *const sources[] = { "kdump.txt",  "split.txt",    "incomplete.txt",
					       "vmcore.txt", "filtered.txt", "overlaps.txt" };

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct dump_text *text = dump_text_load(sources[i], NULL);
		uint8_t described[1024], dumped[1024];
		struct kxdump *dump;

		assert_ok(dump_text_open(text, &dump));
		for (uint64_t first = 0; first < 8192; first += 1024) {
			assert_ok(kxdump_bits(dump, first, 1024, described, dumped));
			for (uint64_t j = 0; j < 1024; j++) {
				enum kxdump_page page =
					kxdump_page_state(dump, (first + j) * text->page);

				assert_int_equal(described[j / 8] >> j % 8 & 1,
						 page != KXDUMP_PAGE_ABSENT);
				assert_int_equal(dumped[j / 8] >> j % 8 & 1,
						 page == KXDUMP_PAGE_PRESENT ||
							 page == KXDUMP_PAGE_LOST);
			}
		}
		kxdump_close(dump);
		dump_text_free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
