/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A crashed kernel: a dump, the architecture it ran on, its types and its symbols, put together so
 * that the rest can read kernel memory by address, symbol and member.
 *
 * An image opens whenever the dump does. What could not be found is told by image_missing(), and
 * what needs it fails with an error that says so.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "arch/arch.h"
#include "base/arena.h"
#include "kxdump.h"
#include "symbols/debug_info.h"
#include "symbols/symbols.h"
#include "types/types.h"

struct image;

struct image_options {
	const char *vmlinux; /* NULL: look for one by build-id only when @want_debug */
	bool want_debug;     /* look in the usual places for debug files */
	bool force;	     /* go on with a vmlinux of another build */
};

/* Takes @dump over, also on failure. Fails only for a refused vmlinux, or when memory is short. */
must_check struct error *image_open(struct kxdump *dump, const struct image_options *options,
				    struct image **ret);
void image_close(struct image *image);

/* Borrowed parts; never NULL unless said. */
struct kxdump *image_dump(struct image *image);
const struct memory *image_memory(struct image *image); /* kernel virtual */
const struct memory *image_physical(struct image *image);
struct types *image_types(struct image *image);
struct symbols *image_symbols(struct image *image);
/* Why modules' symbols are missing among them, as far as they were asked for yet; else NULL. */
const struct error *image_symbols_problem(struct image *image);
const struct arch_ops *image_arch(struct image *image);	  /* NULL: unknown architecture */
struct arch *image_arch_state(struct image *image);	  /* NULL with it */
struct debug_file *image_debug_file(struct image *image); /* vmlinux's; NULL: none */
/* The same, when it was named or found already: looking for one can mean to download it. */
struct debug_file *image_debug_file_in_use(struct image *image);
const struct build_id *image_build_id(struct image *image);
uint64_t image_kaslr_offset(struct image *image);
/* Was a kernel found (its symbols)? Commands that need more than the container need this. */
bool image_has_kernel(struct image *image);
/* The nth thing that is missing, as a sentence; NULL past the last. */
const char *image_missing(struct image *image, size_t n);

/* ---- VMCOREINFO: kernel/vmcore_info.c of Linux ---- */
/* The text, wherever it was found (note, memory); NULL when nowhere. */
const char *image_vmcoreinfo(struct image *image, size_t *size);
/* Where it came from, for people. */
const char *image_vmcoreinfo_origin(struct image *image);
/* The value of "KEY=value" (such as "OSRELEASE"), up to the end of the line. NOT_FOUND. */
must_check struct error *image_vmcoreinfo_text(struct image *image, const char *key, char *buf,
					       size_t size);
must_check struct error *image_vmcoreinfo_symbol(struct image *image, const char *name,
						 uint64_t *ret);
must_check struct error *image_vmcoreinfo_number(struct image *image, const char *name,
						 int64_t *ret);

/* ---- symbols and addresses ---- */
must_check struct error *image_symbol(struct image *image, const char *name, uint64_t *ret);
/* The same, where no other symbol has that name: statics of several files may. Else NOT_FOUND. */
must_check struct error *image_symbol_alone(struct image *image, const char *name, uint64_t *ret);
/* The value of global @name of @size bytes (0: a word), or, with a member path, of its member. */
must_check struct error *image_read_global(struct image *image, const char *name, size_t size,
					   uint64_t *ret);
/* "name+0x1f [module]" style for people; false when nothing holds the address. */
bool image_symbolise(struct image *image, uint64_t address, struct text *ret);
must_check struct error *image_read_string(struct image *image, uint64_t address, char *buf,
					   size_t size);

/* ---- CPUs ---- */
unsigned int image_nr_cpus(struct image *image); /* highest possible CPU + 1; 0 unknown */
bool image_cpu_possible(struct image *image, unsigned int cpu);
bool image_cpu_online(struct image *image, unsigned int cpu);
/* __per_cpu_offset[cpu]; 0 where the kernel has none (!SMP). */
must_check struct error *image_per_cpu_offset(struct image *image, unsigned int cpu, uint64_t *ret);
/* The address of per-CPU variable @name on @cpu. */
must_check struct error *image_per_cpu(struct image *image, const char *name, unsigned int cpu,
				       uint64_t *ret);
/* A static or dynamic per-CPU pointer's address on @cpu. */
must_check struct error *image_per_cpu_pointer(struct image *image, uint64_t pointer,
					       unsigned int cpu, uint64_t *ret);

/* ---- translation ---- */
/*
 * For a thread of its own: reads kernel virtual memory as image_memory() does, through a handle on
 * the dump of its own. To be made and destroyed by the thread that uses @image, which outlives it.
 */
struct image_reader;
must_check struct error *image_reader_create(struct image *image, struct image_reader **ret);
void image_reader_destroy(struct image_reader *reader);
const struct memory *image_reader_memory(const struct image_reader *reader);
struct kxdump *image_reader_dump(const struct image_reader *reader);
/* Kernel virtual to physical. */
must_check struct error *image_translate(struct image *image, uint64_t virt, uint64_t *ret);
/* By the page table at virtual address @pgd (an mm's), or the kernel's own when 0. */
must_check struct error *image_walk(struct image *image, uint64_t pgd, uint64_t virt,
				    struct arch_walk *ret);
/* The memory of a user address space: @pgd as above. A struct memory that reads through it. */
must_check struct error *image_read_user(struct image *image, uint64_t pgd, uint64_t virt,
					 void *buf, size_t size);
/* Physical to the direct map's virtual address. */
must_check struct error *image_phys_to_virt(struct image *image, uint64_t phys, uint64_t *ret);
bool image_is_text(struct image *image, uint64_t address);

/* ---- modules, as the image needs them; their states are in kernel/modules.h ---- */
struct image_module {
	const char *name;
	uint64_t address; /* of its struct module */
	struct symbol_range ranges[16];
	unsigned int nr_ranges;
	uint64_t base, text_size; /* of its core text */
	uint64_t size;		  /* sum of all ranges, as /proc/modules has it */
	uint64_t per_cpu, per_cpu_size;
	struct build_id build_id;
	struct debug_file *debug_file; /* NULL: none */
};
/* Loaded modules in the kernel's list order. *@why (owned by the image, may be NULL) says why the
 * list ended early, if it did. */
must_check struct error *image_modules(struct image *image, const struct image_module **ret,
				       size_t *count, const struct error **why);
/* The module whose memory holds @address, or NULL. */
const struct image_module *image_module_at(struct image *image, uint64_t address);
/* Loads module @module's debug file: from @path, or found by build-id. */
must_check struct error *image_module_debug(struct image *image, const char *module,
					    const char *path, bool force);
/*
 * Every section of @module as it was loaded, in its file's order, until @each returns false. An
 * error ends them, too.
 */
must_check struct error *
image_module_sections(struct image *image, const struct image_module *module,
		      bool (*each)(void *context, const char *name, uint64_t address),
		      void *context);
/* The path of a module's file with its code, as debug_file_find_code(). NOT_FOUND. */
must_check struct error *image_module_code(struct image *image, const struct image_module *module,
					   char **ret);
/* May debug files be looked for? */
bool image_wants_debug(struct image *image);
/* The unwind table of the kernel or module whose text holds @address; false: there is none. */
bool image_unwind_table(struct image *image, uint64_t address, struct arch_unwind_table *ret);
/*
 * BTF in the dump's memory, read anew: the kernel's, or @module's. The caller destroys it (before
 * the image). *@address: where it is, also on failure, or 0. NOT_FOUND: there is none.
 */
must_check struct error *image_btf(struct image *image, const struct image_module *module,
				   struct type_source **ret, uint64_t *address);
/* Did the user name a vmlinux? Then lines are wanted wherever they can be had. */
bool image_debug_named(struct image *image);
/* The debug file that answers for @address, or NULL. */
struct debug_file *image_debug_file_at(struct image *image, uint64_t address);

#endif
