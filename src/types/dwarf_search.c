// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which units have a name: the linker keeps one copy of each string in .debug_str, so its offset
 * there, as four bytes in .debug_info, is at every DIE of that name, and hardly anywhere else.
 */
#include "types/dwarf.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "types/hash.h"

#include <dwarf.h>

/* Bytes of an abbreviation's number, which stands before the name of a DIE. */
#define MAX_CODE 3
/* Bytes searched between two looks at Ctrl-C. */
#define STRIDE (16U << 20)

typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

size_t find_bytes(const uint8_t *data, size_t size, size_t at, const uint8_t *needle,
		  size_t needle_size)
{
	bytes16 first = needle[0] - (bytes16){ 0 }, second = needle[1] - (bytes16){ 0 };

	while (size >= 24 && at <= size - 24) {
		bytes16 a, b;
		words2 both;

		memcpy(&a, data + at, sizeof(a));
		memcpy(&b, data + at + 1, sizeof(b));
		both = (words2)((a == first) & (b == second));
		if (__builtin_expect(!(both[0] | both[1]), 1)) {
			at += 16;
			continue;
		}
		for (size_t end = at + 16; at < end; at++) {
			if (memcmp(data + at, needle, needle_size) == 0)
				return at;
		}
	}
	for (; size >= needle_size && at <= size - needle_size; at++) {
		if (memcmp(data + at, needle, needle_size) == 0)
			return at;
	}
	return size;
}

/* The whole string that holds offset @at. */
static size_t string_start(const struct dwarf_source *s, size_t at)
{
	while (at && s->strings[at - 1])
		at--;
	return at;
}

/*
 * Linkers store a string that ends another one within that one: ld, of all strings that end so, in
 * the first by order of their reversed characters. True when the string at @a goes before.
 */
static bool reversed_before(const struct dwarf_source *s, size_t a, size_t b)
{
	size_t start_a = string_start(s, a), start_b = string_start(s, b);

	while (a > start_a && b > start_b) {
		uint8_t c = (uint8_t)s->strings[--a], d = (uint8_t)s->strings[--b];

		if (c != d)
			return c < d;
	}
	return a == start_a && b > start_b;
}

/* The offset of @name in .debug_str; SIZE_MAX when it is not there. */
static size_t string_offset(const struct dwarf_source *s, const char *name, size_t len)
{
	const char *at = s->strings, *end = at + s->strings_size, *found;
	size_t best = SIZE_MAX;

	while ((found = memmem(at, (size_t)(end - at), name, len + 1))) {
		size_t offset = (size_t)(found - s->strings);

		if (!offset || !s->strings[offset - 1])
			return offset;
		if (best == SIZE_MAX || reversed_before(s, offset, best))
			best = offset;
		at = found + 1;
	}
	return best;
}

static void put_number(const struct dwarf_source *s, uint64_t value, uint8_t ret[4])
{
	for (int i = 0; i < 4; i++)
		ret[s->source.big_endian ? 3 - i : i] = (uint8_t)(value >> (8 * i));
}

/* Searches for references to the name in .debug_str from the beginning, if it is there. */
static void search_reference(struct dwarf_source *s, struct dwarf_search *search)
{
	size_t offset = string_offset(s, search->name, strlen(search->name));

	search->in_place = false;
	search->needle_size = offset > UINT32_MAX ? 0 : 4;
	search->at = search->needle_size ? 0 : s->info_size;
	put_number(s, offset, search->needle);
}

struct error *dwarf_search_begin(struct dwarf_source *s, const char *name, size_t len,
				 struct dwarf_search **ret)
{
	uint32_t hash = hash_name(name, len);
	struct dwarf_search **slot = &s->searches[hash % ARRAY_SIZE(s->searches)], *search;

	if (!s->info || !len) {
		*ret = NULL;
		return NULL;
	}
	for (search = *slot; search; search = search->next) {
		if (search->hash == hash && strncmp(search->name, name, len) == 0 &&
		    !search->name[len]) {
			*ret = search;
			return NULL;
		}
	}
	search = calloc(1, sizeof(*search));
	if (!search)
		return error_nomem();
	search->name = strndup(name, len);
	if (!search->name) {
		free(search);
		return error_nomem();
	}
	search->hash = hash;
	/* gcc puts a name that is no longer than a reference to it in place. */
	search->in_place = len < sizeof(search->needle);
	search->needle_size = len + 1;
	if (search->in_place)
		memcpy(search->needle, name, len);
	else
		search_reference(s, search);
	search->next = *slot;
	*slot = search;
	*ret = search;
	return NULL;
}

void dwarf_search_deinit(struct dwarf_source *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->searches); i++) {
		while (s->searches[i]) {
			struct dwarf_search *search = s->searches[i];

			s->searches[i] = search->next;
			free(search->hits);
			free(search->name);
			free(search);
		}
	}
}

static size_t unit_at(const struct dwarf_source *s, size_t offset)
{
	size_t low = 0, high = s->nr_units;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (s->units[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Does another DIE of the unit say "specification: the one at @die"? */
static bool is_specified(const struct dwarf_source *s, const struct dwarf_unit *unit, Dwarf_Off die)
{
	uint8_t reference[4];

	put_number(s, die - unit->start, reference);
	return find_bytes(s->info, unit->end, die, reference, sizeof(reference)) < unit->end;
}

/* The DIE whose number is the @code bytes before its name at @at, if that is what it is. */
static bool die_at(struct dwarf_source *s, size_t at, size_t code, Dwarf_Die *ret)
{
	Dwarf_Attribute name;

	for (size_t i = 1; i <= code; i++) {
		if ((bool)(s->info[at - i] & 0x80) != (i > 1))
			return false;
	}
	return dwarf_offdie(s->dwarf, at - code, ret) && dwarf_attr(ret, DW_AT_name, &name) &&
	       name.valp == s->info + at;
}

/*
 * What is at @at, seen as each DIE that it could be the name of. Where an abbreviation's number
 * ends can be ambiguous: a hit is a hint, and the walk through its unit decides.
 */
static struct error *add_hits(struct dwarf_source *s, struct dwarf_search *search, size_t at)
{
	size_t unit = unit_at(s, at);

	for (size_t code = 1; code <= MAX_CODE && at - code > s->units[unit].die; code++) {
		struct dwarf_hit hit = { .unit = (uint32_t)unit };
		Dwarf_Die die;

		if (!die_at(s, at, code, &die))
			continue;
		search->is_used = true;
		hit.die = at - code;
		hit.class = dwarf_class_of(dwarf_tag(&die));
		if (hit.class == DWARF_OTHER)
			continue;
		/* A variable that is declared, then defined, has its name in the declaration. */
		hit.is_declaration =
			dwarf_hasattr(&die, DW_AT_declaration) &&
			!((hit.class == DWARF_VARIABLE || hit.class == DWARF_FUNCTION) &&
			  is_specified(s, &s->units[unit], hit.die));
		TRY(alloc_grow(&search->hits, &search->room, search->nr_hits + 1, sizeof(hit)));
		search->hits[search->nr_hits++] = hit;
	}
	return NULL;
}

/* Goes on until there is another hit. */
static struct error *go_on(struct dwarf_source *s, struct dwarf_search *search)
{
	size_t had = search->nr_hits;

	while (search->at < s->info_size && search->nr_hits == had) {
		size_t end = min(s->info_size, search->at + STRIDE), found;

		TRY(interrupt_check());
		found = find_bytes(s->info, end, search->at, search->needle, search->needle_size);
		if (found < end) {
			search->at = found + 1;
			TRY(add_hits(s, search, found));
		} else {
			/* It can lie across the end of this stride. */
			search->at = end == s->info_size ? end : end - 3;
		}
		if (search->at == s->info_size && search->in_place && !search->is_used)
			search_reference(s, search);
	}
	return NULL;
}

struct error *dwarf_search_next(struct dwarf_source *s, struct dwarf_search *search,
				enum dwarf_class class, size_t *nth, const struct dwarf_hit **ret)
{
	for (;;) {
		const struct dwarf_hit *hit;

		if (*nth == search->nr_hits)
			TRY(go_on(s, search));
		if (*nth == search->nr_hits) {
			*ret = NULL;
			return NULL;
		}
		hit = &search->hits[(*nth)++];
		if (hit->class == class) {
			*ret = hit;
			return NULL;
		}
	}
}
