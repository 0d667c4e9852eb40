// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments may overlap (the kernel's text is one of its own, over RAM's), end in the middle of a
 * page, describe more than they hold (p_filesz < p_memsz), or lie beyond the end of a file that was
 * cut. All of that is settled once, into pieces that a binary search finds.
 */
#include "dumpfmt/elf_map.h"

#define DEFAULT_PAGE 4096
#define SMALL_READ   8192 /* below it, reads go through the cache of the file's blocks */
/* Pieces a segment, on average, into which holes of a damaged flattened file may cut them. */
#define PIECES_MAX 8

void elf_map_init(struct elf_map *map, struct source *source, const char *space,
		  enum error_code none)
{
	*map = (struct elf_map){
		.source = source, .space = space, .none = none, .page_size = DEFAULT_PAGE
	};
}

void elf_map_deinit(struct elf_map *map)
{
	extents_deinit(&map->extents);
}

static struct error *add(struct elf_map *map, const struct elf_segment *segment, uint32_t number,
			 enum extent_kind kind, uint64_t at, uint64_t from, uint64_t size)
{
	struct extent extent = {
		.target = segment->offset + from,
		.rank = (uint64_t)kind << 32 | number, /* bytes win over their lack */
		.owner = number,
		.kind = kind,
	};

	if (!size || __builtin_add_overflow(at, from, &extent.first))
		return NULL;
	return extents_add(&map->extents, extent, size);
}

struct error *elf_map_add(struct elf_map *map, const struct elf_segment *segment, uint32_t number,
			  uint64_t at)
{
	size_t cut = map->source->pieces.count, limit = PIECES_MAX * ((size_t)number + 1 + cut);
	uint64_t offset, run, from;
	bool there;

	for (from = 0; from < segment->filesz; from += run) {
		run = segment->filesz - from;
		if (__builtin_add_overflow(segment->offset, from, &offset))
			there = false;
		else if (map->extents.count > limit)
			there = true; /* for a reader to find out */
		else
			run = source_run(map->source, offset, run, &there);
		TRY(add(map, segment, number, there ? EXTENT_PRESENT : EXTENT_LOST, at, from, run));
	}
	if (segment->memsz <= segment->filesz)
		return NULL;
	return add(map, segment, number, EXTENT_EXCLUDED, at, segment->filesz,
		   segment->memsz - segment->filesz);
}

struct error *elf_map_finish(struct elf_map *map)
{
	return extents_resolve(&map->extents);
}

static struct error *missing(const struct elf_map *map, const struct extent *piece, uint64_t at)
{
	if (!piece)
		return error_at(map->none, at, "%s address 0x%llx: no segment of the dump has it",
				map->space, (unsigned long long)at);
	if (piece->kind == EXTENT_EXCLUDED)
		return error_at(ERROR_EXCLUDED, at,
				"%s address 0x%llx: not in the dump (its segment is longer in "
				"memory than in the file)",
				map->space, (unsigned long long)at);
	return error_at(ERROR_BAD_DATA, at,
			"%s address 0x%llx: offset 0x%llx lies beyond the end of the file "
			"(truncated): %s has %llu bytes",
			map->space, (unsigned long long)at,
			(unsigned long long)extent_target(piece, at), map->source->path,
			(unsigned long long)map->source->size);
}

static struct error *read_piece(struct elf_map *map, const struct extent *piece, uint64_t at,
				void *buf, size_t size)
{
	uint64_t offset = extent_target(piece, at);
	struct error *err;

	if (size < SMALL_READ)
		err = source_peek(map->source, offset, buf, size);
	else
		err = source_read(map->source, offset, buf, size);
	if (err && err->has_address && err->address >= offset && err->address - offset < size)
		return dump_error_at(err, at + (err->address - offset));
	return dump_error_at(err, at);
}

struct error *elf_map_read(struct elf_map *map, uint64_t at, void *buf, size_t size)
{
	size_t i = extents_find(&map->extents, at), n;
	uint8_t *to = buf;

	for (; size; at += n, to += n, size -= n, i++) {
		const struct extent *piece = NULL;

		if (i < map->extents.count && map->extents.items[i].first <= at)
			piece = &map->extents.items[i];
		if (!piece || piece->kind != EXTENT_PRESENT)
			return missing(map, piece, at);
		n = piece->last - at < size ? (size_t)(piece->last - at + 1) : size;
		TRY(read_piece(map, piece, at, to, n));
	}
	return NULL;
}

enum kxdump_page elf_map_state(const struct elf_map *map, uint64_t at)
{
	uint64_t first = at / map->page_size * map->page_size, last = first + map->page_size - 1;
	enum kxdump_page state = KXDUMP_PAGE_ABSENT;

	for (size_t i = extents_find(&map->extents, first);
	     i < map->extents.count && map->extents.items[i].first <= last; i++) {
		if (map->extents.items[i].kind == EXTENT_PRESENT)
			return KXDUMP_PAGE_PRESENT;
		if (map->extents.items[i].kind == EXTENT_LOST)
			state = KXDUMP_PAGE_LOST;
		else if (state == KXDUMP_PAGE_ABSENT)
			state = KXDUMP_PAGE_EXCLUDED;
	}
	return state;
}

bool elf_map_next_present(const struct elf_map *map, uint64_t at, uint64_t *start, uint64_t *size)
{
	const struct extent *items = map->extents.items;
	uint64_t page = map->page_size, first, end;

	for (size_t i = extents_find(&map->extents, at), next; i < map->extents.count; i = next) {
		next = i + 1;
		if (items[i].kind != EXTENT_PRESENT)
			continue;
		while (next < map->extents.count && items[next].kind == EXTENT_PRESENT &&
		       items[next].first == items[next - 1].last + 1)
			next++;
		first = max(items[i].first, at);
		first = first / page + (first % page != 0);
		end = items[next - 1].last / page + (items[next - 1].last % page == page - 1);
		if (first >= end)
			continue;
		*start = first * page;
		*size = (end - first) * page;
		if (!*size) /* all of 2^64 bytes */
			*size -= page;
		return true;
	}
	return false;
}

uint64_t elf_map_hole(const struct elf_map *map, uint64_t at)
{
	size_t i = extents_find(&map->extents, at);
	const struct extent *piece = &map->extents.items[i];

	if (i == map->extents.count || piece->first > at || piece->kind != EXTENT_PRESENT)
		return 0;
	return min(source_hole(map->source, extent_target(piece, at)), piece->last - at + 1);
}

void elf_map_bits(const struct elf_map *map, uint64_t pfn, uint64_t count, uint8_t *described,
		  uint8_t *dumped)
{
	const struct extents *extents = &map->extents;
	uint64_t at, end = pfn + count;

	if (__builtin_mul_overflow(pfn, (uint64_t)map->page_size, &at))
		return;
	for (size_t i = extents_find(extents, at); i < extents->count; i++) {
		const struct extent *piece = &extents->items[i];
		uint64_t first = max(piece->first / map->page_size, pfn);
		uint64_t last = min(piece->last / map->page_size + 1, end);

		if (first >= end)
			break;
		dump_set_bits(described, first - pfn, last - pfn);
		if (piece->kind != EXTENT_EXCLUDED)
			dump_set_bits(dumped, first - pfn, last - pfn);
	}
}

/* Counts the pages that pieces of ascending addresses touch. */
struct page_count {
	uint64_t count, next; /* the first page that was not counted yet */
};

static void count_pages(struct page_count *pages, const struct extent *piece, uint32_t page_size)
{
	uint64_t first = max(piece->first / page_size, pages->next);
	uint64_t last = piece->last / page_size;

	if (first > last)
		return;
	pages->count += last - first + 1;
	pages->next = last + 1;
}

void elf_map_totals(const struct elf_map *map, struct kxdump_totals *ret)
{
	struct page_count all = { 0 }, present = { 0 }, excluded = { 0 };

	for (size_t i = 0; i < map->extents.count; i++) {
		const struct extent *piece = &map->extents.items[i];

		count_pages(&all, piece, map->page_size);
		if (piece->kind == EXTENT_PRESENT)
			count_pages(&present, piece, map->page_size);
		if (piece->kind == EXTENT_EXCLUDED)
			count_pages(&excluded, piece, map->page_size);
	}
	*ret = (struct kxdump_totals){ .described = all.count, .present = present.count };
	/* A page of several fates is there. */
	ret->excluded = min(excluded.count, all.count - present.count);
	ret->lost = all.count - present.count - ret->excluded;
}

bool elf_map_segment(const struct elf_map *map, uint64_t at, uint32_t *ret)
{
	size_t i = extents_find(&map->extents, at);

	if (i == map->extents.count || map->extents.items[i].first > at)
		return false;
	*ret = map->extents.items[i].owner;
	return true;
}
