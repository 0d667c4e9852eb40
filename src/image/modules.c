// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules as far as the image needs them: where they are, and where their symbols, types and
 * unwind tables lie. include/linux/module.h of Linux.
 */
#include "base/alloc.h"
#include "base/interrupt.h"
#include "image/state.h"

#include <stdio.h>
#include <string.h>

#define MAX_MODULES    16384
#define MAX_MODULE_BTF (64u << 20)

enum {
	MODULE_LIST,
	MODULE_NAME,
	MODULE_CORE_BASE,
	MODULE_CORE_SIZE,
	MODULE_CORE_TEXT_SIZE,
	MODULE_INIT_BASE,
	MODULE_INIT_SIZE,
	MODULE_MEM,
	MODULE_KALLSYMS,
	MODULE_PERCPU,
	MODULE_PERCPU_SIZE,
	MODULE_BUILD_ID,
	MODULE_BTF,
	MODULE_BTF_SIZE,
	MODULE_BTF_BASE,
	MODULE_BTF_BASE_SIZE,
	MODULE_ORC_IP,
	MODULE_ORC,
	MODULE_NUM_ORCS,
	MODULE_SYMS,
	MODULE_NUM_SYMS,
};
DEFINE_VIEW(module_view, "module", [MODULE_LIST] = FIELD("list"), [MODULE_NAME] = FIELD("name"),
	    /* core_layout, init_layout became mem[] in ac3b43283923 (v6.4) */
	    [MODULE_CORE_BASE] = FIELD("core_layout.base"),
	    [MODULE_CORE_SIZE] = FIELD("core_layout.size"),
	    [MODULE_CORE_TEXT_SIZE] = FIELD("core_layout.text_size"),
	    [MODULE_INIT_BASE] = FIELD("init_layout.base"),
	    [MODULE_INIT_SIZE] = FIELD("init_layout.size"), [MODULE_MEM] = FIELD("mem"),
	    [MODULE_KALLSYMS] = FIELD("kallsyms"), [MODULE_PERCPU] = FIELD("percpu"),
	    [MODULE_PERCPU_SIZE] = FIELD("percpu_size"), [MODULE_BUILD_ID] = FIELD("build_id"),
	    [MODULE_BTF] = FIELD("btf_data"), [MODULE_BTF_SIZE] = FIELD("btf_data_size"),
	    /* distilled base: d1cf840854bb (v6.11) */
	    [MODULE_BTF_BASE] = FIELD("btf_base_data"),
	    [MODULE_BTF_BASE_SIZE] = FIELD("btf_base_data_size"),
	    [MODULE_ORC_IP] = FIELD("arch.orc_unwind_ip"), [MODULE_ORC] = FIELD("arch.orc_unwind"),
	    [MODULE_NUM_ORCS] = FIELD("arch.num_orcs"), [MODULE_SYMS] = FIELD("syms"),
	    [MODULE_NUM_SYMS] = FIELD("num_syms"));

DEFINE_VIEW(export_view, "kernel_symbol");

enum { MEMORY_BASE, MEMORY_SIZE };
DEFINE_VIEW(memory_view,
	    "module_memory", [MEMORY_BASE] = FIELD("base"), [MEMORY_SIZE] = FIELD("size"));

enum { KALLSYMS_SYMTAB, KALLSYMS_NUM, KALLSYMS_STRTAB, KALLSYMS_TYPETAB };
DEFINE_VIEW(
	kallsyms_view,
	"mod_kallsyms", [KALLSYMS_SYMTAB] = FIELD("symtab"), [KALLSYMS_NUM] = FIELD("num_symtab"),
	[KALLSYMS_STRTAB] = FIELD("strtab"), [KALLSYMS_TYPETAB] = FIELD("typetab"));

/* What the kernel made of a module's BTF, since v5.11 (36e68442d1af). */
enum { BTF_MODULE_LIST, BTF_MODULE_MODULE, BTF_MODULE_BTF };
DEFINE_VIEW(btf_module_view, "btf_module", [BTF_MODULE_LIST] = FIELD("list"),
	    [BTF_MODULE_MODULE] = FIELD("module"), [BTF_MODULE_BTF] = FIELD("btf"));
enum { BTF_DATA, BTF_DATA_SIZE };
DEFINE_VIEW(btf_view, "btf", [BTF_DATA] = FIELD("data"), [BTF_DATA_SIZE] = FIELD("data_size"));

/* The member's value, or 0 when the kernel has no such member or it cannot be read. */
static uint64_t value(struct image *image, unsigned int field, uint64_t address)
{
	uint64_t v;

	return error_dropped(view_read(image, &module_view, field, address, &v)) ? 0 : v;
}

static void add_range(struct image_module *m, uint64_t base, uint64_t size)
{
	if (!base || !size || base + size < base || m->nr_ranges == ARRAY_SIZE(m->ranges))
		return;
	m->ranges[m->nr_ranges++] = (struct symbol_range){ base, base + size };
	m->size += size;
}

/* struct module_memory mem[]: the first is MOD_TEXT. */
static bool read_mem(struct image *image, struct image_module *m)
{
	struct type_place place;
	uint64_t stride, base, size;

	if (error_dropped(view_place(image, &module_view, MODULE_MEM, &place)) ||
	    place.type->kind != TYPE_ARRAY ||
	    error_dropped(view_size(image, &memory_view, &stride)))
		return false;
	for (uint64_t i = 0; i < place.type->count && i < ARRAY_SIZE(m->ranges); i++) {
		uint64_t at = m->address + place.bit_offset / 8 + i * stride;

		if (error_dropped(view_read(image, &memory_view, MEMORY_BASE, at, &base)) ||
		    error_dropped(view_read(image, &memory_view, MEMORY_SIZE, at, &size)))
			continue;
		if (i == 0) {
			m->base = base;
			m->text_size = size;
		}
		add_range(m, base, size);
	}
	return true;
}

static struct error *describe(struct image *image, uint64_t address, struct image_module *m)
{
	char name[128];

	*m = (struct image_module){ .address = address };
	TRY(view_read_bytes(image, &module_view, MODULE_NAME, address, name, sizeof(name) - 1));
	name[sizeof(name) - 1] = 0;
	m->name = arena_copy(&image->strings, name, strlen(name));
	if (!m->name)
		return error_nomem();
	if (!read_mem(image, m)) {
		m->base = value(image, MODULE_CORE_BASE, address);
		m->text_size = value(image, MODULE_CORE_TEXT_SIZE, address);
		add_range(m, m->base, value(image, MODULE_CORE_SIZE, address));
		add_range(m, value(image, MODULE_INIT_BASE, address),
			  value(image, MODULE_INIT_SIZE, address));
	}
	m->per_cpu = value(image, MODULE_PERCPU, address);
	m->per_cpu_size = value(image, MODULE_PERCPU_SIZE, address);
	if (!error_dropped(view_read_bytes(image, &module_view, MODULE_BUILD_ID, address,
					   m->build_id.bytes, sizeof(m->build_id.bytes))))
		m->build_id.size = sizeof(m->build_id.bytes);
	return NULL;
}

/*
 * A node that does not lead back to where the way came from is no module: a link that is damaged
 * may lead into whatever list. A running system's list may be changing.
 */
static struct error *check_way_back(struct image *image, uint64_t at, unsigned int link,
				    uint64_t last)
{
	unsigned int word = image->reader.memory.word_size;
	uint64_t back;

	if (image->info->live)
		return NULL;
	TRY(memory_read_word(&image->reader.memory, at + (link ? 0 : word), &back));
	if (back == last)
		return NULL;
	return error_at(ERROR_BAD_DATA, at, "%#llx leads to %#llx, which leads back to %#llx",
			(unsigned long long)last, (unsigned long long)at, (unsigned long long)back);
}

/*
 * Adds the modules that follow from @head on, by the pointer at @link in a list_head, up to the
 * head itself or, going back, to one that is known. *@last is the node that leads there.
 */
static struct error *follow_list(struct image *image, uint64_t head, unsigned int link,
				 uint64_t *last)
{
	uint64_t at, offset;

	TRY(view_offset(image, &module_view, MODULE_LIST, &offset));
	*last = head;
	for (;;) {
		TRY(interrupt_check());
		TRY(memory_read_word(&image->reader.memory, *last + link, &at));
		if (at == head)
			return NULL;
		if (image->nr_modules >= MAX_MODULES)
			return error_at(ERROR_BAD_DATA, at,
					"the list of modules does not come to its end");
		for (size_t i = 0; i < image->nr_modules; i++) {
			if (image->modules[i].address == at - offset)
				return link ? NULL
					    : error_at(ERROR_BAD_DATA, at,
						       "the list of modules turns back to %#llx",
						       (unsigned long long)at);
		}
		TRY(check_way_back(image, at, link, *last));
		TRY(alloc_grow(&image->modules, &image->modules_room, image->nr_modules + 1,
			       sizeof(image->modules[0])));
		TRY(describe(image, at - offset, &image->modules[image->nr_modules]));
		image->nr_modules++;
		*last = at;
	}
}

static void reverse(struct image_module *modules, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct image_module swap = modules[i];

		modules[i] = modules[count - 1 - i];
		modules[count - 1 - i] = swap;
	}
}

/* A list that is broken somewhere is followed from its other end as well. */
static struct error *read_list(struct image *image)
{
	unsigned int word = image->reader.memory.word_size;
	uint64_t head, at, last;
	struct error *err;
	size_t before;

	TRY(image_symbol(image, "modules", &head));
	err = follow_list(image, head, 0, &at);
	if (!err && !image->info->live &&
	    !error_dropped(memory_read_word(&image->reader.memory, head + word, &last)) &&
	    last != at)
		err = error_at(ERROR_BAD_DATA, at,
			       "it ends at %#llx, but its head says that %#llx is the last",
			       (unsigned long long)at, (unsigned long long)last);
	if (!err || err->code == ERROR_INTERRUPTED || err->code == ERROR_NOMEM)
		return err;
	before = image->nr_modules;
	error_free(follow_list(image, head, word, &last));
	if (image->nr_modules > before)
		reverse(image->modules + before, image->nr_modules - before);
	return err;
}

static void learn_modules(struct image *image)
{
	struct error *err;

	if (image->modules_known)
		return;
	image->modules_known = true;
	err = read_list(image);
	if (err && err->code == ERROR_NOT_FOUND && !image->nr_modules) {
		error_free(err); /* a kernel without modules */
		err = NULL;
	}
	image->modules_why = error_wrap(err, "list of modules");
	image->module_tables = calloc(image->nr_modules + 1, sizeof(image->module_tables[0]));
	if (!image->module_tables)
		image->nr_modules = 0;
}

void modules_deinit(struct image *image)
{
	for (size_t i = 0; i < image->nr_modules; i++)
		debug_file_close(image->modules[i].debug_file);
	free(image->modules);
	free(image->module_tables);
	error_free(image->modules_why);
	error_free(image->module_symbols_why);
}

struct error *image_modules(struct image *image, const struct image_module **ret, size_t *count,
			    const struct error **why)
{
	learn_modules(image);
	*ret = image->modules;
	*count = image->nr_modules;
	if (why)
		*why = image->modules_why;
	return NULL;
}

const struct image_module *image_module_at(struct image *image, uint64_t address)
{
	learn_modules(image);
	for (size_t i = 0; i < image->nr_modules; i++) {
		const struct image_module *m = &image->modules[i];

		for (unsigned int k = 0; k < m->nr_ranges; k++) {
			if (address >= m->ranges[k].start && address < m->ranges[k].end)
				return m;
		}
	}
	return NULL;
}

/* Where the module's table of exports lies; empty when it has none. */
static struct symbol_range exports(struct image *image, const struct image_module *m)
{
	uint64_t start = value(image, MODULE_SYMS, m->address), size, bytes;

	if (!start || error_dropped(view_size(image, &export_view, &size)) ||
	    __builtin_mul_overflow(value(image, MODULE_NUM_SYMS, m->address), size, &bytes) ||
	    bytes > m->size)
		return (struct symbol_range){ 0 };
	return (struct symbol_range){ start, start + bytes };
}

static struct error *add_symbols(struct image *image, const struct image_module *m)
{
	struct module_symbols from = { .name = m->name, .nr_ranges = m->nr_ranges };
	struct symbol_source *source;
	uint64_t table;

	/* All symbols while the module's init memory is there, else the core ones alone: this
	 * pointer follows (v4.5, 8244062ef1e5). */
	TRY(view_read(image, &module_view, MODULE_KALLSYMS, m->address, &table));
	TRY(view_read(image, &kallsyms_view, KALLSYMS_SYMTAB, table, &from.symtab));
	TRY(view_read(image, &kallsyms_view, KALLSYMS_NUM, table, &from.num_symtab));
	TRY(view_read(image, &kallsyms_view, KALLSYMS_STRTAB, table, &from.strtab));
	/* Letters of their own since v5.2 (1c7651f43777). */
	if (error_dropped(view_read(image, &kallsyms_view, KALLSYMS_TYPETAB, table, &from.typetab)))
		from.typetab = 0;
	from.exports = exports(image, m);
	memcpy(from.ranges, m->ranges, sizeof(from.ranges));
	TRY(module_symbols_create(&image->reader.memory, &from, &source));
	symbols_add(&image->symbols, source);
	return NULL;
}

bool modules_add_symbols(void *context)
{
	struct image *image = context;
	bool added = false;

	if (!image->has_types)
		return false;
	learn_modules(image);
	for (size_t i = 0; i < image->nr_modules; i++) {
		struct error *err = add_symbols(image, &image->modules[i]);

		if (err)
			image_miss(image, "symbols of module %s: %s", image->modules[i].name,
				   err->message);
		else
			added = true;
		if (image->module_symbols_why)
			error_free(err);
		else
			image->module_symbols_why =
				error_wrap(err, "symbols of module %s", image->modules[i].name);
	}
	return added;
}

const struct error *image_symbols_problem(struct image *image)
{
	learn_modules(image);
	return image->modules_why ? image->modules_why : image->module_symbols_why;
}

/* @size bytes of a module's data, owned by the caller. */
static struct error *read_blob(struct image *image, uint64_t address, uint64_t size, void *ret)
{
	void *data;
	struct error *err;

	TRY(alloc_array(size, 1, MAX_MODULE_BTF, "bytes of a module's BTF", &data));
	err = memory_read(&image->reader.memory, address, data, size);
	if (err) {
		free(data);
		return err;
	}
	*(void **)ret = data;
	return NULL;
}

/* Where the kernel keeps it. A distilled base was put in relation to the kernel's there. */
static bool find_kept_btf(struct image *image, const struct image_module *m, uint64_t *data,
			  uint64_t *size)
{
	uint64_t head, node, offset, module, btf;

	if (error_dropped(image_symbol(image, "btf_modules", &head)) ||
	    error_dropped(view_offset(image, &btf_module_view, BTF_MODULE_LIST, &offset)) ||
	    error_dropped(memory_read_word(&image->reader.memory, head, &node)))
		return false;
	for (unsigned int i = 0; i < MAX_MODULES && node != head; i++) {
		if (error_dropped(view_read(image, &btf_module_view, BTF_MODULE_MODULE,
					    node - offset, &module)))
			return false;
		if (module == m->address)
			return !error_dropped(view_read(image, &btf_module_view, BTF_MODULE_BTF,
							node - offset, &btf)) &&
			       !error_dropped(view_read(image, &btf_view, BTF_DATA, btf, data)) &&
			       !error_dropped(
				       view_read(image, &btf_view, BTF_DATA_SIZE, btf, size));
		if (error_dropped(memory_read_word(&image->reader.memory, node, &node)))
			return false;
	}
	return false;
}

/* What struct module says of it, which is so while the module is loaded, and before v5.14
 * (607c543f939d) afterwards. */
static struct error *find_btf(struct image *image, const struct image_module *m, uint64_t *data,
			      uint64_t *size, void **base, uint64_t *base_size)
{
	uint64_t at = value(image, MODULE_BTF_BASE, m->address);

	*base_size = value(image, MODULE_BTF_BASE_SIZE, m->address);
	*data = value(image, MODULE_BTF, m->address);
	*size = value(image, MODULE_BTF_SIZE, m->address);
	if (!*data || !*size)
		return error_create(ERROR_NOT_FOUND, "module %s has no BTF", m->name);
	/* A base that was freed after loading leaves its pointer behind; then it is not needed. */
	if (!at || !*base_size || error_dropped(read_blob(image, at, *base_size, base)))
		*base_size = 0;
	return NULL;
}

struct error *module_btf(struct image *image, const struct image_module *m,
			 struct type_source **ret, uint64_t *address)
{
	auto_free void *base = NULL;
	uint64_t size, base_size = 0;
	char origin[160];
	void *blob;

	if (!image->kernel_btf)
		return error_create(ERROR_NOT_FOUND, "the kernel has no BTF");
	if (!find_kept_btf(image, m, address, &size))
		TRY(find_btf(image, m, address, &size, &base, &base_size));
	TRY(read_blob(image, *address, size, &blob));
	snprintf(origin, sizeof(origin), "BTF of module %s, in the dump", m->name);
	return btf_create(blob, size, image->kernel_btf, base, base_size,
			  image->reader.memory.word_size, origin, ret);
}

static struct error *add_types(struct image *image, const struct image_module *m)
{
	struct type_source *source;
	uint64_t address;
	struct error *err = module_btf(image, m, &source, &address);

	if (!err)
		types_add(&image->types, source, false);
	if (!err || err->code != ERROR_NOT_FOUND)
		return err;
	error_free(err);
	return NULL;
}

bool modules_add_types(void *context)
{
	struct image *image = context;
	size_t before = image->nr_missing;
	struct debug_file *debug;

	learn_modules(image);
	for (size_t i = 0; image->kernel_btf && i < image->nr_modules; i++) {
		struct error *err = add_types(image, &image->modules[i]);

		if (err && image->nr_missing == before)
			image_miss(image, "types of module %s: %s", image->modules[i].name,
				   err->message);
		error_free(err);
	}
	debug = image_debug_file(image);
	if (debug && debug_file_dwarf(debug)) {
		struct type_source *source;

		if (!error_dropped(dwarf_types_create(debug_file_dwarf(debug),
						      image->reader.memory.word_size,
						      debug_file_path(debug), &source)))
			types_add(&image->types, source, false);
	}
	return true;
}

bool modules_unwind_table(struct image *image, uint64_t address, struct arch_unwind_table *ret)
{
	const struct image_module *m = image_module_at(image, address);
	struct module_tables *tables;

	if (!m)
		return false;
	tables = &image->module_tables[m - image->modules];
	if (!tables->unwind_known) {
		tables->unwind_known = true;
		tables->unwind = (struct arch_unwind_table){
			.addresses = value(image, MODULE_ORC_IP, m->address),
			.entries = value(image, MODULE_ORC, m->address),
			.count = value(image, MODULE_NUM_ORCS, m->address),
		};
		tables->has_unwind = tables->unwind.addresses && tables->unwind.entries;
	}
	*ret = tables->unwind;
	return tables->has_unwind;
}
