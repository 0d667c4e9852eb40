/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets that a saved dump shall not have: named by C expressions, as makedumpfile's "erase" names
 * them, or found by rules. They are looked up once, as physical addresses, and written over in each
 * page that holds them before it is saved.
 */
#ifndef SAVE_ERASE_H
#define SAVE_ERASE_H

#include "image/image.h"

#define ERASE_FILL 'X' /* as makedumpfile writes it */

struct erase_options {
	const char *const *expressions; /* "EXPRESSION [size EXPRESSION]" */
	size_t nr_expressions;
	bool keys; /* by rules: erase_rules.c */
};

/* What was asked for once, and what came of it. */
struct erase_entry {
	char *what;	  /* the expression, or the rule's object: "user key 0x1f2e3d4c" */
	uint64_t address; /* virtual */
	uint64_t bytes;
	uint64_t missing; /* of them, lie in no page of the dump */
};

struct erase_range {
	uint64_t start, end; /* physical */
};

struct erase {
	struct erase_range *ranges; /* ascending, disjoint once settled */
	size_t nr_ranges, ranges_room;
	struct erase_entry *entries;
	size_t nr_entries, entries_room;
	char **notes; /* what rules could not reach, as sentences */
	size_t nr_notes, notes_room;
	struct text info; /* eraseinfo: a line for each entry */
};

/*
 * Fails when an expression names nothing, is no object, or lies where no memory is: nothing shall
 * be thought erased that is not. @ret is to be deinitialised in either case.
 */
must_check struct error *erase_find(struct image *image, const struct erase_options *options,
				    struct erase *ret);
void erase_deinit(struct erase *erase);
/* Writes over what lies in the @size bytes at @buf, which are those at physical @phys. */
void erase_apply(const struct erase *erase, uint64_t phys, uint8_t *buf, size_t size);

/* ---- for the rules ---- */
/* @bytes at virtual @address, which are called @what. */
must_check struct error *erase_add(struct erase *erase, struct image *image, uint64_t address,
				   uint64_t bytes, const char *fmt, ...) printf_like(5, 6);
must_check struct error *erase_note(struct erase *erase, const char *fmt, ...) printf_like(2, 3);
must_check struct error *erase_rules_run(struct erase *erase, struct image *image);
/* Sorts the ranges, and joins those that touch. */
void erase_settle(struct erase *erase);

#endif
