// SPDX-License-Identifier: GPL-2.0-or-later
/* From names to bytes of physical memory. */
#include "save/erase.h"

#include "base/alloc.h"
#include "base/interrupt.h"
#include "image/values.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE	   4096u /* steps by which memory is translated: no page is smaller */
#define BYTES_MAX  ((uint64_t)1 << 30)
#define STRING_MAX 65536u

static struct error *add_range(struct erase *erase, uint64_t start, uint64_t size)
{
	TRY(alloc_grow(&erase->ranges, &erase->ranges_room, erase->nr_ranges + 1,
		       sizeof(*erase->ranges)));
	erase->ranges[erase->nr_ranges++] = (struct erase_range){ start, start + size };
	return NULL;
}

/* What is mapped page by page need not lie together. */
static struct error *add_ranges(struct erase *erase, struct image *image, struct erase_entry *entry)
{
	struct kxdump *dump = image_dump(image);

	for (uint64_t done = 0, n, phys; done < entry->bytes; done += n) {
		uint64_t at = entry->address + done;

		TRY(interrupt_check());
		n = min(entry->bytes - done, PAGE - at % PAGE);
		TRY(error_wrap(image_translate(image, at, &phys), "%s", entry->what));
		TRY(add_range(erase, phys, n));
		if (kxdump_page_state(dump, phys) != KXDUMP_PAGE_PRESENT)
			entry->missing += n;
	}
	return NULL;
}

struct error *erase_add(struct erase *erase, struct image *image, uint64_t address, uint64_t bytes,
			const char *fmt, ...)
{
	auto_text what = { 0 };
	struct erase_entry *entry;
	va_list ap;

	va_start(ap, fmt);
	text_addv(&what, fmt, ap);
	va_end(ap);
	if (what.failed)
		return error_nomem();
	if (!bytes || bytes > BYTES_MAX || address + bytes < address)
		return error_create(ERROR_USAGE,
				    "%s: %" PRIu64 " bytes at 0x%" PRIx64
				    " are not erased; expected 1 to %" PRIu64,
				    what.data, bytes, address, BYTES_MAX);
	TRY(alloc_grow(&erase->entries, &erase->entries_room, erase->nr_entries + 1,
		       sizeof(*erase->entries)));
	entry = &erase->entries[erase->nr_entries++];
	*entry = (struct erase_entry){ strdup(what.data), address, bytes, 0 };
	text_addf(&erase->info, "erase %s %" PRIu64 "\n", what.data, bytes);
	if (!entry->what || erase->info.failed)
		return error_nomem();
	return add_ranges(erase, image, entry);
}

struct error *erase_note(struct erase *erase, const char *fmt, ...)
{
	auto_text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	text_addv(&text, fmt, ap);
	va_end(ap);
	TRY(alloc_grow(&erase->notes, &erase->notes_room, erase->nr_notes + 1,
		       sizeof(*erase->notes)));
	erase->notes[erase->nr_notes] = strdup(text_string(&text));
	return erase->notes[erase->nr_notes++] ? NULL : error_nomem();
}

/* ---- expressions ---- */

/* "… size EXPRESSION": where " size " stands outside of parentheses; NULL: nowhere. */
static const char *find_size(const char *text)
{
	int depth = 0;

	for (const char *p = text; *p; p++) {
		depth += *p == '(' || *p == '[';
		depth -= *p == ')' || *p == ']';
		if (!depth && p > text && isspace((unsigned char)p[-1]) && !strncmp(p, "size", 4) &&
		    isspace((unsigned char)p[4]))
			return p;
	}
	return NULL;
}

static struct error *string_size(const struct value_env *env, uint64_t address, uint64_t *ret)
{
	char *text auto_free = malloc(STRING_MAX);

	if (!text)
		return error_nomem();
	TRY(memory_read_string(env->memory, address, text, STRING_MAX));
	*ret = max((uint64_t)strlen(text), (uint64_t)1);
	return NULL;
}

/* What @value names: a pointer stands for what it points to. */
static struct error *measure(const struct value_env *env, const struct value *value,
			     uint64_t *address, uint64_t *bytes)
{
	const struct type *type = type_strip(value->type), *target;

	if (type->kind != TYPE_POINTER) {
		if (!value->is_object || value->bit_size)
			return error_create(ERROR_USAGE, "it is a number, and lies nowhere");
		*address = value->address;
		*bytes = type->size;
		return NULL;
	}
	TRY(value_number(env, value, address));
	if (!*address)
		return error_create(ERROR_NOT_FOUND, "it is a NULL pointer");
	target = type_strip(type->target);
	*bytes = target->size;
	return target->is_char ? string_size(env, *address, bytes) : NULL;
}

static struct error *find_target(const struct value_env *env, const char *text, bool has_size,
				 uint64_t *address, uint64_t *bytes)
{
	struct error *err;
	struct value value;

	err = expression_evaluate(env, text, &value);
	/* Where nobody knows the type, bytes at the symbol can be meant, if they are counted. */
	if (err && has_size && !error_dropped(env->symbol(env->context, text, -1, address))) {
		error_free(err);
		return NULL;
	}
	TRY(err);
	return measure(env, &value, address, bytes);
}

static struct error *add_expression(struct erase *erase, struct image *image, const char *text)
{
	const char *size_text = find_size(text);
	size_t len = size_text ? (size_t)(size_text - text) : strlen(text);
	struct value_env env;
	uint64_t address, bytes = 0;
	char *name auto_free = NULL;
	struct value size;

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	name = strndup(text, len);
	if (!name)
		return error_nomem();
	image_values(image, &env);
	TRY(find_target(&env, name, size_text, &address, &bytes));
	if (size_text) {
		TRY(error_wrap(expression_evaluate(&env, size_text + 4, &size), "the size"));
		TRY(error_wrap(value_number(&env, &size, &bytes), "the size"));
	}
	if (!bytes)
		return error_create(ERROR_USAGE,
				    "how many bytes it has is not known: say \"size\"");
	return erase_add(erase, image, address, bytes, "%s", name);
}

static struct error *find_all(struct image *image, const struct erase_options *options,
			      struct erase *erase)
{
	for (size_t i = 0; i < options->nr_expressions; i++)
		TRY(error_wrap(add_expression(erase, image, options->expressions[i]),
			       "--erase \"%s\"", options->expressions[i]));
	return options->keys ? erase_rules_run(erase, image) : NULL;
}

/* ---- bytes ---- */

static int by_start(const void *a, const void *b)
{
	const struct erase_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void erase_settle(struct erase *erase)
{
	size_t last = 0;

	if (!erase->nr_ranges)
		return;
	qsort(erase->ranges, erase->nr_ranges, sizeof(*erase->ranges), by_start);
	for (size_t i = 1; i < erase->nr_ranges; i++) {
		struct erase_range *range = &erase->ranges[last], *next = &erase->ranges[i];

		if (next->start <= range->end)
			range->end = max(range->end, next->end);
		else
			erase->ranges[++last] = *next;
	}
	erase->nr_ranges = last + 1;
}

struct error *erase_find(struct image *image, const struct erase_options *options,
			 struct erase *ret)
{
	struct error *err;

	*ret = (struct erase){ 0 };
	err = find_all(image, options, ret);
	erase_settle(ret);
	return err;
}

void erase_deinit(struct erase *erase)
{
	for (size_t i = 0; i < erase->nr_entries; i++)
		free(erase->entries[i].what);
	for (size_t i = 0; i < erase->nr_notes; i++)
		free(erase->notes[i]);
	free(erase->entries);
	free(erase->notes);
	free(erase->ranges);
	text_deinit(&erase->info);
	*erase = (struct erase){ 0 };
}

void erase_apply(const struct erase *erase, uint64_t phys, uint8_t *buf, size_t size)
{
	size_t low = 0, high = erase->nr_ranges;

	/* The first range that ends above @phys. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (erase->ranges[middle].end <= phys)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < erase->nr_ranges && erase->ranges[low].start < phys + size; low++) {
		uint64_t start = max(erase->ranges[low].start, phys);
		uint64_t end = min(erase->ranges[low].end, phys + size);

		memset(buf + (start - phys), ERASE_FILL, (size_t)(end - start));
	}
}
