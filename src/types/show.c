// SPDX-License-Identifier: GPL-2.0-or-later
/* Values as nested trees: structs, arrays and what is missing of them. Scalars: show_scalar.c. */
#include "types/show.h"

#include "base/interrupt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_DEPTH	 16
#define DEFAULT_ELEMENTS 256
#define MISSING_PAGES	 16
/* Of one value: types that nest into each other must not keep us for ever. */
#define MAX_VALUES (1u << 20)

static struct error *show_object(struct show *s, const char *name, const struct value *value);

/* ---- reading: a page at a time, and member by member where one is missing ---- */

static void load_page(struct show *s, uint64_t page)
{
	uint64_t from = max(page, s->start);
	uint64_t end = min(s->end - 1, page + (SHOW_PAGE - 1));
	struct error *err;

	if (s->page_known && s->page == page)
		return;
	s->page_known = true;
	s->page = page;
	s->from = from;
	s->size = end >= from ? (size_t)(end - from + 1) : 0;
	err = memory_read(s->env->memory, from, s->bytes, s->size);
	/* Whoever needs a part of the page asks for it alone, and is told. */
	if (error_dropped(err))
		s->size = 0;
}

static struct error *fetch(struct show *s, uint64_t address, void *buf, size_t size)
{
	uint8_t *to = buf;

	while (size) {
		uint64_t page = address & ~(uint64_t)(SHOW_PAGE - 1);
		size_t chunk = min(size, (size_t)(SHOW_PAGE - (address - page)));

		load_page(s, page);
		if (address >= s->from && address - s->from <= s->size &&
		    chunk <= s->size - (address - s->from))
			memcpy(to, s->bytes + (address - s->from), chunk);
		else
			TRY(memory_read(s->env->memory, address, to, chunk));
		address += chunk;
		to += chunk;
		size -= chunk;
	}
	return NULL;
}

/* Shows that the value is not there, and why. Takes @err over. */
static struct error *show_missing(struct show *s, const char *name, struct error *err)
{
	const char *word;

	switch (err->code) {
	case ERROR_EXCLUDED:
		word = "<excluded>";
		break;
	case ERROR_ABSENT:
		word = "<absent>";
		break;
	case ERROR_BAD_DATA:
		word = "<corrupt>";
		break;
	case ERROR_UNSUPPORTED:
		word = "<unreadable>";
		break;
	default:
		return err;
	}
	output_tree_null(s->out, s->column, name, word);
	if (s->first)
		error_free(err);
	else
		s->first = err;
	return NULL;
}

/*
 * Is nothing of the object there, in all of its pages? Pages are all or nothing but at the ends of
 * memory, so the first and the last byte in each tell. The reason goes to @ret.
 */
static bool is_missing(struct show *s, uint64_t address, uint64_t size, struct error **ret)
{
	uint64_t at = address, end = address + size;
	struct error *first = NULL, *err;
	uint8_t byte;

	if (!size || size > MISSING_PAGES * SHOW_PAGE || end < address)
		return false;
	while (at < end) {
		uint64_t last = min(end - 1, at | (SHOW_PAGE - 1));

		err = fetch(s, at, &byte, 1);
		if (!err || !error_dropped(fetch(s, last, &byte, 1)) ||
		    (first && first->code != err->code)) {
			error_free(err);
			error_free(first);
			return false;
		}
		if (first)
			error_free(err);
		else
			first = err;
		at = last + 1;
	}
	*ret = first;
	return true;
}

/* ---- scalars in memory ---- */

static struct error *read_scalar(struct show *s, const struct value *value, const struct type *type,
				 uint8_t raw[16], size_t *size)
{
	unsigned int shift = value->bit_offset % 8;
	uint64_t address = value->address + value->bit_offset / 8;

	if (value->bit_size > 64 || (!value->bit_size && (!type->size || type->size > 16)))
		return error_at(ERROR_BAD_DATA, address, "a scalar of %" PRIu64 " bytes, %u bits",
				type->size, value->bit_size);
	*size = value->bit_size ? (shift + value->bit_size + 7) / 8 : (size_t)type->size;
	return fetch(s, address, raw, *size);
}

static struct error *show_scalar_object(struct show *s, const char *name, const struct value *value,
					const struct type *type)
{
	uint8_t raw[16];
	size_t size;
	struct error *err = read_scalar(s, value, type, raw, &size);

	if (err)
		return show_missing(s, name, err);
	return show_scalar(s, name, type, raw, size, value, 1);
}

/* ---- arrays ---- */

static struct error *show_string(struct show *s, const char *name, const struct value *value,
				 uint64_t count)
{
	char buf[4096];
	size_t size = (size_t)min(count, (uint64_t)sizeof(buf) - 1);
	struct error *err;

	if (count)
		err = fetch(s, value->address, buf, size);
	else
		err = memory_read_string(s->env->memory, value->address, buf, sizeof(buf));
	if (err)
		return show_missing(s, name, err);
	if (count)
		buf[size] = 0;
	if (size < count && strlen(buf) == size)
		output_note(s->out, "%s: only the first %zu of %" PRIu64 " characters",
			    name ? name : "string", size, count);
	show_text(s, name, buf);
	return NULL;
}

/* How many elements from @i on, before @end, hold the same bytes: text says so once. */
static struct error *count_repeats(struct show *s, const struct value *element,
				   const struct type *type, uint64_t left, const uint8_t *raw,
				   size_t size, uint64_t *ret)
{
	struct value next = *element;
	uint8_t other[16];

	for (*ret = 1; *ret < left; (*ret)++) {
		next.address += type->size;
		if (error_dropped(read_scalar(s, &next, type, other, &size)) ||
		    memcmp(other, raw, size))
			break;
		if (!(*ret & 0xfff))
			TRY(interrupt_check());
	}
	return NULL;
}

static struct error *show_element(struct show *s, const struct value *element,
				  const struct type *type, uint64_t left, uint64_t *done)
{
	struct error *err;
	uint8_t raw[16];
	size_t size;

	*done = 1;
	if (!show_is_scalar(type) || output_format(s->out) == OUTPUT_JSON)
		return show_object(s, NULL, element);
	err = read_scalar(s, element, type, raw, &size);
	if (err)
		return show_missing(s, NULL, err);
	TRY(count_repeats(s, element, type, left, raw, size, done));
	/* A few are as quickly read as their count. */
	if (*done < 8)
		*done = 1;
	return show_scalar(s, NULL, type, raw, size, element, *done);
}

static void show_rest(struct show *s, const char *name, uint64_t shown, uint64_t count)
{
	char more[48];

	if (output_format(s->out) == OUTPUT_JSON) {
		output_note(s->out, "%s: only the first %" PRIu64 " of %" PRIu64 " elements",
			    name ? name : "array", shown, count);
		return;
	}
	snprintf(more, sizeof(more), "… %" PRIu64 " more", count - shown);
	output_tree_text(s->out, s->column, NULL, more, more);
}

static struct error *show_array(struct show *s, const char *name, const struct value *value,
				const struct type *type)
{
	const struct type *element = value_complete(s->env->types, type->target);
	uint64_t i = 0, limit = type->count, elements = 0;
	struct error *err = NULL;

	/* A global string is declared without its length; a flexible member's end nobody knows. */
	if (show_is_char(element) && (type->count || !s->depth))
		return show_string(s, name, value, type->count);
	if (!element->size)
		limit = 0;
	output_tree_open(s->out, s->column, name, TREE_ARRAY);
	while (!err && i < limit && elements < s->max_elements && s->left) {
		struct value v = {
			.type = type->target,
			.is_object = true,
			.address = value->address + i * element->size,
		};
		uint64_t done = 1;

		err = show_element(s, &v, element, limit - i, &done);
		i += done;
		elements++;
	}
	if (!err && i < limit)
		show_rest(s, name, i, limit);
	output_tree_close(s->out, s->column);
	return err;
}

/* ---- structs ---- */

static struct error *show_members(struct show *s, const struct value *value,
				  const struct type *type)
{
	const struct type_member *members;

	TRY(type_members(type, &members));
	for (uint64_t i = 0; i < type->count && s->left; i++) {
		const struct type_member *m = &members[i];
		struct value v = {
			.type = m->type,
			.is_object = true,
			.address = value->address + m->bit_offset / 8,
			.bit_offset = m->bit_offset % 8,
			.bit_size = m->bit_size,
		};

		if (!m->name && !type_is_compound(m->type))
			continue; /* padding */
		TRY(show_object(s, m->name, &v));
	}
	return NULL;
}

static struct error *show_struct(struct show *s, const char *name, const struct value *value,
				 const struct type *type)
{
	struct error *err;

	if (type->is_incomplete) {
		output_tree_null(s->out, s->column, name, "<incomplete type>");
		return NULL;
	}
	if (s->depth >= s->max_depth) {
		output_tree_null(s->out, s->column, name, "{…}");
		return NULL;
	}
	s->depth++;
	output_tree_open(s->out, s->column, name, TREE_OBJECT);
	err = show_members(s, value, type);
	output_tree_close(s->out, s->column);
	s->depth--;
	return err;
}

static struct error *show_object(struct show *s, const char *name, const struct value *value)
{
	const struct type *type = value_complete(s->env->types, value->type);
	struct error *err;

	TRY(interrupt_check());
	if (s->left)
		s->left--;
	if ((type_is_compound(type) || type->kind == TYPE_ARRAY) &&
	    is_missing(s, value->address, type->size, &err))
		return show_missing(s, name, err);
	switch (type->kind) {
	case TYPE_STRUCT:
	case TYPE_UNION:
		return show_struct(s, name, value, type);
	case TYPE_ARRAY:
		return show_array(s, name, value, type);
	case TYPE_FUNCTION:
		show_function(s, name, value);
		return NULL;
	case TYPE_VOID:
		output_tree_null(s->out, s->column, name, "<void>");
		return NULL;
	default:
		return show_scalar_object(s, name, value, type);
	}
}

struct error *value_show(const struct value_env *env, const struct value *value,
			 const struct value_format *format, struct output *out, size_t column,
			 const char *name)
{
	struct show s = {
		.env = env,
		.format = format,
		.out = out,
		.column = column,
		.max_depth = format->max_depth ? format->max_depth : DEFAULT_DEPTH,
		.max_elements = format->max_elements ? format->max_elements : DEFAULT_ELEMENTS,
		.left = MAX_VALUES,
	};
	const struct type *type = value_complete(env->types, value->type);
	struct error *err;

	if (!value->is_object) {
		uint8_t raw[8];

		for (size_t i = 0; i < sizeof(raw); i++) {
			size_t at = env->memory->big_endian ? sizeof(raw) - 1 - i : i;

			raw[at] = (uint8_t)(value->number >> (8 * i));
		}
		err = show_scalar(&s, name, type, raw, sizeof(raw), value, 1);
		return err;
	}
	/* A bitfield's bytes are counted from its address. */
	s.start = value->address;
	s.end = value->address + max(type->size, (uint64_t)9);
	if (s.end < s.start)
		s.end = 0; /* the end of the address space: one less is its last byte */
	err = show_object(&s, name, value);
	if (!err && !s.left)
		output_note(out, "the value is too large to be shown whole");
	if (err)
		error_free(s.first);
	else if (s.first)
		output_incomplete(out, s.first);
	return err;
}
