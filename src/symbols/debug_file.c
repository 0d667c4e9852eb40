// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening a file with debug information through libdwfl, which knows about separate debug files,
 * compressed sections, dwz, and relocating the DWARF of a module's object file.
 *
 * libdwfl lays the sections of an object file out one after the other at addresses of its own;
 * debug_file_place() then says where each of them is in the dumped kernel.
 */
#include "symbols/debug_file.h"
#include "symbols/elf_file.h"

#include "base/alloc.h"

#include <elfutils/libdwelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *search_path;

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = &search_path,
};

struct error *debug_roots(const char *prefix, char **ret)
{
	const char *more = getenv("KX_DEBUG_PATH");

	if (more && !*more)
		more = NULL;
	if (asprintf(ret, "%s%s%s/usr/lib/debug", prefix, more ? more : "", more ? ":" : "") < 0)
		return error_nomem();
	return NULL;
}

static struct error *read_build_id(struct debug_file *file)
{
	const void *bytes;
	ssize_t size = dwelf_elf_gnu_build_id(file->elf, &bytes);

	if (size <= 0)
		return NULL;
	if ((size_t)size > sizeof(file->build_id.bytes))
		return error_create(ERROR_BAD_DATA, "%s: a build-id of %zd bytes", file->path,
				    size);
	memcpy(file->build_id.bytes, bytes, (size_t)size);
	file->build_id.size = (unsigned int)size;
	return NULL;
}

static struct error *open_module(struct debug_file *file)
{
	GElf_Ehdr ehdr;
	int fd;

	TRY(elf_file_open(file->path, &fd));
	file->dwfl = dwfl_begin(&callbacks);
	if (!file->dwfl) {
		close(fd);
		return error_nomem();
	}
	dwfl_report_begin(file->dwfl);
	file->module = dwfl_report_offline(file->dwfl, file->path, file->path, fd);
	if (!file->module) {
		/* libdwfl closes the descriptor only of what it takes. */
		const char *why = dwfl_errmsg(-1);

		close(fd);
		return error_create(ERROR_NOT_MINE, "%s is no ELF file: %s", file->path,
				    why ? why : "unknown");
	}
	dwfl_report_end(file->dwfl, NULL, NULL);
	file->elf = dwfl_module_getelf(file->module, &file->elf_bias);
	if (!file->elf || !gelf_getehdr(file->elf, &ehdr))
		return error_create(ERROR_BAD_DATA, "%s: %s", file->path, dwfl_errmsg(-1));
	if (ehdr.e_type != ET_EXEC && ehdr.e_type != ET_DYN && ehdr.e_type != ET_REL)
		return error_create(ERROR_NOT_MINE, "%s is no vmlinux, module or debug file",
				    file->path);
	file->relocatable = ehdr.e_type == ET_REL;
	return read_build_id(file);
}

struct error *debug_file_open(const char *path, struct debug_file **ret)
{
	struct debug_file *file;
	struct error *err;

	if (!search_path)
		TRY(debug_roots(":.debug:", &search_path));
	file = calloc(1, sizeof(*file));
	if (!file)
		return error_nomem();
	file->path = strdup(path);
	err = file->path ? open_module(file) : error_nomem();
	if (err) {
		debug_file_close(file);
		return err;
	}
	*ret = file;
	return NULL;
}

void debug_file_close(struct debug_file *file)
{
	if (!file)
		return;
	debug_lines_deinit(file);
	if (file->dwfl)
		dwfl_end(file->dwfl);
	free(file->ranges);
	free(file->path);
	free(file);
}

const char *debug_file_path(const struct debug_file *file)
{
	return file->path;
}

const struct build_id *debug_file_build_id(const struct debug_file *file)
{
	return &file->build_id;
}

void *debug_file_dwarf(struct debug_file *file)
{
	if (!file->looked_for_dwarf) {
		file->looked_for_dwarf = true;
		file->dwarf = dwfl_module_getdwarf(file->module, &file->dwarf_bias);
	}
	return file->dwarf;
}

static bool has_symtab(Elf *elf)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while (elf && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB)
			return true;
	return false;
}

void *debug_file_elf(struct debug_file *file)
{
	Elf *other;

	/* A stripped file's symbols are where its debug information is. */
	if (has_symtab(file->elf) || !debug_file_dwarf(file))
		return file->elf;
	other = dwarf_getelf(file->dwarf);
	return has_symtab(other) ? other : file->elf;
}

struct error *debug_file_symbol(struct debug_file *file, const char *name, uint64_t *ret)
{
	Elf *elf = debug_file_elf(file);
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(elf, scn))) {
		Elf_Data *data;
		size_t count;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		count = data ? data->d_size / gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT) : 0;
		for (size_t i = 1; i < count && i <= INT32_MAX; i++) {
			GElf_Sym sym;
			const char *found;

			if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF)
				continue;
			found = elf_strptr(elf, shdr.sh_link, sym.st_name);
			if (!found || strcmp(found, name))
				continue;
			*ret = sym.st_value;
			return NULL;
		}
	}
	return error_create(ERROR_NOT_FOUND, "%s has no symbol \"%s\"", file->path, name);
}

/* ---- placing ---- */

/* One range for each section that is loaded and that @layout knows. */
static struct error *place_sections(struct debug_file *file, const struct debug_layout *layout)
{
	Elf_Scn *scn = NULL;
	size_t names;
	GElf_Shdr shdr;

	(void)debug_file_dwarf(file);
	if (elf_getshdrstrndx(file->elf, &names))
		return error_create(ERROR_BAD_DATA, "%s: sections without names", file->path);
	while ((scn = elf_nextscn(file->elf, scn))) {
		struct debug_range range;
		const char *name;

		if (!gelf_getshdr(scn, &shdr) || !(shdr.sh_flags & SHF_ALLOC) || !shdr.sh_size)
			continue;
		name = elf_strptr(file->elf, names, shdr.sh_name);
		if (!name || !layout->section(layout->context, name, &range.start) ||
		    __builtin_add_overflow(range.start, shdr.sh_size, &range.end))
			continue;
		range.delta = shdr.sh_addr + file->elf_bias - file->dwarf_bias - range.start;
		TRY(alloc_grow(&file->ranges, &file->room_ranges, file->nr_ranges + 1,
			       sizeof(*file->ranges)));
		file->ranges[file->nr_ranges++] = range;
	}
	if (!file->nr_ranges)
		return error_create(ERROR_NOT_FOUND, "%s: none of its sections was loaded",
				    file->path);
	return NULL;
}

struct error *debug_file_place(struct debug_file *file, const struct debug_layout *layout)
{
	file->nr_ranges = 0;
	file->offset = layout->offset;
	return layout->section ? place_sections(file, layout) : NULL;
}

bool debug_file_to_dwarf(const struct debug_file *file, uint64_t address, uint64_t *ret)
{
	if (!file->nr_ranges) {
		*ret = address - file->offset + file->elf_bias - file->dwarf_bias;
		return true;
	}
	for (size_t i = 0; i < file->nr_ranges; i++)
		if (address >= file->ranges[i].start && address < file->ranges[i].end) {
			*ret = address + file->ranges[i].delta;
			return true;
		}
	return false;
}

bool debug_file_from_dwarf(const struct debug_file *file, uint64_t address, uint64_t *ret)
{
	if (!file->nr_ranges) {
		*ret = address + file->offset - file->elf_bias + file->dwarf_bias;
		return true;
	}
	for (size_t i = 0; i < file->nr_ranges; i++) {
		uint64_t there = address - file->ranges[i].delta;

		if (there >= file->ranges[i].start && there < file->ranges[i].end) {
			*ret = there;
			return true;
		}
	}
	return false;
}
