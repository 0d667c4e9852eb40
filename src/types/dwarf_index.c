// SPDX-License-Identifier: GPL-2.0-or-later
/* The units of a file of DWARF, and the names of those that were walked so far. */
#include "types/dwarf.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "types/hash.h"

#include <dwarf.h>
#include <string.h>

/* libdw of elfutils before 0.187 does not name it. */
#define LANG_RUST 0x1c
/* Blocks within blocks. */
#define MAX_NESTING 64

enum dwarf_class dwarf_class_of(int tag)
{
	switch (tag) {
	case DW_TAG_structure_type:
		return DWARF_STRUCT;
	case DW_TAG_union_type:
		return DWARF_UNION;
	case DW_TAG_enumeration_type:
		return DWARF_ENUM;
	case DW_TAG_typedef:
		return DWARF_TYPEDEF;
	case DW_TAG_base_type:
		return DWARF_BASE;
	case DW_TAG_variable:
		return DWARF_VARIABLE;
	case DW_TAG_subprogram:
		return DWARF_FUNCTION;
	case DW_TAG_enumerator:
		return DWARF_ENUMERATOR;
	}
	return DWARF_OTHER;
}

void dwarf_index_deinit(struct dwarf_source *s)
{
	free(s->units);
	free(s->names);
	free(s->slots);
}

/* gcc writes the name of a DIE first, which the search builds on; others put it anywhere. */
static bool names_come_first(struct dwarf_source *s)
{
	for (size_t i = 0; i < s->nr_units; i++) {
		Dwarf_Attribute attr;
		const char *producer;
		Dwarf_Die die;

		if (!dwarf_offdie(s->dwarf, s->units[i].die, &die) ||
		    dwarf_srclang(&die) == DW_LANG_Mips_Assembler)
			continue;
		producer = dwarf_formstring(dwarf_attr(&die, DW_AT_producer, &attr));
		return producer && strncmp(producer, "GNU C", strlen("GNU C")) == 0;
	}
	return false;
}

/* The bytes of .debug_info as libdw sees them, and of .debug_str; they may not be searchable. */
static void find_sections(struct dwarf_source *s)
{
	Elf *elf = dwarf_getelf(s->dwarf);
	Elf_Scn *scn = NULL;
	Dwarf_Die die;
	size_t names;

	if (!s->nr_units || elf_getshdrstrndx(elf, &names) || !names_come_first(s) ||
	    !dwarf_offdie(s->dwarf, s->units[0].die, &die))
		return;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		/* Names by index (clang's DWARF 5) are not found by their offset. */
		if (!name || strcmp(name, ".debug_str_offsets") == 0)
			return;
		if (strcmp(name, ".debug_str") != 0 || header.sh_flags & SHF_COMPRESSED)
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || !data->d_buf)
			return;
		s->strings = data->d_buf;
		s->strings_size = data->d_size;
	}
	if (!s->strings)
		return;
	s->info = (const uint8_t *)die.addr - s->units[0].die;
	s->info_size = s->units[s->nr_units - 1].end;
}

struct error *dwarf_prepare(struct dwarf_source *s)
{
	Dwarf_Off at = 0, next;
	size_t header, room = 0;
	bool wide = false;
	uint8_t offset_size;
	int more;

	if (s->prepared)
		return NULL;
	while (!(more = dwarf_next_unit(s->dwarf, at, &next, &header, NULL, NULL, NULL,
					&offset_size, NULL, NULL))) {
		struct error *err =
			alloc_grow(&s->units, &room, s->nr_units + 1, sizeof(*s->units));

		if (err)
			return err;
		s->units[s->nr_units++] =
			(struct dwarf_unit){ .start = at, .end = next, .die = at + header };
		wide |= offset_size != 4;
		at = next;
	}
	if (more < 0)
		TRY(dwarf_error(s, "its units cannot be listed"));
	s->mask = 1024 - 1;
	s->slots = calloc(s->mask + 1, sizeof(*s->slots));
	if (!s->slots)
		return error_nomem();
	if (!wide)
		find_sections(s);
	s->prepared = true;
	return NULL;
}

static struct dwarf_name *known(const struct dwarf_source *s, enum dwarf_class class, uint32_t hash,
				const char *name, size_t len)
{
	for (uint32_t at = s->slots[hash & s->mask]; at; at = s->names[at - 1].next) {
		struct dwarf_name *n = &s->names[at - 1];

		if (n->hash == hash && n->class == class && strncmp(n->name, name, len) == 0 &&
		    !n->name[len])
			return n;
	}
	return NULL;
}

const struct dwarf_name *dwarf_known(const struct dwarf_source *s, enum dwarf_class class,
				     const char *name, size_t len)
{
	return known(s, class, hash_name(name, len), name, len);
}

static struct error *widen(struct dwarf_source *s)
{
	uint32_t mask = s->mask * 4 + 3;
	uint32_t *slots = calloc((size_t)mask + 1, sizeof(*slots));

	if (!slots)
		return error_nomem();
	free(s->slots);
	s->slots = slots;
	s->mask = mask;
	for (uint32_t i = 0; i < s->nr_names; i++) {
		s->names[i].next = slots[s->names[i].hash & mask];
		slots[s->names[i].hash & mask] = i + 1;
	}
	return NULL;
}

static struct error *add_name(struct dwarf_source *s, enum dwarf_class class, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	bool is_declaration = dwarf_hasattr(die, DW_AT_declaration);
	struct dwarf_name *n;
	uint32_t hash;
	size_t len;

	if (!name)
		return NULL;
	len = strlen(name);
	hash = hash_name(name, len);
	n = known(s, class, hash, name, len);
	if (n) {
		if (n->is_declaration && !is_declaration) {
			n->die = dwarf_dieoffset(die);
			n->is_declaration = false;
		}
		return NULL;
	}
	if (s->nr_names > s->mask)
		TRY(widen(s));
	TRY(alloc_grow(&s->names, &s->names_room, s->nr_names + 1, sizeof(*s->names)));
	s->names[s->nr_names] = (struct dwarf_name){
		.name = name,
		.die = dwarf_dieoffset(die),
		.hash = hash,
		.next = s->slots[hash & s->mask],
		.class = class,
		.is_declaration = is_declaration,
	};
	s->slots[hash & s->mask] = (uint32_t)++s->nr_names;
	return NULL;
}

/* The first DIE at the top level of the unit; false when there is none for C programs. */
static bool unit_begin(struct dwarf_source *s, const struct dwarf_unit *unit, Dwarf_Die *ret)
{
	Dwarf_Die die;

	return dwarf_offdie(s->dwarf, unit->die, &die) && dwarf_srclang(&die) != LANG_RUST &&
	       dwarf_child(&die, ret) == 0;
}

struct error *dwarf_scan(struct dwarf_source *s, struct dwarf_unit *unit)
{
	Dwarf_Die die;

	if (unit->scanned)
		return NULL;
	unit->scanned = true;
	s->nr_scanned++;
	if (!unit_begin(s, unit, &die))
		return NULL;
	do {
		enum dwarf_class class = dwarf_class_of(dwarf_tag(&die));

		if (class < DWARF_NR_INDEXED)
			TRY(add_name(s, class, &die));
	} while (dwarf_next(&die));
	return NULL;
}

struct error *dwarf_scan_all(struct dwarf_source *s)
{
	TRY(dwarf_prepare(s));
	for (size_t i = 0; i < s->nr_units; i++) {
		TRY(interrupt_check());
		TRY(dwarf_scan(s, &s->units[i]));
	}
	return NULL;
}

/* Is there a DIE at @at? Walks down to it, because a search can be wrong about where one begins. */
static bool die_exists(struct dwarf_source *s, const struct dwarf_unit *unit, Dwarf_Off at)
{
	Dwarf_Die die, child;
	unsigned int depth = 0;

	if (!dwarf_offdie(s->dwarf, unit->die, &die))
		return false;
	while (dwarf_dieoffset(&die) < at && depth++ < MAX_NESTING && !dwarf_child(&die, &child)) {
		/* Down into the last child that does not begin behind it. */
		do {
			if (dwarf_dieoffset(&child) > at)
				break;
			die = child;
		} while (dwarf_next(&child));
	}
	return dwarf_dieoffset(&die) == at;
}

static bool is_defined(const struct dwarf_source *s, enum dwarf_class class, const char *name,
		       size_t len)
{
	const struct dwarf_name *n = dwarf_known(s, class, name, len);

	return n && !n->is_declaration;
}

/*
 * Scans units until the definition is met, or there are no more that can have it. *@second_best: a
 * declaration, or a type that is local to a function.
 */
static struct error *scan_for(struct dwarf_source *s, enum dwarf_class class, const char *name,
			      size_t len, Dwarf_Off *second_best)
{
	const struct dwarf_hit *hit;
	struct dwarf_search *search;
	size_t nth = 0;

	TRY(dwarf_search_begin(s, name, len, &search));
	while (search) {
		TRY(dwarf_search_next(s, search, class, &nth, &hit));
		if (!hit)
			break;
		if (hit->is_declaration) {
			if (!*second_best && die_exists(s, &s->units[hit->unit], hit->die))
				*second_best = hit->die;
			continue;
		}
		TRY(dwarf_scan(s, &s->units[hit->unit]));
		if (is_defined(s, class, name, len))
			return NULL;
		if (class < DWARF_VARIABLE && die_exists(s, &s->units[hit->unit], hit->die))
			*second_best = hit->die;
	}
	/* No DIE at all has the name where a linker should have put it: then who knows. */
	if (search && (search->is_used || search->in_place || !search->needle_size))
		return NULL;
	for (size_t i = 0; i < s->nr_units && s->nr_scanned < s->nr_units; i++) {
		TRY(interrupt_check());
		TRY(dwarf_scan(s, &s->units[i]));
		if (is_defined(s, class, name, len))
			return NULL;
	}
	return NULL;
}

struct error *dwarf_lookup(struct dwarf_source *s, enum dwarf_class class, const char *name,
			   size_t len, Dwarf_Die *ret)
{
	const struct dwarf_name *n;
	Dwarf_Off second_best = 0, found;

	TRY(dwarf_prepare(s));
	if (!is_defined(s, class, name, len))
		TRY(scan_for(s, class, name, len, &second_best));
	n = dwarf_known(s, class, name, len);
	found = n ? n->die : second_best;
	if (!found)
		return error_create(ERROR_NOT_FOUND, "no DWARF for %.*s", (int)len, name);
	if (!dwarf_offdie(s->dwarf, found, ret))
		return dwarf_error(s, "a DIE is gone");
	return NULL;
}

/* The enumeration type of the unit that has enumerator @name. */
static bool enumeration_in(struct dwarf_source *s, const struct dwarf_unit *unit, const char *name,
			   Dwarf_Die *ret)
{
	Dwarf_Die die, child;

	if (!unit_begin(s, unit, &die))
		return false;
	do {
		if (dwarf_tag(&die) != DW_TAG_enumeration_type || dwarf_child(&die, &child))
			continue;
		do {
			const char *given = dwarf_diename(&child);

			if (given && strcmp(given, name) == 0) {
				*ret = die;
				return true;
			}
		} while (dwarf_next(&child));
	} while (dwarf_next(&die));
	return false;
}

struct error *dwarf_lookup_enumerator(struct dwarf_source *s, const char *name, Dwarf_Die *ret)
{
	const struct dwarf_hit *hit;
	struct dwarf_search *search;
	size_t nth = 0;

	TRY(dwarf_prepare(s));
	TRY(dwarf_search_begin(s, name, strlen(name), &search));
	while (search) {
		TRY(dwarf_search_next(s, search, DWARF_ENUMERATOR, &nth, &hit));
		if (!hit)
			break;
		if (enumeration_in(s, &s->units[hit->unit], name, ret))
			return NULL;
	}
	for (size_t i = 0; !search && i < s->nr_units; i++) {
		TRY(interrupt_check());
		if (enumeration_in(s, &s->units[i], name, ret))
			return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no enumerator named %s", name);
}
