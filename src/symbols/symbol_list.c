// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols of an ELF symbol table, sorted and indexed when first asked for. */
#include "symbols/symbol_list.h"
#include "base/alloc.h"
#include "base/interrupt.h"

#include <string.h>

struct error *symbol_list_add(struct symbol_list *list, const struct listed_symbol *add)
{
	TRY(alloc_grow(&list->symbols, &list->room, list->count + 1, sizeof(*list->symbols)));
	list->symbols[list->count] = *add;
	list->symbols[list->count].order = (uint32_t)list->count;
	list->count++;
	return NULL;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct listed_symbol *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank - right->rank;
	return (left->order > right->order) - (left->order < right->order);
}

static bool is_sorted(const struct symbol_list *list)
{
	for (size_t i = 1; i < list->count; i++)
		if (compare_symbols(&list->symbols[i - 1], &list->symbols[i]) > 0)
			return false;
	return true;
}

static void sort(struct symbol_list *list)
{
	if (!is_sorted(list))
		qsort(list->symbols, list->count, sizeof(*list->symbols), compare_symbols);
}

/* A copy of an error, for who asks again. */
static struct error *again(const struct error *err)
{
	if (err->has_address)
		return error_at(err->code, err->address, "%s", err->message);
	return error_create(err->code, "%s", err->message);
}

struct error *symbol_list_load(struct symbol_list *list)
{
	if (!list->loaded) {
		struct error *err = list->load(list);

		/* Asked to stop, or short of memory: the next question may try once more. */
		if (err && (err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)) {
			list->count = 0;
			return err;
		}
		list->loaded = true;
		list->failure = err;
		if (err)
			list->count = 0;
		sort(list);
	}
	return list->failure ? again(list->failure) : NULL;
}

/* The number of symbols at or below @address. */
static size_t search(const struct symbol_list *list, uint64_t address)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (list->symbols[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct symbol_range *range_of(const struct symbol_list *list, uint64_t address)
{
	for (unsigned int i = 0; i < list->source.nr_ranges; i++)
		if (address >= list->source.ranges[i].start && address < list->source.ranges[i].end)
			return &list->source.ranges[i];
	return NULL;
}

static void fill(const struct symbol_list *list, size_t i, struct symbol *ret)
{
	const struct listed_symbol *s = &list->symbols[i];

	*ret = (struct symbol){ .name = s->name,
				.address = s->address,
				.size = s->size,
				.type = s->type,
				.module = list->module };
	if (!ret->size) {
		const struct symbol_range *range = range_of(list, s->address);
		size_t next = search(list, s->address);
		uint64_t end = range ? range->end : s->address;

		if (next < list->count && (!range || list->symbols[next].address < end))
			end = list->symbols[next].address;
		ret->size = end - s->address;
	}
}

/*
 * Mapping symbols and local labels within code name no function: is_mapping_symbol() of
 * linux/module_symbol.h. Among data a label is the best name that a constant has.
 */
static bool is_label(const struct listed_symbol *s)
{
	if (!strchr("tTwW", s->type))
		return false;
	return s->name[0] == '$' || (s->name[0] == '.' && s->name[1] == 'L') ||
	       (s->name[0] == 'L' && s->name[1] == '0');
}

static struct error *by_address(struct symbol_source *source, uint64_t address, struct symbol *ret)
{
	struct symbol_list *list = (struct symbol_list *)source;
	const struct symbol_range *range = range_of(list, address);
	size_t i;

	TRY(symbol_list_load(list));
	i = search(list, address);
	while (i && is_label(&list->symbols[i - 1]))
		i--;
	if (!i || (range && list->symbols[i - 1].address < range->start))
		return error_at(ERROR_NOT_FOUND, address, "no symbol below 0x%llx",
				(unsigned long long)address);
	address = list->symbols[--i].address;
	for (size_t n = i; n && list->symbols[n - 1].address == address; n--)
		if (!is_label(&list->symbols[n - 1]))
			i = n - 1;
	fill(list, i, ret);
	return NULL;
}

static struct error *make_index(struct symbol_list *list)
{
	if (list->count > UINT32_MAX - 1)
		return error_create(ERROR_BAD_DATA, "%zu symbols", list->count);
	TRY(name_index_init(&list->index, (uint32_t)list->count));
	for (size_t i = list->count; i-- > 0;)
		name_index_add(&list->index,
			       name_hash(list->symbols[i].name, strlen(list->symbols[i].name)),
			       (uint32_t)i);
	list->has_index = true;
	return NULL;
}

static struct error *by_name(struct symbol_source *source, const char *name, size_t nth,
			     struct symbol *ret)
{
	struct symbol_list *list = (struct symbol_list *)source;
	uint32_t n;

	TRY(symbol_list_load(list));
	if (!list->has_index)
		TRY(make_index(list));
	for (n = name_index_first(&list->index, name_hash(name, strlen(name))); n;
	     n = list->index.next[n - 1]) {
		if (strcmp(list->symbols[n - 1].name, name) || nth--)
			continue;
		fill(list, n - 1, ret);
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no symbol \"%s\" in %s", name,
			    list->module ? list->module : "the kernel");
}

static struct error *each_symbol(struct symbol_source *source,
				 bool (*each)(void *context, const struct symbol *symbol),
				 void *context)
{
	struct symbol_list *list = (struct symbol_list *)source;

	TRY(symbol_list_load(list));
	for (size_t i = 0; i < list->count; i++) {
		struct symbol symbol;

		TRY(interrupt_check());
		fill(list, i, &symbol);
		if (!each(context, &symbol))
			break;
	}
	return NULL;
}

void symbol_list_destroy(struct symbol_source *source)
{
	struct symbol_list *list = (struct symbol_list *)source;

	if (list->deinit)
		list->deinit(list);
	name_index_deinit(&list->index);
	error_free(list->failure);
	free(list->symbols);
	free(list->module);
	free(list->source.origin);
	free(list);
}

const struct symbol_source_ops symbol_list_ops = {
	.name = "symbol table",
	.by_address = by_address,
	.by_name = by_name,
	.each = each_symbol,
	.destroy = symbol_list_destroy,
};
