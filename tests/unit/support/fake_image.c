// SPDX-License-Identifier: GPL-2.0-or-later
/* An image without a dump: the parts of it that reading structures takes. */
#include "support/fake_image.h"

#include "image/state.h"

#include <stdlib.h>
#include <string.h>

struct fake_symbols {
	struct symbol_source source; /* first, so that one points to the other */
	const struct fake_kernel *kernel;
};

static struct error *by_name(struct symbol_source *source, const char *name, size_t nth,
			     struct symbol *ret)
{
	const struct fake_kernel *kernel = ((struct fake_symbols *)source)->kernel;

	for (size_t i = 0; i < kernel->nr_symbols && !nth; i++) {
		if (strcmp(kernel->symbols[i].name, name) != 0)
			continue;
		*ret = (struct symbol){ .name = kernel->symbols[i].name,
					.address = kernel->symbols[i].address };
		return NULL;
	}
	return error_create(ERROR_NOT_FOUND, "no symbol %s", name);
}

static void destroy(struct symbol_source *source)
{
	free(source);
}

static const struct symbol_source_ops ops = {
	.name = "fake",
	.by_name = by_name,
	.destroy = destroy,
};

struct image *fake_image_create(struct fake_kernel *kernel)
{
	struct image *image = calloc(1, sizeof(*image));
	struct fake_symbols *symbols = calloc(1, sizeof(*symbols));

	if (!image || !symbols)
		abort();
	image->reader.memory = kernel->memory;
	image->reader.physical = kernel->memory;
	image->types = kernel->types; /* its sources stay the kernel's */
	image->has_types = true;
	symbols->source.ops = &ops;
	symbols->kernel = kernel;
	symbols_init(&image->symbols);
	symbols_add(&image->symbols, &symbols->source);
	return image;
}

void fake_image_destroy(struct image *image)
{
	views_deinit(image);
	symbols_deinit(&image->symbols);
	free(image);
}
