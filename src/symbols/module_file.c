// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What arch/x86/kernel/module.c of Linux does with a module's file. libdwfl relocates such files as
 * well, but to addresses of its own: the file is opened anew.
 */
#include "symbols/module_file.h"
#include "symbols/elf_file.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/interrupt.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#define MAX_SECTIONS 65536
#define MAX_SYMBOLS  (1u << 20)
#define MAX_MODULE   ((uint64_t)256 << 20)
#define MAX_FIELDS   (1u << 24) /* relocations of a file */

struct loading {
	struct module_file *file;
	const struct module_layout *layout;
	const char *path;
	/* By a section's number: where it is, or NULL; and its number in file->sections, from 1. */
	struct {
		uint64_t address;
		bool known;
		uint32_t number;
	} * places;
	size_t nr_places;
	size_t symbols_at;	/* the section that has the symbols */
	uint64_t bytes, fields; /* that were read */
};

static struct error *damaged(const struct loading *l, const char *what)
{
	return error_create(ERROR_BAD_DATA, "%s: %s", l->path, what);
}

/* ---- sections ---- */

static struct error *copy_data(struct loading *l, Elf_Scn *scn, const GElf_Shdr *shdr,
			       const uint8_t **ret)
{
	Elf_Data *data;
	uint8_t *copy;

	if (shdr->sh_type == SHT_NOBITS)
		return NULL;
	data = elf_rawdata(scn, NULL);
	if (!data || !data->d_buf || data->d_size != shdr->sh_size ||
	    (shdr->sh_flags & SHF_COMPRESSED))
		return damaged(l, "a section's bytes are not there");
	TRY(alloc_array(data->d_size, 1, MAX_MODULE - l->bytes, "bytes of a module", &copy));
	memcpy(copy, data->d_buf, data->d_size);
	l->bytes += data->d_size;
	*ret = copy;
	return NULL;
}

static struct error *load_section(struct loading *l, Elf_Scn *scn, const GElf_Shdr *shdr,
				  const char *name)
{
	struct module_file *file = l->file;
	struct debug_section *s = &file->sections[file->nr_sections];
	size_t index = elf_ndxscn(scn);
	uint64_t end;

	if (!l->layout->section(l->layout->context, name, &s->address) ||
	    __builtin_add_overflow(s->address, shdr->sh_size, &end))
		return NULL;
	s->name = name;
	s->size = shdr->sh_size;
	s->writable = shdr->sh_flags & SHF_WRITE;
	s->executable = shdr->sh_flags & SHF_EXECINSTR;
	TRY(copy_data(l, scn, shdr, &s->data));
	l->places[index].known = true;
	l->places[index].address = s->address;
	l->places[index].number = (uint32_t)++file->nr_sections;
	return NULL;
}

static struct error *load_sections(struct loading *l)
{
	Elf *elf = l->file->elf;
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) || elf_getshdrnum(elf, &l->nr_places))
		return damaged(l, "sections without names");
	TRY(alloc_array(l->nr_places, sizeof(*l->places), MAX_SECTIONS, "sections", &l->places));
	TRY(alloc_array(l->nr_places, sizeof(*l->file->sections), MAX_SECTIONS, "sections",
			&l->file->sections));
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		const char *name;

		if (elf_ndxscn(scn) >= l->nr_places || !gelf_getshdr(scn, &shdr))
			return damaged(l, "a section without a header");
		if (shdr.sh_type == SHT_SYMTAB)
			l->symbols_at = elf_ndxscn(scn);
		if (!(shdr.sh_flags & SHF_ALLOC) || !shdr.sh_size)
			continue;
		name = elf_strptr(elf, names, shdr.sh_name);
		if (!name)
			return damaged(l, "a section without a name");
		TRY(load_section(l, scn, &shdr, name));
	}
	return NULL;
}

/* ---- symbols ---- */

static void resolve(struct loading *l, const GElf_Sym *sym, struct module_file_symbol *s)
{
	if (sym->st_shndx == SHN_ABS) {
		s->known = true;
		s->address = sym->st_value;
	} else if (sym->st_shndx == SHN_UNDEF) {
		s->known = *s->name && l->layout->symbol(l->layout->context, s->name, &s->address);
	} else if (sym->st_shndx < l->nr_places) {
		s->known = l->places[sym->st_shndx].known;
		s->address = l->places[sym->st_shndx].address + sym->st_value;
	}
}

static struct error *load_symbols(struct loading *l)
{
	Elf *elf = l->file->elf;
	Elf_Scn *scn = elf_getscn(elf, l->symbols_at);
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;
	GElf_Shdr shdr;

	if (!l->symbols_at || !gelf_getshdr(scn, &shdr))
		return damaged(l, "no symbols");
	TRY(alloc_array(count, sizeof(*l->file->symbols), MAX_SYMBOLS, "symbols",
			&l->file->symbols));
	for (size_t i = 0; i < count; i++) {
		GElf_Sym sym;
		const char *name;

		TRY(interrupt_check());
		if (!gelf_getsym(data, (int)i, &sym))
			return damaged(l, "a symbol is not there");
		name = elf_strptr(elf, shdr.sh_link, sym.st_name);
		l->file->symbols[i].name = name ? name : "";
		resolve(l, &sym, &l->file->symbols[i]);
	}
	l->file->nr_symbols = count;
	return NULL;
}

/* ---- relocations ---- */

/* The bytes that a relocation writes; 8, the most, for what the kernel does not take. */
static uint64_t field_size(uint32_t type)
{
	switch (type) {
	case R_X86_64_NONE:
		return 0;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		return 4;
	default:
		return 8;
	}
}

static bool is_relative(uint32_t type)
{
	return type == R_X86_64_PC32 || type == R_X86_64_PLT32 || type == R_X86_64_PC64;
}

static struct error *relocate_field(struct loading *l, const struct debug_section *s,
				    const GElf_Rela *rela)
{
	struct module_file *file = l->file;
	uint32_t type = (uint32_t)GELF_R_TYPE(rela->r_info);
	uint64_t symbol = GELF_R_SYM(rela->r_info), size = field_size(type), value;
	uint8_t *at;

	if (rela->r_offset > s->size || size > s->size - rela->r_offset)
		return damaged(l, "a relocation is out of its section");
	if (symbol >= file->nr_symbols)
		return damaged(l, "a relocation by no symbol");
	if (!size)
		return NULL;
	if (!file->symbols[symbol].known ||
	    (size == 8 && type != R_X86_64_64 && type != R_X86_64_PC64)) {
		TRY(alloc_grow(&file->unknown, &file->room_unknown, file->nr_unknown + 1,
			       sizeof(*file->unknown)));
		file->unknown[file->nr_unknown++] =
			(struct module_file_field){ s->address + rela->r_offset, size };
		return NULL;
	}
	value = file->symbols[symbol].address + (uint64_t)rela->r_addend;
	if (is_relative(type))
		value -= s->address + rela->r_offset;
	at = (uint8_t *)s->data + rela->r_offset;
	for (uint64_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * i);
	return NULL;
}

static struct error *relocate_section(struct loading *l, Elf_Scn *scn, const GElf_Shdr *shdr)
{
	const struct debug_section *s;
	Elf_Data *data;
	size_t count;

	if (shdr->sh_info >= l->nr_places || !l->places[shdr->sh_info].known)
		return NULL;
	s = &l->file->sections[l->places[shdr->sh_info].number - 1];
	data = elf_getdata(scn, NULL);
	if (!s->data || !data || !data->d_buf || shdr->sh_link != l->symbols_at)
		return damaged(l, "relocations of what is not there");
	count = data->d_size / sizeof(Elf64_Rela);
	if (count > MAX_FIELDS - l->fields)
		return damaged(l, "too many relocations");
	l->fields += count;
	for (size_t i = 0; i < count; i++) {
		GElf_Rela rela;

		if (!gelf_getrela(data, (int)i, &rela))
			return damaged(l, "a relocation is not there");
		TRY(relocate_field(l, s, &rela));
	}
	return interrupt_check();
}

static struct error *relocate(struct loading *l)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(l->file->elf, scn))) {
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_RELA)
			TRY(relocate_section(l, scn, &shdr));
	}
	return NULL;
}

/* ---- the file ---- */

static struct error *open_elf(struct loading *l, const struct build_id *build_id)
{
	struct module_file *file = l->file;
	const void *bytes;
	GElf_Ehdr ehdr;

	TRY(elf_file_open(l->path, &file->fd));
	elf_version(EV_CURRENT);
	file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
	if (!file->elf || !gelf_getehdr(file->elf, &ehdr) || ehdr.e_type != ET_REL ||
	    ehdr.e_machine != EM_X86_64 || ehdr.e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr.e_ident[EI_DATA] != ELFDATA2LSB)
		return error_create(ERROR_NOT_MINE, "%s is no module of x86_64", l->path);
	if (!build_id->size ||
	    dwelf_elf_gnu_build_id(file->elf, &bytes) != (ssize_t)build_id->size ||
	    memcmp(bytes, build_id->bytes, build_id->size) != 0)
		return error_create(ERROR_NOT_MINE, "%s is of another build", l->path);
	return NULL;
}

static struct error *load(struct loading *l, const struct build_id *build_id)
{
	TRY(open_elf(l, build_id));
	TRY(load_sections(l));
	TRY(load_symbols(l));
	return relocate(l);
}

struct error *module_file_open(const char *path, const struct build_id *build_id,
			       const struct module_layout *layout, struct module_file **ret)
{
	struct loading l = { .layout = layout, .path = path };
	struct error *err;

	l.file = calloc(1, sizeof(*l.file));
	if (!l.file)
		return error_nomem();
	l.file->fd = -1;
	err = load(&l, build_id);
	free(l.places);
	if (err) {
		module_file_close(l.file);
		return err;
	}
	*ret = l.file;
	return NULL;
}

void module_file_close(struct module_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->nr_sections; i++)
		free((void *)file->sections[i].data);
	free(file->sections);
	free(file->symbols);
	free(file->unknown);
	elf_end(file->elf);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}
