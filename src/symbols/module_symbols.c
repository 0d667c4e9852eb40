// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loaded module's symbols, from the symbol table that the module loader keeps in memory
 * (struct mod_kallsyms): kernel/module/kallsyms.c of Linux. Values are final addresses there.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "symbols/raw_symbol.h"
#include "symbols/symbol_list.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* The largest drivers have some 100,000. */
#define MAX_SYMBOLS (1u << 20)
#define READ_CHUNK  ((size_t)256 << 10)
#define MAX_STRTAB  ((size_t)64 << 20)

struct module_list {
	struct symbol_list list;
	const struct memory *memory;
	struct module_symbols from;
	char *strtab;
};

/* Reads @size bytes piece by piece, so that a wild size fails before it costs memory. */
static struct error *read_pieces(const struct memory *memory, uint64_t address, size_t size,
				 const char *what, void *ret)
{
	uint8_t *data = NULL;
	size_t room = 0;

	for (size_t done = 0; done < size;) {
		size_t piece = min(size - done, READ_CHUNK);
		/* One more byte, so that strings always end. */
		struct error *err = alloc_grow(&data, &room, done + piece + 1, 1);

		if (!err)
			err = interrupt_check();
		if (!err)
			err = error_wrap(memory_read(memory, address + done, data + done, piece),
					 "%s", what);
		if (err) {
			free(data);
			return err;
		}
		done += piece;
		data[done] = 0;
	}
	*(uint8_t **)ret = data;
	return NULL;
}

/*
 * The strings' size is kept nowhere: they end behind the one that begins last. Where the letters
 * follow them, as the loader lays them out, those bound it as well.
 */
static struct error *read_strings(struct module_list *m, const uint8_t *symtab, size_t *ret)
{
	uint64_t last = 0, known;
	char name[512];

	for (uint64_t i = 0; i < m->from.num_symtab; i++)
		last = max(last, (uint64_t)raw_symbol_decode(
					 m->memory, symtab + i * raw_symbol_size(m->memory))
					 .name);
	if (last > MAX_STRTAB)
		return error_create(ERROR_BAD_DATA, "a name at 0x%llx of the module's strings",
				    (unsigned long long)last);
	known = m->from.typetab > m->from.strtab ? m->from.typetab - m->from.strtab : 0;
	if (known <= last || known - last > sizeof(name)) {
		TRY(error_wrap(
			memory_read_string(m->memory, m->from.strtab + last, name, sizeof(name)),
			"the module's strings"));
		known = last + strlen(name) + 1;
	}
	TRY(read_pieces(m->memory, m->from.strtab, known, "the module's strings", &m->strtab));
	*ret = known;
	return NULL;
}

static bool is_letter(unsigned int c)
{
	return c && c < 128 && strchr("aAbBdDgGiInNrRsStTuUvVwW?-", (int)c);
}

/*
 * The letter's place: typetab since 1c7651f43777 (v5.2), st_size for 5439c985c5a8 (v5.0), st_info
 * before, where a real one is never a letter: bindings and types are small.
 */
static char letter_of(const struct raw_symbol *s, const uint8_t *types, uint64_t i)
{
	if (types)
		return is_letter(types[i]) ? (char)types[i] : '?';
	if (is_letter(s->info))
		return (char)s->info;
	return is_letter((unsigned int)min(s->size, (uint64_t)255)) ? (char)s->size : '?';
}

static struct error *add_symbol(struct module_list *m, const struct raw_symbol *s, char type,
				size_t strings)
{
	struct listed_symbol add = { .address = s->value, .type = type };

	if (s->name >= strings)
		return NULL;
	add.name = m->strtab + s->name;
	/* The first entry, undefined symbols, and those without a name are not shown. */
	if (!*add.name || s->section == SHN_UNDEF || type == 'U' || type == 'u')
		return NULL;
	if (m->from.typetab)
		add.size = s->size;
	return symbol_list_add(&m->list, &add);
}

static struct error *add_symbols(struct module_list *m, const uint8_t *symtab, const uint8_t *types)
{
	size_t strings;

	TRY(read_strings(m, symtab, &strings));
	for (uint64_t i = 1; i < m->from.num_symtab; i++) {
		struct raw_symbol s =
			raw_symbol_decode(m->memory, symtab + i * raw_symbol_size(m->memory));

		TRY(add_symbol(m, &s, letter_of(&s, types, i), strings));
	}
	return NULL;
}

static int compare_names(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

static int compare_name_pointers(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * A symbol that the module exports has a capital letter: one whose entry "__ksymtab_NAME" lies in
 * the table that is_exported() searches.
 */
static struct error *mark_exports(struct module_list *m)
{
	static const char prefix[] = "__ksymtab_";
	const struct symbol_range *exports = &m->from.exports;
	const char **names;
	size_t count = 0;

	if (exports->start >= exports->end)
		return NULL;
	TRY(alloc_array(m->list.count, sizeof(*names), m->list.count, "exports", &names));
	for (size_t i = 0; i < m->list.count; i++) {
		const struct listed_symbol *s = &m->list.symbols[i];

		if (s->address >= exports->start && s->address < exports->end &&
		    !strncmp(s->name, prefix, strlen(prefix)))
			names[count++] = s->name + strlen(prefix);
	}
	qsort(names, count, sizeof(*names), compare_name_pointers);
	for (size_t i = 0; i < m->list.count; i++) {
		struct listed_symbol *s = &m->list.symbols[i];

		if (s->type >= 'a' && s->type <= 'z' &&
		    bsearch(s->name, names, count, sizeof(*names), compare_names))
			s->type = (char)(s->type - 'a' + 'A');
	}
	free(names);
	return NULL;
}

static struct error *load_symbols(struct symbol_list *list)
{
	struct module_list *m = (struct module_list *)list;
	uint8_t *symtab = NULL, *types = NULL;
	struct error *err;

	free(m->strtab);
	m->strtab = NULL;
	if (!m->from.num_symtab)
		return NULL;
	if (m->from.num_symtab > MAX_SYMBOLS)
		return error_create(ERROR_BAD_DATA, "module %s: %llu symbols", list->module,
				    (unsigned long long)m->from.num_symtab);
	err = read_pieces(m->memory, m->from.symtab,
			  m->from.num_symtab * raw_symbol_size(m->memory), "the symbol table",
			  &symtab);
	if (!err && m->from.typetab)
		err = read_pieces(m->memory, m->from.typetab, m->from.num_symtab,
				  "the symbols' letters", &types);
	if (!err)
		err = add_symbols(m, symtab, types);
	if (!err)
		err = mark_exports(m);
	free(symtab);
	free(types);
	return error_wrap(err, "symbols of module %s", list->module);
}

static void deinit(struct symbol_list *list)
{
	free(((struct module_list *)list)->strtab);
}

struct error *module_symbols_create(const struct memory *memory,
				    const struct module_symbols *module, struct symbol_source **ret)
{
	struct module_list *m = calloc(1, sizeof(*m));

	if (!m)
		return error_nomem();
	m->memory = memory;
	m->from = *module;
	m->list.source.ops = &symbol_list_ops;
	m->list.load = load_symbols;
	m->list.deinit = deinit;
	m->list.source.nr_ranges =
		min(module->nr_ranges, (unsigned int)ARRAY_SIZE(m->list.source.ranges));
	for (unsigned int i = 0; i < m->list.source.nr_ranges; i++)
		m->list.source.ranges[i] = module->ranges[i];
	m->list.module = strdup(module->name);
	if (!m->list.module ||
	    asprintf(&m->list.source.origin, "module %s (in the dump)", module->name) < 0) {
		m->list.source.origin = NULL;
		symbol_list_destroy(&m->list.source);
		return error_nomem();
	}
	m->from.name = m->list.module;
	*ret = &m->list.source;
	return NULL;
}
