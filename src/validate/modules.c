// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each loaded module's struct module: its name, memory, symbols and sections are its own, and the
 * tree that addresses are looked up in (mod_tree, kernel/module/tree_lookup.c of Linux) holds the
 * memory of all modules of the list, and no other.
 */
#include "validate/list_check.h"
#include "validate/lock_state.h"
#include "validate/tree_check.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "image/view.h"
#include "symbols/raw_symbol.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SECTIONS 1024
#define MAX_SYMBOLS  (1u << 20)
#define LIVE	     0 /* MODULE_STATE_LIVE */

enum { NAME, STATE, KALLSYMS, SECTIONS };
DEFINE_VIEW(module_view, "module", [NAME] = FIELD("name"), [STATE] = FIELD("state"),
	    [KALLSYMS] = FIELD("kallsyms"), [SECTIONS] = FIELD("sect_attrs"));
enum { SYMTAB, NR_SYMBOLS, STRTAB };
DEFINE_VIEW(kallsyms_view, "mod_kallsyms", [SYMTAB] = FIELD("symtab"),
	    [NR_SYMBOLS] = FIELD("num_symtab"), [STRTAB] = FIELD("strtab"));
enum { ATTRIBUTES };
DEFINE_VIEW(sections_view, "module_sect_attrs", [ATTRIBUTES] = FIELD("grp.bin_attrs"));
enum { SECTION_ADDRESS };
DEFINE_VIEW(section_view, "module_sect_attr", [SECTION_ADDRESS] = FIELD("address"));
enum { ATTRIBUTE_NAME, ATTRIBUTE_PRIVATE };
DEFINE_VIEW(attribute_view, "bin_attribute", [ATTRIBUTE_NAME] = FIELD("attr.name"),
	    [ATTRIBUTE_PRIVATE] = FIELD("private"));
/* core_layout, init_layout became mem[] in ac3b43283923 (v6.4) */
enum { MEMORY_BASE, MEMORY_NODE };
DEFINE_VIEW(memory_view,
	    "module_memory", [MEMORY_BASE] = FIELD("base"), [MEMORY_NODE] = FIELD("mtn"));
DEFINE_VIEW(layout_view,
	    "module_layout", [MEMORY_BASE] = FIELD("base"), [MEMORY_NODE] = FIELD("mtn"));
enum { NODE_MODULE, NODE_FIRST, NODE_SECOND };
DEFINE_VIEW(node_view, "mod_tree_node", [NODE_MODULE] = FIELD("mod"),
	    [NODE_FIRST] = FIELD("node.node[0]"), [NODE_SECOND] = FIELD("node.node[1]"));
enum { TREE_FIRST, TREE_SECOND };
DEFINE_VIEW(tree_view, "mod_tree_root", [TREE_FIRST] = FIELD("root.tree[0]"),
	    [TREE_SECOND] = FIELD("root.tree[1]"));

/* Memory of a module's. */
struct piece {
	uint64_t start, end;
	const struct image_module *module;
	bool in_tree;
};

struct modules {
	struct validation *v;
	struct image *image;
	const struct image_module *all;
	size_t count;
	struct piece *pieces; /* by start */
	size_t nr_pieces, room;
	bool may_race;
	/* the tree that is walked */
	const struct view *memory;
	uint64_t first, module, base; /* from the rb_node to the struct module_memory, its base… */
	uint64_t last;
};

static bool is_in(const struct image_module *module, uint64_t at, uint64_t size)
{
	for (unsigned int i = 0; i < module->nr_ranges; i++) {
		if (at >= module->ranges[i].start && at <= module->ranges[i].end &&
		    module->ranges[i].end - at >= size)
			return true;
	}
	return false;
}

static bool is_per_cpu(const struct image_module *module, uint64_t at)
{
	return module->per_cpu_size && at >= module->per_cpu &&
	       at - module->per_cpu <= module->per_cpu_size;
}

static struct error *check_name(struct modules *m, const struct image_module *module)
{
	struct type_place place;
	uint64_t at;
	char name[128] = "";
	size_t size, length;

	TRY(view_place(m->image, &module_view, NAME, &place));
	at = module->address + place.bit_offset / 8;
	size = place.type->kind == TYPE_ARRAY ? min(place.type->count, sizeof(name)) : 0;
	TRY(memory_read(image_memory(m->image), at, name, size));
	length = strnlen(name, size);
	for (size_t i = 0; i < length; i++) {
		if (name[i] <= ' ' || name[i] > '~') {
			validation_find_wrong(m->v, m->may_race, at,
					      "the name of the module at 0x%" PRIx64 " is no text",
					      module->address);
			return NULL;
		}
	}
	if (!length || length == size)
		validation_find_wrong(m->v, m->may_race, at,
				      "the name of the module at 0x%" PRIx64 " %s", module->address,
				      length ? "has no end" : "is empty");
	return NULL;
}

/* ---- symbols ---- */

static bool is_good(const struct image_module *module, const struct raw_symbol *symbol,
		    uint64_t strings)
{
	if (!is_in(module, strings + symbol->name, 1))
		return false;
	/* Its address may be the end of what it names. */
	return symbol->section == SHN_UNDEF || symbol->section == SHN_ABS ||
	       is_in(module, symbol->value, 0) || is_per_cpu(module, symbol->value);
}

static struct error *check_symbols(struct modules *m, const struct image_module *module)
{
	const struct memory *memory = image_memory(m->image);
	uint64_t table, symbols, count, strings, faults = 0, at = 0;
	size_t size = raw_symbol_size(memory);
	auto_free uint8_t *all = NULL;

	TRY(view_read(m->image, &module_view, KALLSYMS, module->address, &table));
	if (!is_in(module, table, 1) && table - module->address > 65536) {
		validation_find_wrong(m->v, m->may_race, module->address,
				      "module %s: its table of symbols is at 0x%" PRIx64,
				      module->name, table);
		return NULL;
	}
	TRY(view_read(m->image, &kallsyms_view, SYMTAB, table, &symbols));
	TRY(view_read(m->image, &kallsyms_view, NR_SYMBOLS, table, &count));
	TRY(view_read(m->image, &kallsyms_view, STRTAB, table, &strings));
	if (count > MAX_SYMBOLS || !is_in(module, symbols, count * size) ||
	    !is_in(module, strings, 1)) {
		validation_find_wrong(m->v, m->may_race, table,
				      "module %s: its %" PRIu64 " symbols at 0x%" PRIx64
				      ", named at 0x%" PRIx64 ", are not in its memory",
				      module->name, count, symbols, strings);
		return NULL;
	}
	TRY(alloc_array(count, size, MAX_SYMBOLS, "symbols of a module", &all));
	TRY(memory_read(memory, symbols, all, count * size));
	for (uint64_t i = 0; i < count; i++) {
		struct raw_symbol symbol = raw_symbol_decode(memory, all + i * size);

		if (!is_good(module, &symbol, strings) && !faults++)
			at = symbols + i * size;
	}
	validation_looked_at(m->v, count);
	if (faults)
		validation_find_wrong(m->v, m->may_race, at,
				      "module %s: %" PRIu64 " of its %" PRIu64
				      " symbols, or their names, are not in its memory",
				      module->name, faults, count);
	return NULL;
}

/* ---- sections ---- */

/* In a bin_attribute itself since 4b2c11e4aaf7 (v6.14), behind it before. */
static struct error *section_address(struct image *image, uint64_t section, uint64_t *ret)
{
	if (view_has(image, &section_view, SECTION_ADDRESS))
		return view_read(image, &section_view, SECTION_ADDRESS, section, ret);
	return view_read(image, &attribute_view, ATTRIBUTE_PRIVATE, section, ret);
}

/* What is for initialisation alone was freed after it: so was the whole table of symbols. */
static bool is_initial(const char *section)
{
	return !strncmp(section, ".init", 5) || !strcmp(section, ".symtab") ||
	       !strcmp(section, ".strtab");
}

static struct error *check_section(struct modules *m, const struct image_module *module,
				   uint64_t section)
{
	uint64_t address, name;
	char text[64] = "";

	TRY(view_read(m->image, &attribute_view, ATTRIBUTE_NAME, section, &name));
	TRY(image_read_string(m->image, name, text, sizeof(text)));
	TRY(section_address(m->image, section, &address));
	validation_looked_at(m->v, 1);
	if (!is_initial(text) && !is_in(module, address, 0) && !is_per_cpu(module, address))
		validation_find_wrong(m->v, m->may_race, section,
				      "module %s: its section %s at 0x%" PRIx64
				      " is not in its memory",
				      module->name, text, address);
	return NULL;
}

static struct error *check_sections(struct modules *m, const struct image_module *module)
{
	const struct memory *memory = image_memory(m->image);
	uint64_t sections, list, section;

	if (!view_has(m->image, &sections_view, ATTRIBUTES))
		return NULL;
	TRY(view_read(m->image, &module_view, SECTIONS, module->address, &sections));
	if (!sections)
		return NULL;
	TRY(view_read(m->image, &sections_view, ATTRIBUTES, sections, &list));
	for (unsigned int i = 0; list && i < MAX_SECTIONS; i++) {
		TRY(memory_read_word(memory, list + i * memory->word_size, &section));
		if (!section)
			return NULL;
		TRY(check_section(m, module, section));
	}
	return NULL;
}

/* ---- memory ---- */

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static struct error *collect(struct modules *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct image_module *module = &m->all[i];

		for (unsigned int k = 0; k < module->nr_ranges; k++) {
			TRY(alloc_grow(&m->pieces, &m->room, m->nr_pieces + 1, sizeof(*m->pieces)));
			m->pieces[m->nr_pieces++] = (struct piece){ module->ranges[k].start,
								    module->ranges[k].end, module };
		}
	}
	if (m->nr_pieces)
		qsort(m->pieces, m->nr_pieces, sizeof(*m->pieces), by_start);
	return NULL;
}

static void check_overlaps(struct modules *m)
{
	for (size_t i = 1; i < m->nr_pieces; i++) {
		const struct piece *before = &m->pieces[i - 1], *piece = &m->pieces[i];

		if (piece->start < before->end)
			validation_find_wrong(
				m->v, m->may_race, piece->module->address,
				"module %s has memory at 0x%" PRIx64 ", which is also of module %s",
				piece->module->name, piece->start, before->module->name);
	}
}

/* ---- the tree ---- */

static struct error *check_node(void *context, uint64_t node)
{
	struct modules *m = context;
	uint64_t at = node - m->first, module, base;
	struct piece *piece, key;

	TRY(memory_read_word(image_memory(m->image), at + m->module, &module));
	TRY(memory_read_word(image_memory(m->image), at + m->base, &base));
	key.start = base;
	piece = m->nr_pieces ? bsearch(&key, m->pieces, m->nr_pieces, sizeof(key), by_start) : NULL;
	if (!piece || piece->module->address != module)
		validation_find_wrong(m->v, m->may_race, node,
				      "mod_tree has memory at 0x%" PRIx64
				      " of a module at 0x%" PRIx64 ", which the list does not have",
				      base, module);
	else
		piece->in_tree = true;
	if (base <= m->last)
		validation_find_wrong(m->v, m->may_race, node,
				      "mod_tree is not in order: 0x%" PRIx64 " follows 0x%" PRIx64,
				      base, m->last);
	m->last = base;
	return NULL;
}

/* The tree is kept twice, so that it can be read while the other one is changed. */
static struct error *check_tree(struct modules *m, uint64_t root, unsigned int which)
{
	struct tree_check tree = { .name = which ? "mod_tree[1]" : "mod_tree[0]",
				   .each = check_node,
				   .context = m,
				   .may_race = m->may_race };
	uint64_t memory, node, offset;

	TRY(view_offset(m->image, m->memory, MEMORY_NODE, &memory));
	TRY(view_offset(m->image, &node_view, which ? NODE_SECOND : NODE_FIRST, &node));
	m->first = memory + node;
	TRY(view_offset(m->image, &node_view, NODE_MODULE, &m->module));
	m->module += memory;
	TRY(view_offset(m->image, m->memory, MEMORY_BASE, &m->base));
	TRY(view_offset(m->image, &tree_view, which ? TREE_SECOND : TREE_FIRST, &offset));
	m->last = 0;
	for (size_t i = 0; i < m->nr_pieces; i++)
		m->pieces[i].in_tree = false;
	tree.root = root + offset;
	TRY(tree_check_run(m->v, &tree));
	for (size_t i = 0; i < m->nr_pieces && tree.whole; i++) {
		if (!m->pieces[i].in_tree)
			validation_find_wrong(m->v, m->may_race, tree.root,
					      "%s lacks the memory of module %s at 0x%" PRIx64,
					      tree.name, m->pieces[i].module->name,
					      m->pieces[i].start);
	}
	return NULL;
}

static struct error *check_trees(struct modules *m)
{
	uint64_t root;

	m->memory = view_has(m->image, &memory_view, MEMORY_NODE) ? &memory_view : &layout_view;
	/* With CONFIG_MODULES_TREE_LOOKUP. */
	if (!view_has(m->image, &tree_view, TREE_FIRST) ||
	    error_dropped(image_symbol(m->image, "mod_tree", &root)))
		return NULL;
	TRY(check_tree(m, root, 0));
	return check_tree(m, root, 1);
}

/* A module that cannot be looked at costs no other. */
static struct error *check_module(struct modules *m, const struct image_module *module)
{
	uint64_t state;
	struct error *err = view_read(m->image, &module_view, STATE, module->address, &state);

	validation_looked_at(m->v, 1);
	if (!err)
		err = check_name(m, module);
	/* One that comes or goes has not all of it. */
	if (!err && state == LIVE && image_memory(m->image)->word_size == 8 &&
	    !image_memory(m->image)->big_endian)
		err = check_symbols(m, module);
	if (!err && state == LIVE)
		err = check_sections(m, module);
	return validation_find_error(m->v, true, place_virtual(module->address, 0), err,
				     module->name);
}

static struct error *run(struct validation *v)
{
	struct modules m = { .v = v, .image = validation_image(v) };
	const struct error *why;
	struct error *err;

	TRY(image_modules(m.image, &m.all, &m.count, &why));
	if (!m.count) {
		validation_skip(v, "no modules are loaded");
		return NULL;
	}
	/* Where the list breaks off, `lists` tells. */
	m.may_race = lock_named_is_held(m.image, "module_mutex");
	err = collect(&m);
	for (size_t i = 0; !err && i < m.count; i++)
		err = check_module(&m, &m.all[i]);
	if (!err) {
		check_overlaps(&m);
		err = why ? NULL : check_trees(&m);
	}
	free(m.pieces);
	return err;
}

const struct validate_check validate_modules = {
	.name = "modules",
	.family = "structures",
	.summary = "a module's name, memory, symbols or sections are damaged, or its tree",
	.needs_kernel = true,
	.run = run,
};
