// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel that C expressions see: its symbols, per-CPU variables, and the types of both. */
#include "image/values.h"

#include <string.h>

#define FAR_FROM_SYMBOL 0x10000

bool image_is_per_cpu(struct image *image, const char *name)
{
	const struct image_module *modules;
	const struct error *why;
	struct symbol symbol;
	uint64_t start, end;
	size_t count;

	if (error_dropped(symbols_by_name(image_symbols(image), name, &symbol)))
		return false;
	if (!symbol.module)
		return !error_dropped(image_symbol(image, "__per_cpu_start", &start)) &&
		       !error_dropped(image_symbol(image, "__per_cpu_end", &end)) &&
		       symbol.address >= start && symbol.address < end;
	if (error_dropped(image_modules(image, &modules, &count, &why)))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(modules[i].name, symbol.module))
			return symbol.address - modules[i].per_cpu < modules[i].per_cpu_size;
	}
	return false;
}

static struct error *find_symbol(void *context, const char *name, int cpu, uint64_t *address)
{
	struct image *image = context;
	uint64_t found;

	TRY(image_symbol(image, name, &found));
	if (cpu < 0) {
		if (image_is_per_cpu(image, name))
			return error_create(ERROR_USAGE,
					    "%s is a per-CPU variable: %s:0 is CPU 0's", name,
					    name);
		*address = found;
		return NULL;
	}
	if (!image_is_per_cpu(image, name))
		return error_create(ERROR_USAGE, "%s is not a per-CPU variable", name);
	if (!image_cpu_possible(image, (unsigned int)cpu))
		return error_create(ERROR_NOT_FOUND, "there is no CPU %d", cpu);
	return image_per_cpu(image, name, (unsigned int)cpu, address);
}

/* How long an array is that is declared without a length, its symbol's size tells. */
static struct error *measure(const struct symbol *symbol, const struct type **type)
{
	const struct type *array = type_strip(*type), *element;

	if (array->kind != TYPE_ARRAY || array->count)
		return NULL;
	element = type_strip(array->target);
	/* Strings end by themselves. */
	if (element->size < 2 || symbol->size < element->size)
		return NULL;
	return types_array_of(array->target, symbol->size / element->size, type);
}

static struct error *symbol_type(void *context, const char *name, const struct type **ret)
{
	struct image *image = context;
	struct error *err = well_known_type(image_types(image), name, ret);
	struct symbol symbol;

	if (!err && !error_dropped(symbols_by_name(image_symbols(image), name, &symbol)))
		return measure(&symbol, ret);
	if (!err || err->code != ERROR_NOT_FOUND ||
	    error_dropped(symbols_by_name(image_symbols(image), name, &symbol)) ||
	    !strchr("tTwW", symbol.type) || !image_is_text(image, symbol.address))
		return err;
	error_free(err);
	*ret = value_function_type();
	return NULL;
}

/* Symbols have no end: what is far behind the last one before a hole does not belong to it. */
static bool symbolise(void *context, uint64_t address, struct text *ret)
{
	struct symbol symbol;

	if (error_dropped(symbols_by_address(image_symbols(context), address, &symbol)) ||
	    address - symbol.address >= FAR_FROM_SYMBOL)
		return false;
	return image_symbolise(context, address, ret);
}

void image_values(struct image *image, struct value_env *ret)
{
	*ret = (struct value_env){
		.types = image_types(image),
		.memory = image_memory(image),
		.context = image,
		.symbol = find_symbol,
		.symbol_type = symbol_type,
		.symbolise = symbolise,
		.nr_cpus = image_nr_cpus(image),
	};
}
