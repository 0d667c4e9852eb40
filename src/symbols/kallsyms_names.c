// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kallsyms_names, kallsyms_token_table and kallsyms_token_index: see write_src() of
 * scripts/kallsyms.c of Linux.
 *
 * The kernel's own markers (the offset of every 256th name) are not used: names must be stepped
 * through once anyway to know where they end, and VMCOREINFO does not say where the markers are.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "symbols/kallsyms.h"

#include <string.h>

/* More than the longest token, which is shorter than a symbol's name. */
#define TOKEN_MAX  512
#define READ_CHUNK ((size_t)1 << 20)

void kallsyms_tokens_deinit(struct kallsyms_tokens *tokens)
{
	free(tokens->text);
	*tokens = (struct kallsyms_tokens){ 0 };
}

/* Checks that each of the 256 strings begins where the one before it ends. */
static struct error *tokens_check(struct kallsyms_tokens *t, size_t room)
{
	size_t at = 0;

	for (unsigned int i = 0; i < 256; i++) {
		const char *end = at < room ? memchr(t->text + at, 0, room - at) : NULL;

		if (t->start[i] != at || !end)
			return error_create(
				ERROR_BAD_DATA,
				"kallsyms: token %u is at %u of its table instead of %zu", i,
				t->start[i], at);
		t->len[i] = (uint16_t)(end - (t->text + at));
		at += t->len[i] + 1u;
	}
	t->size = at;
	return NULL;
}

struct error *kallsyms_tokens_load(const struct memory *memory, uint64_t table, uint64_t index,
				   struct kallsyms_tokens *ret)
{
	struct kallsyms_tokens t = { 0 };
	uint8_t raw[512];
	struct error *err;
	size_t room;

	TRY(error_wrap(memory_read(memory, index, raw, sizeof(raw)), "kallsyms_token_index"));
	for (unsigned int i = 0; i < 256; i++)
		t.start[i] = (uint16_t)load_number(raw + 2 * i, 2, memory->big_endian);
	/* The index follows its table; where it does not, the last string is sought a little on. */
	room = t.start[255] + (size_t)TOKEN_MAX;
	if (index > table && index - table < room)
		room = index - table;
	t.text = calloc(1, room);
	if (!t.text)
		return error_nomem();
	err = error_wrap(memory_read(memory, table, t.text, room), "kallsyms_token_table");
	if (!err)
		err = tokens_check(&t, room);
	if (err) {
		kallsyms_tokens_deinit(&t);
		return err;
	}
	*ret = t;
	return NULL;
}

void kallsyms_names_deinit(struct kallsyms_names *names)
{
	kallsyms_tokens_deinit(&names->tokens);
	free(names->data);
	free(names->marks);
	*names = (struct kallsyms_names){ 0 };
}

/* Steps from name *@i at *@at as far as @size bytes go. */
static void step_names(struct kallsyms_names *names, size_t size, uint32_t *i, size_t *at)
{
	const uint8_t *tokens;
	size_t next = *at, len;

	while (*i < names->count && kallsyms_name_step(names->data, size, &next, &tokens, &len)) {
		if (*i % KALLSYMS_MARK_EVERY == 0)
			names->marks[*i / KALLSYMS_MARK_EVERY] = (uint32_t)*at;
		(*i)++;
		*at = next;
	}
}

struct error *kallsyms_names_load(const struct memory *memory, uint64_t address, uint32_t count,
				  uint64_t limit, struct kallsyms_names *names)
{
	/* A name is two bytes at least and, with its type, no longer than this. */
	size_t most = (size_t)count * (KALLSYMS_NAME_SIZE + 2), room = 0, size = 0, at = 0;
	uint32_t i = 0;

	if (limit > address)
		most = min(most, (size_t)(limit - address));
	if (!count || count > most / 2)
		return error_at(ERROR_BAD_DATA, address, "kallsyms: %u names in %zu bytes", count,
				most);
	names->count = count;
	TRY(alloc_array(count / KALLSYMS_MARK_EVERY + 1, sizeof(*names->marks),
			KALLSYMS_MAX_SYMBOLS, "kallsyms marks", &names->marks));
	while (i < count) {
		size_t wanted = min(most - size, READ_CHUNK);

		if (!wanted)
			return error_at(ERROR_BAD_DATA, address + at,
					"kallsyms: name %u of %u does not end in its table", i,
					count);
		TRY(interrupt_check());
		/* Without a limit the chunk may run into what is not mapped: go by pages then. */
		TRY(alloc_grow(&names->data, &room, size + wanted, 1));
		if (error_dropped(
			    memory_read(memory, address + size, names->data + size, wanted))) {
			wanted = min(wanted, (size_t)(4096 - ((address + size) & 4095)));
			TRY(error_wrap(
				memory_read(memory, address + size, names->data + size, wanted),
				"kallsyms_names"));
		}
		size += wanted;
		step_names(names, size, &i, &at);
	}
	names->size = at;
	return NULL;
}

size_t kallsyms_tokens_expand(const struct kallsyms_tokens *tokens, const uint8_t *data, size_t len,
			      char buf[KALLSYMS_NAME_SIZE], char *type)
{
	size_t n = 0;
	bool first = true;

	*type = '?';
	for (size_t i = 0; i < len; i++) {
		const char *from = tokens->text + tokens->start[data[i]];
		size_t add = tokens->len[data[i]];

		if (first && add) {
			*type = *from++;
			add--;
			first = false;
		}
		add = min(add, (size_t)KALLSYMS_NAME_SIZE - 1 - n);
		memcpy(buf + n, from, add);
		n += add;
	}
	buf[n] = 0;
	return n;
}

size_t kallsyms_name_expand(const struct kallsyms_names *names, uint32_t i,
			    char buf[KALLSYMS_NAME_SIZE], char *type)
{
	size_t at = names->marks[i / KALLSYMS_MARK_EVERY], len = 0;
	const uint8_t *tokens = NULL;

	/* Every step was checked when the names were loaded. */
	for (uint32_t n = 0; n <= i % KALLSYMS_MARK_EVERY; n++)
		if (!kallsyms_name_step(names->data, names->size, &at, &tokens, &len))
			break;
	return kallsyms_tokens_expand(&names->tokens, tokens, len, buf, type);
}

/* What a token adds to a name's hash: hash = hash * power + value. */
struct token_hash {
	uint64_t power, value;
};

static void token_hashes(const struct kallsyms_tokens *t, size_t skip, struct token_hash ret[256])
{
	for (unsigned int i = 0; i < 256; i++) {
		size_t left = min(skip, (size_t)t->len[i]), len = t->len[i] - left;

		ret[i].power = 1;
		for (size_t n = 0; n < len; n++)
			ret[i].power *= NAME_HASH_FACTOR;
		ret[i].value = name_hash(t->text + t->start[i] + left, len);
	}
}

struct error *kallsyms_names_index(const struct kallsyms_names *names, struct name_index *ret)
{
	struct token_hash rest[256], first[256];
	uint64_t *hashes;
	struct error *err;
	size_t at = 0;

	err = alloc_array(names->count, sizeof(*hashes), KALLSYMS_MAX_SYMBOLS, "kallsyms hashes",
			  &hashes);
	if (err)
		return err;
	err = name_index_init(ret, names->count);
	if (err) {
		free(hashes);
		return err;
	}
	token_hashes(&names->tokens, 0, rest);
	token_hashes(&names->tokens, 1, first);
	for (uint32_t i = 0; i < names->count; i++) {
		const struct token_hash *table = first;
		const uint8_t *tokens;
		uint64_t hash = 0;
		size_t len;

		if (!kallsyms_name_step(names->data, names->size, &at, &tokens, &len))
			break;
		for (size_t n = 0; n < len; n++) {
			const struct token_hash *t = &table[tokens[n]];

			hash = hash * t->power + t->value;
			/* The letter is the first one of the first token that has any. */
			if (names->tokens.len[tokens[n]])
				table = rest;
		}
		hashes[i] = hash;
	}
	for (uint32_t i = names->count; i-- > 0;)
		name_index_add(ret, hashes[i], i);
	free(hashes);
	return NULL;
}

bool kallsyms_names_find(const struct kallsyms_names *names, const struct name_index *index,
			 const char *name, size_t nth, uint32_t *ret)
{
	char buf[KALLSYMS_NAME_SIZE], type;
	uint32_t n;

	for (n = name_index_first(index, name_hash(name, strlen(name))); n;
	     n = index->next[n - 1]) {
		kallsyms_name_expand(names, n - 1, buf, &type);
		if (strcmp(buf, name) || nth--)
			continue;
		*ret = n - 1;
		return true;
	}
	return false;
}
