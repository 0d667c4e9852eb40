// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kallsyms must be, beyond what reading it needs: names are text, the markers lead to names,
 * and the order of names is one. scripts/kallsyms.c of Linux makes the tables.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"
#include "symbols/kallsyms.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MARKER_EVERY 256

struct checking {
	const struct kallsyms *k;
	kallsyms_tell tell;
	void *context;
};

static void tell(struct checking *c, uint64_t address, const char *fmt, ...) printf_like(3, 4);
static void tell(struct checking *c, uint64_t address, const char *fmt, ...)
{
	char text[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->tell(c->context, address, text);
}

/* ---- names ---- */

static bool is_name(const char *name, char type)
{
	if (!*name || !(isalpha((unsigned char)type) || type == '?'))
		return false;
	for (; *name; name++)
		if (!isgraph((unsigned char)*name))
			return false;
	return true;
}

static struct error *check_names(struct checking *c)
{
	const struct kallsyms_names *names = &c->k->names;
	char buf[KALLSYMS_NAME_SIZE], type;
	const uint8_t *tokens;
	size_t at = 0, from = 0, len;

	for (uint32_t i = 0; i < names->count; i++, from = at) {
		TRY(interrupt_check());
		if (!kallsyms_name_step(names->data, names->size, &at, &tokens, &len))
			break;
		kallsyms_tokens_expand(&names->tokens, tokens, len, buf, &type);
		if (!is_name(buf, type))
			tell(c, c->k->tables.names + from,
			     "symbol %u has a name that is none, or no type", i);
	}
	return NULL;
}

/* ---- markers: where every 256th name begins ---- */

/* The number of them that are right, of @count ones in @data; with @at, the wrong are told. */
static uint32_t compare_markers(struct checking *c, const uint8_t *data, uint32_t count,
				uint64_t at)
{
	uint32_t right = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t is =
			(uint32_t)load_number(data + 4 * (size_t)i, 4, c->k->memory->big_endian);
		uint32_t was = c->k->names.marks[i * (MARKER_EVERY / KALLSYMS_MARK_EVERY)];

		right += is == was;
		if (at && is != was)
			tell(c, at + 4 * (uint64_t)i,
			     "the marker of name %u leads to byte %u of the names, not %u",
			     i * MARKER_EVERY, is, was);
	}
	return right;
}

/*
 * They follow the names, aligned to a word, and to four bytes since v7.0. They are where most of
 * them are right; nowhere else says where.
 */
static struct error *check_markers(struct checking *c)
{
	uint64_t end = c->k->tables.names + c->k->names.size;
	uint64_t places[] = { c->k->tables.markers, (end + 7) & ~7ull, (end + 3) & ~3ull };
	uint32_t count = (c->k->names.count + MARKER_EVERY - 1) / MARKER_EVERY;
	auto_free uint8_t *data = NULL;

	TRY(alloc_array(count, 4, KALLSYMS_MAX_SYMBOLS, "markers", &data));
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!places[i] ||
		    error_dropped(memory_read(c->k->memory, places[i], data, 4 * (size_t)count)) ||
		    compare_markers(c, data, count, 0) <= count / 2)
			continue;
		compare_markers(c, data, count, places[i]);
		return NULL;
	}
	/* Fewer than half are right: they are elsewhere, or gone. */
	tell(c, (end + 3) & ~3ull, "the markers of the names are not behind the names");
	return NULL;
}

/* ---- the order of names ---- */

/* Is that the table? Most of its numbers are such, and no two alike. */
static bool is_order(const uint8_t *seqs, uint32_t count, uint8_t *seen)
{
	uint32_t good = 0;

	memset(seen, 0, count / 8 + 1);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = kallsyms_seq_at(seqs, i);

		if (n >= count || seen[n / 8] >> n % 8 & 1)
			continue;
		seen[n / 8] |= (uint8_t)(1u << n % 8);
		good++;
	}
	return good > count / 2;
}

static struct error *check_order(struct checking *c, const uint8_t *seqs, uint64_t at,
				 uint8_t *seen)
{
	char bufs[2][KALLSYMS_NAME_SIZE] = { "", "" }, *last = bufs[0], *name = bufs[1], type;
	uint32_t count = c->k->names.count;

	memset(seen, 0, count / 8 + 1);
	for (uint32_t i = 0; i < count; i++, at += 3) {
		uint32_t n = kallsyms_seq_at(seqs, i);
		char *before = last;

		TRY(interrupt_check());
		if (n >= count || seen[n / 8] >> n % 8 & 1) {
			tell(c, at, "number %u in the order of names is %u, which %s", i, n,
			     n >= count ? "no symbol has" : "was there before");
			continue;
		}
		seen[n / 8] |= (uint8_t)(1u << n % 8);
		kallsyms_name_expand(&c->k->names, n, name, &type);
		/* Kernels that clang built with LTO order them by their stems. */
		if (strcmp(last, name) > 0 && kallsyms_compare_stems(last, name) > 0)
			tell(c, at,
			     "%.100s comes after %.100s in the order of names: a name or the order "
			     "is damaged",
			     name, last);
		last = name;
		name = before;
	}
	return NULL;
}

static struct error *check_seqs(struct checking *c)
{
	auto_free uint8_t *seqs = NULL, *seen = NULL;
	size_t size = 3 * (size_t)c->k->names.count;
	uint64_t places[3];
	unsigned int n = kallsyms_seqs_places(c->k, places);

	TRY(alloc_array(size, 1, 3 * (uint64_t)KALLSYMS_MAX_SYMBOLS, "the order of names", &seqs));
	TRY(alloc_array(size / 8 + 1, 1, KALLSYMS_MAX_SYMBOLS, "the order of names", &seen));
	for (unsigned int i = 0; i < n; i++) {
		if (!error_dropped(memory_read(c->k->memory, places[i], seqs, size)) &&
		    is_order(seqs, c->k->names.count, seen))
			return check_order(c, seqs, places[i], seen);
	}
	return NULL; /* before v6.2 there is none */
}

struct error *kallsyms_check(struct symbols *symbols, kallsyms_tell tell, void *context,
			     uint64_t *checked)
{
	struct checking c = { .tell = tell, .context = context };

	if (!symbols->sources || symbols->sources->ops != &kallsyms_ops)
		return error_create(ERROR_NOT_FOUND, "the kernel's symbols are not from kallsyms");
	c.k = (const struct kallsyms *)symbols->sources;
	TRY(check_names(&c));
	TRY(check_markers(&c));
	TRY(check_seqs(&c));
	*checked = c.k->names.count;
	return NULL;
}
