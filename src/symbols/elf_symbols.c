// SPDX-License-Identifier: GPL-2.0-or-later
/* .symtab of an ELF file: of a vmlinux for the kernel, of a debug file for a module. */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "symbols/symbol_list.h"

#include <gelf.h>
#include <stdio.h>
#include <string.h>

struct elf_list {
	struct symbol_list list;
	Elf *elf;
	bool (*relocate)(void *context, unsigned int section, uint64_t value, uint64_t *ret);
	void *context;
};

/* nm's letter, by the section that holds the symbol. */
static char letter_of(Elf *elf, const GElf_Sym *sym, unsigned int section)
{
	bool local = GELF_ST_BIND(sym->st_info) == STB_LOCAL;
	GElf_Shdr shdr;
	Elf_Scn *scn;
	char c = '?';

	if (GELF_ST_BIND(sym->st_info) == STB_WEAK)
		return GELF_ST_TYPE(sym->st_info) == STT_OBJECT ? 'V' : 'W';
	if (section == SHN_ABS)
		return local ? 'a' : 'A';
	scn = elf_getscn(elf, section);
	if (scn && gelf_getshdr(scn, &shdr)) {
		if (shdr.sh_flags & SHF_EXECINSTR)
			c = 't';
		else if (!(shdr.sh_flags & SHF_ALLOC))
			c = 'n';
		/* Debug files turn every section into SHT_NOBITS: only writable ones are .bss. */
		else if (!(shdr.sh_flags & SHF_WRITE))
			c = 'r';
		else
			c = shdr.sh_type == SHT_NOBITS ? 'b' : 'd';
	}
	return local || c == '?' ? c : (char)(c - 'a' + 'A');
}

static bool is_shown(const GElf_Sym *sym, unsigned int section)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info);

	return section != SHN_UNDEF && section != SHN_COMMON && type != STT_FILE &&
	       type != STT_SECTION && type != STT_TLS;
}

/* Functions and objects say more than labels, and global ones more than local ones. */
static uint8_t rank_of(const GElf_Sym *sym)
{
	unsigned int type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);

	return (type == STT_FUNC || type == STT_OBJECT ? 0 : 4) + (bind == STB_GLOBAL  ? 0
								   : bind == STB_LOCAL ? 1
										       : 2);
}

static struct error *add_table(struct elf_list *e, Elf_Data *data, Elf_Data *wide, size_t strings)
{
	size_t count = data->d_size / gelf_fsize(e->elf, ELF_T_SYM, 1, EV_CURRENT);

	for (size_t i = 1; i < count && i <= INT32_MAX; i++) {
		struct listed_symbol add = { 0 };
		Elf32_Word extended = 0;
		unsigned int section;
		GElf_Sym sym;

		TRY(interrupt_check());
		if (!gelf_getsymshndx(data, wide, (int)i, &sym, &extended))
			break;
		section = sym.st_shndx == SHN_XINDEX ? extended : sym.st_shndx;
		if (!is_shown(&sym, section))
			continue;
		add.name = elf_strptr(e->elf, strings, sym.st_name);
		if (!add.name || !*add.name ||
		    !e->relocate(e->context, section, sym.st_value, &add.address))
			continue;
		add.size = sym.st_size;
		add.type = letter_of(e->elf, &sym, section);
		add.rank = rank_of(&sym);
		TRY(symbol_list_add(&e->list, &add));
	}
	return NULL;
}

/* The section's data as it is in memory; NULL when there is none. */
static Elf_Data *data_of(Elf_Scn *scn)
{
	return scn ? elf_getdata(scn, NULL) : NULL;
}

static struct error *load_symbols(struct symbol_list *list)
{
	struct elf_list *e = (struct elf_list *)list;
	Elf_Scn *scn = NULL, *symtab = NULL, *wide = NULL;
	GElf_Shdr shdr, found;
	Elf_Data *data;

	while ((scn = elf_nextscn(e->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr))
			continue;
		if (shdr.sh_type == SHT_SYMTAB && !symtab) {
			symtab = scn;
			found = shdr;
		} else if (shdr.sh_type == SHT_SYMTAB_SHNDX) {
			wide = scn;
		}
	}
	data = data_of(symtab);
	if (!data)
		return error_create(ERROR_NOT_FOUND, "%s has no symbol table", list->source.origin);
	TRY(add_table(e, data, data_of(wide), found.sh_link));
	return NULL;
}

/*
 * One range a section that is loaded, as far as there is room, the neighbours joined: gaps of a
 * vmlinux belong to it.
 */
static void add_range(struct symbol_source *source, const char *module, uint64_t start,
		      uint64_t end)
{
	struct symbol_range *last = &source->ranges[0];

	if (start >= end)
		return;
	if (source->nr_ranges && (!module || source->nr_ranges == ARRAY_SIZE(source->ranges))) {
		if (module)
			last = &source->ranges[source->nr_ranges - 1];
		last->start = min(last->start, start);
		last->end = max(last->end, end);
		return;
	}
	source->ranges[source->nr_ranges++] = (struct symbol_range){ start, end };
}

static void find_ranges(struct elf_list *e)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	uint64_t start;

	while ((scn = elf_nextscn(e->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) || !shdr.sh_size)
			continue;
		/* Per-CPU sections are templates with addresses of their own. */
		if (!e->list.module && !shdr.sh_addr)
			continue;
		if (e->relocate(e->context, (unsigned int)elf_ndxscn(scn), shdr.sh_addr, &start))
			add_range(&e->list.source, e->list.module, start, start + shdr.sh_size);
	}
}

struct error *elf_symbols_create(void *elf, const char *module, const char *origin,
				 bool (*relocate)(void *context, unsigned int section,
						  uint64_t value, uint64_t *ret),
				 void *context, struct symbol_source **ret)
{
	struct elf_list *e = calloc(1, sizeof(*e));
	struct error *err;

	if (!e)
		return error_nomem();
	e->elf = elf;
	e->relocate = relocate;
	e->context = context;
	e->list.source.ops = &symbol_list_ops;
	e->list.load = load_symbols;
	e->list.source.origin = strdup(origin);
	e->list.module = module ? strdup(module) : NULL;
	if (!e->list.source.origin || (module && !e->list.module)) {
		symbol_list_destroy(&e->list.source);
		return error_nomem();
	}
	find_ranges(e);
	/* At once: @relocate's context is not ours to keep. */
	err = symbol_list_load(&e->list);
	if (err) {
		symbol_list_destroy(&e->list.source);
		return err;
	}
	*ret = &e->list.source;
	return NULL;
}
