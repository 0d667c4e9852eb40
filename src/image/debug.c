// SPDX-License-Identifier: GPL-2.0-or-later
/* Files with debug information beside the dump: found, checked, placed. */
#include "image/state.h"

#include <string.h>

static bool same_build(const struct build_id *a, const struct build_id *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

static struct error *refuse(struct debug_file *file, const struct build_id *wanted,
			    const char *what)
{
	char has[41], wants[41];

	build_id_text(debug_file_build_id(file), has);
	build_id_text(wanted, wants);
	return error_create(ERROR_NOT_MINE,
			    "%s has build-id %s, but %s has %s (--force uses it all the same)",
			    debug_file_path(file), *has ? has : "none", what, wants);
}

/* The image is where it is: the file's addresses plus one offset. */
static struct error *place_vmlinux(struct image *image, struct debug_file *file)
{
	struct debug_layout layout = { .offset = image_kaslr_offset(image) };
	uint64_t here, there;

	if (image->has_symbols && !error_dropped(image_symbol(image, "_stext", &here)) &&
	    !error_dropped(debug_file_symbol(file, "_stext", &there)))
		layout.offset = here - there;
	return debug_file_place(file, &layout);
}

struct slide {
	uint64_t from, offset;
};

/* Per-CPU variables are linked at 0 (up to v6.14), and are not moved. */
static bool relocate(void *context, unsigned int section, uint64_t value, uint64_t *ret)
{
	const struct slide *slide = context;

	*ret = value >= slide->from ? value + slide->offset : value;
	return true;
}

/* A dump whose kernel had no kallsyms still has VMCOREINFO's offset, and the file the symbols. */
static struct error *add_symbols(struct image *image, struct debug_file *file)
{
	struct slide slide = { .offset = image_kaslr_offset(image) };
	struct symbol_source *source;

	if (!image->has_root)
		return NULL;
	slide.from = image->arch->image_low;
	TRY(elf_symbols_create(debug_file_elf(file), NULL, debug_file_path(file), relocate, &slide,
			       &source));
	symbols_add(&image->symbols, source);
	image->has_symbols = true;
	kernel_symbols_found(image);
	error_free(image->no_types);
	image->no_types = kernel_types_load(image);
	return NULL;
}

static struct error *adopt(struct image *image, struct debug_file *file)
{
	struct type_source *source;

	if (!image->has_symbols)
		TRY(add_symbols(image, file));
	TRY(place_vmlinux(image, file));
	image->debug_file = file;
	if (!image->has_types && debug_file_dwarf(file)) {
		TRY(dwarf_types_create(debug_file_dwarf(file), image->reader.memory.word_size,
				       debug_file_path(file), &source));
		types_add(&image->types, source, true);
		image->has_types = true;
	}
	return NULL;
}

struct error *debug_open_named(struct image *image)
{
	struct debug_file *file;
	struct error *err;

	if (!image->options.vmlinux) {
		/* Symbols and types are needed for nearly everything: look at once without them. */
		if (image->has_root && !image->has_types)
			(void)image_debug_file(image);
		return NULL;
	}
	image->debug_looked_for = true;
	TRY(debug_file_open(image->options.vmlinux, &file));
	if (image->build_id.size && !same_build(debug_file_build_id(file), &image->build_id) &&
	    !image->options.force) {
		err = refuse(file, &image->build_id, "the dump's kernel");
		debug_file_close(file);
		return err;
	}
	err = adopt(image, file);
	if (err && image->debug_file != file)
		debug_file_close(file);
	return err;
}

struct debug_file *image_debug_file(struct image *image)
{
	char release[128] = "";
	struct debug_file *file;
	struct error *err;

	if (image->debug_looked_for || !image->options.want_debug || !image->build_id.size)
		return image->debug_file;
	image->debug_looked_for = true;
	error_free(image_vmcoreinfo_text(image, "OSRELEASE", release, sizeof(release)));
	if (error_dropped(debug_file_find(&image->build_id, release, NULL, &file)))
		return NULL;
	err = adopt(image, file);
	if (err) {
		image_miss(image, "%s: %s", debug_file_path(file), err->message);
		error_free(err);
		if (image->debug_file != file)
			debug_file_close(file);
	}
	return image->debug_file;
}

struct debug_file *image_debug_file_in_use(struct image *image)
{
	return image->debug_file;
}

bool image_debug_named(struct image *image)
{
	return image->options.vmlinux != NULL;
}

bool image_wants_debug(struct image *image)
{
	return image->options.want_debug;
}

void debug_deinit(struct image *image)
{
	debug_file_close(image->debug_file);
}
