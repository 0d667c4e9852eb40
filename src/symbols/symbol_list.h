/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source of symbols over an ELF symbol table, whether it came from a file or from memory. */
#ifndef SYMBOLS_SYMBOL_LIST_H
#define SYMBOLS_SYMBOL_LIST_H

#include "base/arena.h"
#include "symbols/name_index.h"
#include "symbols/symbols.h"

struct listed_symbol {
	uint64_t address, size; /* @size 0: up to the next symbol */
	const char *name;
	char type;
	uint8_t rank;	/* of several at one address the one with the lowest rank is shown */
	uint32_t order; /* set when it is added */
};

struct symbol_list {
	struct symbol_source source; /* first, so that one points to the other */
	/* Fills the list when it is first asked; its error is the answer to every question. */
	struct error *(*load)(struct symbol_list *list);
	void (*deinit)(struct symbol_list *list); /* frees what the owner of @load allocated */
	char *module;				  /* NULL: the kernel */
	struct listed_symbol *symbols;		  /* sorted by address, rank, and as added */
	size_t count, room;
	struct name_index index;
	bool loaded, has_index;
	struct error *failure;
};

extern const struct symbol_source_ops symbol_list_ops;

must_check struct error *symbol_list_add(struct symbol_list *list, const struct listed_symbol *add);
/* Loads it now, when it was not yet. */
must_check struct error *symbol_list_load(struct symbol_list *list);
/* Frees everything, @list itself too. */
void symbol_list_destroy(struct symbol_source *source);

#endif
