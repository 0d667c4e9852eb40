// SPDX-License-Identifier: GPL-2.0-or-later
/* Scalars as C people write them: numbers, enumerators, characters, pointers with their symbol. */
#include "types/show.h"

#include "base/bytes.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAX_STRING 256 /* of what a char pointer points to */

bool show_is_scalar(const struct type *type)
{
	return type->kind == TYPE_INT || type->kind == TYPE_ENUM || type->kind == TYPE_POINTER ||
	       type->kind == TYPE_FLOAT;
}

bool show_is_char(const struct type *type)
{
	type = type_strip(type);
	return type->kind == TYPE_INT && type->size == 1 && type->name &&
	       !strcmp(type->name, "char");
}

static void add_quoted(struct text *t, const char *s, char quote)
{
	static const char escapes[] = "\a\b\f\n\r\t\v\\";
	static const char letters[] = "abfnrtv\\";

	text_addc(t, quote);
	for (; *s; s++) {
		const char *escape = strchr(escapes, *s);

		if (escape)
			text_addf(t, "\\%c", letters[escape - escapes]);
		else if (*s == quote)
			text_addf(t, "\\%c", quote);
		else if ((unsigned char)*s < ' ' || *s == 0x7f)
			text_addf(t, "\\%03o", (unsigned char)*s);
		else
			text_addc(t, *s);
	}
	text_addc(t, quote);
}

void show_text(struct show *s, const char *name, const char *text)
{
	auto_text quoted = { 0 };

	add_quoted(&quoted, text, '"');
	output_tree_text(s->out, s->column, name, text, text_string(&quoted));
}

static void add_symbol(struct show *s, uint64_t address, struct text *t)
{
	size_t len = t->len;

	if (!s->env->symbolise || !address)
		return;
	text_adds(t, " <");
	if (s->env->symbolise(s->env->context, address, t)) {
		text_addc(t, '>');
	} else if (t->data) {
		t->len = len;
		t->data[len] = 0;
	}
}

void show_function(struct show *s, const char *name, const struct value *value)
{
	auto_text shown = { 0 };

	text_addc(&shown, '{');
	type_spell(value->type, NULL, &shown);
	text_addf(&shown, "} 0x%" PRIx64, value->address);
	add_symbol(s, value->address, &shown);
	output_tree_hex(s->out, s->column, name, value->address, text_string(&shown));
}

/* "unsigned char" by that name, of which file names consist: not u8, which bytes do. */
static bool is_unsigned_char(const struct type *type)
{
	while (type->kind == TYPE_QUALIFIED)
		type = type->target;
	return type->kind == TYPE_INT && type->name && !strcmp(type->name, "unsigned char");
}

static bool is_printable(const char *s)
{
	const char *end = s;

	while (isprint((unsigned char)*end))
		end++;
	return end > s && !*end;
}

static void add_pointer(struct show *s, const struct type *type, uint64_t number, struct text *t)
{
	bool bytes = is_unsigned_char(type->target);
	char string[MAX_STRING];

	text_addf(t, "0x%" PRIx64, number);
	add_symbol(s, number, t);
	if (number && (bytes || show_is_char(type->target)) &&
	    !error_dropped(memory_read_string(s->env->memory, number, string, sizeof(string))) &&
	    (!bytes || is_printable(string))) {
		text_addc(t, ' ');
		add_quoted(t, string, '"');
	}
}

static struct error *find_enumerator(const struct type *type, uint64_t number, const char **ret)
{
	const struct type_enumerator *enumerators;

	*ret = NULL;
	TRY(type_enumerators(type, &enumerators));
	for (uint64_t i = 0; i < type->count; i++) {
		uint64_t value = (uint64_t)enumerators[i].value;

		if (value == number ||
		    (type->size < 8 && sign_extend(value, 8 * (unsigned int)type->size) ==
					       sign_extend(number, 8 * (unsigned int)type->size))) {
			*ret = enumerators[i].name;
			break;
		}
	}
	return NULL;
}

static void add_integer(struct show *s, const struct type *type, uint64_t number, unsigned int bits,
			struct text *t)
{
	if (s->format->hex && !type->is_bool)
		text_addf(t, "0x%" PRIx64,
			  bits < 64 ? number & ((UINT64_C(1) << bits) - 1) : number);
	else if (type->is_bool && number <= 1)
		text_adds(t, number ? "true" : "false");
	else if (type->is_signed)
		text_addf(t, "%" PRId64, (int64_t)number);
	else
		text_addf(t, "%" PRIu64, number);
	if (show_is_char(type) && bits == 8 && !s->format->hex && !s->format->decimal) {
		char c[2] = { (char)number, 0 };

		text_addc(t, ' ');
		if ((unsigned char)c[0] < ' ' || (unsigned char)c[0] > '~')
			text_addf(t, "'\\%03o'", (unsigned char)c[0]);
		else
			add_quoted(t, c, '\'');
	}
}

/* What does not fit into 64 bits: 128-bit integers in hex, floats. */
static struct error *show_wide(struct show *s, const char *name, const struct type *type,
			       const uint8_t *raw, size_t size, const char *suffix)
{
	auto_text shown = { 0 };
	bool big = s->env->memory->big_endian;
	uint64_t low, high = 0;

	if (type->kind == TYPE_FLOAT) {
		low = load_number(raw, min(size, (size_t)8), big);
		if (size == 4) {
			uint32_t bits = (uint32_t)low;
			float f;

			memcpy(&f, &bits, sizeof(f));
			text_addf(&shown, "%.9g", (double)f);
		} else if (size == 8) {
			double d;

			memcpy(&d, &low, sizeof(d));
			text_addf(&shown, "%.17g", d);
		} else {
			text_adds(&shown, "<float>");
		}
	} else {
		low = load_number(raw + (big ? size - 8 : 0), 8, big);
		high = load_number(raw + (big ? 0 : 8), size - 8, big);
		if (high)
			text_addf(&shown, "0x%" PRIx64 "%016" PRIx64, high, low);
		else
			text_addf(&shown, "0x%" PRIx64, low);
	}
	text_adds(&shown, suffix);
	output_tree_text(s->out, s->column, name, text_string(&shown), NULL);
	return NULL;
}

static void emit_json(struct show *s, const char *name, const struct type *type, uint64_t number,
		      const char *enumerator)
{
	if (enumerator)
		output_tree_text(s->out, s->column, name, enumerator, NULL);
	else if (type->kind == TYPE_POINTER)
		output_tree_hex(s->out, s->column, name, number, NULL);
	else if (type->is_bool && number <= 1)
		output_tree_bool(s->out, s->column, name, number);
	else if (type->is_signed)
		output_tree_int(s->out, s->column, name, (int64_t)number, NULL);
	else
		output_tree_uint(s->out, s->column, name, number, NULL);
}

struct error *show_scalar(struct show *s, const char *name, const struct type *type,
			  const uint8_t *raw, size_t size, const struct value *value,
			  uint64_t repeats)
{
	bool big = s->env->memory->big_endian;
	unsigned int bits = value->bit_size ? value->bit_size : 8 * (unsigned int)size;
	auto_text shown = { 0 };
	const char *enumerator = NULL;
	char suffix[48] = "";
	uint64_t number;

	if (repeats > 1)
		snprintf(suffix, sizeof(suffix), " <repeats %" PRIu64 " times>", repeats);
	if (type->kind == TYPE_FLOAT || (!value->bit_size && size > 8))
		return show_wide(s, name, type, raw, size, suffix);
	number = value->bit_size ? value_bits(raw, size, value->bit_offset % 8, bits, big)
				 : load_number(raw, size, big);
	if (type->is_signed)
		number = sign_extend(number, bits);
	if (!value->is_object && type->size < 8)
		bits = 8 * (unsigned int)type->size;
	if (type->kind == TYPE_ENUM)
		TRY(find_enumerator(type, number, &enumerator));
	if (output_format(s->out) == OUTPUT_JSON) {
		emit_json(s, name, type, number, enumerator);
		return NULL;
	}
	if (enumerator && !s->format->hex && !s->format->decimal)
		text_adds(&shown, enumerator);
	else if (type->kind == TYPE_POINTER)
		add_pointer(s, type, number, &shown);
	else
		add_integer(s, type, number, bits, &shown);
	text_adds(&shown, suffix);
	output_tree_text(s->out, s->column, name, text_string(&shown), NULL);
	return NULL;
}
