// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's own symbols: where kallsyms lies, and reading it. */
#include "image/state.h"

#include <stdlib.h>

/* VMCOREINFO has these since v6.0 (5fd8fea935a1). */
static struct error *tables_from_vmcoreinfo(struct image *image, struct kallsyms_tables *ret)
{
	struct {
		const char *name;
		uint64_t *to;
		bool optional;
	} const wanted[] = {
		{ "kallsyms_names", &ret->names },
		{ "kallsyms_num_syms", &ret->num_syms },
		{ "kallsyms_token_table", &ret->token_table },
		{ "kallsyms_token_index", &ret->token_index },
		{ "kallsyms_offsets", &ret->offsets, true },
		{ "kallsyms_relative_base", &ret->relative_base, true },
		{ "kallsyms_addresses", &ret->addresses, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct error *err = image_vmcoreinfo_symbol(image, wanted[i].name, wanted[i].to);

		if (err && !wanted[i].optional)
			return err;
		error_free(err);
	}
	return NULL;
}

static struct error *add(struct image *image, const struct kallsyms_tables *tables)
{
	struct symbol_source *source;

	TRY(kallsyms_create(&image->reader.memory, tables, &source));
	symbols_add(&image->symbols, source);
	image->has_symbols = true;
	return NULL;
}

void kernel_symbols_found(struct image *image)
{
	static const char *const names[2][2] = { { "_stext", "_etext" },
						 { "_sinittext", "_einittext" } };

	for (int i = 0; i < 2; i++) {
		uint64_t start, end;

		if (error_dropped(image_symbol(image, names[i][0], &start)) ||
		    error_dropped(image_symbol(image, names[i][1], &end)))
			continue;
		image->text_ranges[i][0] = start;
		image->text_ranges[i][1] = end;
	}
	/* Modules are found by the kernel's symbols. */
	image->symbols.more = modules_add_symbols;
	image->symbols.more_context = image;
}

struct error *kernel_symbols_scan(struct image *image)
{
	struct kallsyms_tables tables = { 0 };
	uint64_t start, end;

	TRY(translate_image_extent(image, &start, &end));
	TRY(kallsyms_scan(&image->reader.memory, start, end, &tables));
	TRY(add(image, &tables));
	kernel_symbols_found(image);
	return NULL;
}

struct error *kernel_symbols_load(struct image *image)
{
	struct kallsyms_tables tables = { 0 };
	struct error *err = tables_from_vmcoreinfo(image, &tables);
	char offset[32];

	if (!err) {
		if (!error_dropped(image_vmcoreinfo_symbol(image, "_stext", &tables.text_start)) &&
		    !error_dropped(
			    image_vmcoreinfo_text(image, "KERNELOFFSET", offset, sizeof(offset))))
			tables.kaslr_offset = strtoull(offset, NULL, 16);
		err = add(image, &tables);
	}
	if (err) {
		error_free(err);
		return kernel_symbols_scan(image);
	}
	kernel_symbols_found(image);
	return NULL;
}
