// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the tables of kallsyms in a kernel's image when nobody says where they are.
 *
 * What gives them away is the token table: 256 strings, of which those numbered '0'…'9' are these
 * digits themselves, as digits are in use in names and so never stand for a longer token. Behind it
 * lies its index, which must agree with it. The rest is found from there, by the orders in which
 * scripts/kallsyms.c of Linux has written the tables:
 *
 *   until v6.3   offsets or addresses, [relative base], number, names, markers, [seqs], tokens,
 * index since v6.4   number, names, markers, tokens, index, offsets or addresses, [relative base],
 * seqs (404bad70fcf7) since v7.0   the same without a base; aligned to four bytes, not to words
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "symbols/kallsyms.h"

#include <string.h>

#define CHUNK ((size_t)128 << 10)
#define PAGE  ((size_t)4096)
/* How far before the tokens the names can begin: three times what the largest kernels have. */
#define LOOK_BACK ((uint64_t)16 << 20)
/* A kernel has more symbols than this; words that are lower are no number of symbols. */
#define FEWEST_SYMBOLS 100
/* What looks right and is not is rare; in a hostile image it must not cost the square of its size.
 */
#define MAX_TABLES 8
#define MAX_WALKS  64

static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";

struct scan {
	const struct memory *memory;
	uint64_t start, end;
	struct kallsyms_tokens tokens;
	struct kallsyms_tables found;
	/* The memory before the token table, read as needed from its end; pages not there are zero.
	 */
	uint8_t *before;
	size_t before_size, before_read;
	uint64_t tokens_end;	    /* of the index */
	unsigned int tables, walks; /* tried so far */
	bool is_letter[256];	    /* does the token begin with a symbol's type? */
};

/* What can be read of [@address, @address + @size); the rest is zero. */
static void read_holey(const struct memory *memory, uint64_t address, uint8_t *buf, size_t size)
{
	if (!error_dropped(memory_read(memory, address, buf, size)))
		return;
	for (size_t done = 0; done < size;) {
		size_t piece = min(size - done, PAGE - ((address + done) & (PAGE - 1)));

		if (error_dropped(memory_read(memory, address + done, buf + done, piece)))
			memset(buf + done, 0, piece);
		done += piece;
	}
}

static uint64_t align_up(uint64_t address, uint64_t to)
{
	return (address + to - 1) / to * to;
}

/* ---- the tokens ---- */

/* Is there a token table whose "0" is at @zero? Its index says where it begins. */
static bool try_tokens(struct scan *s, uint64_t zero)
{
	/* 208 strings are left, which end before the index begins. */
	uint8_t raw[208 * 32];
	size_t size = (size_t)min((uint64_t)sizeof(raw), s->end - zero), at = 0;
	const unsigned int alignments[] = { 8, 4, 2 };

	read_holey(s->memory, zero, raw, size);
	for (unsigned int i = '0'; i < 256; i++) {
		const uint8_t *nul = memchr(raw + at, 0, size - at);

		if (!nul)
			return false;
		at = (size_t)(nul - raw) + 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(alignments); i++) {
		uint64_t index = align_up(zero + at, alignments[i]), offset;

		if (error_dropped(memory_read_number(s->memory, index + 2 * '0', 2, &offset)) ||
		    offset > zero - s->start ||
		    error_dropped(
			    kallsyms_tokens_load(s->memory, zero - offset, index, &s->tokens)))
			continue;
		s->found.token_table = zero - offset;
		s->found.token_index = index;
		s->tokens_end = index + 512;
		return true;
	}
	return false;
}

/* ---- number, names and markers ---- */

/* Makes the memory from @offset of the buffer on readable; buffers are filled backwards. */
static void need_before(struct scan *s, size_t offset)
{
	while (s->before_size - s->before_read > offset) {
		size_t left = s->before_size - s->before_read, piece = min(left, CHUNK);

		read_holey(s->memory, s->found.token_table - s->before_size + left - piece,
			   s->before + left - piece, piece);
		s->before_read += piece;
	}
}

/* Do the first few names look like ones, with a letter of nm each? */
static bool look_like_names(const struct scan *s, size_t at)
{
	const uint8_t *tokens;
	size_t len;

	for (unsigned int i = 0; i < 64; i++)
		if (!kallsyms_name_step(s->before, s->before_size, &at, &tokens, &len) ||
		    !s->is_letter[tokens[0]])
			return false;
	return true;
}

/* Steps through @count names at @at; the markers behind them must say where each 256th was. */
static bool check_names(struct scan *s, size_t at, uint32_t count)
{
	size_t begin = at, end = at, markers, len;
	const uint8_t *tokens;

	for (uint32_t i = 0; i < count; i++)
		if (!kallsyms_name_step(s->before, s->before_size, &end, &tokens, &len))
			return false;
	markers = (size_t)align_up(end, 4);
	for (unsigned int pad = 0; pad <= s->memory->word_size - 4u; pad += 4) {
		size_t marker = markers + pad;
		uint32_t i = 0;

		at = begin;
		while (i < count && marker + 4 <= s->before_size &&
		       load_number(s->before + marker, 4, s->memory->big_endian) == at - begin) {
			for (unsigned int n = 0; n < 256 && i < count; n++, i++)
				(void)kallsyms_name_step(s->before, s->before_size, &at, &tokens,
							 &len);
			marker += 4;
		}
		if (i < count)
			continue;
		s->found.markers = s->found.token_table - s->before_size + markers + pad;
		return true;
	}
	return false;
}

static bool find_names(struct scan *s)
{
	unsigned int word = s->memory->word_size;
	uint64_t base = s->found.token_table - s->before_size;

	for (size_t at = (s->before_size - 4) & ~(size_t)3; at + 4 > 4; at -= 4) {
		/* Where the number may be followed by padding up to a word. */
		size_t names[2] = { at + 4, at + word };
		uint64_t count;

		need_before(s, at);
		count = load_number(s->before + at, 4, s->memory->big_endian);
		if (count < FEWEST_SYMBOLS || count >= KALLSYMS_MAX_SYMBOLS ||
		    count > (s->before_size - at) / 2)
			continue;
		for (unsigned int i = 0; i < (word == 4 ? 1 : 2); i++) {
			if (!look_like_names(s, names[i]))
				continue;
			if (++s->walks > MAX_WALKS)
				return false;
			if (!check_names(s, names[i], (uint32_t)count))
				continue;
			s->found.num_syms = base + at;
			s->found.names = base + names[i];
			return true;
		}
		if (!(at & 0xffff) && error_dropped(interrupt_check()))
			return false;
	}
	return false;
}

/* ---- offsets ---- */

/* Would the kernel's table be read with the tables found so far and these? */
static bool try_offsets(struct scan *s, const struct kallsyms_names *names, uint64_t offsets,
			uint64_t base, uint64_t addresses)
{
	struct kallsyms_tables tables = s->found;
	struct kallsyms_addresses loaded;
	uint64_t value;

	tables.offsets = offsets;
	tables.relative_base = base;
	tables.addresses = addresses;
	/* A base is the image's begin, or its lowest symbol: no other word looks like that. */
	if (base && (error_dropped(memory_read_word(s->memory, base, &value)) ||
		     value > tables.names || tables.names - value > UINT64_C(1) << 31))
		return false;
	if (error_dropped(kallsyms_addresses_load(s->memory, &tables, names, &loaded)))
		return false;
	kallsyms_addresses_deinit(&loaded);
	s->found = tables;
	return true;
}

static bool find_offsets(struct scan *s, const struct kallsyms_names *names)
{
	unsigned int word = s->memory->word_size;
	uint64_t count = names->count, at = align_up(s->tokens_end, word), after;

	after = align_up(at + 4 * count, word);
	if (try_offsets(s, names, at, after, 0)) {
		s->found.seqs_of_names = after + word;
		return true;
	}
	if (try_offsets(s, names, align_up(s->tokens_end, 4), 0, 0)) {
		s->found.seqs_of_names = s->found.offsets + 4 * count;
		return true;
	}
	if (try_offsets(s, names, 0, 0, at)) {
		s->found.seqs_of_names = at + word * count;
		return true;
	}
	at = s->found.num_syms;
	if (at > s->start + align_up(4 * count, word) + word &&
	    try_offsets(s, names, at - word - align_up(4 * count, word), at - word, 0))
		return true;
	return at > s->start + word * count && try_offsets(s, names, 0, 0, at - word * count);
}

/* ---- all of it ---- */

static struct error *find_rest(struct scan *s, bool *ret)
{
	struct kallsyms_names names = { 0 };
	struct error *err;
	uint64_t count;

	s->before_size = (size_t)min(s->found.token_table - s->start, LOOK_BACK) & ~(size_t)3;
	s->before_read = 0;
	if (s->before_size < 4)
		return NULL;
	s->before = calloc(1, s->before_size);
	if (!s->before)
		return error_nomem();
	if (!find_names(s)) {
		free(s->before);
		s->before = NULL;
		return interrupt_check();
	}
	free(s->before);
	s->before = NULL;
	TRY(memory_read_number(s->memory, s->found.num_syms, 4, &count));
	names.tokens = s->tokens;
	err = kallsyms_names_load(s->memory, s->found.names, (uint32_t)count, s->found.token_table,
				  &names);
	if (!err)
		*ret = find_offsets(s, &names);
	names.tokens = (struct kallsyms_tokens){ 0 };
	kallsyms_names_deinit(&names);
	return err;
}

/* A place where the digits are: tries to make the whole of it. */
static struct error *try_place(struct scan *s, uint64_t zero, bool *ret)
{
	struct error *err;

	s->found = (struct kallsyms_tables){ 0 };
	if (!try_tokens(s, zero))
		return NULL;
	s->tables++;
	for (unsigned int i = 0; i < 256; i++)
		s->is_letter[i] = s->tokens.len[i] && strchr("aAbBcCdDgGiInNpPrRsStTuUvVwW?-",
							     s->tokens.text[s->tokens.start[i]]);
	err = find_rest(s, ret);
	kallsyms_tokens_deinit(&s->tokens);
	if (err && err->code != ERROR_INTERRUPTED && err->code != ERROR_NOMEM) {
		error_free(err);
		err = NULL;
	}
	return err;
}

static struct error *scan_image(struct scan *s, uint8_t *buf, bool *found)
{
	size_t kept = 0;

	for (uint64_t at = s->start; at < s->end;) {
		size_t piece = (size_t)min((uint64_t)CHUNK, s->end - at), size = kept + piece;
		const uint8_t *p = buf;

		TRY(interrupt_check());
		read_holey(s->memory, at, buf + kept, piece);
		while ((p = memmem(p, size - (size_t)(p - buf), digits, sizeof(digits)))) {
			TRY(try_place(s, at - kept + (uint64_t)(p - buf), found));
			if (*found || s->tables > MAX_TABLES)
				return NULL;
			p++;
		}
		at += piece;
		/* The digits may lie across the border. */
		kept = min(size, sizeof(digits) - 1);
		memmove(buf, buf + size - kept, kept);
	}
	return NULL;
}

struct error *kallsyms_scan(const struct memory *memory, uint64_t start, uint64_t end,
			    struct kallsyms_tables *ret)
{
	struct scan s = { .memory = memory, .start = start, .end = end };
	uint8_t *buf = malloc(CHUNK + sizeof(digits));
	struct error *err;
	bool found = false;

	if (!buf)
		return error_nomem();
	err = scan_image(&s, buf, &found);
	free(buf);
	if (err)
		return err;
	if (!found)
		return error_at(ERROR_NOT_FOUND, start,
				"no kallsyms tables between 0x%llx and 0x%llx",
				(unsigned long long)start, (unsigned long long)end);
	*ret = s.found;
	return NULL;
}
