// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In place of what reads debug files, whose libraries would be larger than all of this program:
 * there are none in a capture initramfs. A dump describes itself.
 */
#include "symbols/debug_info.h"
#include "symbols/symbols.h"
#include "types/types.h"

static struct error *none(void)
{
	return error_create(ERROR_UNSUPPORTED, "this program reads no debug files");
}

struct error *debug_file_open(const char *path, struct debug_file **ret)
{
	return none();
}

struct error *debug_file_find(const struct build_id *build_id, const char *release,
			      const char *module, struct debug_file **ret)
{
	return none();
}

struct error *debug_file_find_code(const struct build_id *build_id, const char *release,
				   const char *module, char **ret)
{
	return none();
}

struct error *debug_file_place(struct debug_file *file, const struct debug_layout *layout)
{
	return none();
}

struct error *debug_file_symbol(struct debug_file *file, const char *name, uint64_t *ret)
{
	return none();
}

struct error *elf_symbols_create(void *elf, const char *module, const char *origin,
				 bool (*relocate)(void *context, unsigned int section,
						  uint64_t value, uint64_t *ret),
				 void *context, struct symbol_source **ret)
{
	return none();
}

struct error *dwarf_types_create(void *dwarf, uint8_t word_size, const char *origin,
				 struct type_source **ret)
{
	return none();
}

/* No file was opened: these are never called with one. */
void debug_file_close(struct debug_file *file)
{
}

const char *debug_file_path(const struct debug_file *file)
{
	return "";
}

const struct build_id *debug_file_build_id(const struct debug_file *file)
{
	static const struct build_id unknown;

	return &unknown;
}

void *debug_file_elf(struct debug_file *file)
{
	return NULL;
}

void *debug_file_dwarf(struct debug_file *file)
{
	return NULL;
}
