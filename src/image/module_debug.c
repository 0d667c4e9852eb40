// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug files of modules. Where a module's sections were loaded is what the kernel shows under
 * /sys/module/NAME/sections; its build-id is among the notes there. kernel/module/sysfs.c of Linux.
 */
#include "base/text.h"
#include "image/state.h"

#include <string.h>

#define MAX_SECTIONS 512

enum { MODULE_SECT_ATTRS, MODULE_NOTES_ATTRS };
DEFINE_VIEW(module_view, "module", [MODULE_SECT_ATTRS] = FIELD("sect_attrs"),
	    [MODULE_NOTES_ATTRS] = FIELD("notes_attrs"));

enum { SECT_BIN_ATTRS };
DEFINE_VIEW(sect_attrs_view, "module_sect_attrs", [SECT_BIN_ATTRS] = FIELD("grp.bin_attrs"));

enum { SECT_ADDRESS };
/* Gone since v6.14 (4b2c11e4aaf7): bin_attribute.private has it. */
DEFINE_VIEW(sect_attr_view, "module_sect_attr", [SECT_ADDRESS] = FIELD("address"));

enum { BIN_NAME, BIN_SIZE, BIN_PRIVATE };
DEFINE_VIEW(bin_view, "bin_attribute", [BIN_NAME] = FIELD("attr.name"), [BIN_SIZE] = FIELD("size"),
	    [BIN_PRIVATE] = FIELD("private"));

enum { NOTES_BIN_ATTRS, NOTES_COUNT, NOTES_ATTRS };
DEFINE_VIEW(notes_view,
	    "module_notes_attrs", [NOTES_BIN_ATTRS] = FIELD("grp.bin_attrs"), /* since v6.14
										 (4723f16de64e) */
	    [NOTES_COUNT] = FIELD("notes"), [NOTES_ATTRS] = FIELD("attrs"));

struct sections {
	struct image *image;
	const struct image_module *module;
};

/* The address of the section that @bin, a bin_attribute in memory, stands for. */
static struct error *section_address(struct image *image, uint64_t bin, uint64_t *ret)
{
	if (view_has(image, &sect_attr_view, SECT_ADDRESS))
		return view_read(image, &sect_attr_view, SECT_ADDRESS, bin, ret);
	return view_read(image, &bin_view, BIN_PRIVATE, bin, ret);
}

struct error *image_module_sections(struct image *image, const struct image_module *module,
				    bool (*each)(void *context, const char *name, uint64_t address),
				    void *context)
{
	const struct memory *memory = &image->reader.memory;
	uint64_t attrs, array, bin, pointer, address;
	char name[128];

	TRY(view_read(image, &module_view, MODULE_SECT_ATTRS, module->address, &attrs));
	TRY(view_read(image, &sect_attrs_view, SECT_BIN_ATTRS, attrs, &array));
	for (unsigned int i = 0; i < MAX_SECTIONS; i++) {
		TRY(memory_read_word(memory, array + 8 * i, &bin));
		if (!bin)
			return NULL;
		TRY(view_read(image, &bin_view, BIN_NAME, bin, &pointer));
		TRY(memory_read_string(memory, pointer, name, sizeof(name)));
		TRY(section_address(image, bin, &address));
		if (!each(context, name, address))
			return NULL;
	}
	return NULL;
}

struct wanted_section {
	const char *name;
	uint64_t address;
	bool found;
};

static bool is_wanted(void *context, const char *name, uint64_t address)
{
	struct wanted_section *wanted = context;

	wanted->found = !strcmp(name, wanted->name);
	wanted->address = address;
	return !wanted->found;
}

static bool find_section(void *context, const char *name, uint64_t *address)
{
	struct sections *s = context;
	struct wanted_section wanted = { .name = name };

	error_free(image_module_sections(s->image, s->module, is_wanted, &wanted));
	*address = wanted.address;
	return wanted.found;
}

/* The build-id, when the note that @bin shows is that. */
static bool note_build_id(struct image *image, uint64_t bin, struct build_id *ret)
{
	uint64_t address, size;
	uint8_t notes[512];

	return !error_dropped(view_read(image, &bin_view, BIN_SIZE, bin, &size)) &&
	       !error_dropped(view_read(image, &bin_view, BIN_PRIVATE, bin, &address)) &&
	       size <= sizeof(notes) &&
	       !error_dropped(memory_read(&image->reader.memory, address, notes, size)) &&
	       !error_dropped(
		       build_id_from_notes(notes, size, image->reader.memory.big_endian, ret));
}

static void learn_build_id(struct image *image, struct image_module *m)
{
	uint64_t attrs, array, count, size;

	if (m->build_id.size ||
	    error_dropped(view_read(image, &module_view, MODULE_NOTES_ATTRS, m->address, &attrs)))
		return;
	if (!error_dropped(view_read(image, &notes_view, NOTES_BIN_ATTRS, attrs, &array))) {
		for (unsigned int i = 0; i < MAX_SECTIONS; i++) {
			uint64_t bin;

			if (error_dropped(
				    memory_read_word(&image->reader.memory, array + 8 * i, &bin)) ||
			    !bin || note_build_id(image, bin, &m->build_id))
				return;
		}
		return;
	}
	if (error_dropped(view_read(image, &notes_view, NOTES_COUNT, attrs, &count)) ||
	    error_dropped(view_offset(image, &notes_view, NOTES_ATTRS, &array)) ||
	    error_dropped(view_size(image, &bin_view, &size)))
		return;
	for (uint64_t i = 0; i < count && i < MAX_SECTIONS; i++) {
		if (note_build_id(image, attrs + array + i * size, &m->build_id))
			return;
	}
}

struct error *image_module_code(struct image *image, const struct image_module *module, char **ret)
{
	struct image_module *m = &image->modules[module - image->modules];
	char release[128] = "";

	learn_build_id(image, m);
	error_free(image_vmcoreinfo_text(image, "OSRELEASE", release, sizeof(release)));
	return debug_file_find_code(&m->build_id, release, m->name, ret);
}

static struct error *open_file(struct image *image, struct image_module *m, const char *path,
			       bool force, struct debug_file **ret)
{
	char has[41], wants[41], release[128] = "";
	const struct build_id *id;

	if (!path) {
		if (!m->build_id.size)
			return error_create(ERROR_NOT_FOUND,
					    "the dump does not have the build-id of module %s: "
					    "name its debug file",
					    m->name);
		error_free(image_vmcoreinfo_text(image, "OSRELEASE", release, sizeof(release)));
		return debug_file_find(&m->build_id, release, m->name, ret);
	}
	TRY(debug_file_open(path, ret));
	id = debug_file_build_id(*ret);
	if (force || !m->build_id.size ||
	    (id->size == m->build_id.size && !memcmp(id->bytes, m->build_id.bytes, id->size)))
		return NULL;
	build_id_text(id, has);
	build_id_text(&m->build_id, wants);
	debug_file_close(*ret);
	return error_create(ERROR_NOT_MINE,
			    "%s has build-id %s, but module %s has %s (mod --force uses it all "
			    "the same)",
			    path, *has ? has : "none", m->name, wants);
}

struct error *image_module_debug(struct image *image, const char *module, const char *path,
				 bool force)
{
	const struct image_module *modules;
	struct image_module *m = NULL;
	struct debug_file *file;
	struct error *err;
	size_t count;

	TRY(image_modules(image, &modules, &count, NULL));
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(modules[i].name, module))
			m = &image->modules[i];
	}
	if (!m)
		return error_create(ERROR_NOT_FOUND, "no module %s is loaded", module);
	learn_build_id(image, m);
	TRY(open_file(image, m, path, force, &file));
	struct sections sections = { image, m };
	struct debug_layout layout = { .section = find_section, .context = &sections };

	err = debug_file_place(file, &layout);
	if (err) {
		debug_file_close(file);
		return err;
	}
	debug_file_close(m->debug_file);
	m->debug_file = file;
	return NULL;
}

struct debug_file *image_debug_file_at(struct image *image, uint64_t address)
{
	const struct image_module *m;

	for (int i = 0; i < 2; i++) {
		if (address >= image->text_ranges[i][0] && address < image->text_ranges[i][1])
			return image_debug_file(image);
	}
	m = image_module_at(image, address);
	if (!m)
		return NULL;
	/* Once, when the user wants debug information at all: by its build-id. */
	if (!m->debug_file && !image->module_tables[m - image->modules].debug_looked_for) {
		image->module_tables[m - image->modules].debug_looked_for = true;
		if (image->options.want_debug)
			error_free(image_module_debug(image, m->name, NULL, false));
	}
	return m->debug_file;
}
