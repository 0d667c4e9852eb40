/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DWARF as dwarf*.c share it. The format: the DWARF standard, versions 4 and 5. */
#ifndef TYPES_DWARF_H
#define TYPES_DWARF_H

#include "types/types.h"

#include <elfutils/libdw.h>

/* What a name can stand for. */
enum dwarf_class {
	DWARF_STRUCT,
	DWARF_UNION,
	DWARF_ENUM,
	DWARF_TYPEDEF,
	DWARF_BASE,
	DWARF_VARIABLE,
	DWARF_FUNCTION,
	DWARF_NR_INDEXED,
	DWARF_ENUMERATOR = DWARF_NR_INDEXED,
	DWARF_OTHER, /* members, parameters, labels… */
};

/* A compilation unit: offsets in .debug_info. */
struct dwarf_unit {
	Dwarf_Off start, end, die;
	bool scanned; /* its names are in the index */
};

/* A name at the top level of a scanned unit. One entry a class and name: the first definition. */
struct dwarf_name {
	const char *name; /* in the file */
	Dwarf_Off die;
	uint32_t hash;
	uint32_t next; /* entry + 1 */
	uint8_t class;
	bool is_declaration;
};

/*
 * Where in .debug_info a name is, as far as it was searched: by its offset in .debug_str, or, when
 * it is no longer than such an offset, by itself.
 */
struct dwarf_search {
	char *name;
	uint32_t hash;
	bool in_place;
	uint8_t needle[4];
	size_t needle_size;
	size_t at;    /* where to go on; the size of .debug_info: all is seen */
	bool is_used; /* a DIE that has this name was met */
	struct dwarf_hit {
		Dwarf_Off die;
		uint32_t unit;
		uint8_t class;
		bool is_declaration;
	} * hits;
	size_t nr_hits, room;
	struct dwarf_search *next;
};

struct dwarf_node {
	struct type type;
	Dwarf_Die die;
	const void *parts; /* members, enumerators or parameters, once asked for */
	struct dwarf_node *next;
};

/* The DIE behind @die, which must lie behind it: a damaged file can send one round in circles. */
static inline bool dwarf_next(Dwarf_Die *die)
{
	Dwarf_Off at = dwarf_dieoffset(die);

	return dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > at;
}

struct dwarf_source {
	struct type_source source;
	Dwarf *dwarf;

	bool prepared;
	struct dwarf_unit *units;
	size_t nr_units, nr_scanned;
	/* The sections' bytes, when names can be searched in them; else NULL. */
	const uint8_t *info;
	size_t info_size;
	const char *strings;
	size_t strings_size;

	struct dwarf_name *names;
	size_t nr_names, names_room;
	uint32_t *slots; /* entry + 1 */
	uint32_t mask;

	struct dwarf_search *searches[256];

	struct dwarf_node **nodes; /* by the DIE's address */
	size_t nodes_mask, nr_nodes;
};

/* ---- dwarf_index.c ---- */
enum dwarf_class dwarf_class_of(int tag);
/* Lists the units. Cheap: reads their headers. */
must_check struct error *dwarf_prepare(struct dwarf_source *s);
void dwarf_index_deinit(struct dwarf_source *s);
/* Puts the names of the unit into the index. */
must_check struct error *dwarf_scan(struct dwarf_source *s, struct dwarf_unit *unit);
must_check struct error *dwarf_scan_all(struct dwarf_source *s);
/* Among the units scanned so far; NULL. */
const struct dwarf_name *dwarf_known(const struct dwarf_source *s, enum dwarf_class class,
				     const char *name, size_t len);
/* The DIE of a definition of @name, else of a declaration; scans what it must. NOT_FOUND. */
must_check struct error *dwarf_lookup(struct dwarf_source *s, enum dwarf_class class,
				      const char *name, size_t len, Dwarf_Die *ret);
/* The enumeration type, in any unit, that has enumerator @name. */
must_check struct error *dwarf_lookup_enumerator(struct dwarf_source *s, const char *name,
						 Dwarf_Die *ret);

/* ---- dwarf_search.c ---- */
/* The search for @name, new or gone on with; NULL in *@ret when the file cannot be searched. */
must_check struct error *dwarf_search_begin(struct dwarf_source *s, const char *name, size_t len,
					    struct dwarf_search **ret);
/* The first hit of @class from hit *@nth on; *@nth goes behind it. NULL in *@ret at the end. */
must_check struct error *dwarf_search_next(struct dwarf_source *s, struct dwarf_search *search,
					   enum dwarf_class class, size_t *nth,
					   const struct dwarf_hit **ret);
void dwarf_search_deinit(struct dwarf_source *s);
/* The next place from @at on where @needle (2 to 4 bytes) is, or @size. */
size_t find_bytes(const uint8_t *data, size_t size, size_t at, const uint8_t *needle,
		  size_t needle_size);

/* ---- dwarf_type.c ---- */
must_check struct error *dwarf_type(struct dwarf_source *s, Dwarf_Die *die,
				    const struct type **ret);
/* The type that the DW_AT_type of @die (or of its specification) refers to. */
must_check struct error *dwarf_type_of(struct dwarf_source *s, Dwarf_Die *die,
				       const struct type **ret);
must_check struct error *dwarf_members(struct type_source *source, const struct type *type,
				       const struct type_member **ret);
must_check struct error *dwarf_enumerators(struct type_source *source, const struct type *type,
					   const struct type_enumerator **ret);
must_check struct error *dwarf_parameters(struct type_source *source, const struct type *type,
					  const struct type_parameter **ret);
void dwarf_types_deinit(struct dwarf_source *s);
must_check struct error *dwarf_error(const struct dwarf_source *s, const char *what);

#endif
