// SPDX-License-Identifier: GPL-2.0-or-later
/* Compares what is read from a dump with what its text says. */
#include "support/data.h"
#include "support/dump_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t dump_text_end(const struct dump_text *text)
{
	uint64_t end = 0;

	if (text->kdump)
		return text->max_pfn * text->page;
	for (size_t i = 0; i < text->nr_loads; i++) {
		const struct text_load *load = &text->loads[i];

		if (!load->nophys)
			end = max(end, load->phys + load->size);
	}
	return end;
}

static enum kxdump_page expect_kdump(const struct dump_text *text, uint64_t phys, uint8_t *byte)
{
	uint64_t pfn = phys / text->page;
	const struct text_page *p = &text->pages[pfn];
	uint8_t page[65536];

	if (pfn >= text->max_pfn)
		return KXDUMP_PAGE_ABSENT;
	if (!p->exists)
		return text->single_bitmap ? KXDUMP_PAGE_EXCLUDED : KXDUMP_PAGE_ABSENT;
	if (p->excluded)
		return KXDUMP_PAGE_EXCLUDED;
	if (p->lost)
		return KXDUMP_PAGE_LOST;
	assert_true(text->page <= sizeof(page));
	text_page_bytes(text, pfn, page);
	*byte = page[phys % text->page];
	return KXDUMP_PAGE_PRESENT;
}

enum kxdump_page dump_text_expect(const struct dump_text *text, uint64_t phys, uint8_t *byte)
{
	enum kxdump_page state = KXDUMP_PAGE_ABSENT;

	if (text->kdump)
		return expect_kdump(text, phys, byte);
	for (size_t i = 0; i < text->nr_loads; i++) {
		const struct text_load *load = &text->loads[i];

		if (load->nophys || phys < load->phys || phys - load->phys >= load->size)
			continue;
		if (phys - load->phys < load->filesz) {
			*byte = text_load_byte(load, phys);
			return KXDUMP_PAGE_PRESENT;
		}
		state = KXDUMP_PAGE_EXCLUDED;
	}
	return state;
}

/* One page as it must be. */
struct expected {
	uint64_t phys;
	size_t size;
	size_t present;		  /* bytes from the start that are there */
	enum kxdump_page missing; /* the fate of the byte behind them */
	bool any;		  /* of the page's bytes is there */
	uint8_t bytes[65536];
};

/* The loads' bytes, the last one's first, so that the first one's are what stays. */
static void expect_loads(const struct dump_text *text, struct expected *e)
{
	uint8_t states[sizeof(e->bytes)];

	memset(states, KXDUMP_PAGE_ABSENT, e->size);
	for (size_t n = 2 * text->nr_loads; n--;) {
		const struct text_load *load = &text->loads[n % text->nr_loads];
		bool excluded = n >= text->nr_loads;
		uint64_t size = excluded ? load->size : load->filesz;
		uint64_t start = max(load->phys, e->phys);
		uint64_t end = min(load->phys + size, e->phys + e->size);

		for (uint64_t at = start; !load->nophys && at < end; at++) {
			states[at - e->phys] =
				excluded ? KXDUMP_PAGE_EXCLUDED : KXDUMP_PAGE_PRESENT;
			if (!excluded)
				e->bytes[at - e->phys] = text_load_byte(load, at);
		}
	}
	e->any = memchr(states, KXDUMP_PAGE_PRESENT, e->size);
	while (e->present < e->size && states[e->present] == KXDUMP_PAGE_PRESENT)
		e->present++;
	if (e->present < e->size)
		e->missing = states[e->present];
}

static void expect_page(const struct dump_text *text, uint64_t phys, struct expected *ret)
{
	ret->phys = phys;
	ret->size = text->page;
	ret->present = 0;
	ret->missing = KXDUMP_PAGE_ABSENT;
	ret->any = false;
	if (text->kdump) {
		ret->missing = dump_text_expect(text, phys, ret->bytes);
		ret->any = ret->missing == KXDUMP_PAGE_PRESENT;
		ret->present = ret->any ? ret->size : 0;
		if (ret->any)
			text_page_bytes(text, phys / text->page, ret->bytes);
		return;
	}
	expect_loads(text, ret);
}

static void check_error(const struct expected *e, const struct error *err, bool damaged)
{
	static const enum error_code codes[] = {
		[KXDUMP_PAGE_ABSENT] = ERROR_ABSENT,
		[KXDUMP_PAGE_EXCLUDED] = ERROR_EXCLUDED,
		[KXDUMP_PAGE_LOST] = ERROR_BAD_DATA,
	};

	assert_non_null(err->message);
	assert_true(err->has_address);
	assert_in_range(err->address, e->phys, e->phys + e->size - 1);
	if (damaged)
		return;
	assert_int_not_equal(e->present, e->size);
	assert_int_equal(err->code, codes[e->missing]);
	assert_int_equal(err->address, e->phys + e->present);
}

static void compare_page(const struct expected *e, struct kxdump *dump, bool damaged)
{
	uint8_t buf[65536];
	enum kxdump_page state = kxdump_page_state(dump, e->phys);
	struct error *err;

	memset(buf, 0xee, e->size);
	err = kxdump_read(dump, e->phys, buf, e->size);
	if (err) {
		check_error(e, err, damaged);
		assert_memory_equal(buf, e->bytes, min(err->address - e->phys, e->present));
		error_free(err);
	} else {
		if (e->present != e->size)
			fail_msg("page 0x%" PRIx64 " was read and is not there", e->phys);
		assert_memory_equal(buf, e->bytes, e->size);
	}
	if (!damaged)
		assert_int_equal(state, e->any ? KXDUMP_PAGE_PRESENT : e->missing);
	else if (state == KXDUMP_PAGE_PRESENT)
		assert_true(e->any);
}

static void compare_range(const struct dump_text *text, struct kxdump *dump, uint64_t start,
			  uint64_t end, bool damaged)
{
	struct expected *e = malloc(sizeof(*e));

	assert_non_null(e);
	for (uint64_t at = start / text->page * text->page; at < end; at += text->page) {
		expect_page(text, at, e);
		compare_page(e, dump, damaged);
	}
	free(e);
}

/* @size bytes at @phys, all of which are there. */
static void compare_bytes(const struct dump_text *text, struct kxdump *dump, uint64_t phys,
			  size_t size)
{
	struct expected *e = malloc(sizeof(*e));
	uint8_t *buf = malloc(size);
	size_t n;

	assert_non_null(e);
	assert_non_null(buf);
	assert_ok(kxdump_read(dump, phys, buf, size));
	for (size_t i = 0; i < size; i += n) {
		size_t inside = (phys + i) % text->page;

		n = min(size - i, text->page - inside);
		expect_page(text, phys + i - inside, e);
		assert_int_equal(e->present, e->size);
		assert_memory_equal(buf + i, e->bytes + inside, n);
	}
	free(e);
	free(buf);
}

static void compare_runs(const struct dump_text *text, struct kxdump *dump, bool damaged)
{
	uint64_t at = 0, start, size, pages = 0;
	struct kxdump_totals totals;

	for (; kxdump_next_present(dump, at, &start, &size); at = start + size) {
		assert_true(start >= at && size && !(start % text->page) && !(size % text->page));
		pages += size / text->page;
		if (damaged)
			continue;
		compare_bytes(text, dump, start, size);
		compare_bytes(text, dump, start + text->page - 3,
			      min((size_t)9, size - text->page + 3));
		compare_bytes(text, dump, start + 5, size - 5);
	}
	assert_ok(kxdump_totals(dump, &totals));
	assert_true(totals.present >= pages); /* pages that are there in part are no runs */
	if (text->kdump)
		assert_int_equal(totals.present, pages);
	assert_int_equal(totals.described, totals.present + totals.excluded + totals.lost);
}

void dump_text_compare(const struct dump_text *text, struct kxdump *dump, bool damaged)
{
	if (text->kdump)
		compare_range(text, dump, 0, dump_text_end(text) + 2 * text->page, damaged);
	for (size_t i = 0; i < text->nr_loads; i++) {
		const struct text_load *load = &text->loads[i];
		uint64_t start = load->phys - min(load->phys, (uint64_t)text->page);

		if (!load->nophys)
			compare_range(text, dump, start, load->phys + load->size + text->page,
				      damaged);
	}
	compare_runs(text, dump, damaged);
}

static void ignore_field(void *context, const char *name, const char *value)
{
	*(size_t *)context += strlen(name) + strlen(value);
}

void dump_text_exercise(struct kxdump *dump)
{
	uint64_t at = 0, start, size, value;
	size_t sum = 0, regions = kxdump_nr_regions(dump);
	struct kxdump_totals totals;
	struct kxdump_region region;
	char buf[20000];

	kxdump_header(dump, ignore_field, &sum);
	(void)kxdump_vmcoreinfo(dump, &sum);
	for (size_t i = 0; i < kxdump_nr_notes(dump); i++)
		sum += strlen(kxdump_note(dump, i)->name) + kxdump_note(dump, i)->size;
	for (size_t i = 0; i < min(regions, (size_t)64); i++) {
		if (error_dropped(kxdump_region(dump, i, &region)))
			continue;
		error_free(kxdump_read(dump, region.phys, buf, sizeof(buf)));
		error_free(kxdump_virt_to_phys(dump, region.virt, &value));
		error_free(kxdump_read_virt(dump, region.virt + 5, buf, 100));
		(void)kxdump_page_state(dump, region.phys + region.size);
	}
	for (size_t i = 0; i < 64 && kxdump_next_present(dump, at, &start, &size); i++) {
		for (uint64_t done = 0; done < min(size, (uint64_t)1 << 20); done += sizeof(buf))
			error_free(kxdump_read(dump, start + done, buf,
					       min(size - done, (uint64_t)sizeof(buf))));
		error_free(kxdump_read(dump, start + 1, buf, 1));
		at = start + size;
		if (!at)
			break;
	}
	error_free(kxdump_read(dump, UINT64_MAX - 3, buf, 8));
	error_free(kxdump_read(dump, UINT64_MAX - 3, buf, 4));
	error_free(kxdump_totals(dump, &totals));
}
