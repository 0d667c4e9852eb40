// SPDX-License-Identifier: GPL-2.0-or-later
/* The loaded segments, read at the addresses where they will be used. */
#include "kernel/kexec_image.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_SIZE 4096ULL

/* Is the segment that holds @address in place already? */
static bool in_place(const struct kexec_content *content, uint64_t address)
{
	int index;

	if (content->kexec->is_crash)
		return true;
	index = kexec_image_segment(content->kexec, address);
	return index >= 0 && content->kexec->segments[index].cma;
}

static const struct kexec_run *find_run(const struct kexec_content *content, uint64_t address)
{
	size_t low = 0, high = content->nr_runs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct kexec_run *run = &content->runs[middle];

		if (address < run->destination)
			high = middle;
		else if (address - run->destination >= run->size)
			low = middle + 1;
		else
			return run;
	}
	return NULL;
}

/* Where the byte for @address is now, and how many behind it are at one piece with it. */
static struct error *locate(const struct kexec_content *content, uint64_t address, uint64_t *source,
			    uint64_t *size)
{
	const struct kexec_run *run;

	if (in_place(content, address)) {
		*source = address;
		*size = PAGE_SIZE - address % PAGE_SIZE;
		return NULL;
	}
	run = find_run(content, address);
	if (!run)
		return error_at(ERROR_ABSENT, address,
				"no page of the image goes to physical 0x%" PRIx64, address);
	*source = run->source + (address - run->destination);
	*size = run->size - (address - run->destination);
	return NULL;
}

static struct error *read_content(void *context, uint64_t address, void *buf, size_t size)
{
	const struct kexec_content *content = context;
	uint8_t *to = buf;

	while (size) {
		uint64_t source, there;
		size_t part;

		TRY(locate(content, address, &source, &there));
		part = (size_t)min(there, (uint64_t)size);
		TRY(memory_read(content->physical, source, to, part));
		to += part;
		address += part;
		size -= part;
	}
	return NULL;
}

static int by_destination(const void *a, const void *b)
{
	const struct kexec_run *x = a, *y = b;

	return x->destination < y->destination ? -1 : x->destination > y->destination;
}

struct error *kexec_content_init(const struct memory *physical, const struct kexec_image *kexec,
				 const struct kexec_runs *runs, struct kexec_content *ret)
{
	struct kexec_content content = { .physical = physical, .kexec = kexec };

	if (runs && runs->count) {
		TRY(alloc_array(runs->count, sizeof(runs->list[0]), runs->count, "ranges",
				&content.runs));
		memcpy(content.runs, runs->list, runs->count * sizeof(runs->list[0]));
		content.nr_runs = runs->count;
		qsort(content.runs, content.nr_runs, sizeof(content.runs[0]), by_destination);
	}
	content.memory = *physical;
	content.memory.read = read_content;
	*ret = content;
	ret->memory.context = ret;
	return NULL;
}

void kexec_content_deinit(struct kexec_content *content)
{
	free(content->runs);
	content->runs = NULL;
	content->nr_runs = 0;
}

/* Bytes of physical memory in [@start, @start + @size) that the dump holds. */
static uint64_t present_bytes(struct kxdump *dump, uint64_t start, uint64_t size)
{
	uint64_t at = start, end = start + size, bytes = 0, from, run;

	if (end < start)
		end = UINT64_MAX;
	while (at < end && kxdump_next_present(dump, at, &from, &run) && from < end) {
		uint64_t to = from + run < from || from + run > end ? end : from + run;

		from = max(from, at);
		bytes += to - from;
		at = to;
	}
	return bytes;
}

/* What keeps the missing part out: the state of the first page that is not there. */
static enum kexec_presence why_missing(struct kxdump *dump, uint64_t start, uint64_t size)
{
	uint64_t from, run, at = start;

	if (kxdump_next_present(dump, start, &from, &run) && from <= start && from + run > start)
		at = from + run;
	if (at - start >= size)
		return KEXEC_PRESENT;
	return kxdump_page_state(dump, at) == KXDUMP_PAGE_EXCLUDED ? KEXEC_EXCLUDED : KEXEC_ABSENT;
}

/* The part of @run that goes into @segment: runs go on from one segment into the next. */
static bool clip(const struct kexec_run *run, const struct kexec_segment *segment,
		 struct kexec_run *ret)
{
	uint64_t start = max(run->destination, segment->address);
	uint64_t end = min(run->destination + run->size, segment->address + segment->memory_size);

	if (start >= end)
		return false;
	*ret = (struct kexec_run){ run->source + (start - run->destination), start, end - start };
	return true;
}

enum kexec_presence kexec_content_presence(struct image *image, const struct kexec_content *content,
					   unsigned int index, uint64_t *bytes)
{
	const struct kexec_segment *segment = &content->kexec->segments[index];
	struct kxdump *dump = image_dump(image);
	enum kexec_presence missing = KEXEC_ABSENT;

	*bytes = 0;
	if (in_place(content, segment->address)) {
		*bytes = present_bytes(dump, segment->address, segment->memory_size);
		missing = why_missing(dump, segment->address, segment->memory_size);
	}
	for (size_t i = 0; i < content->nr_runs && !segment->cma; i++) {
		struct kexec_run part;

		if (!clip(&content->runs[i], segment, &part))
			continue;
		*bytes += present_bytes(dump, part.source, part.size);
		if (why_missing(dump, part.source, part.size) == KEXEC_EXCLUDED)
			missing = KEXEC_EXCLUDED;
	}
	*bytes = min(*bytes, segment->memory_size);
	if (*bytes == segment->memory_size)
		return KEXEC_PRESENT;
	return *bytes ? KEXEC_PARTLY : missing;
}
