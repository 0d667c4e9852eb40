// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own symbols, from the compressed table that it carries in its read-only data:
 * kernel/kallsyms.c of Linux. Names stay compressed until somebody asks for them.
 */
#include "symbols/kallsyms.h"
#include "base/alloc.h"
#include "base/interrupt.h"

#include <string.h>

static struct kallsyms *kallsyms_of(struct symbol_source *source)
{
	return (struct kallsyms *)source;
}

/* ---- a symbol by its number ---- */

/* Keeps name @i, of @len letters in @buf, for as long as the source lives. */
static struct error *keep_name(struct kallsyms *k, uint32_t i, const char *buf, size_t len,
			       const char **ret)
{
	if (!k->expanded[i]) {
		k->expanded[i] = arena_copy(&k->arena, buf, len);
		if (!k->expanded[i])
			return error_nomem();
	}
	*ret = k->expanded[i];
	return NULL;
}

/* Up to the next symbol at another address; the last one's up to the image's known end. */
static uint64_t size_of(const struct kallsyms *k, uint32_t i)
{
	uint64_t address = kallsyms_address(&k->addresses, i);
	uint32_t next = i + 1, first = k->addresses.first;

	while (next < k->names.count && kallsyms_address(&k->addresses, next) == address)
		next++;
	if (next < k->names.count && (i >= first) == (next >= first))
		return kallsyms_address(&k->addresses, next) - address;
	if (i >= first && k->tables.text_end > address)
		return k->tables.text_end - address;
	return 0;
}

static struct error *symbol_of(struct kallsyms *k, uint32_t i, struct symbol *ret)
{
	struct symbol symbol = { .address = kallsyms_address(&k->addresses, i) };
	char buf[KALLSYMS_NAME_SIZE];
	size_t len = kallsyms_name_expand(&k->names, i, buf, &symbol.type);

	TRY(keep_name(k, i, buf, len, &symbol.name));
	symbol.size = size_of(k, i);
	*ret = symbol;
	return NULL;
}

/* ---- by address ---- */

static struct error *by_address(struct symbol_source *source, uint64_t address, struct symbol *ret)
{
	struct kallsyms *k = kallsyms_of(source);
	uint32_t i = kallsyms_address_search(&k->addresses, address), first = k->addresses.first;

	if (i <= first)
		return error_at(ERROR_NOT_FOUND, address, "0x%llx is below the kernel's symbols",
				(unsigned long long)address);
	/* Of several at one address the kernel names the first: its table was sorted for that. */
	i = kallsyms_address_search(&k->addresses, kallsyms_address(&k->addresses, i - 1) - 1);
	return symbol_of(k, max(i, first), ret);
}

/* ---- by name ---- */

/*
 * Compares names up to their first '.'. Kernels built by clang with LTO order their names that way,
 * and in the others' plain order such names are neighbours, too.
 */
int kallsyms_compare_stems(const char *a, const char *b)
{
	size_t a_len = strcspn(a, "."), b_len = strcspn(b, ".");
	int order = memcmp(a, b, min(a_len, b_len));

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* Compares the name at place @i of the order with @name. */
static int compare_at(const struct kallsyms *k, uint32_t i, const char *name)
{
	char buf[KALLSYMS_NAME_SIZE], type;

	kallsyms_name_expand(&k->names, kallsyms_seq_at(k->seqs, i), buf, &type);
	return kallsyms_compare_stems(buf, name);
}

/* Is what was read an order of names? All numbers are looked at, and a sample of the names. */
static bool seqs_make_sense(const struct kallsyms *k)
{
	char buf[KALLSYMS_NAME_SIZE], type;
	uint32_t count = k->names.count, step = count / 128 + 1;

	for (uint32_t i = 0; i < count; i++)
		if (kallsyms_seq_at(k->seqs, i) >= count)
			return false;
	for (uint32_t i = 0; i + 1 < count; i += step) {
		kallsyms_name_expand(&k->names, kallsyms_seq_at(k->seqs, i + 1), buf, &type);
		if (compare_at(k, i, buf) > 0)
			return false;
	}
	return true;
}

static bool try_seqs(struct kallsyms *k, uint64_t address)
{
	size_t size = 3 * (size_t)k->names.count;

	k->seqs = malloc(size);
	if (k->seqs && !error_dropped(memory_read(k->memory, address, k->seqs, size)) &&
	    seqs_make_sense(k))
		return true;
	free(k->seqs);
	k->seqs = NULL;
	return false;
}

static uint64_t align_up(uint64_t address, unsigned int to)
{
	return (address + to - 1) / to * to;
}

/*
 * kallsyms_seqs_of_names came with 60443c88f3a8 (v6.2), behind the markers, and went behind the
 * offsets with 404bad70fcf7 (v6.4). VMCOREINFO has no address of it.
 */
unsigned int kallsyms_seqs_places(const struct kallsyms *k, uint64_t ret[3])
{
	const struct kallsyms_tables *t = &k->tables;
	unsigned int word = k->memory->word_size, n = 0;
	uint64_t count = k->names.count, at;

	if (t->seqs_of_names)
		ret[n++] = t->seqs_of_names;
	if (t->offsets) {
		/* The relative base, where there is one, lies between. Tables were aligned to words
		 * before v7.0, and to four bytes since. */
		at = align_up(t->offsets + 4 * count, word);
		if (t->relative_base == at)
			ret[n++] = at + word;
		if (!t->relative_base)
			ret[n++] = t->offsets + 4 * count;
	}
	at = t->markers ? t->markers : align_up(t->names + k->names.size, word);
	at = align_up(at + 4 * ((count + 255) / 256), word);
	if (t->token_table > at && t->token_table - at >= 3 * count &&
	    t->token_table - at < 3 * count + word)
		ret[n++] = at;
	return n;
}

static void look_for_seqs(struct kallsyms *k)
{
	uint64_t places[3];
	unsigned int n = kallsyms_seqs_places(k, places);

	k->looked_for_seqs = true;
	for (unsigned int i = 0; i < n && !k->seqs; i++)
		(void)try_seqs(k, places[i]);
}

/* The first place in the order whose name is not below @name, or with @after above it. */
static uint32_t bound_in_order(const struct kallsyms *k, const char *name, bool after)
{
	uint32_t low = 0, high = k->names.count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare_at(k, mid, name) < (after ? 1 : 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool find_in_order(const struct kallsyms *k, const char *name, size_t nth, uint32_t *ret)
{
	uint32_t end = bound_in_order(k, name, true);
	char buf[KALLSYMS_NAME_SIZE], type;

	for (uint32_t i = bound_in_order(k, name, false); i < end; i++) {
		kallsyms_name_expand(&k->names, kallsyms_seq_at(k->seqs, i), buf, &type);
		if (strcmp(buf, name) || nth--)
			continue;
		*ret = kallsyms_seq_at(k->seqs, i);
		return true;
	}
	return false;
}

static struct error *by_name(struct symbol_source *source, const char *name, size_t nth,
			     struct symbol *ret)
{
	struct kallsyms *k = kallsyms_of(source);
	uint32_t i;

	if (!k->looked_for_seqs)
		look_for_seqs(k);
	if (!k->seqs && !k->has_index) {
		TRY(kallsyms_names_index(&k->names, &k->index));
		k->has_index = true;
	}
	if (k->seqs ? find_in_order(k, name, nth, &i)
		    : kallsyms_names_find(&k->names, &k->index, name, nth, &i))
		return symbol_of(k, i, ret);
	return error_create(ERROR_NOT_FOUND, "no symbol \"%s\" in the kernel", name);
}

/* ---- all ---- */

static struct error *each_symbol(struct symbol_source *source,
				 bool (*each)(void *context, const struct symbol *symbol),
				 void *context)
{
	struct kallsyms *k = kallsyms_of(source);
	struct symbol symbol = { 0 };
	char buf[KALLSYMS_NAME_SIZE];
	uint64_t before = 0;
	size_t at = 0;

	/* Steps along the names: asking for each by its number would step through all of them
	 * often. */
	for (uint32_t i = 0; i < k->names.count; i++) {
		const uint8_t *tokens;
		size_t len;

		TRY(interrupt_check());
		if (!kallsyms_name_step(k->names.data, k->names.size, &at, &tokens, &len))
			break;
		len = kallsyms_tokens_expand(&k->names.tokens, tokens, len, buf, &symbol.type);
		TRY(keep_name(k, i, buf, len, &symbol.name));
		symbol.address = kallsyms_address(&k->addresses, i);
		if (!i || symbol.address != before)
			symbol.size = size_of(k, i);
		before = symbol.address;
		if (!each(context, &symbol))
			break;
	}
	return NULL;
}

static void destroy(struct symbol_source *source)
{
	struct kallsyms *k = kallsyms_of(source);

	kallsyms_names_deinit(&k->names);
	kallsyms_addresses_deinit(&k->addresses);
	name_index_deinit(&k->index);
	arena_deinit(&k->arena);
	free(k->expanded);
	free(k->seqs);
	free(k->source.origin);
	free(k);
}

const struct symbol_source_ops kallsyms_ops = {
	.name = "kallsyms",
	.by_address = by_address,
	.by_name = by_name,
	.each = each_symbol,
	.destroy = destroy,
};

/* The lowest table above the names: they end before it. 0: none. */
static uint64_t limit_of_names(const struct kallsyms_tables *t)
{
	const uint64_t others[] = { t->token_table, t->token_index,   t->offsets,      t->addresses,
				    t->markers,	    t->seqs_of_names, t->relative_base };
	uint64_t limit = 0;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i] > t->names && (!limit || others[i] < limit))
			limit = others[i];
	return limit;
}

static struct error *load(struct kallsyms *k)
{
	const struct kallsyms_tables *t = &k->tables;
	uint64_t count, last;

	if (!t->names || !t->num_syms || !t->token_table || !t->token_index)
		return error_create(ERROR_NOT_FOUND, "kallsyms: a table's address is not known");
	TRY(error_wrap(memory_read_number(k->memory, t->num_syms, 4, &count), "kallsyms_num_syms"));
	if (!count || count >= KALLSYMS_MAX_SYMBOLS)
		return error_at(ERROR_BAD_DATA, t->num_syms, "kallsyms: %llu symbols",
				(unsigned long long)count);
	TRY(kallsyms_tokens_load(k->memory, t->token_table, t->token_index, &k->names.tokens));
	TRY(kallsyms_names_load(k->memory, t->names, (uint32_t)count, limit_of_names(t),
				&k->names));
	TRY(kallsyms_addresses_load(k->memory, t, &k->names, &k->addresses));
	if (k->addresses.first == count)
		return error_at(ERROR_BAD_DATA, t->names, "kallsyms: no symbol lies in the image");
	/* Pages of it that nobody asks for are never touched. */
	TRY(alloc_array(count, sizeof(*k->expanded), KALLSYMS_MAX_SYMBOLS, "symbols",
			&k->expanded));
	last = kallsyms_address(&k->addresses, (uint32_t)count - 1);
	k->source.ranges[0].start = kallsyms_address(&k->addresses, k->addresses.first);
	k->source.ranges[0].end = max(last + 1, t->text_end);
	k->source.nr_ranges = 1;
	k->source.origin = strdup("kallsyms (in the dump)");
	return k->source.origin ? NULL : error_nomem();
}

struct error *kallsyms_create(const struct memory *memory, const struct kallsyms_tables *tables,
			      struct symbol_source **ret)
{
	struct kallsyms *k = calloc(1, sizeof(*k));
	struct error *err;

	if (!k)
		return error_nomem();
	k->source.ops = &kallsyms_ops;
	k->memory = memory;
	k->tables = *tables;
	err = load(k);
	if (err) {
		destroy(&k->source);
		return err;
	}
	*ret = &k->source;
	return NULL;
}
