// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kimage.head and the pages that it leads to: words of a page's physical address and a flag.
 * DESTINATION sets where the next page goes, SOURCE is a page to copy there (the next one goes
 * behind it), INDIRECTION leads to a page of more words, DONE ends it. As kernel/kexec_core.c of
 * Linux writes it (kimage_add_entry) and relocate_kernel_64.S reads it.
 */
#include "kernel/kexec_image.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "kernel/visited.h"

#include <inttypes.h>

#define PAGE_SIZE 4096ULL
#define FLAGS	  (PAGE_SIZE - 1)
#define WORDS	  (PAGE_SIZE / 8)
/* 1 TiB in pages of 4 KiB: more than can be loaded, and an end to what a broken dump can ask for.
 */
#define MAX_PAGES     (1ULL << 28)
#define HEAD_OF_IMAGE 0

struct walk {
	const struct memory *physical;
	kexec_entry_each each;
	void *context;
	struct visited visited;
	uint64_t destination, pages;
	bool has_destination;
};

static struct error *bad(uint64_t at, const char *what, uint64_t value)
{
	if (at == HEAD_OF_IMAGE)
		return error_create(ERROR_BAD_DATA, "kimage.head: %s (0x%" PRIx64 ")", what, value);
	return error_at(ERROR_BAD_DATA, at,
			"the entry at physical 0x%" PRIx64 ": %s (0x%" PRIx64 ")", at, what, value);
}

/* One word. *@next: the page to go on with; 0: the next word. *@done: this was the end. */
static struct error *take(struct walk *walk, uint64_t at, uint64_t value, uint64_t *next,
			  bool *done)
{
	struct kexec_entry entry = {
		.at = at,
		.value = value,
		.kind = (unsigned int)(value & FLAGS),
		.page = value & ~FLAGS,
	};

	*next = 0;
	*done = false;
	switch (entry.kind) {
	case KEXEC_IND_DESTINATION:
		walk->destination = entry.page;
		walk->has_destination = true;
		break;
	case KEXEC_IND_SOURCE:
		if (!walk->has_destination)
			return bad(at, "a page without a destination", value);
		if (++walk->pages > MAX_PAGES)
			return bad(at, "too many pages", value);
		entry.destination = walk->destination;
		walk->destination += PAGE_SIZE;
		break;
	case KEXEC_IND_INDIRECTION:
		if (!entry.page)
			return bad(at, "leads to page 0", value);
		*next = entry.page;
		break;
	case KEXEC_IND_DONE:
		*done = true;
		break;
	default:
		return bad(at, value ? "no kind of entry" : "the list ends without IND_DONE",
			   value);
	}
	return walk->each(walk->context, &entry);
}

/* All of one page's words, as far as they are part of the list. */
static struct error *take_page(struct walk *walk, uint64_t page, uint64_t *next, bool *done)
{
	uint8_t words[PAGE_SIZE];

	TRY(interrupt_check());
	TRY(visited_add(&walk->visited, page, "page of kexec's entries"));
	TRY(error_wrap(memory_read(walk->physical, page, words, sizeof(words)),
		       "the entries at physical 0x%" PRIx64, page));
	for (unsigned int i = 0; i < WORDS; i++) {
		uint64_t value = load_number(words + 8 * i, 8, walk->physical->big_endian);

		TRY(take(walk, page + 8 * i, value, next, done));
		if (*next || *done)
			return NULL;
	}
	return error_at(ERROR_BAD_DATA, page,
			"the page of entries at physical 0x%" PRIx64 " leads nowhere", page);
}

struct error *kexec_entries_walk(const struct memory *physical, uint64_t head,
				 kexec_entry_each each, void *context)
{
	struct walk walk = { .physical = physical, .each = each, .context = context };
	struct error *err;
	uint64_t next;
	bool done;

	err = take(&walk, HEAD_OF_IMAGE, head, &next, &done);
	/* The kernel's own loop goes on behind the head, into other members, never: a head that is
	 * not the end is always an indirection. */
	if (!err && !done && !next)
		err = bad(HEAD_OF_IMAGE, "leads nowhere", head);
	while (!err && !done)
		err = take_page(&walk, next, &next, &done);
	visited_deinit(&walk.visited);
	return err;
}

static struct error *collect(void *context, const struct kexec_entry *entry)
{
	struct kexec_runs *runs = context;
	struct kexec_run *last = runs->count ? &runs->list[runs->count - 1] : NULL;

	if (entry->kind == KEXEC_IND_INDIRECTION)
		runs->tables++;
	if (entry->kind != KEXEC_IND_SOURCE)
		return NULL;
	runs->pages++;
	if (last && last->source + last->size == entry->page &&
	    last->destination + last->size == entry->destination) {
		last->size += PAGE_SIZE;
		return NULL;
	}
	TRY(alloc_grow(&runs->list, &runs->room, runs->count + 1, sizeof(runs->list[0])));
	runs->list[runs->count++] =
		(struct kexec_run){ entry->page, entry->destination, PAGE_SIZE };
	return NULL;
}

struct error *kexec_runs_collect(const struct memory *physical, uint64_t head,
				 struct kexec_runs *runs)
{
	*runs = (struct kexec_runs){ 0 };
	return kexec_entries_walk(physical, head, collect, runs);
}

void kexec_runs_deinit(struct kexec_runs *runs)
{
	free(runs->list);
	*runs = (struct kexec_runs){ 0 };
}
