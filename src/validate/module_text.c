// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each loaded module's code and constants against its file, relocated to where it was loaded. What
 * was for initialisation alone is gone, and what is writable is the module's own.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "image/view.h"
#include "validate/reach.h"
#include "validate/text_compare.h"

#include <elf.h>
#include <string.h>

#define UNFORMED 3 /* MODULE_STATE_UNFORMED: it is just being put into memory */

enum { STATE };
DEFINE_VIEW(module_view, "module", [STATE] = FIELD("state"));

/* A section as the dump has it. */
struct loaded_section {
	char *name;
	uint64_t address;
	bool taken; /* by one of the file's sections: names may be there twice */
};

struct module_check {
	struct text_comparison text;
	struct image *image;
	const struct image_module *module;
	struct loaded_section *sections;
	size_t nr_sections, room;
	size_t without_file;
	const char *first_without;
	bool kprobes_told; /* that they cannot be read */
	bool nomem;
};

/* ---- where it was loaded ---- */

static bool add_section(void *context, const char *name, uint64_t address)
{
	struct module_check *c = context;

	if (!error_dropped(
		    alloc_grow(&c->sections, &c->room, c->nr_sections + 1, sizeof(*c->sections)))) {
		c->sections[c->nr_sections] = (struct loaded_section){ strdup(name), address };
		if (c->sections[c->nr_sections].name) {
			c->nr_sections++;
			return true;
		}
	}
	c->nomem = true;
	return false;
}

static void forget_sections(struct module_check *c)
{
	while (c->nr_sections)
		free(c->sections[--c->nr_sections].name);
}

static struct error *learn_sections(struct module_check *c)
{
	forget_sections(c);
	TRY(image_module_sections(c->image, c->module, add_section, c));
	return c->nomem ? error_nomem() : NULL;
}

static bool find_section(void *context, const char *name, uint64_t *address)
{
	struct module_check *c = context;

	/* Not among those: symbols of it are in the module's room for per-CPU variables. */
	if (!strcmp(name, ".data..percpu")) {
		*address = c->module->per_cpu;
		return c->module->per_cpu != 0;
	}
	for (size_t i = 0; i < c->nr_sections; i++) {
		struct loaded_section *s = &c->sections[i];

		if (!s->taken && !strcmp(s->name, name)) {
			s->taken = true;
			*address = s->address;
			return true;
		}
	}
	return false;
}

/*
 * May other modules use it? A static symbol has a small letter; so have a
 * module's exports to modules under the GPL, while those were in a table of their own.
 */
static bool is_exported(struct module_check *c, const struct symbol *symbol)
{
	auto_text entry = { 0 };
	struct symbol found;

	if (symbol->type >= 'A' && symbol->type <= 'Z')
		return true;
	if (!symbol->module)
		return false;
	text_addf(&entry, "%s:__ksymtab_%s", symbol->module, symbol->name);
	return !error_dropped(
		symbols_by_name(image_symbols(c->image), text_string(&entry), &found));
}

/* An export of the kernel or of another module, where there is but one symbol of that name. */
static bool find_symbol(void *context, const char *name, uint64_t *address)
{
	struct module_check *c = context;
	struct symbols *symbols = image_symbols(c->image);
	struct symbol symbol;

	return !error_dropped(symbols_by_name(symbols, name, &symbol)) && is_exported(c, &symbol) &&
	       !error_dropped(image_symbol_alone(c->image, name, address));
}

/* ---- what is compared ---- */

static bool is_in_memory(const struct image_module *m, const struct debug_section *s)
{
	for (unsigned int i = 0; i < m->nr_ranges; i++) {
		if (s->address >= m->ranges[i].start && s->address + s->size <= m->ranges[i].end)
			return true;
	}
	return false;
}

/* What is not written to, and not freed when the module has begun. */
static bool is_constant(const struct module_check *c, const struct debug_section *s)
{
	return s->data && !s->writable && (s->executable || !strncmp(s->name, ".rodata", 7)) &&
	       strncmp(s->name, ".init", 5) != 0 && is_in_memory(c->module, s);
}

static struct error *compare_sections(struct module_check *c, const struct text_file *file)
{
	struct error *err;

	TRY(text_patches_read(c->image, file, &c->text.patches));
	err = text_patches_add_kprobes(&c->text.patches, c->image, file);
	if (err && c->kprobes_told) {
		error_free(err);
		err = NULL;
	} else if (err) {
		c->kprobes_told = true;
		err = validation_find_error(c->text.v, true, reach_place(err), err,
					    "the kprobes cannot be read");
	}
	for (size_t i = 0; !err && i < file->nr_sections; i++) {
		if (is_constant(c, &file->sections[i]))
			err = text_compare_section(&c->text, &file->sections[i]);
	}
	text_patches_deinit(&c->text.patches);
	return err;
}

/* ---- modules ---- */

/* Fails for what cannot be compared; what is found in the dump is told. */
static struct error *compare_with(struct module_check *c, const char *path)
{
	struct module_layout layout = { find_section, find_symbol, c };
	struct text_file file = { 0 };
	struct module_file *module;
	struct error *err;

	TRY(learn_sections(c));
	TRY(module_file_open(path, &c->module->build_id, &layout, &module));
	file.sections = module->sections;
	file.nr_sections = module->nr_sections;
	file.module = module;
	err = compare_sections(c, &file);
	module_file_close(module);
	return err;
}

static struct error *check_module(struct module_check *c)
{
	uint64_t state;
	char *path auto_free = NULL;
	struct error *err;

	if (!error_dropped(view_read(c->image, &module_view, STATE, c->module->address, &state)) &&
	    state == UNFORMED) {
		validation_find(
			c->text.v, FINDING_NOTE, CAUSE_RACE, place_virtual(c->module->address, 0),
			"module %s was just being loaded, and is not compared", c->module->name);
		return NULL;
	}
	err = image_module_code(c->image, c->module, &path);
	if (err && err->code == ERROR_NOT_FOUND) {
		if (!c->without_file++)
			c->first_without = c->module->name;
		error_free(err);
		return NULL;
	}
	if (!err)
		err = compare_with(c, path);
	if (err && err->code != ERROR_INTERRUPTED && err->code != ERROR_NOMEM) {
		validation_find(c->text.v, FINDING_NOTE,
				err->code == ERROR_EXCLUDED ? CAUSE_EXCLUDED : CAUSE_ABSENT,
				place_virtual(c->module->address, 0),
				"module %s could not be compared with its file: %s",
				c->module->name, err->message);
		error_free(err);
		err = NULL;
	}
	return err;
}

static struct error *check_all(struct module_check *c, const struct image_module *modules,
			       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		TRY(interrupt_check());
		c->module = &modules[i];
		TRY(check_module(c));
	}
	if (c->without_file == count)
		validation_skip(c->text.v, "no files of modules were found");
	else if (c->without_file)
		validation_find(c->text.v, FINDING_NOTE, CAUSE_ABSENT, place_none(),
				"%zu of %zu modules, such as %s, could not be compared: no file "
				"of theirs was found",
				c->without_file, count, c->first_without);
	return NULL;
}

static struct error *run(struct validation *v)
{
	struct image *image = validation_image(v);
	struct module_check c = { .text = { .v = v, .image = image, .with = "its file" },
				  .image = image };
	const struct image_module *modules;
	struct error *err;
	size_t count;

	if (!image_arch(image) || image_arch(image)->elf_machine != EM_X86_64) {
		validation_skip(v,
				"how this architecture's modules are relocated is not known here");
		return NULL;
	}
	TRY(image_modules(image, &modules, &count, NULL));
	if (!count || !image_wants_debug(image)) {
		validation_skip(v, count ? "no files are to be looked for"
					 : "no modules are loaded, or none are known");
		return NULL;
	}
	err = check_all(&c, modules, count);
	text_compare_end(&c.text, "modules'");
	forget_sections(&c);
	free(c.sections);
	return err;
}

const struct validate_check validate_module_text = {
	.name = "module-text",
	.family = "kernel",
	.summary = "a module's code or constants are not those of its file",
	.needs_kernel = true,
	.run = run,
};
