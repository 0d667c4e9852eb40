/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols of the kernel and its modules, from whatever source, and the two questions asked of them.
 *
 * A source (kallsyms in memory, a module's symbol table in memory, an ELF file) yields `struct
 * symbol`s; names are borrowed from the source and live as long as the struct symbols.
 */
#ifndef SYMBOLS_SYMBOLS_H
#define SYMBOLS_SYMBOLS_H

#include "base/error.h"
#include "base/memory.h"

struct symbol {
	const char *name;
	uint64_t address;
	uint64_t size;	    /* up to the next symbol where the source has no sizes */
	char type;	    /* nm's letter, as /proc/kallsyms has it */
	const char *module; /* NULL: the kernel itself */
};

struct symbol_source;
struct symbol_source_ops {
	const char *name;
	/* The symbol that holds @address: the nearest at or below it within the source's bounds. */
	struct error *(*by_address)(struct symbol_source *source, uint64_t address,
				    struct symbol *ret);
	/* @nth symbol of that name (0 first), in address order. */
	struct error *(*by_name)(struct symbol_source *source, const char *name, size_t nth,
				 struct symbol *ret);
	/* Every symbol in address order until @each returns false. */
	struct error *(*each)(struct symbol_source *source,
			      bool (*each)(void *context, const struct symbol *symbol),
			      void *context);
	void (*destroy)(struct symbol_source *source);
};

/* Address ranges that a source answers for. */
struct symbol_range {
	uint64_t start, end; /* [start, end) */
};

struct symbol_source {
	const struct symbol_source_ops *ops;
	char *origin;
	struct symbol_range ranges[16];
	unsigned int nr_ranges;
	struct symbol_source *next;
};

struct symbols {
	struct symbol_source *sources;
	/* Called once, when no source answers: adds the modules' sources. Returns true if any. */
	bool (*more)(void *context);
	void *more_context;
};

void symbols_init(struct symbols *symbols);
void symbols_deinit(struct symbols *symbols);
/* Takes over @source. The kernel's comes first. */
void symbols_add(struct symbols *symbols, struct symbol_source *source);

must_check struct error *symbols_by_address(struct symbols *symbols, uint64_t address,
					    struct symbol *ret);
/* "name" or "module:name". */
must_check struct error *symbols_by_name(struct symbols *symbols, const char *name,
					 struct symbol *ret);
must_check struct error *symbols_by_name_nth(struct symbols *symbols, const char *name, size_t nth,
					     struct symbol *ret);
must_check struct error *symbols_each(struct symbols *symbols,
				      bool (*each)(void *context, const struct symbol *symbol),
				      void *context);

/* ---- kallsyms.c: kernel/kallsyms.c of Linux, scripts/kallsyms.c for the format ---- */
/* Where the tables lie in kernel virtual memory; 0: the kernel has no such table. */
struct kallsyms_tables {
	uint64_t names, num_syms, token_table, token_index, offsets, relative_base, addresses,
		markers, seqs_of_names;
	/* The kernel's text as its symbols _text/_stext, _end say, when known; else 0. */
	uint64_t text_start, text_end;
	/* Added to addresses that were absolute at build time (KASLR); 0 when tables are relative.
	 */
	uint64_t kaslr_offset;
};
/* Reads the tables whole and checks them. @memory must outlive the source. */
must_check struct error *kallsyms_create(const struct memory *memory,
					 const struct kallsyms_tables *tables,
					 struct symbol_source **ret);
/*
 * Finds the tables in a kernel image when VMCOREINFO does not say where they are (before v6.0):
 * [@start, @end) is the image in virtual memory (rodata is in it). Pages that cannot be read are
 * stepped over.
 */
must_check struct error *kallsyms_scan(const struct memory *memory, uint64_t start, uint64_t end,
				       struct kallsyms_tables *ret);

/* ---- kallsyms_check.c ---- */
typedef void (*kallsyms_tell)(void *context, uint64_t address, const char *text);
/*
 * Looks at all of the kernel's own symbols, beyond what reading them needs, and tells what cannot
 * be. NOT_FOUND: the kernel's symbols do not come from kallsyms.
 */
must_check struct error *kallsyms_check(struct symbols *symbols, kallsyms_tell tell, void *context,
					uint64_t *checked);

/* ---- module_symbols.c ---- */
/* What the caller read from struct module and struct mod_kallsyms. */
struct module_symbols {
	const char *name; /* copied */
	uint64_t symtab;  /* Elf_Sym[] in memory */
	uint64_t num_symtab;
	uint64_t strtab;
	uint64_t typetab; /* a letter each (v5.2), or 0: the letter is in st_info / st_size */
	struct symbol_range ranges[16]; /* the module's memory */
	unsigned int nr_ranges;
	/*
	 * The module's exports as /proc/kallsyms marks them with a capital letter: the bytes of
	 * mod->syms[0 … num_syms). Empty: no letter is changed.
	 */
	struct symbol_range exports;
};
/* Reads nothing yet: the tables are read when the source is first asked. @memory must outlive it.
 */
must_check struct error *module_symbols_create(const struct memory *memory,
					       const struct module_symbols *module,
					       struct symbol_source **ret);

/* ---- elf_symbols.c ---- */
/*
 * .symtab of an ELF file (vmlinux, a module's debug file): @elf is a libelf `Elf *`, borrowed and
 * outliving the source. @relocate maps a section's index and its address in the file to where it is
 * in the dumped kernel (a constant offset for vmlinux); returns false to drop the symbol. It is
 * called here alone, for every section and every symbol.
 */
must_check struct error *elf_symbols_create(void *elf, const char *module, const char *origin,
					    bool (*relocate)(void *context, unsigned int section,
							     uint64_t value, uint64_t *ret),
					    void *context, struct symbol_source **ret);

#endif
