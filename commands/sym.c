// SPDX-License-Identifier: GPL-2.0-or-later
/* sym: symbols by name and by address. */
#include "base/alloc.h"
#include "base/text.h"
#include "commands/command.h"

#include <string.h>

enum { NAME, ADDRESS, TYPE, MODULE, SIZE, OFFSET, FILE_, LINE, AT, PLUS };

static const struct column columns[] = {
	[NAME] = { "name", COLUMN_TEXT, .summary = "the symbol's" },
	[ADDRESS] = { "address", COLUMN_ADDRESS, .summary = "of the symbol" },
	[TYPE] = { "type", COLUMN_TEXT, .summary = "nm's letter, as in /proc/kallsyms" },
	[MODULE] = { "module", COLUMN_TEXT, .summary = "null: the kernel itself" },
	[SIZE] = { "size", COLUMN_INT, .summary = "bytes; up to the next symbol if not known" },
	[OFFSET] = { "offset", COLUMN_INT, .summary = "of the address asked for, into the symbol" },
	[FILE_] = { "file", COLUMN_TEXT, .summary = "source file, with debug information" },
	[LINE] = { "line", COLUMN_INT, .summary = "source line" },
	[AT] = { "at", COLUMN_ADDRESS, .text_only = true },
	[PLUS] = { "plus", COLUMN_HEX, .text_only = true },
};

static const struct table table = {
	TABLE_COLUMNS(columns),
	.look = LOOK_LINE,
	.line = "{at} ({type}) {name}(?+{plus})(? [{module}])(? {file}:)(? {line})",
};
static const struct table *const tables[] = { &table, NULL };

static const struct option_spec options[] = {
	{ 'l', NULL, NULL, "all symbols, by address" },
	{ 'q', NULL, "STRING", "symbols whose name contains STRING" },
	{ 'm', NULL, "MODULE", "only symbols of MODULE; alone: all of them" },
	{ 'M', NULL, NULL, "only symbols of modules; alone: all of them" },
	{ 'p', NULL, NULL, "the symbol before it as well" },
	{ 'n', NULL, NULL, "the symbol after it as well" },
	{ 0 },
};

/* Which symbols are wanted. */
struct filter {
	const char *query, *module;
	bool modules;
};

static bool passes(const struct filter *f, const struct symbol *symbol)
{
	if (f->module && (!symbol->module || strcmp(symbol->module, f->module)))
		return false;
	if (f->modules && !symbol->module)
		return false;
	return !f->query || strstr(symbol->name, f->query);
}

/* ---- rows ---- */

/* The line of code at @address, when there is a debug file that was asked for. */
static void put_line(struct context *context, const struct symbol *symbol, uint64_t address)
{
	struct source_line lines[16];
	struct debug_file *file;
	unsigned int count;

	if (!strchr("tTwW", symbol->type))
		return;
	/* Looking for one on the disk is more than a symbol's line is worth. */
	if (symbol->module) {
		const struct image_module *module = image_module_at(context->image, address);

		file = module ? module->debug_file : NULL;
	} else {
		file = image_debug_named(context->image) ? image_debug_file(context->image) : NULL;
	}
	if (!file ||
	    error_dropped(debug_file_lines(file, address, lines, ARRAY_SIZE(lines), &count)))
		return;
	output_text(context->out, FILE_, lines[0].file);
	output_uint(context->out, LINE, lines[0].line);
}

static void put(struct context *context, const struct symbol *symbol, uint64_t offset, bool line)
{
	struct output *out = context->out;

	output_text(out, NAME, symbol->name);
	output_uint(out, ADDRESS, symbol->address);
	output_textf(out, TYPE, "%c", symbol->type);
	output_text(out, MODULE, symbol->module);
	output_uint(out, SIZE, symbol->size);
	output_uint(out, OFFSET, offset);
	output_uint(out, AT, symbol->address + offset);
	if (offset)
		output_uint(out, PLUS, offset);
	if (line)
		put_line(context, symbol, symbol->address + offset);
	output_row(out);
}

/* ---- lists of symbols ---- */

struct collected {
	const struct filter *filter;
	struct collected_symbol {
		struct symbol symbol;
		size_t order;
	} * symbols;
	size_t count, room;
	struct error *err;
};

static bool collect(void *context, const struct symbol *symbol)
{
	struct collected *c = context;

	if (!passes(c->filter, symbol))
		return true;
	c->err = alloc_grow(&c->symbols, &c->room, c->count + 1, sizeof(*c->symbols));
	if (c->err)
		return false;
	c->symbols[c->count] = (struct collected_symbol){ *symbol, c->count };
	c->count++;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct collected_symbol *left = a, *right = b;

	if (left->symbol.address != right->symbol.address)
		return left->symbol.address < right->symbol.address ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

/* Sorted over the kernel and all modules; those at one address stay in the order of their table. */
static struct error *show_all(struct context *context, const struct filter *filter)
{
	struct collected c = { .filter = filter };
	struct error *err = symbols_each(image_symbols(context->image), collect, &c);
	const struct error *problem;

	if (c.err) {
		error_free(err);
		err = c.err;
	}
	if (!err && !c.count && (filter->query || filter->module))
		err = error_create(ERROR_NOT_FOUND,
				   filter->query ? "no symbol contains \"%s\""
						 : "no symbols of module \"%s\"",
				   filter->query ? filter->query : filter->module);
	if (err && (err->code == ERROR_NOMEM || err->code == ERROR_INTERRUPTED || !c.count)) {
		free(c.symbols);
		return err;
	}
	if (c.count)
		qsort(c.symbols, c.count, sizeof(*c.symbols), compare);
	for (size_t i = 0; i < c.count; i++)
		put(context, &c.symbols[i].symbol, 0, false);
	free(c.symbols);
	/* A module whose table could not be read, or that is not known of at all. */
	problem = image_symbols_problem(context->image);
	if (!err && problem)
		err = error_create(problem->code, "%s", problem->message);
	if (err)
		output_incomplete(context->out, err);
	return NULL;
}

/* ---- one operand ---- */

struct neighbours {
	bool previous, next;
};

/* The neighbour is the symbol that holds the byte before, or the one at the end. */
static void show_neighbour(struct context *context, uint64_t address)
{
	struct symbol symbol;

	if (!error_dropped(symbols_by_address(image_symbols(context->image), address, &symbol)))
		put(context, &symbol, 0, true);
}

static void show(struct context *context, const struct symbol *symbol, uint64_t offset,
		 const struct neighbours *n)
{
	if (n->previous)
		show_neighbour(context, symbol->address - 1);
	put(context, symbol, offset, true);
	if (n->next)
		show_neighbour(context, symbol->address + symbol->size);
}

/* The first symbol that holds @address by its own size. */
struct holder {
	uint64_t address;
	struct symbol *ret;
	bool found;
};

static bool find_holder(void *context, const struct symbol *symbol)
{
	struct holder *h = context;

	if (h->address < symbol->address ||
	    h->address - symbol->address >= max(symbol->size, (uint64_t)1))
		return true;
	*h->ret = *symbol;
	h->found = true;
	return false;
}

/*
 * Per-CPU and absolute symbols hold no addresses: small numbers are not taken for them elsewhere,
 * but here somebody asks what such a number names.
 */
static struct error *find_address(struct context *context, uint64_t address, struct symbol *ret)
{
	struct symbols *symbols = image_symbols(context->image);
	struct error *err = symbols_by_address(symbols, address, ret);
	struct holder holder = { .address = address, .ret = ret };

	if (!err || err->code != ERROR_NOT_FOUND)
		return err;
	error_free(symbols_each(symbols, find_holder, &holder));
	if (!holder.found)
		return err;
	error_free(err);
	return NULL;
}

static struct error *show_address(struct context *context, const char *operand,
				  const struct filter *filter, const struct neighbours *n)
{
	struct symbol symbol;
	uint64_t address;

	TRY(command_address(context, operand, &address));
	TRY(find_address(context, address, &symbol));
	if (!passes(filter, &symbol))
		return error_at(ERROR_NOT_FOUND, address, "%s: %s is of %s%s", operand, symbol.name,
				symbol.module ? "module " : "the kernel",
				symbol.module ? symbol.module : "");
	show(context, &symbol, address - symbol.address, n);
	return NULL;
}

/* All symbols of that name; else what the operand is as an address. */
static struct error *show_operand(struct context *context, const char *operand,
				  const struct filter *filter, const struct neighbours *n)
{
	struct symbols *symbols = image_symbols(context->image);
	struct symbol symbol;
	size_t shown = 0;

	for (size_t nth = 0;; nth++) {
		struct error *err = symbols_by_name_nth(symbols, operand, nth, &symbol);

		if (err && err->code != ERROR_NOT_FOUND && !shown)
			return err;
		if (error_dropped(err))
			break;
		TRY(interrupt_check());
		if (!passes(filter, &symbol))
			continue;
		show(context, &symbol, 0, n);
		shown++;
	}
	return shown ? NULL : show_address(context, operand, filter, n);
}

static struct error *run(struct context *context, const struct arguments *arguments)
{
	struct filter filter = {
		.query = arguments_value(arguments, 'q'),
		.module = arguments_value(arguments, 'm'),
		.modules = arguments_has(arguments, 'M'),
	};
	struct neighbours n = { arguments_has(arguments, 'p'), arguments_has(arguments, 'n') };
	struct error *first = NULL;

	output_begin(context->out, &table);
	if (!arguments->nr_operands) {
		if (!arguments_has(arguments, 'l') && !filter.query && !filter.module &&
		    !filter.modules)
			return error_create(ERROR_USAGE, "a symbol, an address or -l is needed");
		return show_all(context, &filter);
	}
	filter.query = NULL;
	for (size_t i = 0; i < arguments->nr_operands; i++) {
		struct error *err = show_operand(context, arguments->operands[i], &filter, &n);

		if (!err)
			continue;
		/* The others are shown all the same; the command fails by the first. */
		if (!first && arguments->nr_operands > 1 && err->code == ERROR_NOT_FOUND) {
			first = err;
			continue;
		}
		if (!first)
			return err;
		error_free(err);
	}
	return first;
}

const struct command sym_command = {
	.name = "sym",
	.summary = "symbols by name or address",
	.usage = "[-l | -q STRING] [-m MODULE | -M] [-pn] [SYMBOL | ADDRESS]…",
	.help = "A name shows every symbol of that name; \"module:name\" only that module's. An\n"
		"address shows the symbol that holds it, and the offset into it.\n"
		"\n"
		"  sym schedule\n"
		"  sym -pn ffffffff81a07125\n"
		"  sym -q nmi_handle\n"
		"  sym -m overlay",
	.options = options,
	.tables = tables,
	.completes = COMPLETES_SYMBOL,
	.run = run,
};
