// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source lines and chains of inlined calls, from DWARF: .debug_aranges leads to the unit, its line
 * table to the line, its tree to the inlined calls. Only what belongs to that unit is decoded.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "symbols/debug_file.h"

#include <dwarf.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

/* Of nested scopes; compilers stay far below. */
#define MAX_DEPTH 64

/* ---- paths ---- */

struct shown_path {
	const char *raw; /* libdw's string, by address */
	char *shown;
};

static int compare_paths(const void *a, const void *b)
{
	const struct shown_path *left = a, *right = b;

	return (left->raw > right->raw) - (left->raw < right->raw);
}

static void free_path(void *node)
{
	struct shown_path *path = node;

	free(path->shown);
	free(path);
}

/* Takes "." and "dir/.." out of @path, in place. */
static void simplify(char *path)
{
	char *out = path, *p = path;
	size_t root = *path == '/';

	out += root;
	p += root;
	while (*p) {
		size_t len = strcspn(p, "/");
		bool is_last = !p[len];
		char *last =
			out > path + root ? memrchr(path + root, '/', out - 1 - path - root) : NULL;

		last = last ? last + 1 : path + root;
		if (len == 2 && p[0] == '.' && p[1] == '.' && out > path + root &&
		    strncmp(last, "../", 3)) {
			out = last;
		} else if (len && !(len == 1 && *p == '.')) {
			memmove(out, p, len);
			out += len;
			*out++ = '/';
		}
		p += len + !is_last;
		if (is_last)
			break;
	}
	if (out > path + root)
		out--;
	*out = 0;
}

/* @path without the folder that the compiler ran in, when it is below that. */
static char *strip_folder(char *path, const char *folder)
{
	char *copy = strdup(folder);
	size_t len;

	if (!copy)
		return path;
	simplify(copy);
	len = strlen(copy);
	while (len > 1 && copy[len - 1] == '/')
		len--;
	if (len > 1 && !strncmp(path, copy, len) && path[len] == '/')
		memmove(path, path + len + 1, strlen(path + len + 1) + 1);
	free(copy);
	return path;
}

/* @raw as people know it: simplified, and from the compilation's folder when it is below that. */
static const char *shown_path(struct debug_file *file, Dwarf_Die *unit, const char *raw)
{
	struct shown_path key = { .raw = raw }, *path,
			  **found = tfind(&key, &file->paths, compare_paths);
	Dwarf_Attribute attr;
	const char *folder;

	if (found)
		return (*found)->shown;
	path = calloc(1, sizeof(*path));
	if (!path)
		return raw;
	path->raw = raw;
	path->shown = strdup(raw);
	if (!path->shown || !tsearch(path, &file->paths, compare_paths)) {
		free_path(path);
		return raw;
	}
	simplify(path->shown);
	folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attr));
	if (folder)
		strip_folder(path->shown, folder);
	return path->shown;
}

/* ---- units ---- */

static int compare_units(const void *a, const void *b)
{
	const struct unit_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

/* The ranges of every unit, for files whose compiler wrote no .debug_aranges. */
static struct error *index_units(struct debug_file *file)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;

	file->looked_for_units = true;
	while (!dwarf_get_units(file->dwarf, cu, &cu, NULL, NULL, &unit, NULL)) {
		Dwarf_Addr base, start, end;
		ptrdiff_t at = 0;

		TRY(interrupt_check());
		if (dwarf_tag(&unit) != DW_TAG_compile_unit)
			continue;
		while ((at = dwarf_ranges(&unit, at, &base, &start, &end)) > 0) {
			if (start >= end)
				continue;
			TRY(alloc_grow(&file->units, &file->room_units, file->nr_units + 1,
				       sizeof(*file->units)));
			file->units[file->nr_units++] =
				(struct unit_range){ start, end, dwarf_dieoffset(&unit) };
		}
	}
	if (file->nr_units)
		qsort(file->units, file->nr_units, sizeof(*file->units), compare_units);
	return NULL;
}

static bool search_units(const struct debug_file *file, uint64_t address, Dwarf_Die *ret)
{
	size_t low = 0, high = file->nr_units;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (file->units[mid].start <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && address < file->units[low - 1].end &&
	       dwarf_offdie(file->dwarf, file->units[low - 1].offset, ret);
}

static struct error *find_unit(struct debug_file *file, uint64_t address, Dwarf_Die *ret)
{
	if (dwarf_addrdie(file->dwarf, address, ret))
		return NULL;
	if (!file->looked_for_units)
		TRY(index_units(file));
	if (search_units(file, address, ret))
		return NULL;
	return error_at(ERROR_NOT_FOUND, address, "%s has no lines there", file->path);
}

/* ---- inlined calls ---- */

struct chain {
	struct debug_file *file;
	uint64_t address;
	Dwarf_Die inlined[MAX_DEPTH]; /* outermost first */
	unsigned int count;
};

/* Is it a DIE that can hold scopes of code: by its tag, and by its own ranges? */
static bool may_hold(Dwarf_Die *die, uint64_t address, bool *is_inlined)
{
	int tag = dwarf_tag(die);

	*is_inlined = tag == DW_TAG_inlined_subroutine;
	switch (tag) {
	case DW_TAG_namespace: /* Rust puts functions into them */
		return true;
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_with_stmt:
		return dwarf_haspc(die, address) > 0;
	default:
		return false;
	}
}

/* True when the subprogram that holds the address was met: nothing else can hold it then. */
static bool collect(struct chain *chain, Dwarf_Die *parent, unsigned int depth)
{
	Dwarf_Die die;

	if (depth == MAX_DEPTH || dwarf_child(parent, &die))
		return false;
	do {
		bool is_inlined;

		if (interrupt_pending)
			return true;
		if (!may_hold(&die, chain->address, &is_inlined))
			continue;
		if (is_inlined && chain->count < MAX_DEPTH)
			chain->inlined[chain->count++] = die;
		if (collect(chain, &die, depth + 1) || dwarf_tag(&die) != DW_TAG_namespace)
			return true;
	} while (!dwarf_siblingof(&die, &die));
	return false;
}

static unsigned int number_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (dwarf_formudata(dwarf_attr(die, name, &attr), &value) || value > UINT32_MAX)
		return 0;
	return (unsigned int)value;
}

static const char *call_file(struct debug_file *file, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	Dwarf_Files *files;
	const char *raw;
	size_t count;

	if (dwarf_getsrcfiles(unit, &files, &count))
		return NULL;
	raw = dwarf_filesrc(files, number_of(inlined, DW_AT_call_file), NULL, NULL);
	return raw ? shown_path(file, unit, raw) : NULL;
}

static const char *function_name(Dwarf_Die *inlined)
{
	Dwarf_Attribute attr;

	return dwarf_formstring(dwarf_attr_integrate(inlined, DW_AT_name, &attr));
}

/* What debug_file_lines() says, of DWARF's @chain->address. */
static struct error *find_lines(struct debug_file *file, uint64_t address, struct chain *chain,
				struct source_line *lines, unsigned int room, unsigned int *count)
{
	struct source_line line = { 0 };
	unsigned int n = 0;
	Dwarf_Die unit;
	Dwarf_Line *row;
	const char *raw;

	TRY(find_unit(file, chain->address, &unit));
	row = dwarf_getsrc_die(&unit, chain->address);
	raw = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	if (!raw)
		return error_at(ERROR_NOT_FOUND, address, "%s has no line for 0x%llx", file->path,
				(unsigned long long)address);
	line.file = shown_path(file, &unit, raw);
	(void)dwarf_lineno(row, (int *)&line.line);
	(void)dwarf_linecol(row, (int *)&line.column);
	(void)collect(chain, &unit, 0);
	TRY(interrupt_check());
	/* Each inlined call says whose line the last one was, and where it was called. */
	for (unsigned int i = chain->count; i-- > 0 && n < room;) {
		line.function = function_name(&chain->inlined[i]);
		if (!line.function)
			line.function = "?";
		lines[n++] = line;
		line.file = call_file(file, &unit, &chain->inlined[i]);
		line.line = number_of(&chain->inlined[i], DW_AT_call_line);
		line.column = number_of(&chain->inlined[i], DW_AT_call_column);
	}
	line.function = NULL;
	if (n < room)
		lines[n++] = line;
	*count = n;
	return NULL;
}

/*
 * Ten thousand sleeping tasks stand at few addresses: answers are kept, each in the one slot that
 * its address has. What they point to is libdw's and @paths', and stays.
 */
#define KNOWN_SLOTS 1024
#define KNOWN_LINES 8 /* answers with more are not kept */

struct known_lines {
	uint64_t address; /* DWARF's */
	unsigned int count;
	struct source_line lines[KNOWN_LINES];
};

static struct known_lines *slot_of(struct debug_file *file, uint64_t address)
{
	if (!file->known)
		file->known = calloc(KNOWN_SLOTS, sizeof(*file->known));
	return file->known ? &file->known[(address ^ address / KNOWN_SLOTS) % KNOWN_SLOTS] : NULL;
}

struct error *debug_file_lines(struct debug_file *file, uint64_t address, struct source_line *lines,
			       unsigned int room, unsigned int *count)
{
	struct chain chain = { .file = file };
	struct known_lines *known;

	if (!debug_file_dwarf(file))
		return error_create(ERROR_NOT_FOUND, "%s has no debug information", file->path);
	if (!debug_file_to_dwarf(file, address, &chain.address))
		return error_at(ERROR_NOT_FOUND, address, "%s does not reach 0x%llx", file->path,
				(unsigned long long)address);
	known = slot_of(file, chain.address);
	if (known && known->count && known->address == chain.address && known->count <= room) {
		memcpy(lines, known->lines, known->count * sizeof(*lines));
		*count = known->count;
		return NULL;
	}
	TRY(find_lines(file, address, &chain, lines, room, count));
	if (known && *count <= KNOWN_LINES && *count < room) {
		known->address = chain.address;
		known->count = *count;
		memcpy(known->lines, lines, *count * sizeof(*lines));
	}
	return NULL;
}

/* ---- from a line to its address ---- */

/* Does @path end with @wanted, at a slash? */
static bool ends_with(const char *path, const char *wanted)
{
	size_t len = strlen(path), end = strlen(wanted);

	return len >= end && !strcmp(path + len - end, wanted) &&
	       (len == end || path[len - end - 1] == '/');
}

/* The lowest address of @source:@line in one unit. */
static bool line_in_unit(Dwarf_Die *unit, const char *source, unsigned int line, uint64_t *ret)
{
	uint64_t lowest = UINT64_MAX;
	Dwarf_Lines *lines;
	size_t count;

	if (dwarf_getsrclines(unit, &lines, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		Dwarf_Line *row = dwarf_onesrcline(lines, i);
		const char *path;
		Dwarf_Addr address;
		int number;
		bool is_stmt;

		if (!row || dwarf_lineno(row, &number) || (unsigned int)number != line ||
		    dwarf_linebeginstatement(row, &is_stmt) || !is_stmt ||
		    dwarf_lineaddr(row, &address) || address >= lowest)
			continue;
		path = dwarf_linesrc(row, NULL, NULL);
		if (!path || !ends_with(path, source))
			continue;
		lowest = address;
	}
	*ret = lowest;
	return lowest != UINT64_MAX;
}

struct error *debug_file_line_address(struct debug_file *file, const char *source,
				      unsigned int line, uint64_t *ret)
{
	if (!debug_file_dwarf(file))
		return error_create(ERROR_NOT_FOUND, "%s has no debug information", file->path);
	/* First the units named so; only a header's lines need every unit's table decoded. */
	for (unsigned int all = 0; all < 2; all++) {
		Dwarf_CU *cu = NULL;
		Dwarf_Die unit;

		while (!dwarf_get_units(file->dwarf, cu, &cu, NULL, NULL, &unit, NULL)) {
			const char *name = dwarf_diename(&unit);
			uint64_t address;

			TRY(interrupt_check());
			if (dwarf_tag(&unit) != DW_TAG_compile_unit ||
			    (name && ends_with(name, source)) == (bool)all ||
			    !line_in_unit(&unit, source, line, &address) ||
			    !debug_file_from_dwarf(file, address, ret))
				continue;
			return NULL;
		}
	}
	return error_create(ERROR_NOT_FOUND, "%s has no code for %s:%u", file->path, source, line);
}

void debug_lines_deinit(struct debug_file *file)
{
	tdestroy(file->paths, free_path);
	free(file->units);
	free(file->known);
}
