// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The types that the kernel tells of itself: BTF of the kernel and of its modules. What reads a
 * dump reads them first, and is led astray where they are wrong.
 */
#include "image/image.h"
#include "validate/reach.h"

struct telling {
	struct validation *v;
	const char *of; /* "the kernel", or a module's name */
	uint64_t address;
};

static void tell(void *context, uint64_t offset, const char *text)
{
	struct telling *t = context;

	validation_find(t->v, FINDING_FAULT, CAUSE_CORRUPT, place_virtual(t->address + offset, 0),
			"BTF of %s: %s", t->of, text);
}

/* @module: NULL for the kernel's own. *@whole: could all of it be read? */
static struct error *check_btf(struct validation *v, const struct image_module *module, bool *whole)
{
	struct telling t = { .v = v, .of = module ? module->name : "the kernel" };
	struct type_source *source;
	uint64_t checked = 0;
	struct error *err;

	*whole = false;
	err = image_btf(validation_image(v), module, &source, &t.address);
	if (err && err->code == ERROR_NOT_FOUND) {
		error_free(err);
		return NULL;
	}
	if (err)
		return validation_find_error(v, true, place_virtual(t.address, 0), err,
					     "the BTF cannot be read");
	btf_check(source, tell, &t, &checked);
	*whole = !source->problem;
	type_source_destroy(source);
	validation_looked_at(v, checked);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	const struct image_module *modules;
	uint64_t start;
	size_t count;
	bool whole;

	if (error_dropped(image_symbol(image, "__start_BTF", &start))) {
		validation_skip(v, "the kernel has no BTF");
		return NULL;
	}
	TRY(check_btf(v, NULL, &whole));
	/* Modules' types are counted on from the kernel's. Their list is checked by modules-there.
	 */
	if (!whole || error_dropped(image_modules(image, &modules, &count, NULL)))
		return NULL;
	for (size_t i = 0; i < count; i++)
		TRY(check_btf(v, &modules[i], &whole));
	return NULL;
}

const struct validate_check validate_btf = {
	.name = "btf",
	.family = "kernel",
	.summary = "the types that the kernel tells of itself are damaged",
	.needs_kernel = true,
	.run = run,
};
