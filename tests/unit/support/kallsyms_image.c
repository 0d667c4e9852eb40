// SPDX-License-Identifier: GPL-2.0-or-later
/* An encoder of kallsyms tables: see scripts/kallsyms.c of Linux for the format. */
#include "support/kallsyms_image.h"

#include <stdlib.h>
#include <string.h>

/* Longer tokens, at numbers that no character of a name uses. */
static const struct {
	uint8_t number;
	const char *text;
} longer[] = { { 0, "T" }, { 1, "Tfunction_" }, { 2, "sched" }, { 200, "init" }, { 255, "_of" } };

struct writer {
	const struct kallsyms_shape *shape;
	struct kallsyms_image *image;
	const struct made_symbol *symbols;
	uint32_t count;
	uint32_t *markers;
};

static void grow(struct writer *w, size_t size)
{
	w->image->data = realloc(w->image->data, w->image->size + size);
	if (!w->image->data)
		abort();
	memset(w->image->data + w->image->size, 0, size);
	w->image->size += size;
}

static void number(struct writer *w, uint64_t value, unsigned int size)
{
	uint8_t *to;

	grow(w, size);
	to = w->image->data + w->image->size - size;
	for (unsigned int i = 0; i < size; i++)
		to[w->shape->big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

/* A table begins here: aligned, and its address remembered. */
static void table(struct writer *w, uint64_t *ret)
{
	unsigned int to = w->shape->order == ORDER_7_0 ? 4 : w->shape->word_size;

	while (w->image->size % to)
		grow(w, 1);
	*ret = w->shape->base + w->image->size;
}

static const char *token(unsigned int i, char one[2])
{
	for (size_t k = 0; k < sizeof(longer) / sizeof(longer[0]); k++)
		if (longer[k].number == i)
			return longer[k].text;
	one[0] = i > ' ' && i < 127 ? (char)i : 0;
	one[1] = 0;
	return one;
}

/* Compresses the letter and name greedily by the longer tokens. */
static size_t compress(const struct made_symbol *s, uint8_t *to)
{
	char text[1024];
	size_t n = 0;

	text[0] = s->type;
	strcpy(text + 1, s->name);
	for (const char *p = text; *p;) {
		size_t best = 1;

		to[n] = (uint8_t)*p;
		for (size_t k = 0; k < sizeof(longer) / sizeof(longer[0]); k++) {
			size_t len = strlen(longer[k].text);

			if (len > best && !strncmp(p, longer[k].text, len)) {
				best = len;
				to[n] = longer[k].number;
			}
		}
		p += best;
		n++;
	}
	return n;
}

static void names(struct writer *w)
{
	size_t begin;

	table(w, &w->image->tables.num_syms);
	number(w, w->count, 4);
	table(w, &w->image->tables.names);
	begin = w->image->size;
	for (uint32_t i = 0; i < w->count; i++) {
		uint8_t tokens[1024];
		size_t n = compress(&w->symbols[i], tokens);

		if (i % 256 == 0)
			w->markers[i / 256] = (uint32_t)(w->image->size - begin);
		number(w, n < 128 ? n : (n & 127) | 128, 1);
		if (n >= 128)
			number(w, n >> 7, 1);
		grow(w, n);
		memcpy(w->image->data + w->image->size - n, tokens, n);
	}
	table(w, &w->image->tables.markers);
	for (uint32_t i = 0; i < (w->count + 255) / 256; i++)
		number(w, w->markers[i], 4);
}

static void tokens(struct writer *w)
{
	unsigned int starts[256], at = 0;
	char one[2];

	table(w, &w->image->tables.token_table);
	for (unsigned int i = 0; i < 256; i++) {
		const char *text = token(i, one);
		size_t len = strlen(text) + 1;

		starts[i] = at;
		at += (unsigned int)len;
		grow(w, len);
		memcpy(w->image->data + w->image->size - len, text, len);
	}
	table(w, &w->image->tables.token_index);
	for (unsigned int i = 0; i < 256; i++)
		number(w, starts[i], 2);
}

static uint64_t value_of(const struct writer *w, const struct made_symbol *s)
{
	bool is_absolute = s->address < w->shape->base;

	switch (w->shape->values) {
	case VALUES_PERCPU:
		return is_absolute ? s->address : w->shape->base - s->address - 1;
	case VALUES_BASE:
		return s->address - w->shape->base;
	case VALUES_PLACE:
		return s->address - (w->shape->base + w->image->size);
	default:
		return s->address;
	}
}

static void addresses(struct writer *w)
{
	bool words = w->shape->values == VALUES_WORDS;
	struct kallsyms_tables *t = &w->image->tables;

	table(w, words ? &t->addresses : &t->offsets);
	for (uint32_t i = 0; i < w->count; i++)
		number(w, value_of(w, &w->symbols[i]), words ? w->shape->word_size : 4);
	if (w->shape->values == VALUES_PERCPU || w->shape->values == VALUES_BASE) {
		table(w, &t->relative_base);
		number(w, w->shape->base, w->shape->word_size);
	}
}

static const struct made_symbol *sorting;
static bool by_stem;

static int compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	char a_name[512], b_name[512];
	int order;

	strcpy(a_name, sorting[left].name);
	strcpy(b_name, sorting[right].name);
	if (by_stem)
		a_name[strcspn(a_name, ".")] = b_name[strcspn(b_name, ".")] = 0;
	order = strcmp(a_name, b_name);

	return order ? order : left < right ? -1 : 1;
}

static void order_of_names(struct writer *w)
{
	uint32_t *order = calloc(w->count, sizeof(*order));

	if (!order)
		abort();
	for (uint32_t i = 0; i < w->count; i++)
		order[i] = i;
	sorting = w->symbols;
	by_stem = w->shape->by_stem;
	qsort(order, w->count, sizeof(*order), compare);
	table(w, &w->image->tables.seqs_of_names);
	for (uint32_t i = 0; i < w->count; i++)
		for (unsigned int k = 0; k < 3; k++)
			number(w, order[i] >> (16 - 8 * k) & 255, 1);
	free(order);
}

void kallsyms_image_make(const struct kallsyms_shape *shape, const struct made_symbol *symbols,
			 uint32_t count, struct kallsyms_image *ret)
{
	struct writer w = { shape, ret, symbols, count, calloc(count / 256 + 1, 4) };
	bool late = shape->order >= ORDER_6_4;

	if (!w.markers)
		abort();
	*ret = (struct kallsyms_image){ 0 };
	grow(&w, shape->before);
	if (!late)
		addresses(&w);
	names(&w);
	if (shape->order == ORDER_6_2)
		order_of_names(&w);
	tokens(&w);
	if (late) {
		addresses(&w);
		order_of_names(&w);
	}
	grow(&w, 4096);
	free(w.markers);
}
