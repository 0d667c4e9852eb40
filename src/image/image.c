// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening a dumped kernel: each thing found makes the next one readable. */
#include "base/alloc.h"
#include "base/text.h"
#include "image/state.h"

#include <string.h>

void image_miss(struct image *image, const char *fmt, ...)
{
	va_list ap;

	if (image->nr_missing == ARRAY_SIZE(image->missing))
		return;
	va_start(ap, fmt);
	if (vasprintf(&image->missing[image->nr_missing], fmt, ap) >= 0)
		image->nr_missing++;
	va_end(ap);
}

/* Takes @err over: what it says is missing. */
static bool missed(struct image *image, struct error *err, const char *what)
{
	if (!err)
		return false;
	image_miss(image, "%s: %s", what, err->message);
	error_free(err);
	return true;
}

static bool find_arch(struct image *image)
{
	const struct kxdump_info *info = image->info;

	if (info->elf_machine)
		image->arch = arch_find(info->elf_machine);
	else if (info->machine)
		image->arch = arch_find_name(info->machine);
	if (!image->arch) {
		const char *name =
			info->machine ? info->machine : kxdump_machine_name(info->elf_machine);

		if (name)
			image_miss(image, "architecture %s is not known to this kx-crash", name);
		else if (info->elf_machine)
			image_miss(image, "ELF machine %u is not known to this kx-crash",
				   info->elf_machine);
		else
			image_miss(image, "the dump does not say of which architecture it is");
		return false;
	}
	if (missed(image, image->arch->create(&image->env, &image->arch_state), "architecture")) {
		image->arch = NULL;
		return false;
	}
	return true;
}

/* VMCOREINFO as the kernel has it in its memory, now that this can be read. */
static struct error *vmcoreinfo_from_kernel(struct image *image)
{
	uint64_t data, size = 4096;
	char *text;

	TRY(image_read_global(image, "vmcoreinfo_data", 0, &data));
	if (error_dropped(image_read_global(image, "vmcoreinfo_size", 0, &size)) || size > 65536)
		size = 4096;
	TRY(alloc_array(size + 1, 1, 65537, "bytes of VMCOREINFO", &text));
	if (error_dropped(memory_read(&image->reader.memory, data, text, size))) {
		free(text);
		return error_create(ERROR_NOT_FOUND, "the kernel's VMCOREINFO cannot be read");
	}
	vmcoreinfo_set(image, text, size, "the kernel's memory");
	return NULL;
}

/* Without VMCOREINFO: a hypervisor's note has the page table, which leads to all the rest. */
static struct error *find_by_cpu_state(struct image *image)
{
	for (size_t i = 0; i < kxdump_nr_notes(image->dump); i++) {
		const struct kxdump_note *note = kxdump_note(image->dump, i);
		uint64_t roots[4];
		unsigned int n;

		if (strcmp(note->name, "QEMU") != 0)
			continue;
		n = image->arch->roots_from_cpu_note(note->data, note->size, roots,
						     ARRAY_SIZE(roots));
		for (unsigned int k = 0; k < 2 * n; k++) {
			image->arch->set_paging_levels(image->arch_state, k & 1 ? 5 : 4);
			translate_set_root(image, roots[k / 2]);
			if (!error_dropped(kernel_symbols_scan(image))) {
				error_free(vmcoreinfo_from_kernel(image));
				return NULL;
			}
		}
	}
	image->has_root = false;
	return error_create(ERROR_NOT_FOUND, "no CPU state leads to a kernel");
}

static struct error *find_kernel(struct image *image)
{
	if (!image->vmcoreinfo && !error_dropped(find_by_cpu_state(image)))
		return NULL;
	if (!image->vmcoreinfo)
		TRY(vmcoreinfo_scan(image));
	return translate_find_root(image);
}

static void find_build_id(struct image *image)
{
	uint64_t start, stop;
	char text[64];
	uint8_t notes[4096];

	/* Memory first: VMCOREINFO's is garbage in some stable releases of 5.15 to 6.11. */
	if (!error_dropped(image_symbol(image, "__start_notes", &start)) &&
	    !error_dropped(image_symbol(image, "__stop_notes", &stop)) && stop > start &&
	    stop - start <= sizeof(notes) &&
	    !error_dropped(memory_read(&image->reader.memory, start, notes, stop - start)) &&
	    !error_dropped(build_id_from_notes(notes, stop - start, image->reader.memory.big_endian,
					       &image->build_id)))
		return;
	if (error_dropped(image_vmcoreinfo_text(image, "BUILD-ID", text, sizeof(text))) ||
	    strlen(text) != 40)
		return;
	for (unsigned int i = 0; i < 20; i++) {
		unsigned int byte;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return;
		image->build_id.bytes[i] = (uint8_t)byte;
	}
	image->build_id.size = 20;
}

static void load(struct image *image)
{
	vmcoreinfo_from_dump(image);
	if (!find_arch(image))
		return;
	if (missed(image, find_kernel(image), "no kernel was found in the dump"))
		return;
	if (!image->has_symbols)
		(void)missed(image, kernel_symbols_load(image), "the kernel's symbols (kallsyms)");
	find_build_id(image);
	if (image->has_symbols)
		image->no_types =
			kernel_types_load(image); /* told when nothing else has types either */
}

struct error *image_open(struct kxdump *dump, const struct image_options *options,
			 struct image **ret)
{
	struct image *image = calloc(1, sizeof(*image));
	struct error *err;

	if (!image) {
		kxdump_close(dump);
		return error_nomem();
	}
	image->dump = dump;
	image->info = kxdump_info(dump);
	image->options = *options;
	translate_init(image);
	env_init(image);
	symbols_init(&image->symbols);
	types_init(&image->types);
	image->types.more = modules_add_types;
	image->types.more_context = image;
	load(image);
	err = debug_open_named(image);
	if (err) {
		image_close(image);
		return err;
	}
	if (image->has_symbols && !image->has_types)
		image_miss(image, "%s: give a vmlinux with debug information for its types",
			   image->no_types ? image->no_types->message : "the kernel has no BTF");
	*ret = image;
	return NULL;
}

void image_close(struct image *image)
{
	if (!image)
		return;
	views_deinit(image);
	cpus_deinit(image);
	symbols_deinit(&image->symbols);
	types_deinit(&image->types);
	modules_deinit(image);
	debug_deinit(image);
	if (image->arch)
		image->arch->destroy(image->arch_state);
	free(image->vmcoreinfo);
	error_free(image->no_types);
	arena_deinit(&image->strings);
	for (size_t i = 0; i < image->nr_missing; i++)
		free(image->missing[i]);
	kxdump_close(image->dump);
	free(image);
}

struct kxdump *image_dump(struct image *image)
{
	return image->dump;
}

const struct memory *image_memory(struct image *image)
{
	return &image->reader.memory;
}

const struct memory *image_physical(struct image *image)
{
	return &image->reader.physical;
}

struct types *image_types(struct image *image)
{
	return &image->types;
}

struct symbols *image_symbols(struct image *image)
{
	return &image->symbols;
}

const struct arch_ops *image_arch(struct image *image)
{
	return image->arch;
}

struct arch *image_arch_state(struct image *image)
{
	return image->arch_state;
}

const struct build_id *image_build_id(struct image *image)
{
	return &image->build_id;
}

const char *image_missing(struct image *image, size_t n)
{
	return n < image->nr_missing ? image->missing[n] : NULL;
}

bool image_has_kernel(struct image *image)
{
	return image->has_symbols;
}

uint64_t image_kaslr_offset(struct image *image)
{
	char text[32];

	if (error_dropped(image_vmcoreinfo_text(image, "KERNELOFFSET", text, sizeof(text))))
		return 0;
	return strtoull(text, NULL, 16);
}

struct error *image_symbol(struct image *image, const char *name, uint64_t *ret)
{
	struct symbol symbol;

	TRY(symbols_by_name(&image->symbols, name, &symbol));
	*ret = symbol.address;
	return NULL;
}

struct error *image_symbol_alone(struct image *image, const char *name, uint64_t *ret)
{
	struct symbol other;

	TRY(image_symbol(image, name, ret));
	if (error_dropped(symbols_by_name_nth(&image->symbols, name, 1, &other)))
		return NULL;
	return error_create(ERROR_NOT_FOUND, "several symbols are called %s", name);
}

struct error *image_read_global(struct image *image, const char *name, size_t size, uint64_t *ret)
{
	uint64_t address;

	TRY(image_symbol(image, name, &address));
	return error_wrap(memory_read_number(&image->reader.memory, address,
					     size ? size : image->reader.memory.word_size, ret),
			  "%s", name);
}

bool image_symbolise(struct image *image, uint64_t address, struct text *ret)
{
	struct symbol symbol;

	if (error_dropped(symbols_by_address(&image->symbols, address, &symbol)))
		return false;
	text_adds(ret, symbol.name);
	if (address != symbol.address)
		text_addf(ret, "+%#llx", (unsigned long long)(address - symbol.address));
	if (symbol.module)
		text_addf(ret, " [%s]", symbol.module);
	return true;
}

struct error *image_read_string(struct image *image, uint64_t address, char *buf, size_t size)
{
	return memory_read_string(&image->reader.memory, address, buf, size);
}

bool image_is_text(struct image *image, uint64_t address)
{
	const struct image_module *module;

	for (int i = 0; i < 2; i++) {
		if (address >= image->text_ranges[i][0] && address < image->text_ranges[i][1])
			return true;
	}
	module = image_module_at(image, address);
	return module && address >= module->base && address - module->base < module->text_size;
}
