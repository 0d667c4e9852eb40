// SPDX-License-Identifier: GPL-2.0-or-later
/* The set of symbol sources of one kernel. */
#include "symbols/symbols.h"
#include "base/alloc.h"

#include <string.h>

void symbols_init(struct symbols *symbols)
{
	*symbols = (struct symbols){ 0 };
}

void symbols_deinit(struct symbols *symbols)
{
	while (symbols->sources) {
		struct symbol_source *source = symbols->sources;

		symbols->sources = source->next;
		source->ops->destroy(source);
	}
	symbols_init(symbols);
}

void symbols_add(struct symbols *symbols, struct symbol_source *source)
{
	struct symbol_source **at = &symbols->sources;

	while (*at)
		at = &(*at)->next;
	source->next = NULL;
	*at = source;
}

/* Asks for the modules' sources, once. True when there are new ones. */
static bool load_more(struct symbols *symbols)
{
	bool (*more)(void *context) = symbols->more;

	/* Cleared first: finding the modules needs symbols itself. */
	symbols->more = NULL;
	return more && more(symbols->more_context);
}

static bool holds(const struct symbol_source *source, uint64_t address)
{
	for (unsigned int i = 0; i < source->nr_ranges; i++)
		if (address >= source->ranges[i].start && address < source->ranges[i].end)
			return true;
	return false;
}

static bool is_not_found(const struct error *err)
{
	return err && err->code == ERROR_NOT_FOUND;
}

/*
 * A source that cannot be read (a module whose pages are gone) must not hide what another one
 * knows: the search goes on, and its error is told only when nobody answers.
 */
static void keep_worst(struct error **kept, struct error *err)
{
	if (*kept && (!is_not_found(*kept) || is_not_found(err))) {
		error_free(err);
		return;
	}
	error_free(*kept);
	*kept = err;
}

struct error *symbols_by_address(struct symbols *symbols, uint64_t address, struct symbol *ret)
{
	struct error *kept = NULL;

	do {
		for (struct symbol_source *s = symbols->sources; s; s = s->next) {
			struct error *err;

			if (!holds(s, address))
				continue;
			err = s->ops->by_address(s, address, ret);
			if (!err) {
				error_free(kept);
				return NULL;
			}
			keep_worst(&kept, err);
		}
	} while (load_more(symbols));
	if (kept)
		return kept;
	return error_at(ERROR_NOT_FOUND, address, "no symbol holds address 0x%llx",
			(unsigned long long)address);
}

/* Does @symbol come from module @module of @len letters ("kernel" and "vmlinux": none)? */
static bool is_from(const struct symbol *symbol, const char *module, size_t len)
{
	if (!symbol->module)
		return (len == 6 && !strncmp(module, "kernel", len)) ||
		       (len == 7 && !strncmp(module, "vmlinux", len));
	return strlen(symbol->module) == len && !strncmp(symbol->module, module, len);
}

static struct error *no_such_symbol(const char *name)
{
	return error_create(ERROR_NOT_FOUND, "no symbol \"%s\"", name);
}

/* The *@skip-th symbol called @name of @source; *@skip is lowered by those that were passed over.
 */
static struct error *by_name_in(struct symbol_source *source, const char *name, const char *module,
				size_t module_len, size_t *skip, struct symbol *ret)
{
	size_t nth = module ? 0 : *skip, passed = 0;
	struct symbol found;
	struct error *err;

	err = source->ops->by_name(source, name, nth, &found);
	if (!err && (!module || is_from(&found, module, module_len))) {
		if (module && *skip)
			TRY(source->ops->by_name(source, name, *skip, &found));
		*ret = found;
		return NULL;
	}
	if (!err)
		return no_such_symbol(name);
	if (!is_not_found(err) || module || !*skip)
		return err;
	/* How many are there? Only asked when an nth one was wanted and this source has fewer. */
	while (passed < *skip && !error_dropped(source->ops->by_name(source, name, passed, &found)))
		passed++;
	*skip -= passed;
	return err;
}

static struct error *by_name(struct symbols *symbols, const char *name, const char *module,
			     size_t module_len, size_t nth, struct symbol *ret)
{
	struct error *kept = NULL;
	struct symbol_source *first = symbols->sources, *last = NULL;

	do {
		/* Sources that `more` added come after those that were asked already. */
		for (struct symbol_source *s = last ? last->next : first; s; s = s->next) {
			struct error *err = by_name_in(s, name, module, module_len, &nth, ret);

			last = s;
			if (!err) {
				error_free(kept);
				return NULL;
			}
			keep_worst(&kept, err);
		}
		first = symbols->sources;
	} while (load_more(symbols));
	if (!is_not_found(kept))
		return kept ? kept : no_such_symbol(name);
	/* Not in terms of the source that was asked last. */
	error_free(kept);
	return no_such_symbol(name);
}

struct error *symbols_by_name_nth(struct symbols *symbols, const char *name, size_t nth,
				  struct symbol *ret)
{
	const char *colon = strchr(name, ':');

	if (colon && colon[1] != ':' && colon != name)
		return by_name(symbols, colon + 1, name, (size_t)(colon - name), nth, ret);
	return by_name(symbols, name, NULL, 0, nth, ret);
}

struct error *symbols_by_name(struct symbols *symbols, const char *name, struct symbol *ret)
{
	return symbols_by_name_nth(symbols, name, 0, ret);
}

struct stoppable {
	bool (*each)(void *context, const struct symbol *symbol);
	void *context;
	bool stopped;
};

static bool call_each(void *context, const struct symbol *symbol)
{
	struct stoppable *s = context;

	s->stopped = !s->each(s->context, symbol);
	return !s->stopped;
}

struct error *symbols_each(struct symbols *symbols,
			   bool (*each)(void *context, const struct symbol *symbol), void *context)
{
	struct stoppable stoppable = { each, context, false };
	struct error *kept = NULL;

	(void)load_more(symbols);
	for (struct symbol_source *s = symbols->sources; s && !stoppable.stopped; s = s->next) {
		struct error *err = s->ops->each(s, call_each, &stoppable);

		/* The others are still shown: one module's lost table is no reason to hide them. */
		if (err)
			keep_worst(&kept, err);
	}
	return kept;
}
