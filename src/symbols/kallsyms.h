/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the kernel's compressed symbol table. The format is that of scripts/kallsyms.c of
 * Linux: names are strings of token numbers with a length in front, sorted by address.
 */
#ifndef SYMBOLS_KALLSYMS_H
#define SYMBOLS_KALLSYMS_H

#include "base/arena.h"
#include "symbols/name_index.h"
#include "symbols/symbols.h"

/* KSYM_NAME_LEN is 512 since v6.1, 128 before. A longer name is cut. */
#define KALLSYMS_NAME_SIZE 1024
/* The kernel numbers its symbols with three bytes (kallsyms_seqs_of_names). */
#define KALLSYMS_MAX_SYMBOLS (1u << 24)

struct kallsyms_tokens {
	char *text;
	uint16_t start[256], len[256];
	size_t size; /* of the table in the kernel, with the last string's end */
};

/* The 256 strings that @table and @index describe. BAD_DATA when the two contradict each other. */
must_check struct error *kallsyms_tokens_load(const struct memory *memory, uint64_t table,
					      uint64_t index, struct kallsyms_tokens *ret);
void kallsyms_tokens_deinit(struct kallsyms_tokens *tokens);

struct kallsyms_names {
	struct kallsyms_tokens tokens;
	uint8_t *data;
	size_t size; /* bytes of all @count names */
	uint32_t count;
	uint32_t *marks; /* the offset of every KALLSYMS_MARK_EVERYth name */
};

#define KALLSYMS_MARK_EVERY 16

/*
 * Reads @count names at @address: at most up to @limit, the next thing known to follow (0: nothing
 * is known). @names->tokens is there already.
 */
must_check struct error *kallsyms_names_load(const struct memory *memory, uint64_t address,
					     uint32_t count, uint64_t limit,
					     struct kallsyms_names *names);
void kallsyms_names_deinit(struct kallsyms_names *names);

/*
 * Steps over one name of the stream: *@at is the offset of its length before, of the next name
 * after. @tokens and *@len are its tokens. False when it is not whole.
 */
static inline bool kallsyms_name_step(const uint8_t *data, size_t size, size_t *at,
				      const uint8_t **tokens, size_t *len)
{
	size_t p = *at, n;

	if (p >= size)
		return false;
	n = data[p++];
	/* Names of more than 127 tokens have a second byte of length since 73bbb94466fd (v6.1). */
	if (n & 0x80) {
		if (p >= size)
			return false;
		n = (n & 0x7f) | (size_t)data[p++] << 7;
	}
	if (!n || n > size - p)
		return false;
	*tokens = data + p;
	*len = n;
	*at = p + n;
	return true;
}

/* Name @i without its type letter, into @buf; *@type gets the letter. The name's length. */
size_t kallsyms_name_expand(const struct kallsyms_names *names, uint32_t i,
			    char buf[KALLSYMS_NAME_SIZE], char *type);
/* The same for tokens at hand. */
size_t kallsyms_tokens_expand(const struct kallsyms_tokens *tokens, const uint8_t *data, size_t len,
			      char buf[KALLSYMS_NAME_SIZE], char *type);
/* Fills an index of all names. Chains come in address order. */
must_check struct error *kallsyms_names_index(const struct kallsyms_names *names,
					      struct name_index *ret);
/* The @nth name that equals @name, through @index. */
bool kallsyms_names_find(const struct kallsyms_names *names, const struct name_index *index,
			 const char *name, size_t nth, uint32_t *ret);

/* ---- addresses: kallsyms_address.c ---- */
enum kallsyms_encoding {
	KALLSYMS_ABSOLUTE_PERCPU, /* < 0: below base - 1; else an absolute value. v4.6 to v6.x, SMP
				     x86 */
	KALLSYMS_BASE,		  /* unsigned from the base. v4.6 to v6.x, elsewhere */
	KALLSYMS_PLACE,		  /* signed from the offset's own place. v7.0 */
	KALLSYMS_VALUES,	  /* 32-bit values, not relocated. v7.0, 32-bit */
	KALLSYMS_ADDRESSES,	  /* full words. Before v4.6, and without KALLSYMS_BASE_RELATIVE */
};

struct kallsyms_addresses {
	enum kallsyms_encoding encoding;
	uint32_t count;
	uint32_t *offsets;
	uint64_t *words;
	uint64_t base, table, slide;
	uint64_t mask; /* of an address: all ones of a word */
	/* The symbols [first, count) lie in the image; those before are absolute or per-CPU. */
	uint32_t first;
};

/* Reads the table that @tables names, and finds its encoding by what makes sense of it. */
must_check struct error *kallsyms_addresses_load(const struct memory *memory,
						 const struct kallsyms_tables *tables,
						 const struct kallsyms_names *names,
						 struct kallsyms_addresses *ret);
void kallsyms_addresses_deinit(struct kallsyms_addresses *addresses);
uint64_t kallsyms_address(const struct kallsyms_addresses *addresses, uint32_t i);
/* The number of symbols at or below @address. */
uint32_t kallsyms_address_search(const struct kallsyms_addresses *addresses, uint64_t address);

/* ---- all of it: kallsyms.c ---- */
struct kallsyms {
	struct symbol_source source;
	const struct memory *memory;
	struct kallsyms_tables tables;
	struct kallsyms_names names;
	struct kallsyms_addresses addresses;
	const char **expanded; /* by number; NULL: nobody asked yet */
	struct arena arena;    /* of the names in @expanded */
	/*
	 * Numbers in the order of the names: three bytes each, most significant first. From the
	 * kernel when it has them and they prove to be in order, else NULL: then there is @index.
	 */
	uint8_t *seqs;
	bool looked_for_seqs, has_index;
	struct name_index index;
};

extern const struct symbol_source_ops kallsyms_ops;

/* The @i-th number of @seqs. */
static inline uint32_t kallsyms_seq_at(const uint8_t *seqs, uint32_t i)
{
	const uint8_t *p = seqs + 3 * (size_t)i;

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

/* Where the order of names can be, as far as that is known. How many such places there are. */
unsigned int kallsyms_seqs_places(const struct kallsyms *k, uint64_t ret[3]);
/* As strcmp(), up to each one's first '.'. */
int kallsyms_compare_stems(const char *a, const char *b);

#endif
